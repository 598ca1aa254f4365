//! The Hub's one connector to thousands of LFIs, hundreds of which have an Ozone Connect.

use hub_roles::{Credential, HubToLfi, Role, S4};
use hub_tls::{Acceptor, Connector};

use super::claims::{
    another_server_is_refused, each_meets_its_own, each_rotates_alone, holds, one_registration_changes,
    only_one_was_affected, spread, the_client_rotates,
};
use super::fleet::Fleet;
use super::lines::{Line, Lines};
use super::register::{Registration, View, deployment};
use super::{Fault, MANY, SAMPLE};

pub(super) async fn claims(fleet: &mut Fleet) -> Result<(), Fault> {
    let connector = Connector::<HubToLfi>::new(&fleet.trust, &fleet.deployment, fleet.issue_first()?)?;
    let line = |&lfi| {
        let (acceptor, s4) = ozone_connect(fleet, lfi)?;
        Line::new(fleet, lfi, &acceptor, s4.kid(), &connector)
    };
    let mut lines = Lines::to_lfis(fleet.registrations.iter().step_by(SAMPLE).map(line).collect::<Result<_, Fault>>()?);

    let (reached, serving) = (fleet.registrations.len(), lines.all.len());
    holds::<HubToLfi>(format_args!("one connector reaches {reached} LFIs, of which {serving} have a server here"));
    each_meets_its_own(&lines).await?;
    let swap = |line: &Line<HubToLfi>, credential| line.acceptor.rotation().swap_credential(credential);
    each_rotates_alone(fleet, &mut lines, swap).await?;
    let next = lines.all.iter().cycle().skip(1).map(|line| line.acceptor.clone());
    let others = (0..lines.all.len()).zip(next);
    another_server_is_refused(&lines, "another LFI's server at the host", others, "certificate.host-name").await?;
    let other = |line: &Line<HubToLfi>| Ok(ozone_connect(fleet, line.registration.of_another_lfi(1))?.0);
    let others = lines.all.iter().map(other).collect::<Result<Vec<_>, Fault>>()?.into_iter().enumerate();
    another_server_is_refused(&lines, "an S4 of another LFI for the very host", others, "certificate.organisation")
        .await?;
    the_client_rotates(&mut lines, fleet.issue_first()?).await?;
    let refusal = (S4::ID, "certificate.organisation");
    for at in spread(&lines) {
        let registration = lines.at(at)?.registration.of_another_lfi(MANY);
        let deployment = fleet.deployment_with(registration)?;
        let (acceptor, s4) = ozone_connect(fleet, registration)?;
        let successor = Line::new(fleet, registration, &acceptor, s4.kid(), &connector)?;
        let swap = || connector.rotation().swap_deployment(&deployment);
        one_registration_changes(&mut lines, at, swap, refusal, successor).await?;
    }
    only_one_was_affected(&lines, refusal);
    Ok(())
}

/// The server of one LFI, on its own deployment.
fn ozone_connect(fleet: &Fleet, lfi: Registration) -> Result<(Acceptor<HubToLfi>, Credential<S4>), Fault> {
    let s4 = fleet.issue(lfi)?;
    Ok((Acceptor::<HubToLfi>::new(&fleet.trust, &deployment(View::Lfi, &[lfi], 0)?, s4.clone())?, s4))
}
