//! Which addresses a host has.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use hub_roles::HostName;
use tokio::net::lookup_host;

/// What is known of hosts, and whom to ask about others: the system's resolver unless set.
#[derive(Clone, Default)]
pub(super) struct LookUp {
    known: HashMap<HostName, SocketAddr>,
    resolver: Option<Arc<Resolver>>,
}

type Resolver = dyn Fn(HostName) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> + Send + Sync;

impl LookUp {
    pub(super) fn know(&mut self, host: HostName, address: SocketAddr) {
        self.known.insert(host, address);
    }

    pub(super) fn ask<F>(&mut self, resolver: impl Fn(HostName) -> F + Send + Sync + 'static)
    where
        F: Future<Output = io::Result<Vec<IpAddr>>> + Send + 'static,
    {
        self.resolver = Some(Arc::new(move |host| Box::pin(resolver(host))));
    }

    /// The addresses of `host`, asked for once.
    pub(super) async fn addresses(&self, host: &HostName, port: u16) -> io::Result<Vec<SocketAddr>> {
        if let Some(known) = self.known.get(host) {
            return Ok(vec![*known]);
        }
        match &self.resolver {
            Some(resolver) => {
                let addresses = resolver(host.clone()).await?;
                Ok(addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect())
            }
            None => Ok(lookup_host((host.as_str(), port)).await?.collect()),
        }
    }
}
