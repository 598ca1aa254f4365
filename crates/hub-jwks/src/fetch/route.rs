//! The way to a keystore: straight to its addresses, or through a forward proxy.

use std::fmt;
use std::net::SocketAddr;

use hub_roles::HttpsUrl;
use tokio::net::TcpStream;

use super::address::AddressPolicy;
use super::error::FetchCause;
use super::look_up::LookUp;
use super::proxy::HttpProxy;
use super::tunnel;

/// How connections come about.
#[derive(Clone)]
pub(super) struct Route {
    pub(super) look_up: LookUp,
    pub(super) addresses: AddressPolicy,
    pub(super) proxy: Option<HttpProxy>,
}

impl Route {
    /// The addresses to try: what is connected to is what was checked here, and no name is looked up again.
    pub(super) async fn addresses(&self, url: &HttpsUrl) -> Result<Vec<SocketAddr>, FetchCause> {
        let mut addresses = match &self.proxy {
            Some(proxy) => proxy.addresses(&self.look_up).await.map_err(FetchCause::proxy)?,
            None => self.allowed(self.look_up.addresses(url.host(), url.port()).await.map_err(FetchCause::lookup)?)?,
        };
        addresses.truncate(MAX_ADDRESSES);
        if addresses.is_empty() { Err(FetchCause::NoAddress) } else { Ok(addresses) }
    }

    /// Those of the keystore's addresses that may be connected to.
    fn allowed(&self, mut addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, FetchCause> {
        let last = addresses.last().copied();
        addresses.retain(|address| self.addresses.allows(address.ip()));
        match last {
            Some(refused) if addresses.is_empty() => Err(FetchCause::AddressRefused { address: refused.ip() }),
            _ => Ok(addresses),
        }
    }

    /// A connection to the keystore by way of one of the addresses.
    pub(super) async fn connect(&self, address: SocketAddr, url: &HttpsUrl) -> Result<TcpStream, FetchCause> {
        let tcp = TcpStream::connect(address).await;
        match &self.proxy {
            Some(proxy) => tunnel::open(tcp.map_err(FetchCause::proxy)?, url, proxy.credentials()).await,
            None => tcp.map_err(FetchCause::connect),
        }
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.proxy {
            Some(proxy) => write!(f, "through {proxy:?}"),
            None => write!(f, "addresses {:?}", self.addresses),
        }
    }
}

/// The most addresses that an attempt tries: whoever answers for a name does not choose how many connections are made.
const MAX_ADDRESSES: usize = 8;
