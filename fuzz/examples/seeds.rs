//! Writes the seeds anew: `cargo run --example seeds`, in this directory. Tokens differ each time, for PS256 and RSA-OAEP take salt.

use std::error::Error;
use std::fs;
use std::path::Path;

use base64ct::{Base64, Encoding};
use hub_fuzz::{ECO, ENC1, JWT_AUTH, client, issuer, now};
use hub_jose::jws::Jws;
use hub_jose::{
    AuthorizationRequest, ClientAssertion, CodeChallenge, IdentificationType, LoginHintDraft, PiiDraft, RequestObject,
    Sealer, SignedRequest, Signer, UserIdentification,
};
use hub_roles::{C4, LoginHint, Pii, S4};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    json_texts()?;
    tokens()?;
    certificates()?;
    let bank = ECO.lfi("bank")?;
    seed("deployment", "bank.json", bank.deployment_json())?;
    seed("deployment", "bank.toml", bank.deployment_toml()?)?;
    seed("deployment", "hub.json", ECO.hub().deployment_json())
}

fn json_texts() -> Result<(), Box<dyn Error>> {
    seed("json", "kinds", r#"{"a": [1, -0.5e3, true, null, "\u00e9\ud83d\ude00\n"], "b": {"keys": []}}"#)?;
    seed("json", "twice", r#"{"typ": "JWT", "t\u0079p": "JOSE"}"#)?;
    seed("json", "reserved", r#"{"$serde_json::private::RawValue": "{}"}"#)?;
    let sets = ECO.key_sets();
    let published = sets.iter().filter(|(path, _)| !path.contains("inactive"));
    for (index, (_, set)) in published.enumerate().take(3) {
        seed("key_set", &index.to_string(), set)?;
    }
    seed(
        "key_set",
        "bare",
        r#"{"keys": [{"kty": "RSA", "use": "enc", "alg": "RSA-OAEP-256", "kid": "a", "n": "AQAB", "e": "AQAB"}]}"#,
    )
}

fn tokens() -> Result<(), Box<dyn Error>> {
    let signer = Signer::new(ECO.tpp("acme")?.sig1());
    let assertion = signer.sign(&ClientAssertion::new(client(), issuer()), now())?;
    let body = signer.sign(&SignedRequest::new(client(), issuer(), json!({"Data": {"ConsentId": "c-1"}})), now())?;
    let object = signer.sign(&RequestObject::new(client(), issuer(), authorization()), now())?;
    let pii = PiiDraft::new(client(), issuer(), json!({"Initiation": {}, "Risk": {}}));
    let user = UserIdentification::new(IdentificationType::EmiratesId, "784-1980-1234567-1");
    let hint = LoginHintDraft::new(client(), issuer(), user);
    let pii = Sealer::<Pii>::new(&signer, &ENC1).seal(&pii, now())?;
    let hint = Sealer::<LoginHint>::new(&signer, &ENC1).seal(&hint, now())?;

    for (name, jws) in [("assertion", &assertion), ("body", &body), ("object", &object)] {
        seed("token", name, jws)?;
        seed("open", name, jws)?;
        seed("verify", name, Jws::parse(jws, 1 << 16)?.verify(&hub_fuzz::SIG1)?)?;
    }
    for (name, jwe) in [("pii", &pii), ("hint", &hint)] {
        seed("token", name, jwe)?;
        seed("open", name, jwe)?;
    }
    seed("header", "jws", json!({"alg": "PS256", "typ": "JWT", "cty": "json", "kid": "a"}).to_string())?;
    seed("header", "jwe", json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT", "kid": "a"}).to_string())?;

    let request = JWT_AUTH.request(&Signer::new(ECO.hub().sig3()?), ECO.hub().c4().certificate(), now())?;
    seed("authorization", "bearer", &request)?;
    seed("authorization", "ozone", request.replace("Bearer", "Ozone-Connect-JWT-Auth"))?;
    seed("authorization", "other", "Bearer bankConnectToken")
}

fn authorization() -> AuthorizationRequest<Value> {
    AuthorizationRequest {
        scope: "payments openid".to_owned(),
        redirect_uri: "https://acme.example/callback".to_owned(),
        nonce: "n-0S6_WzA2Mj".to_owned(),
        state: "af0ifjsldkj".to_owned(),
        code_challenge: CodeChallenge::of_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        authorization_details: vec![json!({"type": "urn:openfinanceuae:service-initiation-consent:v2.1"})],
        max_age: None,
        login_hint: None,
    }
}

fn certificates() -> Result<(), Box<dyn Error>> {
    let s4 = ECO.issued::<S4>("bank")?;
    seed("chain", "s4.pem", s4.chain_pem()?)?;
    seed("chain", "s4.der", &s4.chain()[0])?;

    let c4 = ECO.issued::<C4>("ozone")?;
    let base64: Vec<String> = c4.chain().iter().map(|certificate| Base64::encode_string(certificate)).collect();
    let escaped = c4.certificate_pem()?.replace('+', "%2B").replace(' ', "%20").replace('\n', "%0A");
    seed("forwarded", "escaped", &escaped)?;
    seed("forwarded", "base64", &base64[0])?;
    seed("forwarded", "byte-sequences", format!(":{}:\n:{}:", base64[0], base64[1]))?;
    seed(
        "forwarded",
        "envoy",
        format!("By=spiffe://a;Hash=00;Cert=\"{escaped}\";Subject=\"O=\\\"Ozone, Ltd\\\"\";URI="),
    )
}

fn seed(target: &str, name: &str, content: impl AsRef<[u8]>) -> Result<(), Box<dyn Error>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    fs::create_dir_all(&directory)?;
    Ok(fs::write(directory.join(name), content)?)
}
