//! Sealed payloads: nesting, decryption keys, and the three ways to open PII (THREATS section 2).

use hub_jose::{
    EventMeta, ExpectedEvent, ExpectedIssuer, Layer, Opener, Sealer, Signer, TokenError, TokenRule, jwe, nested,
};
use hub_roles::{Enc1, Pii, Sig1, VerificationKey};
use hub_testkit::Ecosystem;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cast::{CONNECTIONS, CONSENT, ECO, NOW, acme, at, event, from_acme, instance, issuer, now, public};
use crate::forge::{self, Parts};
use crate::kinds::{Kind, enc1_public, event_opener, pii_draft, pii_opener, sealed_event, sealed_pii};

fn refused(jwe: &str) -> TokenError {
    pii_opener().open(jwe, &[public("acme")], &from_acme(), now()).unwrap_err()
}

#[test]
fn pii_is_opened_and_read_into_the_callers_type() {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Personal {
        initiation: Value,
    }

    // As strict as the schema: what is not in it is refused, and the registered claims are no part of it.
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code)]
    struct WithoutRisk {
        #[serde(rename = "Initiation")]
        initiation: Value,
    }

    let pii = pii_opener().open(&sealed_pii(), &[public("acme")], &from_acme(), now()).unwrap();
    let content = pii.claims().read::<Value>().unwrap();
    assert_eq!(content.as_object().unwrap().keys().collect::<Vec<_>>(), ["Initiation", "Risk"]);
    let refused = pii.claims().read::<WithoutRisk>().unwrap_err();
    assert!(refused.to_string().contains("unknown member"), "{refused}");
    let personal: Personal = pii.claims().read().unwrap();
    assert_eq!(personal.initiation["Creditor"][0]["Name"], "Ivan England");
    assert!(!format!("{pii:?} {:?}", pii.claims()).contains("Ivan"));
    assert_eq!(pii.claims().read::<Vec<u8>>().unwrap_err().code(), "token.claims");
}

#[test]
fn the_content_type_is_jwt_if_it_is_named() {
    let key = enc1_public();
    let inner = Kind::Pii.issue();
    for cty in [None, Some("JWT"), Some("jwt"), Some("application/jwt")] {
        let mut header = forge::jwe_header(&key);
        header["cty"] = json!(cty);
        if cty.is_none() {
            forge::remove(&mut header, "cty");
        }
        let jwe = Parts::new(&key, &header, &[3; 32], inner.as_bytes()).join();
        assert!(pii_opener().open(&jwe, &[public("acme")], &from_acme(), now()).is_ok(), "{cty:?}");
    }
}

#[test]
fn the_algorithm_is_named_in_the_refusal() {
    let key = enc1_public();
    let mut header = forge::jwe_header(&key);
    header["alg"] = json!("RSA-OAEP");
    let refused = refused(&Parts::new(&key, &header, &[3; 32], b"x").join());
    assert!(refused.to_string().contains("\"RSA-OAEP\"") && refused.to_string().contains("RSA-OAEP-256"), "{refused}");
}

/// The answer to the sender tells the layer, and what about it (FACTS section 4, error codes).
#[test]
fn the_ecosystems_code_tells_the_layer() {
    let key = enc1_public();
    let claims = forge::claims(&Kind::Pii.issue());
    let seal = |content: &str| jwe::encrypt(&key, None, content.as_bytes()).unwrap();
    let signed =
        |header: Value| seal(&Kind::Pii.sign_octets(header.to_string().as_bytes(), claims.to_string().as_bytes()));
    let sound = Kind::Pii.sign(&claims);
    assert!(pii_opener().open(&seal(&sound), &[public("acme")], &from_acme(), now()).is_ok());
    let (unsigned, _) = sound.rsplit_once('.').unwrap();
    let parts = |change: fn(&mut Parts)| {
        let mut parts = Parts::new(&key, &forge::jwe_header(&key), &[3; 32], sound.as_bytes());
        change(&mut parts);
        parts.join()
    };
    for (jwe, layer, hub_code) in [
        ("a.b.c".to_owned(), Layer::Encryption, "JWE.DecryptionError"),
        (parts(|parts| parts.header = "{}".to_owned()), Layer::Encryption, "JWE.InvalidHeader"),
        (parts(|parts| parts.tag.clear()), Layer::Encryption, "JWE.DecryptionError"),
        (parts(|parts| parts.tag[0] ^= 1), Layer::Encryption, "JWE.DecryptionError"),
        (seal(&claims.to_string()), Layer::Signature, "JWS.Malformed"),
        (seal("words"), Layer::Signature, "JWS.Malformed"),
        (signed(json!({"alg": "none"})), Layer::Signature, "JWS.InvalidHeader"),
        (signed(json!({"alg": "PS256", "kid": "another"})), Layer::Signature, "JWS.InvalidHeader"),
        (seal(&format!("{unsigned}.AAAA")), Layer::Signature, "JWS.InvalidSignature"),
        (seal(&Kind::Pii.sign_payload(b"{")), Layer::Signature, "JWS.Malformed"),
        (seal(&Kind::Pii.sign_payload(b"{}")), Layer::Signature, "JWS.InvalidClaim"),
    ] {
        let refused = refused(&jwe);
        assert_eq!((refused.layer(), refused.hub_code()), (layer, Some(hub_code)), "{refused}");
    }
}

