//! Which key signs when during a rotation: publish, wait ten minutes, then sign.

use std::time::Duration;

use hub_jwks::{KeySet, Publication, SigningSchedule};
use hub_roles::{Certificate, CertificateChain, ClientId, Sig1};
use hub_testkit::{Ecosystem, Validity};
use rustls_pki_types::UnixTime;

use crate::world::{directory, now};

fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(now().as_secs() + seconds))
}

/// Certificates of one Sig1, one after the other.
fn generations<const N: usize>() -> [Certificate<Sig1>; N] {
    let mut eco = Ecosystem::sandbox(now()).unwrap();
    std::array::from_fn(|generation| {
        if generation > 0 {
            eco.rotate::<Sig1>("acme").unwrap();
        }
        eco.tpp("acme").unwrap().sig1().certificate().clone()
    })
}

/// When the key that signs changes, and to which.
fn changes(schedule: &SigningSchedule<Sig1>, until: u64) -> Vec<(u64, Option<String>)> {
    let mut changes: Vec<(u64, Option<String>)> = Vec::new();
    for second in 0..until {
        let signing = schedule.signing_at(at(second)).map(|certificate| certificate.kid().to_string());
        if changes.last().is_none_or(|(_, last)| *last != signing) {
            changes.push((second, signing));
        }
    }
    changes
}

fn kid(certificate: &Certificate<Sig1>) -> Option<String> {
    Some(certificate.kid().to_string())
}

#[test]
fn a_key_signs_ten_minutes_after_it_was_published_and_the_old_one_stays_until_its_tokens_have_ended() {
    let [first, second, third] = generations();
    let schedule = SigningSchedule::new().with_published(&first, at(100));
    assert_eq!(changes(&schedule, 2000), [(0, None), (700, kid(&first))], "the first has to wait as well");
    assert_eq!(schedule.published_until(first.kid(), Duration::from_secs(300)), None, "nothing takes its place");

    let schedule = schedule.with_published(&second, at(1000));
    assert_eq!(changes(&schedule, 3000), [(0, None), (700, kid(&first)), (1600, kid(&second))]);
    assert_eq!(schedule.signs_from(second.kid()), Some(at(1600)));
    for (longest, until) in [(Duration::ZERO, 1610), (Duration::from_secs(300), 1910), (Duration::from_millis(1), 1611)]
    {
        assert_eq!(schedule.published_until(first.kid(), longest), Some(at(until)), "{longest:?}");
    }
    assert_eq!(schedule.published_until(second.kid(), Duration::ZERO), None);
    assert_eq!((schedule.signs_from(third.kid()), schedule.published_until(third.kid(), Duration::ZERO)), (None, None));

    let both = schedule.certificates().fold(Publication::new(directory()), Publication::certificate).to_json();
    let set = KeySet::parse("acme".parse::<ClientId>().unwrap(), &both).unwrap();
    let found = [&first, &second, &third].map(|certificate| set.verification_key::<Sig1>(certificate.kid()).is_ok());
    assert_eq!(found, [true, true, false]);
}

#[test]
fn what_is_noted_in_another_order_or_twice_is_the_same_schedule() {
    let [first, second, third] = generations();
    let in_order = [(&first, 0), (&second, 1000), (&third, 1300)];
    let expected = [(0, None), (600, kid(&first)), (1600, kid(&second)), (1900, kid(&third))];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let noted = order.into_iter().map(|index| in_order[index]);
        let schedule = noted.fold(SigningSchedule::new(), |schedule, (certificate, since)| {
            schedule.with_published(certificate, at(since))
        });
        assert_eq!(changes(&schedule, 3000), expected, "{order:?}");
    }
    // Published, withdrawn and published again: it waits again.
    let again = SigningSchedule::new().with_published(&first, at(0)).with_published(&second, at(1000));
    let again = again.with_published(&second, at(2000)).with_published(&second, at(500));
    assert_eq!(changes(&again, 4000), [(0, None), (600, kid(&first)), (2600, kid(&second))]);
    assert_eq!(again.certificates().count(), 2);
}

#[test]
fn a_certificate_signs_within_its_validity_only() {
    let eco = Ecosystem::sandbox(now()).unwrap();
    let holding = eco.holding::<Sig1>("acme").unwrap();
    let certificate = |from: u64, until: u64| {
        let validity = Validity { not_before: at(from), not_after: at(until) };
        let issued = eco.authority().issue(&holding.spec().clone().with_validity(validity)).unwrap();
        let chain = CertificateChain::from_peer(&issued.certificate, &issued.intermediates).unwrap();
        eco.trust().verify::<Sig1>(&chain, holding.expectation(), at(from)).unwrap()
    };
    let (old, early) = (certificate(0, 2500), certificate(2000, 9000));
    let schedule = SigningSchedule::new().with_published(&old, at(0)).with_published(&early, at(100));
    assert_eq!(schedule.signs_from(early.kid()), Some(at(2000)), "published long before it is valid");
    assert_eq!(changes(&schedule, 4000), [(0, None), (600, kid(&old)), (2000, kid(&early))]);
    let alone = SigningSchedule::new().with_published(&old, at(0));
    assert_eq!(changes(&alone, 4000), [(0, None), (600, kid(&old)), (2501, None)]);
}
