//! Whole handshakes: mutual, both ends, until the client knows that it is accepted.
//!
//! Full ones give no tickets out, whoever does them; resumed ones two, as rustls does unless told otherwise. The new peer is one that
//! neither end has met; the returning one's chain is known to both.

use hub_roles::{HubToLfi, LfiToHub, TppToHub};
use hub_tls::Settings;
use openssl::ssl::SslVersion;

use crate::Outcome;
use crate::connections::meeting::Meeting;
use crate::connections::openssl::OpenSsl;
use crate::connections::place::{Measured, Place};
use crate::connections::stock::Terms;
use crate::harness::{Contestant, Group};

pub(crate) fn full_tpp_to_hub() -> Outcome<Group> {
    full::<TppToHub>("Full handshake, TPP to Hub, TLS 1.3")
}

pub(crate) fn full_hub_to_lfi() -> Outcome<Group> {
    full::<HubToLfi>("Full handshake, Hub to LFI, TLS 1.3")
}

pub(crate) fn full_lfi_to_hub() -> Outcome<Group> {
    full::<LfiToHub>("Full handshake, LFI to Hub, TLS 1.3")
}

pub(crate) fn resumed_tpp_to_hub() -> Outcome<Group> {
    resumed::<TppToHub>("Resumed handshake, TPP to Hub, TLS 1.3")
}

pub(crate) fn resumed_hub_to_lfi() -> Outcome<Group> {
    resumed::<HubToLfi>("Resumed handshake, Hub to LFI, TLS 1.3")
}

pub(crate) fn resumed_lfi_to_hub() -> Outcome<Group> {
    resumed::<LfiToHub>("Resumed handshake, LFI to Hub, TLS 1.3")
}

fn full<P: Measured>(title: &'static str) -> Outcome<Group> {
    let (place, settings) = (Place::<P>::new()?, Settings::new().without_resumption());
    let terms = Terms::FULL;
    let floor = place.full(place.stock_server(&terms)?, place.stock_client(&terms)?, false, &terms)?;
    let new = place.full(place.our_server(&settings)?, place.our_client(&settings)?, true, &terms)?;
    let returning = place.full(place.our_server(&settings)?, place.our_client(&settings)?, false, &terms)?;
    Ok(Group::new(title, Contestant::new(STOCK, floor))
        .with(Contestant::new("hub-tls, new peer", new).at_most(NEW))
        .with(Contestant::new("hub-tls, returning peer", returning).at_most(RETURNING))
        .with(openssl(&place, SslVersion::TLS1_3)?))
}

fn resumed<P: Measured>(title: &'static str) -> Outcome<Group> {
    let (place, settings) = (Place::<P>::new()?, Settings::new());
    let terms = Terms::RESUMING;
    let floor = Meeting::resuming(place.stock_server(&terms)?, place.stock_client(&terms)?)?;
    let ours = Meeting::resuming(place.our_server(&settings)?, place.our_client(&settings)?)?;
    Ok(Group::new(title, Contestant::new(STOCK, floor)).with(Contestant::new("hub-tls", ours).at_most(RESUMED)))
}

/// Two of ours agree on TLS 1.3. Who has no more than TLS 1.2 for one of them is plain rustls.
pub(crate) fn full_tls12_accepting() -> Outcome<Group> {
    let (place, settings) = (Place::<HubToLfi>::new()?, Settings::new().without_resumption());
    let terms = Terms::accepting_tls12(false);
    let floor = place.full(place.stock_server(&terms)?, place.stock_client(&terms)?, false, &terms)?;
    let ours = |new| place.full(place.our_server(&settings)?, place.stock_client(&terms)?, new, &terms);
    Ok(Group::new("Full handshake, accepting, Hub to LFI, TLS 1.2", Contestant::new(STOCK, floor))
        .with(Contestant::new("hub-tls, new peer", ours(true)?).at_most(NEW))
        .with(Contestant::new("hub-tls, returning peer", ours(false)?).at_most(RETURNING))
        .with(openssl(&place, SslVersion::TLS1_2)?))
}

pub(crate) fn full_tls12_connecting() -> Outcome<Group> {
    let (place, settings) = (Place::<HubToLfi>::new()?, Settings::new().without_resumption());
    let terms = Terms::connecting_tls12(false);
    let floor = place.full(place.stock_server(&terms)?, place.stock_client(&terms)?, false, &terms)?;
    let ours = |new| place.full(place.stock_server(&terms)?, place.our_client(&settings)?, new, &terms);
    Ok(Group::new("Full handshake, connecting, Hub to LFI, TLS 1.2", Contestant::new(STOCK, floor))
        .with(Contestant::new("hub-tls, new peer", ours(true)?).at_most(NEW))
        .with(Contestant::new("hub-tls, returning peer", ours(false)?).at_most(RETURNING))
        .with(openssl(&place, SslVersion::TLS1_2)?))
}

pub(crate) fn resumed_tls12_accepting() -> Outcome<Group> {
    let (place, terms) = (Place::<HubToLfi>::new()?, Terms::accepting_tls12(true));
    let floor = Meeting::resuming(place.stock_server(&terms)?, place.stock_client(&terms)?)?;
    let ours = Meeting::resuming(place.our_server(&Settings::new())?, place.stock_client(&terms)?)?;
    Ok(Group::new("Resumed handshake, accepting, Hub to LFI, TLS 1.2", Contestant::new(STOCK, floor))
        .with(Contestant::new("hub-tls", ours).at_most(RESUMED)))
}

pub(crate) fn resumed_tls12_connecting() -> Outcome<Group> {
    let (place, terms) = (Place::<HubToLfi>::new()?, Terms::connecting_tls12(true));
    let floor = Meeting::resuming(place.stock_server(&terms)?, place.stock_client(&terms)?)?;
    let ours = Meeting::resuming(place.stock_server(&terms)?, place.our_client(&Settings::new())?)?;
    Ok(Group::new("Resumed handshake, connecting, Hub to LFI, TLS 1.2", Contestant::new(STOCK, floor))
        .with(Contestant::new("hub-tls", ours).at_most(RESUMED)))
}

/// Its resumption is left out: the crate has no safe function that hands a session back to it.
fn openssl<P: Measured>(place: &Place<P>, version: SslVersion) -> Outcome<Contestant> {
    let (server, client) = (place.server_certificate()?, place.client_certificate()?);
    let root = place.ecosystem.authority().root();
    Ok(Contestant::new(OpenSsl::name(), OpenSsl::new(root, server, client, &place.host()?, version)?))
}

const STOCK: &str = "rustls";
const NEW: f64 = 1.02;
const RETURNING: f64 = 0.98;
const RESUMED: f64 = 1.05;
