//! Our ends.

use hub_roles::{HostName, Path, TrustFramework};
use hub_tls::{AcceptingPath, Acceptor, Connector, Stream};
use tokio::io::DuplexStream;

use crate::Outcome;
use crate::connections::meeting::{Client, Server};

pub(super) struct OurServer<P: AcceptingPath> {
    acceptor: Acceptor<P>,
    trust: TrustFramework,
}

impl<P: AcceptingPath> OurServer<P> {
    pub(super) fn new(acceptor: Acceptor<P>, trust: &TrustFramework) -> Self {
        Self { acceptor, trust: trust.clone() }
    }
}

impl<P: AcceptingPath> Server for OurServer<P> {
    type Stream = Stream<DuplexStream>;

    async fn accept(&self, io: DuplexStream) -> Outcome<Self::Stream> {
        Ok(self.acceptor.accept(io).await?.into_parts().1)
    }

    /// Nobody is known to a new generation.
    fn forget(&self) -> Outcome<()> {
        self.acceptor.rotation().swap_trust(&self.trust)?;
        Ok(())
    }
}

pub(super) struct OurClient<P: Path> {
    connector: Connector<P>,
    trust: TrustFramework,
    host: HostName,
}

impl<P: Path> OurClient<P> {
    pub(super) fn new(connector: Connector<P>, trust: &TrustFramework, host: HostName) -> Self {
        Self { connector, trust: trust.clone(), host }
    }
}

impl<P: Path> Client for OurClient<P> {
    type Stream = Stream<DuplexStream>;

    async fn connect(&self, io: DuplexStream) -> Outcome<Self::Stream> {
        Ok(self.connector.connect(&self.host, io).await?.into_parts().1)
    }

    fn resumed(stream: &Self::Stream) -> bool {
        stream.resumed()
    }

    /// Nobody is known to a new generation.
    fn forget(&self) -> Outcome<()> {
        self.connector.rotation().swap_trust(&self.trust)?;
        Ok(())
    }
}
