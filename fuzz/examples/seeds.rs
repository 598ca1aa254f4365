//! Writes the seeds anew: `cargo run --example seeds`, in this directory. Tokens differ each time, for PS256 and RSA-OAEP take salt.
//!
//! A seed is named after what its target reads it as: see [`hub_fuzz::seeds`].

use std::error::Error;
use std::fs;
use std::slice::from_ref;

use base64ct::{Base64, Encoding};
use hub_fuzz::{
    ECO, ENC1, ENC1_PRIVATE, ENC2, ENC2_PRIVATE, INSTANCE, JWT_AUTH, NONCE, SIG1, SIG2, SIG3, client, issuer, now,
    proxy, seeds,
};
use hub_jose::jwe::Jwe;
use hub_jose::jws::Jws;
use hub_jose::{
    AuthorizationRequest, ClientAssertion, CodeChallenge, EventDraft, EventMeta, IdToken, IdTokenClaims,
    IdentificationType, LoginHintDraft, PiiDraft, RequestObject, Sealer, SignedRequest, SignedResponse, Signer,
    UserIdentification,
};
use hub_roles::{C1, C3, C4, DecryptionKey, Encryption, LoginHint, Pii, S4, Signing, VerificationKey, WebhookEvent};
use hub_testkit::{CrlSpec, Ecosystem, Issued};
use serde_json::{Value, json};

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    fs::remove_dir_all(seeds::directory(""))?;
    json_texts()?;
    bare_tokens()?;
    payloads()?;
    jwt_auth()?;
    certificates()?;
    let bank = ECO.lfi("bank")?;
    seed("deployment", "json.bank", bank.deployment_json())?;
    seed("deployment", "toml.bank", bank.deployment_toml()?)?;
    seed("deployment", "json.hub", ECO.hub().deployment_json())
}

