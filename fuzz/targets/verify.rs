//! Any claims, signed by the right key: they are claims of one kind of token at most, and then name their issuer.

#![no_main]

use hub_fuzz::{ECO, SIG1, client, from_acme, now};
use hub_jose::{ClientAssertion, RequestObject, SignedRequest, Unverified, jws};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|claims: &[u8]| {
    let token = jws::sign(&ECO.tpp("acme").unwrap().sig1(), Some("JWT"), None, claims).unwrap();
    let assertion = Unverified::<ClientAssertion>::parse(&token).and_then(|it| it.verify(&SIG1, &from_acme(), now()));
    let object = Unverified::<RequestObject<Value>>::parse(&token).and_then(|it| it.verify(&SIG1, &from_acme(), now()));
    let body = Unverified::<SignedRequest<Value>>::parse(&token).and_then(|it| it.verify(&SIG1, &from_acme(), now()));
    let accepted = [assertion.is_ok(), object.is_ok(), body.is_ok()];
    match accepted.iter().filter(|&&accepted| accepted).count() {
        0 => {}
        1 => {
            let claims: Value = serde_json::from_slice(claims).unwrap();
            assert_eq!(claims["iss"], client().as_str());
        }
        _ => panic!("accepted as two kinds: {accepted:?}"),
    }
});
