//! Revocation lists of the trust framework, as both sides of a handshake obey them.

use hub_roles::{C4, HubToLfi, RevocationDepth, RevocationPolicy, S4, TrustFramework};
use hub_testkit::{Crl, CrlSpec};
use hub_tls::{Acceptor, ConfigError, Connector, Settings};
use rustls::AlertDescription as Alert;

use crate::generous::{Client, calls, is_called};
use crate::world::*;

const IF_PRESENT: RevocationPolicy = RevocationPolicy::IfPresent;
const REQUIRED: RevocationPolicy = RevocationPolicy::Required(RevocationDepth::EndEntity);

#[tokio::test]
async fn who_is_revoked_is_refused_on_both_sides_and_a_neighbour_is_accepted() {
    let [c4, s4] = [issued::<C4>("ozone"), issued::<S4>("bank")];
    for (spec, policy, revoked) in [
        (current(), IF_PRESENT, false),
        (stale(), IF_PRESENT, false),
        (current(), IF_PRESENT, true),
        (stale(), IF_PRESENT, true),
        (current(), REQUIRED, false),
        (current(), REQUIRED, true),
    ] {
        let trust = |serial| trust(&[if revoked { spec.clone().revoking(serial) } else { spec.clone() }], policy);
        let verdict =
            |peer| if revoked { refused("certificate.revoked", Alert::CertificateRevoked) } else { accepted(peer) };
        let (acceptor, connector) = (for_hub(&trust(c4.serial)), of_hub(&trust(s4.serial)));
        for version in VERSIONS {
            let outcome = calls(hub(version), &acceptor).await;
            assert_eq!(outcome, verdict(c4), "{spec:?}, {policy:?}, revoked {revoked}, {version:?}");
            let outcome = is_called(s4, version, &connector, BANK_OZONE_CONNECT).await;
            assert_eq!(outcome, verdict(s4), "{spec:?}, {policy:?}, revoked {revoked}, {version:?}");
        }
    }
}

#[tokio::test]
async fn a_required_list_that_expires_lets_nobody_in_and_one_that_is_not_required_does() {
    let [c4, s4] = [issued::<C4>("ozone"), issued::<S4>("bank")];
    let clock = Standing::at(now());
    let settings = Settings::new().with_clock(clock.clone());
    let expired = refused("certificate.revocation-list-expired", Alert::UnknownCA);
    for (policy, then) in [(REQUIRED, [expired.clone(), expired]), (IF_PRESENT, [accepted(c4), accepted(s4)])] {
        let trust = trust(&[current()], policy);
        let (bank, ozone) = (ECO.lfi("bank").unwrap(), ECO.hub());
        let acceptor = Acceptor::<HubToLfi>::with_settings(&trust, bank.deployment(), bank.s4(), &settings).unwrap();
        let connector =
            Connector::<HubToLfi>::with_settings(&trust, ozone.deployment(), ozone.c4(), &settings).unwrap();
        let last = at(current().next_update.as_secs() - 1);
        for (time, verdicts) in [(last, [accepted(c4), accepted(s4)]), (current().next_update, then)] {
            for version in VERSIONS {
                clock.set(time);
                assert_eq!(calls(hub(version), &acceptor).await, verdicts[0], "{policy:?}, {version:?}");
                let outcome = is_called(s4, version, &connector, BANK_OZONE_CONNECT).await;
                assert_eq!(outcome, verdicts[1], "{policy:?}, {version:?}");
            }
        }
        clock.set(now());
    }
}

#[test]
fn what_would_refuse_every_peer_is_found_before_there_is_one() {
    let connector = |lists: &[CrlSpec]| {
        let ozone = ECO.hub();
        let trust = trust(lists, REQUIRED);
        Connector::<HubToLfi>::with_settings(&trust, ozone.deployment(), ozone.c4(), &settings())
    };
    for (lists, code) in [
        (vec![], "certificate.revocation-list-missing"),
        (vec![stale()], "certificate.revocation-list-expired"),
        (vec![current().revoking(issued::<C4>("ozone").serial)], "certificate.revoked"),
    ] {
        match connector(&lists) {
            Err(ConfigError::OwnCertificate { refusal, .. }) => assert_eq!(refusal.code(), code),
            other => panic!("{code}: {other:?}"),
        }
    }
    assert!(connector(&[current()]).is_ok());
}

fn current() -> CrlSpec {
    CrlSpec::current(now())
}

fn stale() -> CrlSpec {
    current().with_updates(at(now().as_secs() - 60), now())
}

pub(crate) fn trust(lists: &[CrlSpec], policy: RevocationPolicy) -> TrustFramework {
    let lists: Vec<Crl> = lists.iter().map(|spec| ECO.authority().crl(spec).unwrap()).collect();
    let files: Vec<_> = lists.iter().map(Crl::der).collect();
    ECO.trust().with_revocation_policy(policy).with_revocation_lists(&files, now()).unwrap()
}

/// The Hub's own certificate, in a client without opinions.
fn hub(version: &'static rustls::SupportedProtocolVersion) -> Client<'static> {
    Client { identity: Some(issued::<C4>("ozone")), version, server_name: Some(BANK_OZONE_CONNECT) }
}
