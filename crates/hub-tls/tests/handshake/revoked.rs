//! Revocation lists of the trust framework: how they end, are swapped, and keep what could only refuse from being built.

use hub_roles::{C4, HubToLfi, RevocationDepth, RevocationListError, RevocationPolicy, S4, TrustFramework};
use hub_testkit::{Crl, CrlSpec};
use hub_tls::{Acceptor, ConfigError, Connector, Settings};
use rustls::AlertDescription as Alert;

use crate::generous::{Client, calls, is_called};
use crate::world::*;

pub(crate) const IF_PRESENT: RevocationPolicy = RevocationPolicy::IfPresent;
pub(crate) const REQUIRED: RevocationPolicy = RevocationPolicy::Required(RevocationDepth::EndEntity);

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

#[test]
fn a_swap_loses_no_list_and_takes_no_older_one() {
    let newest = trust(&[current().with_number(2)], REQUIRED);
    for (next, verdict) in [
        (trust(&[current().with_number(2)], REQUIRED), Ok(())),
        (trust(&[current().with_number(3)], IF_PRESENT), Ok(())),
        (trust(&[current().with_number(1)], REQUIRED), Err("revocation-list.older")),
        (trust(&[], IF_PRESENT), Err("revocation-list.lost")),
        (trust(&[], IF_PRESENT).succeeding(&newest), Ok(())),
    ] {
        let (acceptor, connector) = (for_hub(&newest), of_hub(&newest));
        let outcomes = [acceptor.rotation().swap_trust(&next), connector.rotation().swap_trust(&next)];
        for outcome in outcomes {
            assert_eq!(outcome.map(drop).map_err(|error| error.code()), verdict);
        }
    }
}

/// A list that lists somebody takes effect late as well, where our own certificate needs a newer one.
#[tokio::test]
async fn an_expired_list_is_swapped_in_where_lists_are_required() {
    let c4 = issued::<C4>("ozone");
    let acceptor = for_hub(&trust(&[current()], REQUIRED));
    let expired = stale().with_number(2).with_updates(at(now().as_secs() - 1), now()).revoking(c4.serial);
    assert_eq!(acceptor.rotation().swap_trust(&trust(&[expired], REQUIRED)).unwrap(), 0);
    let outcome = calls(hub(VERSIONS[0]), &acceptor).await;
    assert_eq!(outcome, refused("certificate.revoked", Alert::CertificateRevoked));
    let listless = trust(&[], IF_PRESENT).with_revocation_policy(REQUIRED);
    let error = for_hub(ECO.trust()).rotation().swap_trust(&listless).unwrap_err();
    assert_eq!(error.code(), "certificate.revocation-list-missing", "a fault of the trust framework");
}

pub(crate) fn current() -> CrlSpec {
    CrlSpec::current(now())
}

pub(crate) fn stale() -> CrlSpec {
    current().with_updates(at(now().as_secs() - 60), now())
}

pub(crate) fn trust(lists: &[CrlSpec], policy: RevocationPolicy) -> TrustFramework {
    try_trust(lists, policy).unwrap()
}

pub(crate) fn try_trust(lists: &[CrlSpec], policy: RevocationPolicy) -> Result<TrustFramework, RevocationListError> {
    let lists: Vec<Crl> = lists.iter().map(|spec| ECO.authority().crl(spec).unwrap()).collect();
    let files: Vec<_> = lists.iter().map(Crl::der).collect();
    ECO.trust().with_revocation_policy(policy).with_revocation_lists(&files, now())
}

/// The Hub's own certificate, in a client without opinions.
fn hub(version: &'static rustls::SupportedProtocolVersion) -> Client<'static> {
    Client { identity: Some(issued::<C4>("ozone")), version, server_name: Some(BANK_OZONE_CONNECT) }
}
