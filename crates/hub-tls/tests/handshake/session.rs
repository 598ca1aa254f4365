//! What outlives a handshake, and what does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hub_roles::{C4, HubToLfi, S4};
use hub_testkit::{LeafSpec, Validity};
use hub_tls::{Acceptor, Clock, Connector, Settings};
use rustls::version::TLS13;
use rustls_pki_types::UnixTime;

use crate::generous::{Client, calls, is_called};
use crate::world::*;

/// A certificate that was accepted is not accepted for ever: what is remembered ends with the path's validity.
#[tokio::test]
async fn a_peer_that_came_before_is_refused_at_any_time_it_is_not_valid_at() {
    let end = at(now().as_secs() + 3600);
    let issue = |spec: &LeafSpec| {
        let validity = Validity::around(now(), Duration::from_secs(3600), Duration::from_secs(3600));
        ECO.authority().issue(&spec.clone().with_validity(validity)).unwrap()
    };
    let (c4, s4) =
        (issue(ECO.holding::<C4>("ozone").unwrap().spec()), issue(ECO.holding::<S4>("bank").unwrap().spec()));
    let (hub, bank, trust) = (ECO.hub(), ECO.lfi("bank").unwrap(), ECO.trust());
    let clock = Standing::at(now());
    let moving = Settings::new().with_clock(clock.clone());
    let acceptor = Acceptor::<HubToLfi>::with_settings(trust, bank.deployment(), bank.s4(), &moving).unwrap();
    let connector = Connector::<HubToLfi>::with_settings(trust, hub.deployment(), hub.c4(), &moving).unwrap();

    let begin = at(now().as_secs() - 3600);
    // Clocks are set back, too.
    for (time, expected) in [
        (now(), None),
        (end, None),
        (at(end.as_secs() + 1), Some("certificate.expired")),
        (begin, None),
        (at(begin.as_secs() - 1), Some("certificate.not-yet-valid")),
        (now(), None),
    ] {
        clock.set(time);
        for version in VERSIONS {
            let outcome = is_called(&s4, version, &connector, BANK_OZONE_CONNECT).await;
            assert_eq!(outcome.0.err(), expected, "S4, {version:?}");
            let client = Client { identity: Some(&c4), version, server_name: None };
            assert_eq!(calls(client, &acceptor).await.0.err(), expected, "C4, {version:?}");
        }
    }
}

/// The time is read in the handshake and again when it is over: a peer whose certificate ends in between is not handed out.
#[tokio::test]
async fn a_peer_that_expires_during_its_handshake_is_not_handed_out() {
    let (trust, bank) = (ECO.trust(), ECO.lfi("bank").unwrap());
    let client = Client { identity: Some(issued::<C4>("ozone")), version: &TLS13, server_name: None };
    let mut refusals = 0;
    for valid_readings in 0.. {
        let clock = Arc::new(Leaping(AtomicUsize::new(usize::MAX)));
        let settings = Settings::new().with_clock(clock.clone());
        let acceptor = Acceptor::<HubToLfi>::with_settings(trust, bank.deployment(), bank.s4(), &settings).unwrap();
        clock.0.store(valid_readings, Ordering::SeqCst);
        match calls(client, &acceptor).await.0 {
            Err(code) => assert_eq!(code, "certificate.expired", "after {valid_readings} readings"),
            Ok(_) => break,
        }
        refusals += 1;
    }
    assert!(refusals >= 2, "once within the handshake, once after it: {refusals}");
}

/// A clock that shows the present for some readings, and then a time when everything has expired.
#[derive(Debug)]
struct Leaping(AtomicUsize);

impl Clock for Leaping {
    fn now(&self) -> UnixTime {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() { now() } else { at(now().as_secs() + 3 * 365 * 24 * 3600) }
    }
}
