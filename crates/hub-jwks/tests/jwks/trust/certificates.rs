//! Whose certificates hold: for the role, for the party, or none at all.

use std::sync::Arc;

use hub_jwks::{CertificatePolicy, KeySource, Keystore, LookupError};
use hub_roles::{Enc1, Enc2, Environment, InstanceId, Sig1, Sig2, Sig3, Sig4, TrustFramework};
use hub_testkit::{Defect, Ecosystem, LfiSpec};
use serde_json::Value;

use super::{POLICIES, Scene, raw, rule};
use crate::world::{ECOSYSTEM, certificate, now, published, with, without};

#[tokio::test]
async fn every_defect_is_refused_by_its_rule_beside_a_sound_key() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let spec = ECOSYSTEM.holding::<Sig1>("acme").unwrap().spec();
    let sound = ECOSYSTEM.authority().issue(spec).unwrap();
    let mut met = 0;
    for defect in Defect::ALL.iter().filter(|defect| defect.concerns(spec.kind)) {
        let broken = defect.build(ECOSYSTEM.authority(), spec).unwrap();
        scene.put(&[raw(&broken.presented, "sig"), raw(&sound, "sig")]);
        met += 1;
        let trust = match TrustFramework::from_der(Environment::Sandbox, broken.bundle) {
            Ok(trust) => trust,
            Err(error) => {
                assert_eq!(error.code(), expected(*defect), "{defect}");
                continue;
            }
        };
        for policy in POLICIES {
            let refused = scene.keystore(&trust, policy).key::<Sig1>(scene.client(), &broken.presented.kid()).await;
            assert_eq!(rule(refused), Err(expected(*defect)), "{defect}, {policy:?}");
            let accepted = scene.keystore(ECOSYSTEM.trust(), policy).key::<Sig1>(scene.client(), &sound.kid()).await;
            assert_eq!(rule(accepted), Ok(()), "{defect}, {policy:?}");
        }
    }
    assert!(met > 30);
}

fn expected(defect: Defect) -> &'static str {
    match defect {
        Defect::Expired | Defect::IntermediateExpired => "certificate.expired",
        Defect::NotYetValid => "certificate.not-yet-valid",
        Defect::KeyUsageLacksPurpose => "certificate.key-usage",
        Defect::LeafIsCa => "certificate.is-authority",
        Defect::UnknownRoot | Defect::SelfSigned | Defect::OtherEnvironment | Defect::MissingIntermediate => {
            "certificate.unknown-issuer"
        }
        Defect::ImpostorAuthority | Defect::ForgedSignature => "certificate.bad-signature",
        Defect::IntermediateNotCa
        | Defect::IntermediateWithoutCertSign
        | Defect::IntermediateShortKey
        | Defect::IntermediateSmallExponent => "certificate.authority",
        Defect::ChainTooLong => "chain.too-many",
        Defect::Oversized => "chain.too-large",
        Defect::ShortKey | Defect::SmallExponent | Defect::EllipticCurveKey | Defect::PssKey => "certificate.key",
        Defect::OtherKey => "jwk.certificate-key",
        Defect::Sha1Signature => "certificate.signature-algorithm",
        Defect::UnknownCriticalExtension => "certificate.malformed",
        Defect::AnchorNotCa | Defect::AnchorWithoutCertSign => "trust.authority",
        Defect::AnchorExpired => "certificate.anchor-validity",
        _ => "certificate.subject",
    }
}

#[tokio::test]
async fn every_role_is_judged_by_what_is_registered_for_its_party() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let (acme, bank, hub) = (ECOSYSTEM.tpp("acme").unwrap(), ECOSYSTEM.lfi("bank").unwrap(), ECOSYSTEM.hub());
    let retail: InstanceId = "retail".parse().unwrap();
    for policy in POLICIES {
        let of = |deployment| scene.keystore_of(deployment, ECOSYSTEM.trust(), policy);
        let (of_hub, of_bank, of_tpp) = (of(hub.deployment()), of(bank.deployment()), of(acme.deployment()));
        assert_eq!(rule(of_hub.key::<Sig1>(acme.client_id(), acme.sig1().kid()).await), Ok(()));
        assert_eq!(rule(of_hub.encryption_key::<Enc2>(acme.client_id()).await), Ok(()));
        assert_eq!(rule(of_hub.key::<Sig4>(&retail, bank.sig4().unwrap().kid()).await), Ok(()));
        assert_eq!(rule(of_bank.key::<Sig3>(&(), hub.sig3().unwrap().kid()).await), Ok(()));
        assert_eq!(rule(of_tpp.key::<Sig2>(&retail, hub.sig2("retail").unwrap().kid()).await), Ok(()));
        assert_eq!(rule(of_tpp.encryption_key::<Enc1>(&retail).await), Ok(()));
    }
}

