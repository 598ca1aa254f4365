//! What is measured.

use std::fmt;
use std::time::{Duration, Instant};

use hub_roles::{HubToLfi, InstanceId, LfiToHub, Path, TppToHub};
use hub_tls::{AcceptingPath, Acceptor, Connector};

use super::Fault;
use super::fleet::Fleet;
use super::memory::per_instance;

/// One end of a path, with all instances.
#[derive(Clone, Copy)]
pub(super) struct End {
    pub(super) name: &'static str,
    pub(super) cost: fn(&Fleet) -> Result<Cost, Fault>,
}

pub(super) const ENDS: [End; 4] = [
    End { name: "acceptor of S1", cost: of_acceptor::<TppToHub> },
    End { name: "acceptor of S3", cost: of_acceptor::<LfiToHub> },
    End { name: "connector with C1", cost: of_connector::<TppToHub> },
    End { name: "connector with C4", cost: of_connector::<HubToLfi> },
];

/// The memory of one instance in octets, and the time to construct all, and to swap.
pub(super) struct Cost {
    octets: usize,
    construction: Duration,
    credential: Duration,
    trust: Duration,
    deployment: Duration,
}

impl Cost {
    pub(super) const HEADINGS: [&str; 5] = ["octets each", "construction", "credential", "trust", "deployment"];
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { octets, construction, credential, trust, deployment } = self;
        write!(f, "{octets:>12}")?;
        [construction, credential, trust, deployment]
            .iter()
            .try_for_each(|time| write!(f, " {:>12}", format!("{time:.1?}")))
    }
}

fn of_acceptor<P: AcceptingPath<Instance = InstanceId>>(fleet: &Fleet) -> Result<Cost, Fault> {
    let (trust, deployment, served) = (&fleet.trust, &fleet.deployment, fleet.issue_all::<P::Server>()?);
    let new = || Ok(Acceptor::<P>::new(trust, deployment, served.iter().cloned())?);
    let octets = per_instance(served.len(), new)?;
    let rotation = new()?.rotation();
    let (id, credential) = served.last().ok_or("no instance")?;
    Ok(Cost {
        octets,
        construction: median(new)?,
        credential: median(|| Ok(rotation.swap_credential(id.clone(), credential.clone())?))?,
        trust: median(|| Ok(rotation.swap_trust(trust)?))?,
        deployment: median(|| Ok(rotation.swap_deployment(deployment)?))?,
    })
}

fn of_connector<P: Path>(fleet: &Fleet) -> Result<Cost, Fault> {
    let (trust, deployment, credential) = (&fleet.trust, &fleet.deployment, fleet.issue_first::<P::Client>()?);
    let new = || Ok(Connector::<P>::new(trust, deployment, credential.clone())?);
    let octets = per_instance(fleet.registrations.len(), new)?;
    let rotation = new()?.rotation();
    Ok(Cost {
        octets,
        construction: median(new)?,
        credential: median(|| Ok(rotation.swap_credential(credential.clone())?))?,
        trust: median(|| Ok(rotation.swap_trust(trust)?))?,
        deployment: median(|| Ok(rotation.swap_deployment(deployment)?))?,
    })
}

/// The median time of five runs.
fn median<T>(run: impl Fn() -> Result<T, Fault>) -> Result<Duration, Fault> {
    let mut times = [Duration::ZERO; 5];
    for time in &mut times {
        let begin = Instant::now();
        run()?;
        *time = begin.elapsed();
    }
    times.sort_unstable();
    let [_, _, median, _, _] = times;
    Ok(median)
}
