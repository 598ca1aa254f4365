//! A TPP's one connector, and one acceptor of thousands of instances.

use hub_roles::{Credential, Role, S1, TppToHub};
use hub_tls::{Acceptor, Connector};

use super::claims::{another_server_is_refused, each_meets_its_own, each_rotates_alone, holds, the_client_rotates};
use super::fleet::Fleet;
use super::lines::{Line, Lines};
use super::register::{View, deployment};
use super::{Fault, TPPS};

pub(super) async fn claims(fleet: &Fleet) -> Result<(), Fault> {
    let s1 = fleet.issue_all()?;
    let acceptor = Acceptor::<TppToHub>::new(&fleet.trust, &fleet.deployment, s1.clone())?;
    let tpp = deployment(View::Tpp, &fleet.registrations, 1)?;
    let connector = Connector::new(&fleet.trust, &tpp, fleet.issue_first()?)?;
    let line = |(&lfi, (_, s1)): (_, &(_, Credential<S1>))| Line::new(fleet, lfi, &acceptor, s1.kid(), &connector);
    let mut lines = Lines::to_hub(fleet.registrations.iter().zip(&s1).map(line).collect::<Result<_, _>>()?);

    each_meets_its_own(&lines).await?;
    let swap = |line: &Line<_>, credential| acceptor.rotation().swap_credential(line.instance.clone(), credential);
    each_rotates_alone(fleet, &mut lines, swap).await?;
    lines.thin_out();
    no_other_instances_s1_is_served(fleet, &lines).await?;
    let hub = hub_with_other_lfis(fleet, &lines)?;
    let others = (0..lines.all.len()).map(|at| (at, hub.clone()));
    another_server_is_refused(&lines, "an S1 of another LFI for the very host", others, "certificate.organisation")
        .await?;
    the_client_rotates(&mut lines, fleet.issue_first()?).await
}

/// A certificate of another instance is not taken in the first place.
async fn no_other_instances_s1_is_served(fleet: &Fleet, lines: &Lines<TppToHub>) -> Result<(), Fault> {
    let next = lines.all.iter().cycle().skip(1);
    for (at, (line, next)) in lines.all.iter().zip(next).enumerate() {
        let other = fleet.issue(next.registration)?;
        match line.acceptor.rotation().swap_credential(line.instance.clone(), other).map_err(|error| error.code()) {
            Err("certificate.host-name") => drop(lines.meet(at, true).await?),
            found => return Err(format!("{}: another instance's S1: {found:?}", line.host).into()),
        }
    }
    let tried = lines.all.len();
    holds::<TppToHub>(format_args!("{tried} times the {} of another instance: not taken by the acceptor", S1::ID));
    Ok(())
}

/// A Hub where the instances are registered with other LFIs, which have certificates for their hosts.
fn hub_with_other_lfis(fleet: &Fleet, lines: &Lines<TppToHub>) -> Result<Acceptor<TppToHub>, Fault> {
    let others: Vec<_> = lines.all.iter().map(|line| line.registration.of_another_lfi(1)).collect();
    let served =
        others.iter().map(|&lfi| Ok((lfi.instance()?, fleet.issue(lfi)?))).collect::<Result<Vec<_>, Fault>>()?;
    Ok(Acceptor::<TppToHub>::new(&fleet.trust, &deployment(View::Hub, &others, TPPS)?, served)?)
}
