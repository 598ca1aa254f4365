//! OpenSSL of the system, through the `openssl` crate: both ends in one thread, each with a pair of queues for a BIO. No runtime stands
//! between them as it does between the other ends.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::rc::Rc;

use hub_roles::HostName;
use hub_testkit::Issued;
use openssl::pkey::PKey;
use openssl::ssl::{
    Error, ErrorCode, Ssl, SslContext, SslContextBuilder, SslMethod, SslOptions, SslSessionCacheMode, SslStream,
    SslVerifyMode, SslVersion,
};
use openssl::version;
use openssl::x509::X509;
use rustls_pki_types::CertificateDer;

use crate::Outcome;
use crate::harness::Operation;

/// Full handshakes between two contexts of OpenSSL.
pub(super) struct OpenSsl {
    server: SslContext,
    client: SslContext,
    host: String,
}

impl OpenSsl {
    pub(super) fn new(
        root: &CertificateDer<'_>,
        server: &Issued,
        client: &Issued,
        host: &HostName,
        version: SslVersion,
    ) -> Outcome<Self> {
        let mut server = context(root, server, version)?;
        server.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        let mut client = context(root, client, version)?;
        client.set_verify(SslVerifyMode::PEER);
        Ok(Self { server: server.build(), client: client.build(), host: host.to_string() })
    }

    /// What the rows are called: with the version that is installed.
    pub(super) fn name() -> String {
        version::version().split_whitespace().take(2).collect::<Vec<_>>().join(" ")
    }
}

impl Operation for OpenSsl {
    /// Until the client has read the server's first octet, as the others do.
    fn run(&mut self) -> Outcome<()> {
        let (near, far) = wires();
        let mut server = SslStream::new(Ssl::new(&self.server)?, near)?;
        let mut ssl = Ssl::new(&self.client)?;
        ssl.set_hostname(&self.host)?;
        ssl.param_mut().set_host(&self.host)?;
        let mut client = SslStream::new(ssl, far)?;
        let (mut accepted, mut connected) = (false, false);
        while !(accepted && connected) {
            let before = (accepted, connected, server.get_ref().waiting(), client.get_ref().waiting());
            connected = connected || finished(client.connect())?;
            accepted = accepted || finished(server.accept())?;
            if before == (accepted, connected, server.get_ref().waiting(), client.get_ref().waiting()) {
                return Err("both ends of OpenSSL wait".into());
            }
        }
        if server.ssl().session_reused() {
            return Err("a session was resumed that should not be".into());
        }
        server.ssl_write(b"!")?;
        client.ssl_read(&mut [0])?;
        Ok(())
    }
}

/// The same certificates, suites, groups and checks as the others have, and no sessions.
fn context(root: &CertificateDer<'_>, identity: &Issued, version: SslVersion) -> Outcome<SslContextBuilder> {
    let mut context = SslContext::builder(SslMethod::tls())?;
    context.set_min_proto_version(Some(version))?;
    context.set_max_proto_version(Some(version))?;
    context.set_ciphersuites("TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256")?;
    context.set_cipher_list("ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256")?;
    context.set_groups_list("X25519:P-256:P-384")?;
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    context.set_options(SslOptions::NO_TICKET);
    context.set_num_tickets(0)?;
    context.cert_store_mut().add_cert(X509::from_der(root)?)?;
    context.set_certificate(X509::from_der(&identity.certificate)?.as_ref())?;
    for intermediate in &identity.intermediates {
        context.add_extra_chain_cert(X509::from_der(intermediate)?)?;
    }
    context.set_private_key(PKey::private_key_from_der(identity.private_key().secret_der())?.as_ref())?;
    Ok(context)
}

/// Whether this end of the handshake is done; it may have to wait for the other one.
fn finished(outcome: Result<(), Error>) -> Outcome<bool> {
    match outcome {
        Ok(()) => Ok(true),
        Err(error) if error.code() == ErrorCode::WANT_READ => Ok(false),
        Err(error) => Err(error.into()),
    }
}

type Queue = Rc<RefCell<VecDeque<u8>>>;

/// One end of a connection in memory.
struct Wire {
    incoming: Queue,
    outgoing: Queue,
}

fn wires() -> (Wire, Wire) {
    let [one, other] = [Queue::default(), Queue::default()];
    let near = Wire { incoming: Rc::clone(&one), outgoing: Rc::clone(&other) };
    (near, Wire { incoming: other, outgoing: one })
}

impl Wire {
    /// How many octets nobody has read yet.
    fn waiting(&self) -> usize {
        self.incoming.borrow().len()
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.incoming.borrow_mut().read(into)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            octets => Ok(octets),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.outgoing.borrow_mut().write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
