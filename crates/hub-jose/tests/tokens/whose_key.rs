//! Whose key signed, whose was expected, and which of several is meant (THREATS section 1, "whose key").

use hub_jose::{ClientAssertion, ExpectedClient, IdToken, Signer, TokenRule, Unverified};
use hub_roles::{Sig1, Sig2, VerificationKey};

use crate::cast::{ECO, acme, from_acme, issuer, login, now, public, signer1};
use crate::kinds::{Kind, id_token, pii_opener, sealed_pii};

fn assertion() -> Unverified<ClientAssertion> {
    Unverified::parse(&Kind::ClientAssertion.issue()).unwrap()
}

#[test]
fn the_key_belongs_to_the_expected_client() {
    assert!(assertion().verify(&public("acme"), &from_acme(), now()).is_ok());

    // The other TPP signs in the name of the first, and offers its own, perfectly valid key.
    let impostor = Signer::new(ECO.tpp("other-tpp").unwrap().sig1());
    let token = impostor.sign(&ClientAssertion::new(acme(), issuer("retail")), now()).unwrap();
    let token = Unverified::<ClientAssertion>::parse(&token).unwrap();
    let refused = token.verify(&public("other-tpp"), &from_acme(), now()).unwrap_err();
    assert_eq!(refused.code(), "token.key-owner");
    assert_eq!(refused.hub_code(), Some("JWS.InvalidSignature"));

    // Expecting the impostor does not help either: the claims name the first.
    let impostor = ExpectedClient::new(ECO.tpp("other-tpp").unwrap().client_id(), issuer("retail"));
    let refused = token.verify(&public("other-tpp"), &impostor, now()).unwrap_err();
    assert_eq!(refused.code(), "token.issuer");
}

#[test]
fn the_kid_names_the_key() {
    let key = public::<Sig1>("other-tpp");
    let mislabelled =
        VerificationKey::<Sig1>::registered(acme().clone(), key.kid().clone(), key.public_key().clone()).unwrap();
    let refused = assertion().verify(&mislabelled, &from_acme(), now()).unwrap_err();
    assert_eq!(refused.code(), "token.unknown-key");

    // The commonest mistake of a rotation: the right kid on another key.
    let mislabelled =
        VerificationKey::<Sig1>::registered(acme().clone(), signer1().kid().clone(), key.public_key().clone()).unwrap();
    let refused = assertion().verify(&mislabelled, &from_acme(), now()).unwrap_err();
    assert_eq!(refused.rule(), &TokenRule::Signature);
}

#[test]
fn a_key_of_another_lfi_does_not_sign_for_this_one() {
    let other = Signer::new(ECO.hub().sig2("other").unwrap());
    let token = Unverified::<IdToken>::parse(&other.sign(&id_token(), now()).unwrap()).unwrap();
    let refused = token.verify(&public::<Sig2>("other"), &login(), now()).unwrap_err();
    assert_eq!(refused.code(), "token.key-owner");
}

#[test]
fn of_several_keys_exactly_one_is_meant() {
    let (key, other) = (public::<Sig1>("acme"), public::<Sig1>("other-tpp"));
    let twin =
        VerificationKey::<Sig1>::registered(acme().clone(), key.kid().clone(), other.public_key().clone()).unwrap();
    let jwe = sealed_pii();
    let open = |keys: &[VerificationKey<Sig1>]| pii_opener().open(&jwe, keys, &from_acme(), now());

    assert!(open(&[other.clone(), key.clone()]).is_ok());
    assert_eq!(open(std::slice::from_ref(&other)).unwrap_err().code(), "token.unknown-key");
    assert_eq!(open(&[]).unwrap_err().code(), "token.unknown-key");
    assert_eq!(open(&[key, twin]).unwrap_err().code(), "token.ambiguous-key");
}

#[test]
fn the_claimed_client_is_for_look_up() {
    assert_eq!(&assertion().claimed_client().unwrap(), acme());
}
