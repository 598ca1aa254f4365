//! Any value of the header field of JWT Auth, and any claims in a sound one: what is read once is refused twice, and it passes for the
//! Hub's only if it names the Hub.

#![no_main]

use hub_fuzz::proxy::HUB;
use hub_fuzz::{ECO, JWT_AUTH, SIG3, now, seeds};
use hub_jose::jws;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: seeds::check("authorization", read), |value: &[u8]| {
    read(value);
});

fn read(value: &[u8]) -> Vec<&'static str> {
    let mut readings = Vec::new();
    if passes(value) {
        readings.push("header");
    }
    if value.starts_with(b"{") {
        let token = jws::sign(&ECO.hub().sig3().unwrap(), Some("JOSE"), Some("json"), value).unwrap();
        if passes(format!("Bearer {token}").as_bytes()) {
            let claims: serde_json::Value = serde_json::from_slice(value).unwrap();
            assert_eq!(claims["iss"], HUB.subject().organisation_name());
            assert_eq!(claims["sub"], HUB.organisation().to_string());
            readings.push("claims");
        }
    }
    readings
}

fn passes(value: &[u8]) -> bool {
    let Ok(request) = JWT_AUTH.parse_request([value]) else { return false };
    assert!(JWT_AUTH.parse_response([value]).is_ok());
    assert!(JWT_AUTH.parse_request([value, value]).is_err());
    JWT_AUTH.verify_request(&request, &HUB, &SIG3, now()).is_ok()
}