fn json_texts() -> Outcome {
    seed("json", "value.kinds", r#"{"a": [1, -0.5e3, true, null, "\u00e9\ud83d\ude00\n"], "b": {}}"#)?;
    seed("json", "items", r#"{"keys": [{"kty": "RSA"}, 1, "\u0022"]}"#)?;
    seed("json", "refused.twice", r#"{"typ": "JWT", "t\u0079p": "JOSE"}"#)?;
    seed("json", "refused.reserved", r#"{"$serde_json::private::RawValue": "{}"}"#)?;

    let sets = ECO.key_sets();
    for (name, kid) in [("signing", SIG1.kid()), ("encryption", ENC1.kid())] {
        let set = sets.values().find(|set| String::from_utf8_lossy(set).contains(kid.as_str()));
        seed("key_set", name, set.ok_or("a key is not published")?)?;
    }
    seed(
        "key_set",
        "refused.weak",
        r#"{"keys": [{"kty": "RSA", "use": "enc", "alg": "RSA-OAEP-256", "kid": "a", "n": "AQAB", "e": "AQAB"}]}"#,
    )
}

fn bare_tokens() -> Outcome {
    let (sig1, sig2) = (Signer::new(ECO.tpp("acme")?.sig1()), Signer::new(ECO.hub().sig2(INSTANCE)?));
    let message = || json!({"Data": {"ConsentId": "c-1"}});
    let assertion = sig1.sign(&ClientAssertion::new(client(), issuer()), now())?;
    let object = sig1.sign(&RequestObject::new(client(), issuer(), authorization()), now())?;
    let request = sig1.sign(&SignedRequest::new(client(), issuer(), message()), now())?;
    let response = sig2.sign(&SignedResponse::new(issuer(), client(), message()), now())?;
    let login = IdTokenClaims::new(NONCE).with_state("af0ifjsldkj").with_auth_time(now());
    let id_token = sig2.sign(&IdToken::new(issuer(), client(), "user-1", login), now())?;

    seed("verify", "assertion", claims(&assertion, &SIG1)?)?;
    seed("verify", "object", claims(&object, &SIG1)?)?;
    seed("verify", "request", claims(&request, &SIG1)?)?;
    seed("verify", "response", claims(&response, &SIG2)?)?;
    seed("verify", "id_token", claims(&id_token, &SIG2)?)?;
    seed("token", "assertion", &assertion)?;
    seed("token", "jws.object", &object)?;
    seed("token", "jws.id_token", &id_token)?;
    seed("open", "refused.assertion", &assertion)?;
    seed("header", "jws", json!({"alg": "PS256", "typ": "JWT", "cty": "json", "kid": "a"}).to_string())?;
    seed("header", "jwe", json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT", "kid": "a"}).to_string())
}

fn payloads() -> Outcome {
    let (sig1, sig2) = (Signer::new(ECO.tpp("acme")?.sig1()), Signer::new(ECO.hub().sig2(INSTANCE)?));
    let pii = PiiDraft::new(client(), issuer(), json!({"Initiation": {}, "Risk": {}}));
    let user = UserIdentification::new(IdentificationType::EmiratesId, "784-1980-1234567-1");
    let hint = LoginHintDraft::new(client(), issuer(), user);
    let meta = EventMeta {
        event_date_time: "2026-05-28T20:26:40Z".to_owned(),
        event_resource: "payment-consents".to_owned(),
        event_type: "Resource.Updated".to_owned(),
        consent_id: "c-1".to_owned(),
    };
    let event = EventDraft::new(issuer(), client(), meta, json!({"Status": "Authorized"}));

    payload("pii", Sealer::<Pii>::new(&sig1, &ENC1).seal(&pii, now())?, &ENC1_PRIVATE, &SIG1)?;
    payload("hint", Sealer::<LoginHint>::new(&sig1, &ENC1).seal(&hint, now())?, &ENC1_PRIVATE, &SIG1)?;
    payload("event", Sealer::<WebhookEvent>::new(&sig2, &ENC2).seal(&event, now())?, &ENC2_PRIVATE, &SIG2)
}

/// A payload as it is sent, what is signed in it, and the claims in that.
fn payload<E: Encryption, S: Signing>(
    kind: &str,
    jwe: String,
    recipient: &DecryptionKey<E>,
    sender: &VerificationKey<S>,
) -> Outcome {
    let jws = String::from_utf8(Jwe::parse(&jwe, LIMIT)?.decrypt(from_ref(recipient))?.to_vec())?;
    seed("sealed", kind, claims(&jws, sender)?)?;
    seed("open", &format!("{kind}.signed"), jws)?;
    seed("token", &format!("jwe.{kind}"), &jwe)?;
    seed("open", kind, jwe)
}

fn jwt_auth() -> Outcome {
    let request = JWT_AUTH.request(&Signer::new(ECO.hub().sig3()?), ECO.hub().c4().certificate(), now())?;
    let (_, token) = request.split_once(' ').ok_or("no scheme")?;
    seed("authorization", "claims", claims(token, &SIG3)?)?;
    seed("authorization", "header.bearer", &request)?;
    seed("authorization", "header.ozone", request.replace("Bearer", "Ozone-Connect-JWT-Auth"))?;
    seed("authorization", "refused.other", "Bearer bankConnectToken")
}

fn authorization() -> AuthorizationRequest<Value> {
    AuthorizationRequest {
        scope: "payments openid".to_owned(),
        redirect_uri: "https://acme.example/callback".to_owned(),
        nonce: NONCE.to_owned(),
        state: "af0ifjsldkj".to_owned(),
        code_challenge: CodeChallenge::of_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        authorization_details: vec![json!({"type": "urn:openfinanceuae:service-initiation-consent:v2.1"})],
        max_age: None,
        login_hint: None,
    }
}

fn certificates() -> Outcome {
    let s4 = ECO.issued::<S4>("bank")?;
    seed("chain", "pem", s4.chain_pem()?)?;
    seed("chain", "der", &s4.chain()[0])?;

    let revoking = ECO.authority().crl(&CrlSpec::current(now()).revoking(s4.serial))?;
    let of_root = ECO.authority().root_crl(&CrlSpec::current(now()))?;
    seed("revocation_list", "revoked.der", revoking.der())?;
    seed("revocation_list", "revoked.pem", [revoking.pem()?, of_root.pem()?].concat())?;
    seed("revocation_list", "unlisted", of_root.der())?;

    forwarded("c1", ECO.issued::<C1>("acme")?)?;
    forwarded("c3", ECO.issued::<C3>("bank")?)?;
    forwarded("c4", ECO.issued::<C4>(Ecosystem::HUB)?)
}

fn forwarded(role: &str, issued: &Issued) -> Outcome {
    let base64: Vec<String> = issued.chain().iter().map(|certificate| Base64::encode_string(certificate)).collect();
    let (certificate, chain) = (proxy::escaped(&issued.certificate_pem()?), proxy::escaped(&issued.chain_pem()?));
    let envoy = format!("By=spiffe://a;Hash=00;Cert=\"{certificate}\";Subject=\"O=\\\"Ozone, Ltd\\\"\";URI=");
    for (form, value) in [
        ("escaped", certificate),
        ("escaped-chain", chain.clone()),
        ("base64", base64[0].clone()),
        ("byte-sequences", format!(":{}:\n:{}:", base64[0], base64[1])),
        ("envoy", envoy),
        ("envoy-chain", format!("Hash=00;Chain=\"{chain}\"")),
    ] {
        seed("forwarded", &format!("{role}.{form}"), value)?;
    }
    Ok(())
}

/// The claims of a compact JWS.
fn claims<S: Signing>(jws: &str, signer: &VerificationKey<S>) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(Jws::parse(jws, LIMIT)?.verify(signer)?.to_vec())
}

fn seed(target: &str, name: &str, content: impl AsRef<[u8]>) -> Outcome {
    let directory = seeds::directory(target);
    fs::create_dir_all(&directory)?;
    Ok(fs::write(directory.join(name), content)?)
}

const LIMIT: usize = 64 * 1024;
