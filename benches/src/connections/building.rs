//! Configurations built, as each process does once. Ours look at their own certificate as a peer will, and at the deployment; rustls looks
//! at neither. Keys are parsed beforehand. What thousands of instances take, the example program `instances` measures.

use std::hint::black_box;

use hub_roles::TppToHub;
use hub_tls::Settings;

use crate::Outcome;
use crate::connections::place::Place;
use crate::connections::stock::{Identity, StockClient, StockServer, Terms};
use crate::harness::{Contestant, Group};

pub(crate) fn acceptor() -> Outcome<Group> {
    let place = Place::<TppToHub>::new()?;
    let (roots, identity) = (place.roots()?, Identity::new(place.server_certificate()?)?);
    let floor = move || {
        black_box(StockServer::new(&roots, &identity, &Terms::RESUMING)?);
        Ok(())
    };
    let ours = move || {
        black_box(place.acceptor(&Settings::new())?);
        Ok(())
    };
    Ok(Group::new("Build an acceptor of one instance", Contestant::new("rustls, ServerConfig", floor))
        .with(Contestant::new("hub-tls", ours)))
}

pub(crate) fn connector() -> Outcome<Group> {
    let place = Place::<TppToHub>::new()?;
    let (roots, identity) = (place.roots()?, Identity::new(place.client_certificate()?)?);
    let host = place.host()?;
    let floor = move || {
        black_box(StockClient::new(&roots, &identity, &Terms::RESUMING, &host)?);
        Ok(())
    };
    let ours = move || {
        black_box(place.connector(&Settings::new())?);
        Ok(())
    };
    Ok(Group::new("Build a connector", Contestant::new("rustls, ClientConfig", floor))
        .with(Contestant::new("hub-tls", ours)))
}
