//! Handshakes under a trust framework that requires a revocation list, and has a long one.

use hub_roles::HubToLfi;
use hub_tls::Settings;

use crate::Outcome;
use crate::connections::place::Place;
use crate::connections::stock::Terms;
use crate::harness::{Contestant, Group};

/// Beside a new peer where there is no list.
pub(crate) fn full() -> Outcome<Group> {
    let settings = Settings::new().without_resumption();
    let ours = |place: &Place<HubToLfi>, new_peers| {
        place.full(place.our_server(&settings)?, place.our_client(&settings)?, new_peers, &Terms::FULL)
    };
    let (without, with) = (Place::new()?, Place::with_list_of(ENTRIES)?);
    let stock = with.full(with.stock_server(&Terms::FULL)?, with.stock_client(&Terms::FULL)?, false, &Terms::FULL)?;
    Ok(Group::new(
        "Full handshake with a revocation list of 100,000",
        Contestant::new("hub-tls, new peer, no list", ours(&without, true)?),
    )
    .with(Contestant::new("hub-tls, new peer", ours(&with, true)?).at_most(BOUND))
    .with(Contestant::new("hub-tls, returning peer", ours(&with, false)?).at_most(BOUND))
    .with(Contestant::new("rustls", stock)))
}

const ENTRIES: u64 = 100_000;
const BOUND: f64 = 1.05;
