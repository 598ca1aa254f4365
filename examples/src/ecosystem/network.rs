//! Loopback in place of the Internet: which port a host name leads to, and listeners that tell what they refuse.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hub_roles::HostName;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::clock::StoryClock;
use super::failure::Failure;

/// How long one connection may take, from handshake to the last octet.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(20);

/// How long a listener rests after an error.
const BREAK: Duration = Duration::from_millis(50);

/// What the DNS would say, and the time.
#[derive(Debug, Clone, Default)]
pub(super) struct Network {
    addresses: BTreeMap<String, SocketAddr>,
    clock: StoryClock,
}

impl Network {
    /// Lets `host` lead to `address`.
    pub(super) fn add(&mut self, host: &HostName, address: SocketAddr) {
        self.addresses.insert(host.as_str().to_owned(), address);
    }

    /// Where `host` leads.
    pub(super) fn address(&self, host: &HostName) -> Result<SocketAddr, Failure> {
        let unknown = || Failure::new("network.unknown-host", format!("nobody answers at {host}"));
        self.addresses.get(host.as_str()).copied().ok_or_else(unknown)
    }

    pub(super) fn clock(&self) -> &StoryClock {
        &self.clock
    }

    /// Opens a connection to `host`.
    pub(super) async fn connect(&self, host: &HostName) -> Result<TcpStream, Failure> {
        let tcp = timeout(TIME_LIMIT, TcpStream::connect(self.address(host)?)).await??;
        // Handshakes are small messages back and forth: none should wait for the acknowledgement of the one before.
        tcp.set_nodelay(true)?;
        Ok(tcp)
    }
}

/// A port of loopback that is taken, but not served yet: every address is known before anyone is built.
#[derive(Debug)]
pub(super) struct Port {
    listener: TcpListener,
    address: SocketAddr,
}

impl Port {
    pub(super) async fn open() -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves each connection in a task of its own, and tells `incidents` what came of those that failed.
    pub(super) fn serve<F, A>(self, name: &'static str, incidents: Incidents, connection: F)
    where
        F: Fn(TcpStream) -> A + Send + 'static,
        A: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        tokio::spawn(async move {
            loop {
                let accepted = self.listener.accept().await.and_then(|(tcp, _)| tcp.set_nodelay(true).map(|()| tcp));
                let outcome = match accepted {
                    Ok(tcp) => timeout(TIME_LIMIT, connection(tcp)),
                    Err(reason) => {
                        incidents.report(name, reason.into());
                        // Out of file descriptors, for one: trying again at once would not help.
                        sleep(BREAK).await;
                        continue;
                    }
                };
                let incidents = incidents.clone();
                tokio::spawn(async move {
                    if let Err(failure) = outcome.await.unwrap_or_else(|late| Err(late.into())) {
                        incidents.report(name, failure);
                    }
                });
            }
        });
    }
}

/// Where servers report what they refuse: in place of a log.
#[derive(Debug, Clone)]
pub(super) struct Incidents(mpsc::UnboundedSender<Incident>);

/// A server refused something.
#[derive(Debug)]
pub(super) struct Incident {
    /// Which server.
    pub(super) at: &'static str,
    /// Its error.
    pub(super) failure: Failure,
}

impl Incidents {
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Incident>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    pub(super) fn report(&self, at: &'static str, failure: Failure) {
        // Nobody listens any more once the story is over.
        let _over = self.0.send(Incident { at, failure });
    }
}