#[test]
fn pii_comes_back_with_later_payments() {
    const YEAR: u64 = 365 * 24 * 3600;
    let mut eco = Ecosystem::sandbox(now()).unwrap();
    let jwe = sealed_pii();
    let created_at = now();

    // Both sides have rotated since, and the sender's old key is in the inactive set.
    eco.rotate::<Sig1>("acme").unwrap();
    eco.retire::<Sig1>("acme").unwrap();
    eco.rotate::<Enc1>("bank").unwrap();
    eco.retire::<Enc1>("bank").unwrap();
    let opener = Opener::<Pii>::new(eco.lfi("bank").unwrap().enc1_keys());
    let active = [eco.holding::<Sig1>("acme").unwrap().verification_key().unwrap()];
    let inactive = [public::<Sig1>("acme")];
    assert_ne!(active[0].kid(), inactive[0].kid());

    assert!(opener.open_later(&jwe, &active, &inactive, &from_acme(), created_at).is_ok());
    let code = |outcome: Result<_, TokenError>| outcome.map(drop).unwrap_err().code();
    assert_eq!(code(opener.open_later(&jwe, &active, &[], &from_acme(), created_at)), "token.unknown-key");
    assert_eq!(code(opener.open(&jwe, &active, &from_acme(), created_at)), "token.unknown-key");
    assert_eq!(code(opener.open(&jwe, &inactive, &from_acme(), at(NOW + YEAR))), "token.expired");
    let too_early = opener.open_later(&jwe, &active, &inactive, &from_acme(), at(NOW - YEAR));
    assert_eq!(code(too_early), "token.not-yet-valid");
    let without_the_retired = Opener::<Pii>::new([eco.lfi("bank").unwrap().enc1()]);
    assert_eq!(
        code(without_the_retired.open_later(&jwe, &active, &inactive, &from_acme(), created_at)),
        "token.unknown-key"
    );

    // A key that is in both sets while it moves is no ambiguity: the active set's counts.
    let both = [active[0].clone(), inactive[0].clone()];
    assert!(opener.open_later(&jwe, &both, &inactive, &from_acme(), created_at).is_ok());
    let (kid, another) = (inactive[0].kid().clone(), active[0].public_key().clone());
    let namesake = [VerificationKey::<Sig1>::registered(acme().clone(), kid, another).unwrap()];
    assert!(opener.open_later(&jwe, &inactive, &namesake, &from_acme(), created_at).is_ok());
    assert_eq!(code(opener.open_later(&jwe, &namesake, &inactive, &from_acme(), created_at)), "token.signature");
}

#[test]
fn the_hub_vouches_for_the_signature_and_for_nothing_else() {
    let hub = &CONNECTIONS.hub_calling;
    let vouched = pii_opener().open_vouched(hub, &sealed_pii(), &from_acme(), now()).unwrap();
    assert_eq!(vouched.registered().subject(), Some(acme().as_str()));

    // Signed by somebody else under the first's name: not told here, and told by `open`.
    let stranger = Signer::new(ECO.tpp("other-tpp").unwrap().sig1());
    let jwe = Sealer::<Pii>::new(&stranger, &enc1_public()).seal(&pii_draft(), now()).unwrap();
    assert!(pii_opener().open_vouched(hub, &jwe, &from_acme(), now()).is_ok());
    assert_eq!(refused(&jwe).code(), "token.unknown-key");

    // Everything else is checked.
    let code = |jwe: &str, at| pii_opener().open_vouched(hub, jwe, &from_acme(), at).unwrap_err().code();
    assert_eq!(code(&jwe, at(NOW + 10_000)), "token.expired");
    let plain = jwe::encrypt(&enc1_public(), None, br#"{"Initiation":{}}"#).unwrap();
    assert_eq!(code(&plain, now()), "token.plain-content");
    let mut claims = forge::claims(&Kind::Pii.issue());
    claims["aud"] = json!("https://evil.example");
    let misdirected = nested::seal(&Kind::Pii.sign(&claims), &enc1_public()).unwrap();
    assert_eq!(code(&misdirected, now()), "token.audience");
}

#[test]
fn an_event_is_verified_against_the_consent_it_claims_to_be_about() {
    let jwe = sealed_event();
    let token = event_opener().decrypt(&jwe).unwrap();
    assert_eq!(token.claimed_consent_id().unwrap(), CONSENT);

    let verified = token.verify(&public("retail"), &event(), now()).unwrap();
    assert_eq!(verified.claims().meta.event_type, "Resource.Updated");
    assert_eq!(verified.claims().data.read::<Value>().unwrap(), json!({"Status": "Authorized"}));

    // The consent is another LFI's: its own key is expected, and its own issuer.
    let deployment = ECO.tpp("acme").unwrap().deployment();
    let other = ExpectedIssuer::of(deployment.instance(&instance("other")).unwrap(), acme()).unwrap();
    let refused = token.verify(&public("retail"), &ExpectedEvent::new(other, CONSENT), now()).unwrap_err();
    assert_eq!(refused.code(), "token.key-owner");
    // It is another brand's of the same LFI: then the issuer tells.
    let sme = ExpectedIssuer::of(deployment.instance(&instance("sme")).unwrap(), acme()).unwrap();
    let refused = token.verify(&public("retail"), &ExpectedEvent::new(sme, CONSENT), now()).unwrap_err();
    assert_eq!(
        refused.rule(),
        &TokenRule::Issuer { expected: issuer("sme").to_string(), found: issuer("retail").to_string() }
    );
}

#[test]
fn meta_has_the_names_of_the_standard() {
    let meta: EventMeta = serde_json::from_value(json!({
        "EventDateTime": "2026-05-28T20:26:40Z", "EventResource": "r", "EventType": "t", "ConsentId": "c"
    }))
    .unwrap();
    assert_eq!(meta.consent_id, "c");
}
