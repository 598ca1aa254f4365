//! What a keystore that knows the Trust Framework makes of keys, by their certificates (THREATS section 3, "identity").

use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use hub_jwks::{CacheSettings, CertificatePolicy, KeySource, Keystore, KeystoreSettings, LookupError, SelectCause};
use hub_roles::{
    ClientId, Deployment, Enc1, Enc2, Environment, InstanceId, RevocationDepth, RevocationPolicy, RsaPublicKey, Sig1,
    Sig2, Sig3, Sig4, TrustFramework,
};
use hub_testkit::{CrlSpec, Defect, Ecosystem, Issued, LfiSpec, ManualClock};
use rustls_pki_types::UnixTime;
use serde_json::{Value, json};
use tracing::span;

use crate::world::{ECOSYSTEM, certificate, now, publication, published, with, without};

const POLICIES: [CertificatePolicy; 2] = [CertificatePolicy::IfPresent, CertificatePolicy::Required];

/// An ecosystem's keys over HTTPS, and a clock.
struct Scene<'e> {
    eco: &'e Ecosystem,
    served: hub_testkit::Keystore,
    clock: ManualClock,
}

impl<'e> Scene<'e> {
    async fn of(eco: &'e Ecosystem) -> Self {
        Self { eco, served: hub_testkit::Keystore::serve(eco).await.unwrap(), clock: ManualClock::new(now()) }
    }

    /// The Hub's keystore, with nothing fetched.
    fn keystore(&self, trust: &TrustFramework, policy: CertificatePolicy) -> Keystore {
        self.keystore_of(self.eco.hub().deployment(), trust, policy)
    }

    fn keystore_of(&self, deployment: &Deployment, trust: &TrustFramework, policy: CertificatePolicy) -> Keystore {
        let settings = self.settings().with_trust(trust, policy);
        let transport = Arc::new(self.served.fetcher().unwrap());
        Keystore::new(deployment, self.eco.keystore(), transport, &settings).unwrap()
    }

    fn settings(&self) -> KeystoreSettings {
        KeystoreSettings::new().with_cache(CacheSettings::new().with_clock(Arc::new(self.clock.clone())))
    }

    fn client(&self) -> &'e ClientId {
        self.eco.tpp("acme").unwrap().client_id()
    }

    /// Publishes these keys as those of acme's application, and nothing else.
    fn put(&self, keys: &[Value]) {
        let acme = self.eco.tpp("acme").unwrap();
        let location = self.eco.keystore().application_keys(&acme.organisation(), &acme.software_statement());
        self.served.put(location.active().path(), json!({ "keys": keys }).to_string());
    }
}

/// A key with any chain.
fn raw(issued: &Issued, key_use: &str) -> Value {
    let own = RsaPublicKey::from_spki_der(&issued.key.public_key());
    let key = own.unwrap_or_else(|_| certificate::<Sig1>("acme").public_key().clone());
    let x5c: Vec<String> = issued.chain().iter().map(|der| Base64::encode_string(der)).collect();
    json!({
        "kty": "RSA", "use": key_use, "kid": issued.kid(), "x5c": x5c,
        "n": Base64UrlUnpadded::encode_string(key.modulus()),
        "e": Base64UrlUnpadded::encode_string(key.exponent()),
    })
}

/// The rule that a lookup was refused by.
fn rule<K>(outcome: Result<K, LookupError>) -> Result<(), &'static str> {
    outcome.map(drop).map_err(|error| {
        assert!(!error.is_retryable(), "{error}");
        match &error {
            LookupError::Select(select) => match select.cause() {
                SelectCause::Rejected(reason) => reason.code(),
                SelectCause::Certificate(refusal) => {
                    assert_eq!((select.refusal(), refusal.role()), (Some(&**refusal), select.role()));
                    refusal.code()
                }
                _ => error.code(),
            },
            _ => error.code(),
        }
    })
}

fn later(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(now().as_secs() + seconds))
}

const DAY: u64 = 86_400;

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
async fn a_retired_key_is_judged_at_the_time_of_the_consent() {
    let mut eco = Ecosystem::sandbox(now()).unwrap();
    let old = eco.tpp("acme").unwrap().sig1().kid().clone();
    eco.rotate::<Sig1>("acme").unwrap();
    eco.retire::<Sig1>("acme").unwrap();
    let scene = Scene::of(&eco).await;
    let new = eco.tpp("acme").unwrap().sig1().kid().clone();
    scene.clock.advance(Duration::from_secs(500 * DAY));
    for policy in POLICIES {
        let keystore = scene.keystore(eco.trust(), policy);
        let opening =
            async |kid, created_at| rule(keystore.key_for_opening_later(scene.client(), kid, created_at).await);
        for _ in 0..2 {
            assert_eq!(opening(&old, now()).await, Ok(()), "{policy:?}");
            assert_eq!(opening(&old, later(500 * DAY)).await, Err("certificate.expired"), "{policy:?}");
        }
        // One in use has to hold now.
        assert_eq!(rule(keystore.key::<Sig1>(scene.client(), &new).await), Err("certificate.expired"));
        // It may have been retired a moment ago.
        let refused = keystore.key_for_opening_later(scene.client(), &new, now()).await.unwrap_err();
        assert_eq!((refused.code(), refused.is_retryable()), ("lookup.suppressed", true), "{refused}");
        keystore.revoke(scene.client(), &old);
        assert_eq!(opening(&old, now()).await, Err("jwk.revoked"));
    }
}

