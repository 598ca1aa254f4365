//! What must hold where there are thousands of instances, on whichever path.

use hub_roles::{Credential, Path, Role, RoleId};
use hub_tls::{AcceptingPath, Acceptor, ConfigError};

use super::Fault;
use super::fleet::Fleet;
use super::handshake::{Handshake, Meeting};
use super::lines::{Line, Lines};

/// Each host has the certificate of its own instance, and of no other.
pub(super) async fn each_meets_its_own<P: AcceptingPath>(lines: &Lines<P>) -> Result<(), Fault> {
    let met = lines.meet_all(false).await?.len();
    holds::<P>(format_args!("{met} hosts, each with the {} of its own LFI and no other", P::Server::ID));
    Ok(())
}

/// Instance by instance gets a new certificate: its session ends. Everywhere else sessions resume, through all the rotations of others.
pub(super) async fn each_rotates_alone<P: AcceptingPath>(
    fleet: &Fleet,
    lines: &mut Lines<P>,
    swap: impl Fn(&Line<P>, Credential<P::Server>) -> Result<(), ConfigError>,
) -> Result<(), Fault> {
    let many = lines.all.len();
    for at in 0..many {
        let line = lines.at_mut(at)?;
        let credential = fleet.issue::<P::Server>(line.registration)?;
        line.server = credential.kid().clone();
        swap(line, credential)?;
        lines.meet(at, false).await?;
        lines.meet((at + 1) % many, true).await?;
    }
    lines.meet_all(true).await?;
    let role = P::Server::ID;
    holds::<P>(format_args!("{many} times one {role} rotated: its session ended, and those of all others resumed"));
    Ok(())
}

/// A server of another LFI answers in the place of the right one, and is refused; the right one is not.
pub(super) async fn another_server_is_refused<P: AcceptingPath>(
    lines: &Lines<P>,
    what: &str,
    others: impl IntoIterator<Item = (usize, Acceptor<P>)>,
    code: &'static str,
) -> Result<(), Fault> {
    let mut refused = 0;
    for (at, other) in others {
        let line = lines.at(at)?;
        let handshake = Handshake::between(&other, &line.connector, &line.host).await;
        expect(line, handshake.refused(), Some((P::Server::ID, code)))?;
        lines.meet(at, true).await?;
        refused += 1;
    }
    holds::<P>(format_args!("{refused} times {what}: refused, {code}; the right one accepted"));
    Ok(())
}

/// The registration of one LFI changes: who does not fit it any more is disconnected and refused, its `successor` is accepted, and so
/// are all others, whose connections stay open.
pub(super) async fn one_registration_changes<P: AcceptingPath>(
    lines: &mut Lines<P>,
    at: usize,
    swap: impl FnOnce() -> Result<usize, ConfigError>,
    refusal: (RoleId, &'static str),
    successor: Line<P>,
) -> Result<(), Fault> {
    let mut open = lines.meet_all(true).await?;
    let closed = swap()?;
    if closed != 1 {
        return Err(format!("{closed} connections closed, expected 1").into());
    }
    let line = lines.at(at)?;
    let mut former = open.remove(at);
    if former.is_open().await {
        return Err(format!("{}: its connection is still open", line.host).into());
    }
    expect(line, former.closed_for(), Some(refusal))?;
    let handshake = Handshake::between(&line.acceptor, &line.connector, &line.host).await;
    expect(line, handshake.refused(), Some(refusal))?;
    *lines.at_mut(at)? = successor;
    lines.meet_all(false).await?;
    all_are_open(open).await?;
    Ok(())
}

/// Says what held each time that [one registration changed](one_registration_changes).
pub(super) fn only_one_was_affected<P: AcceptingPath>(lines: &Lines<P>, (role, code): (RoleId, &'static str)) {
    let (times, others) = (spread(lines).len(), lines.all.len() - 1);
    holds::<P>(format_args!(
        "{times} times one LFI's registration changed: its old {role} disconnected and refused, {code}; \
         its new one accepted, and {others} other connections still open"
    ));
}

/// The first line, the middle one and the last.
pub(super) fn spread<P: AcceptingPath>(lines: &Lines<P>) -> [usize; 3] {
    let many = lines.all.len();
    [0, many / 2, many - 1]
}

/// The only client gets a new certificate: connections stay open, and every new one is made with it.
pub(super) async fn the_client_rotates<P: AcceptingPath>(
    lines: &mut Lines<P>,
    credential: Credential<<P as Path>::Client>,
) -> Result<(), Fault> {
    let open = lines.meet_all(true).await?;
    let kid = credential.kid().clone();
    lines.at(0)?.connector.rotation().swap_credential(credential)?;
    lines.all.iter_mut().for_each(|line| line.client = kid.clone());
    let new = lines.meet_all(false).await?.len();
    let old = all_are_open(open).await?;
    holds::<P>(format_args!(
        "its {} rotated: {old} connections still open, {new} made with the new one",
        P::Client::ID
    ));
    Ok(())
}

/// Says what holds.
pub(super) fn holds<P: Path>(claim: std::fmt::Arguments<'_>) {
    println!("{}: {claim}", P::ID);
}

/// That one end of a line refused the other for this reason, or for none.
pub(super) fn expect<P: AcceptingPath>(
    line: &Line<P>,
    found: Option<(RoleId, &'static str)>,
    expected: Option<(RoleId, &'static str)>,
) -> Result<(), Fault> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{}: refused {found:?}, expected {expected:?}", line.host).into())
}

async fn all_are_open<P: AcceptingPath>(open: Vec<Meeting<P>>) -> Result<usize, Fault> {
    let many = open.len();
    for mut meeting in open {
        if !meeting.is_open().await {
            return Err(format!("{:?}: its connection has ended", meeting.seen()).into());
        }
    }
    Ok(many)
}
