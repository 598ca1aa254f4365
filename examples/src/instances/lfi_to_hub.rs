//! Thousands of LFIs with a connector each, and one acceptor of their instances.

use hub_roles::{C3, Credential, LfiToHub, Role, S3};
use hub_tls::{Acceptor, Connector};

use super::claims::{
    each_meets_its_own, each_rotates_alone, expect, holds, one_registration_changes, only_one_was_affected, spread,
};
use super::fleet::Fleet;
use super::guest::Guest;
use super::lines::{Line, Lines};
use super::register::{Registration, View, deployment};
use super::{Fault, MANY};

pub(super) async fn claims(fleet: &mut Fleet) -> Result<(), Fault> {
    let s3 = fleet.issue_all()?;
    let acceptor = Acceptor::<LfiToHub>::new(&fleet.trust, &fleet.deployment, s3.clone())?;
    let line = |(&lfi, (_, s3)): (_, &(_, Credential<S3>))| {
        Line::new(fleet, lfi, &acceptor, s3.kid(), &connector(fleet, lfi)?)
    };
    let mut lines = Lines::to_hub(fleet.registrations.iter().zip(&s3).map(line).collect::<Result<_, _>>()?);

    each_meets_its_own(&lines).await?;
    let swap = |line: &Line<_>, credential| acceptor.rotation().swap_credential(line.instance.clone(), credential);
    each_rotates_alone(fleet, &mut lines, swap).await?;
    lines.thin_out();
    no_other_lfis_c3(fleet, &lines).await?;
    let refusal = (C3::ID, "certificate.application");
    for at in spread(&lines) {
        let line = lines.at(at)?;
        let registration = line.registration.with_another_application(MANY);
        let deployment = fleet.deployment_with(registration)?;
        let successor = Line::new(fleet, registration, &acceptor, &line.server, &connector(fleet, registration)?)?;
        let swap = || acceptor.rotation().swap_deployment(&deployment);
        one_registration_changes(&mut lines, at, swap, refusal, successor).await?;
    }
    only_one_was_affected(&lines, refusal);
    Ok(())
}

/// Whoever comes with the C3 of another LFI is refused, and accepted at its own instance.
async fn no_other_lfis_c3(fleet: &Fleet, lines: &Lines<LfiToHub>) -> Result<(), Fault> {
    let next = lines.all.iter().cycle().skip(1);
    for (line, home) in lines.all.iter().zip(next) {
        let guest = Guest::new(fleet, &fleet.issue::<C3>(home.registration)?)?;
        let verdict = guest.is_judged(&home.acceptor, &home.host).await?;
        expect(home, verdict, None)?;
        let verdict = guest.is_judged(&line.acceptor, &line.host).await?;
        expect(line, verdict, Some((C3::ID, "certificate.organisation")))?;
    }
    let tried = lines.all.len();
    holds::<LfiToHub>(format_args!("{tried} times the C3 of another LFI: refused, and accepted at its own instance"));
    Ok(())
}

/// That of one LFI, on its own deployment.
fn connector(fleet: &Fleet, lfi: Registration) -> Result<Connector<LfiToHub>, Fault> {
    Ok(Connector::new(&fleet.trust, &deployment(View::Lfi, &[lfi], 0)?, fleet.issue(lfi)?)?)
}
