//! The program `overhead`: handshakes of ours beside handshakes of plain rustls with the same certificates, suites and groups.
//!
//! Both ends run in one thread over memory. The kinds take turns, so that whatever else the machine does is shared out evenly.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_roles::{C4, HostName, HubToLfi, S4};
use hub_testkit::Ecosystem;
use hub_tls::{Acceptor, Connector, Settings};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider, kx_group};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::version::TLS13;
use rustls::{ClientConfig, HandshakeKind, RootCertStore, ServerConfig};
use rustls_pki_types::UnixTime;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Runs the program.
pub async fn main() -> ExitCode {
    match overhead().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

async fn overhead() -> Result<(), Fault> {
    let eco = Ecosystem::sandbox(UnixTime::now())?;
    let host: HostName = "ozone-connect.bank.example".parse()?;
    let [full, resuming] =
        [Settings::new().without_resumption(), Settings::new()].map(|settings| Ours::new(&eco, &settings));
    let (full, resuming) = (full?, resuming?);
    let [stock_full, stock_resuming] = [false, true].map(|resumption| Stock::new(&eco, resumption));
    let (stock_full, stock_resuming) = (stock_full?, stock_resuming?);
    stock_resuming.handshake(&host, false).await?;
    resuming.handshake(&host, false).await?;

    let mut times: [Vec<Duration>; 5] = Default::default();
    for _ in 0..ROUNDS {
        let [stock, new, returning, stock_resumed, resumed] = &mut times;
        stock.push(stock_full.handshake(&host, false).await?);
        // Nobody is known to a new generation.
        full.acceptor.rotation().swap_trust(eco.trust())?;
        full.connector.rotation().swap_trust(eco.trust())?;
        new.push(full.handshake(&host, false).await?);
        returning.push(full.handshake(&host, false).await?);
        stock_resumed.push(stock_resuming.handshake(&host, true).await?);
        resumed.push(resuming.handshake(&host, true).await?);
    }
    let [stock, new, returning, stock_resumed, resumed] = times.map(median);
    println!("{ROUNDS} handshakes of each kind with TLS 1.3, medians");
    for (name, time, beside) in [
        ("plain rustls, full", stock, stock),
        ("ours, full, new peer", new, stock),
        ("ours, full, returning peer", returning, stock),
        ("plain rustls, resumed", stock_resumed, stock_resumed),
        ("ours, resumed", resumed, stock_resumed),
    ] {
        println!("{name:<28} {:>8.1} us  {:.3}", time.as_secs_f64() * 1e6, time.as_secs_f64() / beside.as_secs_f64());
    }
    Ok(())
}

/// An acceptor and a connector.
struct Ours {
    acceptor: Acceptor<HubToLfi>,
    connector: Connector<HubToLfi>,
}

impl Ours {
    fn new(eco: &Ecosystem, settings: &Settings) -> Result<Self, Fault> {
        let (hub, bank) = (eco.hub(), eco.lfi("bank")?);
        Ok(Self {
            acceptor: Acceptor::<HubToLfi>::with_settings(eco.trust(), bank.deployment(), bank.s4(), settings)?,
            connector: Connector::with_settings(eco.trust(), hub.deployment(), hub.c4(), settings)?,
        })
    }

    async fn handshake(&self, host: &HostName, resumes: bool) -> Result<Duration, Fault> {
        let server = async |io: DuplexStream| Ok(self.acceptor.accept(io).await?.into_parts().1);
        let client = async |io: DuplexStream| Ok(self.connector.connect(host, io).await?.into_parts().1);
        let (time, stream) = meet(server, client).await?;
        expect(stream.resumed(), resumes)?;
        Ok(time)
    }
}

/// Configurations of plain rustls.
struct Stock {
    server: TlsAcceptor,
    client: TlsConnector,
}

impl Stock {
    fn new(eco: &Ecosystem, resumption: bool) -> Result<Self, Fault> {
        let provider = Arc::new(CryptoProvider {
            kx_groups: vec![kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1],
            ..default_provider()
        });
        let mut roots = RootCertStore::empty();
        roots.add(eco.authority().root().clone())?;
        let roots = Arc::new(roots);
        let [s4, c4] = [eco.issued::<S4>("bank")?, eco.issued::<C4>(Ecosystem::HUB)?];
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider)).build()?;
        let servers = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build()?;
        let mut server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(clients)
            .with_single_cert(s4.chain(), s4.private_key())?;
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])?
            .with_webpki_verifier(servers)
            .with_client_auth_cert(c4.chain(), c4.private_key())?;
        if resumption {
            server.ticketer = Ticketer::new()?;
        } else {
            server.session_storage = Arc::new(NoServerSessionStorage {});
            server.send_tls13_tickets = 0;
            client.resumption = Resumption::disabled();
        }
        Ok(Self { server: TlsAcceptor::from(Arc::new(server)), client: TlsConnector::from(Arc::new(client)) })
    }

    async fn handshake(&self, host: &HostName, resumes: bool) -> Result<Duration, Fault> {
        let server = async |io: DuplexStream| Ok(self.server.accept(io).await?);
        let client = async |io: DuplexStream| Ok(self.client.connect(host.to_server_name(), io).await?);
        let (time, stream) = meet(server, client).await?;
        expect(stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed), resumes)?;
        Ok(time)
    }
}

/// Runs both ends until the client has read the server's first octet, and with it that the server accepts it; gives the time, and the
/// client's stream.
async fn meet<S, C>(
    server: impl AsyncFnOnce(DuplexStream) -> Result<S, Fault>,
    client: impl AsyncFnOnce(DuplexStream) -> Result<C, Fault>,
) -> Result<(Duration, C), Fault>
where
    S: AsyncWrite + Unpin,
    C: AsyncRead + Unpin,
{
    let (here, there) = duplex(64 * 1024);
    let begin = Instant::now();
    let (accepted, connected) = tokio::join!(
        async {
            let mut stream = server(here).await?;
            stream.write_all(b"!").await?;
            Ok::<_, Fault>(stream)
        },
        async {
            let mut stream = client(there).await?;
            stream.read_exact(&mut [0]).await?;
            Ok::<_, Fault>(stream)
        },
    );
    let time = begin.elapsed();
    accepted?;
    Ok((time, connected?))
}

fn expect(resumed: bool, expected: bool) -> Result<(), Fault> {
    if resumed == expected { Ok(()) } else { Err(format!("resumed: {resumed}, expected: {expected}").into()) }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// What ends the program.
type Fault = Box<dyn Error + Send + Sync>;

const ROUNDS: usize = 1000;
