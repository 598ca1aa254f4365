//! Any claims, signed by the right key: they are claims of one kind of token at most, and then name their issuer.

#![no_main]

use hub_fuzz::{ECO, INSTANCE, SIG1, SIG2, client, from_acme, from_instance, from_login, issuer, now, seeds};
use hub_jose::{BareToken, ClientAssertion, IdToken, RequestObject, SignedRequest, SignedResponse, Unverified, jws};
use hub_roles::VerificationKey;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(init: seeds::check("verify", read), |claims: &[u8]| {
    read(claims);
});

fn read(claims: &[u8]) -> Vec<&'static str> {
    let by_acme = jws::sign(&ECO.tpp("acme").unwrap().sig1(), Some("JWT"), None, claims).unwrap();
    let by_instance = jws::sign(&ECO.hub().sig2(INSTANCE).unwrap(), Some("JWT"), None, claims).unwrap();
    let accepted = [
        ("assertion", client().as_str(), is::<ClientAssertion>(&by_acme, &SIG1, &from_acme())),
        ("object", client().as_str(), is::<RequestObject<Value>>(&by_acme, &SIG1, &from_acme())),
        ("request", client().as_str(), is::<SignedRequest<Value>>(&by_acme, &SIG1, &from_acme())),
        ("response", issuer().as_str(), is::<SignedResponse<Value>>(&by_instance, &SIG2, &from_instance())),
        ("id_token", issuer().as_str(), is::<IdToken>(&by_instance, &SIG2, &from_login())),
    ];
    let kinds: Vec<_> = accepted.into_iter().filter(|&(.., accepted)| accepted).collect();
    match kinds[..] {
        [] => {}
        [(_, issuer, _)] => {
            let claims: Value = serde_json::from_slice(claims).unwrap();
            assert_eq!(claims["iss"], issuer);
        }
        _ => panic!("accepted as {kinds:?}"),
    }
    kinds.into_iter().map(|(kind, ..)| kind).collect()
}

fn is<T: BareToken>(token: &str, key: &VerificationKey<T::SignedBy>, expectation: &T::Expectation) -> bool {
    Unverified::<T>::parse(token).and_then(|token| token.verify(key, expectation, now())).is_ok()
}