#[tokio::test]
async fn a_certificate_of_somebody_else_or_for_something_else_is_refused() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let spec = ECOSYSTEM.holding::<Sig1>("acme").unwrap().spec().clone();
    let mut other_application = spec.clone();
    other_application.subject = other_application.subject.with_common_name("f2000000-0000-4000-8000-0000000000c1");
    let other_application = ECOSYSTEM.authority().issue(&other_application).unwrap();
    let (other, enc2) = (certificate::<Sig1>("other-tpp"), certificate::<Enc2>("acme"));
    let own = certificate::<Sig1>("acme");
    scene.put(&[
        published(&own),
        published(&other),
        raw(&other_application, "sig"),
        with(&published(&enc2), "use", "sig".into()),
    ]);
    for policy in POLICIES {
        let keystore = scene.keystore(ECOSYSTEM.trust(), policy);
        for (kid, expected) in [
            (own.kid(), Ok(())),
            (other.kid(), Err("certificate.organisation")),
            (&other_application.kid(), Err("certificate.application")),
            (enc2.kid(), Err("certificate.key-usage")),
        ] {
            let outcome = keystore.key::<Sig1>(scene.client(), kid).await;
            let hub_code = outcome.as_ref().err().and_then(LookupError::hub_code);
            assert_eq!(hub_code, expected.err().map(|_| "JWS.InvalidHeader"));
            assert_eq!(rule(outcome), expected, "{policy:?}");
        }
    }
}

#[tokio::test]
async fn a_key_without_certificate_is_taken_if_the_policy_says_so_and_an_enc1_if_it_is_registered() {
    let eco =
        Ecosystem::builder(now()).tpp("acme").lfi(LfiSpec::new("bank").brand("retail").bare_enc1()).build().unwrap();
    let scene = Scene::of(&eco).await;
    let sig1 = eco.holding::<Sig1>("acme").unwrap().credential().certificate().clone();
    scene.put(&[without(&published(&sig1), &["x5c"])]);
    let retail: InstanceId = "retail".parse().unwrap();
    let tpp = eco.tpp("acme").unwrap().deployment();
    for (policy, bare) in
        [(CertificatePolicy::IfPresent, Ok(())), (CertificatePolicy::Required, Err("keyset.no-certificate"))]
    {
        let outcome = scene.keystore(eco.trust(), policy).key::<Sig1>(scene.client(), sig1.kid()).await;
        let hub_code = outcome.as_ref().err().and_then(LookupError::hub_code);
        assert_eq!(hub_code, bare.err().map(|_| "JWS.InvalidHeader"));
        assert_eq!(rule(outcome), bare, "{policy:?}");

        let keystore = scene.keystore_of(tpp, eco.trust(), policy);
        assert_eq!(rule(keystore.encryption_key::<Enc1>(&retail).await), Ok(()), "registered");
        let registered = keystore.source::<Enc1>(&retail).unwrap();
        let unregistered = registered.with_registered_kid(None);
        assert_eq!(rule(keystore.encryption_key_at(&unregistered).await), bare, "{policy:?}");
    }
}

#[tokio::test]
async fn the_newest_key_to_encrypt_to_that_holds_is_chosen() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let holding = ECOSYSTEM.holding::<Enc2>("acme").unwrap();
    let future = Defect::NotYetValid.build(ECOSYSTEM.authority(), holding.spec()).unwrap().presented;
    let other = certificate::<Enc2>("other-tpp");
    let own = certificate::<Enc2>("acme");
    let chosen = async |keys: &[Value], policy| {
        scene.put(keys);
        let keystore = scene.keystore(ECOSYSTEM.trust(), policy);
        let source = keystore.source::<Enc2>(scene.client()).unwrap().with_registered_kid(None);
        keystore.encryption_key_at(&source).await.map(|key| key.kid().clone())
    };
    for policy in POLICIES {
        for keys in [
            vec![raw(&future, "enc"), published(&own)],
            vec![published(&own), raw(&future, "enc")],
            vec![published(&other), published(&own)],
        ] {
            assert_eq!(chosen(&keys, policy).await.unwrap(), *own.kid(), "{policy:?}");
        }
        let refused = chosen(&[raw(&future, "enc"), published(&other)], policy).await.unwrap_err();
        assert_eq!(refused.code(), "certificate.not-yet-valid", "the newest, {refused}");
        assert_eq!(refused.hub_code(), None);
    }
}

#[tokio::test]
async fn a_party_of_no_deployment_file_needs_an_expectation() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let sig1 = certificate::<Sig1>("acme");
    let keystore = scene.keystore(ECOSYSTEM.trust(), CertificatePolicy::IfPresent);
    let url = keystore.source::<Sig1>(scene.client()).unwrap().active().clone();
    let source = KeySource::<Sig1>::new("stranger".parse().unwrap(), url);
    let refused = keystore.key_at(&source, sig1.kid()).await.unwrap_err();
    assert_eq!((refused.code(), refused.hub_code()), ("lookup.no-expectation", None), "{refused}");
    assert!(!refused.is_retryable());

    // Two measures for one key, in turn: neither answers for the other.
    let [expected, of_other] =
        ["acme", "other-tpp"].map(|tpp| ECOSYSTEM.holding::<Sig1>(tpp).unwrap().expectation().clone());
    for _ in 0..2 {
        let judged = keystore.key_at(&source.clone().with_expectation(expected.clone()), sig1.kid()).await;
        assert_eq!(rule(judged), Ok(()));
        let judged = keystore.key_at(&source.clone().with_expectation(of_other.clone()), sig1.kid()).await;
        assert_eq!(rule(judged), Err("certificate.organisation"));
    }
    // Where nothing is judged, nothing need be said.
    let transport = Arc::new(scene.served.fetcher().unwrap());
    let plain =
        Keystore::new(ECOSYSTEM.hub().deployment(), ECOSYSTEM.keystore(), transport, &scene.settings()).unwrap();
    assert!(plain.key_at(&source, sig1.kid()).await.is_ok());
    assert_eq!(plain.swap_trust(ECOSYSTEM.trust()).unwrap_err().code(), "keystore-swap.no-trust");
}