#[tokio::test]
async fn a_key_that_has_expired_is_found_among_the_retired_before_its_set_is_fetched_again() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let sig1 = certificate::<Sig1>("acme");
    let acme = ECOSYSTEM.tpp("acme").unwrap();
    let location = ECOSYSTEM.keystore().application_keys(&acme.organisation(), &acme.software_statement());
    scene.clock.advance(Duration::from_secs(500 * DAY));
    let keystore = scene.keystore(ECOSYSTEM.trust(), CertificatePolicy::Required);
    let opening = async || rule(keystore.key_for_opening_later(scene.client(), sig1.kid(), now()).await);
    assert_eq!(opening().await, Err("certificate.expired"), "it is not among the retired");
    scene.served.put(location.inactive().path(), publication().certificate(&sig1).to_json());
    scene.clock.advance(Duration::from_secs(20));
    assert_eq!(opening().await, Ok(()));
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_from_the_swap_on_and_lists_never_go_back() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let (client, other) = (scene.client(), ECOSYSTEM.tpp("other-tpp").unwrap());
    let (kid, other_kid) = (certificate::<Sig1>("acme").kid().clone(), other.sig1().kid().clone());
    let serial = ECOSYSTEM.issued::<Sig1>("acme").unwrap().serial;
    let list = ECOSYSTEM.authority().crl(&CrlSpec::current(now()).revoking(serial)).unwrap();
    let revoking = ECOSYSTEM.trust().with_revocation_lists(&[list.der()], now()).unwrap();
    for policy in POLICIES {
        let keystore = scene.keystore(ECOSYSTEM.trust(), policy);
        assert_eq!(rule(keystore.key::<Sig1>(client, &kid).await), Ok(()));
        keystore.swap_trust(&revoking).unwrap();
        for _ in 0..2 {
            assert_eq!(rule(keystore.key::<Sig1>(client, &kid).await), Err("certificate.revoked"));
            let opening = keystore.key_for_opening_later(client, &kid, now()).await;
            assert_eq!(rule(opening), Err("certificate.revoked"));
            assert_eq!(rule(keystore.key::<Sig1>(other.client_id(), &other_kid).await), Ok(()));
        }
        assert_eq!(keystore.swap_trust(ECOSYSTEM.trust()).unwrap_err().code(), "revocation-list.lost");
        assert_eq!(rule(keystore.key::<Sig1>(client, &kid).await), Err("certificate.revoked"));
    }
}

#[tokio::test]
async fn what_was_accepted_is_judged_again_when_its_revocation_list_has_expired() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let list = ECOSYSTEM.authority().crl(&CrlSpec::current(now())).unwrap();
    let required = RevocationPolicy::Required(RevocationDepth::EndEntity);
    let trust = ECOSYSTEM.trust().with_revocation_policy(required);
    let trust = trust.with_revocation_lists(&[list.der()], now()).unwrap();
    let keystore = scene.keystore(&trust, CertificatePolicy::IfPresent);
    let kid = certificate::<Sig1>("acme").kid().clone();
    assert!(keystore.key::<Sig1>(scene.client(), &kid).await.is_ok());
    scene.clock.advance(Duration::from_secs(2 * DAY));
    let refused = keystore.key::<Sig1>(scene.client(), &kid).await.unwrap_err();
    assert_eq!(refused.code(), "certificate.revocation-list-expired");
    // The token is not to blame.
    assert_eq!(refused.hub_code(), None);
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

#[tokio::test]
async fn the_two_environments_never_mix() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let production =
        Ecosystem::builder(now()).environment(hub_testkit::Profile::production()).tpp("acme").build().unwrap();
    let settings = scene.settings().with_trust(production.trust(), CertificatePolicy::IfPresent);
    let transport = Arc::new(scene.served.fetcher().unwrap());
    let refused = Keystore::new(ECOSYSTEM.hub().deployment(), ECOSYSTEM.keystore(), transport, &settings).unwrap_err();
    assert_eq!(refused.code(), "keystore-settings.other-environment");

    let keystore = scene.keystore(ECOSYSTEM.trust(), CertificatePolicy::IfPresent);
    for refused in [keystore.swap_trust(production.trust()), keystore.swap_deployment(production.hub().deployment())] {
        assert_eq!(refused.unwrap_err().code(), "keystore-swap.other-environment");
    }
    keystore.swap_deployment(ECOSYSTEM.hub().deployment()).unwrap();
    let kid = certificate::<Sig1>("acme").kid().clone();
    assert_eq!(rule(keystore.key::<Sig1>(scene.client(), &kid).await), Ok(()));
}

/// Whoever publishes a bad certificate makes the log and the processor work once a minute, not once a token.
#[tokio::test]
async fn a_refusal_is_found_once_a_minute() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let (own, other) = (certificate::<Sig1>("acme"), certificate::<Sig1>("other-tpp"));
    scene.put(&[published(&own), published(&other)]);
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let keystore = scene.keystore(ECOSYSTEM.trust(), CertificatePolicy::Required);
    for (advance, expected) in [(0, 1), (59, 1), (1, 2)] {
        scene.clock.advance(Duration::from_secs(advance));
        for _ in 0..10 {
            assert!(keystore.key::<Sig1>(scene.client(), own.kid()).await.is_ok());
            assert!(keystore.key::<Sig1>(scene.client(), other.kid()).await.is_err());
        }
        assert_eq!(*log.0.lock().unwrap(), expected, "after {advance} s more");
    }
}

/// Counts warnings of refused certificates.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<usize>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() == tracing::Level::WARN && metadata.target().starts_with("hub_jwks")
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut refused = Refused(false);
        event.record(&mut refused);
        *self.0.lock().unwrap() += usize::from(refused.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Refused(bool);

impl tracing::field::Visit for Refused {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0 |= field.name() == "event" && format!("{value:?}").contains("key-set.certificate-refused");
    }
}
