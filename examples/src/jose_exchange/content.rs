//! What the tokens say: the same content from both sides, and claims as other senders write them.

use hub_jose::{AuthorizationRequest, CodeChallenge, EventMeta, IdTokenClaims};
use rustls_pki_types::UnixTime;
use serde_json::{Value, json};

use super::Fault;
use super::cast::Cast;
use super::json::with;
use super::kinds::Kind;

/// The claims of a token from there, with the liberties that senders take.
pub(super) fn claims(kind: Kind, cast: &Cast) -> Result<Value, Fault> {
    let now = UnixTime::now().as_secs();
    let (iss, aud) = kind.parties(cast)?;
    let jti = format!("{kind:?}-{now}");
    Ok(match kind {
        Kind::RequestObject => {
            let parties = json!({
                "iss": iss, "client_id": iss, "aud": aud, "nbf": now - 10, "exp": now + 290,
                "response_type": "code", "code_challenge_method": "S256", "max_age": 3600,
            });
            with(serde_json::to_value(authorization_request())?, parties)
        }
        Kind::ClientAssertion => json!({
            "iss": iss, "sub": iss, "aud": aud, "iat": now, "nbf": now, "exp": now + 310, "jti": jti,
        }),
        Kind::SignedRequest => {
            json!({"iss": iss, "aud": aud, "nbf": 0, "exp": now + 3600, "message": payment()})
        }
        Kind::SignedResponse => {
            json!({"iss": iss, "aud": [aud], "iat": now, "nbf": now, "exp": now + 60, "message": payment()})
        }
        Kind::IdToken => json!({
            "iss": iss, "sub": "user-7", "aud": [aud, "https://other.example"], "azp": aud, "iat": now, "exp": now + 60,
            "nonce": NONCE, "s_hash": IdTokenClaims::new(NONCE).with_state(STATE).s_hash,
        }),
        Kind::JwtAuthRequest => json!({
            "iss": iss, "sub": cast.hub.organisation(), "aud": aud, "iat": now, "exp": now + 10, "jti": jti,
        }),
        Kind::WebhookEvent => {
            let message = json!({"Meta": event_meta(), "Data": payment()});
            json!({"iss": iss, "aud": [aud], "exp": now + 60, "message": message})
        }
        Kind::Pii => {
            let nbf = now as f64 - 0.5;
            let parties = json!({"iss": iss, "sub": iss, "aud": [aud], "iat": now, "nbf": nbf, "exp": now + 60});
            with(personal_information(), parties)
        }
        Kind::LoginHint => json!({
            "iss": iss, "aud": aud, "exp": now + 60, "Type": "EmiratesID", "Identification": EMIRATES_ID,
        }),
    })
}

pub(super) fn authorization_request() -> AuthorizationRequest<Value> {
    AuthorizationRequest {
        scope: "payments openid".to_owned(),
        redirect_uri: "https://acme.example/callback".to_owned(),
        nonce: NONCE.to_owned(),
        state: STATE.to_owned(),
        code_challenge: CodeChallenge::of_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        authorization_details: vec![json!({"type": "urn:openfinanceuae:service-initiation-consent:v2.1"})],
        max_age: None,
        login_hint: None,
    }
}

pub(super) fn payment() -> Value {
    json!({"Data": {"ConsentId": CONSENT, "Instruction": {"Amount": {"Amount": "100.00", "Currency": "AED"}}}})
}

pub(super) fn personal_information() -> Value {
    json!({"Initiation": {"Creditor": [{"Name": "عائشة"}]}, "Risk": {}})
}

pub(super) fn event_meta() -> EventMeta {
    EventMeta {
        event_date_time: "2026-05-28T20:26:40Z".to_owned(),
        event_resource: "payment-consents".to_owned(),
        event_type: "Resource.Updated".to_owned(),
        consent_id: CONSENT.to_owned(),
    }
}

pub(super) const NONCE: &str = "n-0S6_WzA2Mj";
pub(super) const STATE: &str = "af0ifjsldkj";
pub(super) const CONSENT: &str = "b8f42378-10ac-46a1-8d20-4e020484216d";
pub(super) const EMIRATES_ID: &str = "784-1980-1234567-1";
