//! Two ends that meet, or do not.

use hub_roles::{HostName, KeyId, OrganisationId, RoleId};
use hub_tls::{Accepted, AcceptingPath, Acceptor, Connected, Connector, HandshakeError, Peer, Stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::Fault;

/// What became of a handshake at both ends.
pub(super) struct Handshake<P: AcceptingPath> {
    pub(super) accepted: Result<Accepted<P, DuplexStream>, HandshakeError>,
    connected: Result<Connected<P, DuplexStream>, HandshakeError>,
}

/// An open connection, and what each end knows of the other.
pub(super) struct Meeting<P: AcceptingPath> {
    client: Peer<P::Client>,
    server: Peer<P::Server>,
    accepting: Stream<DuplexStream>,
    connecting: Stream<DuplexStream>,
}

/// What must be seen when two meet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) client: KeyId,
    pub(super) server: KeyId,
    /// The server's.
    pub(super) organisation: OrganisationId,
    /// At the acceptor and at the connector.
    pub(super) resumed: [bool; 2],
}

impl<P: AcceptingPath> Handshake<P> {
    pub(super) async fn between(acceptor: &Acceptor<P>, connector: &Connector<P>, host: &HostName) -> Self {
        let (here, there) = duplex(BUFFER);
        let (accepted, connected) = tokio::join!(acceptor.accept(here), connector.connect(host, there));
        Self { accepted, connected }
    }

    /// The connection, if both ends say so. The tickets have arrived.
    pub(super) async fn met(self) -> Result<Meeting<P>, Fault> {
        let (client, accepting) = self.accepted?.into_parts();
        let (server, connecting) = self.connected?.into_parts();
        let mut meeting = Meeting { client, server, accepting, connecting };
        if meeting.is_open().await { Ok(meeting) } else { Err("the connection ended at once".into()) }
    }

    /// The role that one end refused, and the code of the rule.
    pub(super) fn refused(&self) -> Option<(RoleId, &'static str)> {
        let errors = [self.accepted.as_ref().err(), self.connected.as_ref().err()];
        errors.into_iter().flatten().find_map(refusal)
    }
}

impl<P: AcceptingPath> Meeting<P> {
    pub(super) fn seen(&self) -> Seen {
        Seen {
            client: self.client.kid().clone(),
            server: self.server.kid().clone(),
            organisation: self.server.organisation(),
            resumed: [&self.accepting, &self.connecting].map(Stream::resumed),
        }
    }

    /// Whether an octet gets through.
    pub(super) async fn is_open(&mut self) -> bool {
        self.accepting.write_all(b"!").await.is_ok() && self.connecting.read_exact(&mut [0]).await.is_ok()
    }

    /// The role that the connection was closed for, and the code of the rule.
    pub(super) fn closed_for(&self) -> Option<(RoleId, &'static str)> {
        let reasons = [&self.accepting, &self.connecting].map(|stream| stream.ending().reason());
        reasons.iter().flatten().find_map(|reason| refusal(reason))
    }
}

/// The role that was refused, and the code of the rule.
pub(super) fn refusal(error: &HandshakeError) -> Option<(RoleId, &'static str)> {
    match error {
        HandshakeError::Refused(refusal) => Some((refusal.role(), refusal.code())),
        _ => None,
    }
}

/// The octets that are under way at most.
pub(super) const BUFFER: usize = 64 * 1024;
