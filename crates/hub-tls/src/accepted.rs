//! What an acceptor hands out.

use std::fmt;

use hub_roles::{Certificate, InstanceId};

use crate::accepting::AcceptingPath;
use crate::peer::Peer;
use crate::stream::Stream;

/// A connection that was accepted: the client, and our side of it.
pub struct Accepted<P: AcceptingPath, IO> {
    pub(crate) peer: Peer<P::Client>,
    pub(crate) instance: P::Instance,
    pub(crate) certificate: Certificate<P::Server>,
    pub(crate) stream: Stream<IO>,
}

impl<P: AcceptingPath, IO> Accepted<P, IO> {
    /// The client.
    #[must_use]
    pub fn peer(&self) -> &Peer<P::Client> {
        &self.peer
    }

    /// The certificate we presented: its O and OU are what JWT Auth responses speak of by default (FACTS section 4).
    #[must_use]
    pub fn local_certificate(&self) -> &Certificate<P::Server> {
        &self.certificate
    }

    /// The client and the stream, when the rest is known.
    #[must_use]
    pub fn into_parts(self) -> (Peer<P::Client>, Stream<IO>) {
        (self.peer, self.stream)
    }
}

impl<P: AcceptingPath<Instance = InstanceId>, IO> Accepted<P, IO> {
    /// The API Hub instance that the client asked for.
    #[must_use]
    pub fn instance(&self) -> &InstanceId {
        &self.instance
    }
}

impl<P: AcceptingPath, IO> fmt::Debug for Accepted<P, IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, instance, certificate, stream } = self;
        f.debug_struct("Accepted")
            .field("peer", peer)
            .field("instance", instance)
            .field("certificate", certificate)
            .field("stream", stream)
            .finish()
    }
}
