//! A chain verified: by rustls for the name of a host, by hub-roles for a role and whoever is registered in it.

use std::hint::black_box;

use hub_roles::{C1, CertificateChain, Expectation, Role, S1, TppToHub};
use hub_testkit::{Ecosystem, Issued};

use crate::Outcome;
use crate::connections::place::{Measured, Place};
use crate::harness::{Contestant, Group};

pub(crate) fn client() -> Outcome<Group> {
    let place = Place::<TppToHub>::new()?;
    let (verifier, now) = (place.roots()?.client_verifier()?, place.ecosystem.now());
    let c1 = place.ecosystem.holding::<C1>(TppToHub::CLIENT)?;
    let (issued, expectation) = (c1.issued().clone(), c1.expectation().clone());
    let floor = move || {
        black_box(verifier.verify_client_cert(&issued.certificate, &issued.intermediates, now)?);
        Ok(())
    };
    Ok(Group::new("Verify the chain of a client, C1", Contestant::new(FLOOR, floor)).with(ours(
        &place.ecosystem,
        c1.issued(),
        expectation,
    )))
}

pub(crate) fn server() -> Outcome<Group> {
    let place = Place::<TppToHub>::new()?;
    let (verifier, now) = (place.roots()?.server_verifier()?, place.ecosystem.now());
    let s1 = place.ecosystem.holding::<S1>(TppToHub::SERVER)?;
    let (issued, host) = (s1.issued().clone(), place.host()?);
    let expectation = s1.expectation().for_host(&host).ok_or("a server is expected at its host")?;
    let name = host.to_server_name();
    let floor = move || {
        black_box(verifier.verify_server_cert(&issued.certificate, &issued.intermediates, &name, &[], now)?);
        Ok(())
    };
    Ok(Group::new("Verify the chain of a server, S1", Contestant::new(FLOOR, floor)).with(ours(
        &place.ecosystem,
        s1.issued(),
        expectation,
    )))
}

/// From what TLS hands over to a certificate with a role.
fn ours<R: Role>(ecosystem: &Ecosystem, issued: &Issued, expectation: Expectation<R>) -> Contestant {
    let (trust, now, issued) = (ecosystem.trust().clone(), ecosystem.now(), issued.clone());
    Contestant::new("hub-roles", move || {
        let chain = CertificateChain::from_peer(&issued.certificate, &issued.intermediates)?;
        black_box(trust.verify(&chain, &expectation, now)?);
        Ok(())
    })
}

const FLOOR: &str = "rustls";
