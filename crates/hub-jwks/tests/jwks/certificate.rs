//! What `x5c` and a connection's certificate prove, when asked.

use std::time::Duration;

use hub_jwks::{Jwk, KeystoreUrl};
use hub_roles::{C3, C4, Sig1};
use rustls_pki_types::UnixTime;

use crate::world::{ECOSYSTEM, certificate, now, published, with, without};

#[test]
fn a_chain_is_verified_for_the_role_that_is_asked_for() {
    let holding = ECOSYSTEM.holding::<Sig1>("acme").unwrap();
    let other = ECOSYSTEM.holding::<Sig1>("other-tpp").unwrap();
    let key = published(holding.credential().certificate());
    let jwk = Jwk::from_json(key.to_string().as_bytes()).unwrap();
    let verify = |expectation, time| {
        jwk.verify_certificate::<Sig1>(ECOSYSTEM.trust(), expectation, time, time)
            .map(|outcome| outcome.map(|certificate| certificate.kid().clone()).map_err(|refusal| refusal.code()))
    };
    assert_eq!(verify(holding.expectation(), now()), Some(Ok(jwk.kid().clone())));
    assert_eq!(verify(other.expectation(), now()), Some(Err("certificate.organisation")));
    let two_years_on = UnixTime::since_unix_epoch(Duration::from_secs(now().as_secs() + 2 * 365 * 86_400));
    assert_eq!(verify(holding.expectation(), two_years_on), Some(Err("certificate.expired")));

    let bare = Jwk::from_json(without(&key, &["x5c"]).to_string().as_bytes()).unwrap();
    assert!(bare.verify_certificate::<Sig1>(ECOSYSTEM.trust(), holding.expectation(), now(), now()).is_none());
    assert!(Jwk::from_json(with(&key, "x5u", "https://elsewhere.example/".into()).to_string().as_bytes()).is_ok());
}

#[test]
fn a_callers_certificate_confirms_where_its_request_keys_are() {
    let keystore = KeystoreUrl::of(ECOSYSTEM.environment()).unwrap();
    let bank = ECOSYSTEM.lfi("bank").unwrap();
    let c3 = certificate::<C3>("bank");
    let at_application = keystore.application_keys(&bank.organisation(), &bank.c3_application()).active();
    let at_organisation = keystore.organisation_keys(&bank.organisation()).active();
    let in_upper_case = at_application
        .as_str()
        .replace(&bank.organisation().to_string(), &bank.organisation().to_string().to_uppercase());

    assert_eq!(keystore.request_keys(c3.subject()).map(|keys| keys.active()), Some(at_application.clone()));
    for agreeing in [&at_application, &at_organisation, &in_upper_case.parse().unwrap()] {
        assert!(keystore.confirms(c3.subject(), agreeing), "{agreeing}");
    }
    let other = ECOSYSTEM.lfi("other-bank").unwrap();
    for contradicting in [
        keystore.application_keys(&other.organisation(), &other.c3_application()).active(),
        keystore.organisation_keys(&other.organisation()).active(),
        keystore.application_keys(&bank.organisation(), &bank.c3_application()).inactive().published_at().clone(),
        keystore.transport_keys(&bank.organisation()).active(),
        "https://elsewhere.example/application.jwks".parse().unwrap(),
    ] {
        assert!(!keystore.confirms(c3.subject(), &contradicting), "{contradicting}");
    }

    let c4 = certificate::<C4>("ozone");
    let hub = keystore.organisation_keys(&ECOSYSTEM.hub().organisation()).active();
    assert!(keystore.confirms(c4.subject(), &hub));
    assert!(!keystore.confirms(c4.subject(), &at_organisation));
}
