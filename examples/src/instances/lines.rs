//! The connections of one path, one for each instance.

use hub_roles::{HostName, HubToLfi, InstanceId, KeyId, OrganisationId};
use hub_tls::{Accepted, AcceptingPath, Acceptor, Connector};
use tokio::io::DuplexStream;

use super::fleet::Fleet;
use super::handshake::{Handshake, Meeting, Seen};
use super::register::Registration;
use super::{Fault, SAMPLE};

/// Who meets at one instance, and what they present. Ends that serve or reach many instances are the same in all their lines.
pub(super) struct Line<P: AcceptingPath> {
    pub(super) registration: Registration,
    pub(super) instance: InstanceId,
    pub(super) organisation: OrganisationId,
    pub(super) host: HostName,
    pub(super) acceptor: Acceptor<P>,
    pub(super) connector: Connector<P>,
    pub(super) server: KeyId,
    pub(super) client: KeyId,
}

/// All lines of a path.
pub(super) struct Lines<P: AcceptingPath> {
    pub(super) all: Vec<Line<P>>,
    /// The instance that a client asked for, where the acceptor knows.
    asked_for: fn(&Accepted<P, DuplexStream>) -> Option<&InstanceId>,
}

impl<P: AcceptingPath> Line<P> {
    /// Where the acceptor presents the certificate with this `kid`.
    pub(super) fn new(
        fleet: &Fleet,
        registration: Registration,
        acceptor: &Acceptor<P>,
        server: &KeyId,
        connector: &Connector<P>,
    ) -> Result<Self, Fault> {
        Ok(Self {
            registration,
            instance: registration.instance()?,
            organisation: registration.organisation_id().parse()?,
            host: fleet.host::<P::Server>(registration)?,
            acceptor: acceptor.clone(),
            connector: connector.clone(),
            server: server.clone(),
            client: connector.local_certificate()?.kid().clone(),
        })
    }
}

impl<P: AcceptingPath<Instance = InstanceId>> Lines<P> {
    /// To instances of the Hub.
    pub(super) fn to_hub(all: Vec<Line<P>>) -> Self {
        Self { all, asked_for: |accepted| Some(accepted.instance()) }
    }
}

impl Lines<HubToLfi> {
    /// To the Ozone Connect of LFIs.
    pub(super) fn to_lfis(all: Vec<Line<HubToLfi>>) -> Self {
        Self { all, asked_for: |_| None }
    }
}

impl<P: AcceptingPath> Lines<P> {
    /// Leaves out most of the lines: no end serves or reaches fewer instances for that.
    pub(super) fn thin_out(&mut self) {
        self.all = self.all.drain(..).step_by(SAMPLE).collect();
    }

    pub(super) fn at(&self, at: usize) -> Result<&Line<P>, Fault> {
        Ok(self.all.get(at).ok_or("no such line")?)
    }

    pub(super) fn at_mut(&mut self, at: usize) -> Result<&mut Line<P>, Fault> {
        Ok(self.all.get_mut(at).ok_or("no such line")?)
    }

    /// Both ends of a line meet, see each other's certificates and no others', and resume a session or not.
    pub(super) async fn meet(&self, at: usize, resumed: bool) -> Result<Meeting<P>, Fault> {
        let line = self.at(at)?;
        let handshake = Handshake::between(&line.acceptor, &line.connector, &line.host).await;
        let asked_for = handshake.accepted.as_ref().ok().and_then(self.asked_for);
        if asked_for.is_some_and(|instance| *instance != line.instance) {
            return Err(format!("{}: arrived at instance {asked_for:?}", line.host).into());
        }
        let meeting = handshake.met().await.map_err(|fault| format!("{}: {fault}", line.host))?;
        let expected = Seen {
            client: line.client.clone(),
            server: line.server.clone(),
            organisation: line.organisation,
            resumed: [resumed; 2],
        };
        match meeting.seen() {
            seen if seen == expected => Ok(meeting),
            seen => Err(format!("{}: {seen:?}, expected {expected:?}", line.host).into()),
        }
    }

    /// Both ends of all lines meet, and the connections stay open.
    pub(super) async fn meet_all(&self, resumed: bool) -> Result<Vec<Meeting<P>>, Fault> {
        let mut open = Vec::with_capacity(self.all.len());
        for at in 0..self.all.len() {
            open.push(self.meet(at, resumed).await?);
        }
        Ok(open)
    }
}
