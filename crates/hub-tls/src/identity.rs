//! Our own certificate and key, as rustls asks for them.

use std::fmt;
use std::sync::Arc;

use hub_roles::{Credential, HostName, SignatureScheme, Transport};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{OtherError, SignatureAlgorithm};

/// The chain of a credential, with a key that signs through it.
pub(crate) fn certified_key<R: Transport>(credential: &Credential<R>) -> Arc<CertifiedKey> {
    let chain = credential.certificate().chain().certificates().to_vec();
    Arc::new(CertifiedKey::new(chain, Arc::new(HandshakeKey(credential.clone()))))
}

/// Signs handshakes with a credential's key, wherever that lives.
struct HandshakeKey<R: Transport>(Credential<R>);

impl<R: Transport> SigningKey for HandshakeKey<R> {
    fn choose_scheme(&self, offered: &[rustls::SignatureScheme]) -> Option<Box<dyn Signer>> {
        let (scheme, ours) = SCHEMES.iter().copied().find(|(scheme, _)| offered.contains(scheme))?;
        Some(Box::new(HandshakeSigner { credential: self.0.clone(), scheme, ours }))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl<R: Transport> fmt::Debug for HandshakeKey<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HandshakeKey({:?})", self.0)
    }
}

struct HandshakeSigner<R: Transport> {
    credential: Credential<R>,
    scheme: rustls::SignatureScheme,
    ours: SignatureScheme,
}

impl<R: Transport> fmt::Debug for HandshakeSigner<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HandshakeSigner({:?}, {:?})", self.credential, self.scheme)
    }
}

impl<R: Transport> Signer for HandshakeSigner<R> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        self.credential
            .sign_handshake(self.ours, message)
            .map_err(|error| rustls::Error::Other(OtherError(Arc::new(error))))
    }

    fn scheme(&self) -> rustls::SignatureScheme {
        self.scheme
    }
}

/// The schemes we sign with, PSS first. PKCS #1 is for TLS 1.2 peers that know nothing better; TLS 1.3 never offers it for
/// handshakes (RFC 8446 section 4.2.3).
const SCHEMES: [(rustls::SignatureScheme, SignatureScheme); 6] = [
    (rustls::SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RsaPssSha256),
    (rustls::SignatureScheme::RSA_PSS_SHA384, SignatureScheme::RsaPssSha384),
    (rustls::SignatureScheme::RSA_PSS_SHA512, SignatureScheme::RsaPssSha512),
    (rustls::SignatureScheme::RSA_PKCS1_SHA256, SignatureScheme::RsaPkcs1Sha256),
    (rustls::SignatureScheme::RSA_PKCS1_SHA384, SignatureScheme::RsaPkcs1Sha384),
    (rustls::SignatureScheme::RSA_PKCS1_SHA512, SignatureScheme::RsaPkcs1Sha512),
];

/// Presents a certificate to clients that ask for one of its hosts, and nothing to others.
#[derive(Debug)]
pub(crate) struct ForHosts {
    pub(crate) hosts: Vec<HostName>,
    pub(crate) key: Arc<CertifiedKey>,
}

impl ResolvesServerCert for ForHosts {
    fn resolve(&self, client_hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name: HostName = client_hello.server_name()?.parse().ok()?;
        self.hosts.contains(&name).then(|| Arc::clone(&self.key))
    }
}
