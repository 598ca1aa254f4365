//! Handshakes under a trust framework that requires a revocation list, and has a long one.

use hub_roles::HubToLfi;
use hub_tls::Settings;
use rustls::version::TLS13;

use crate::Outcome;
use crate::connections::meeting::Meeting;
use crate::connections::place::Place;
use crate::connections::stock::Terms;
use crate::harness::{Contestant, Group};

/// Beside a new peer where there is no list: a returning one asks none.
pub(crate) fn full() -> Outcome<Group> {
    let settings = Settings::new().without_resumption();
    let terms = Terms { version: &TLS13, resumption: false };
    let new =
        |place: &Place<HubToLfi>| place.new_peers(place.our_server(&settings)?, place.our_client(&settings)?, &terms);
    let (without, with) = (Place::<HubToLfi>::new()?, Place::<HubToLfi>::with_list_of(ENTRIES)?);
    let returning = Meeting::full(with.our_server(&settings)?, with.our_client(&settings)?)?;
    let stock = Meeting::full(with.stock_server(&terms)?, with.stock_client(&terms)?)?;
    Ok(Group::new(
        "Full handshake with a revocation list of 100,000",
        Contestant::new("hub-tls, new peer, no list", new(&without)?),
    )
    .with(Contestant::new("hub-tls, new peer", new(&with)?).at_most(BOUND))
    .with(Contestant::new("hub-tls, returning peer", returning).at_most(BOUND))
    .with(Contestant::new("rustls", stock)))
}

const ENTRIES: u64 = 100_000;
const BOUND: f64 = 1.05;
