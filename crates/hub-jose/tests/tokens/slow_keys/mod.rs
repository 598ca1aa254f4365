//! Keys that take their time: asked in one call that waits, or between `prepare` and `complete`.

mod opening;
mod service;
mod signing;

use std::sync::Arc;

use hub_jose::{ClientAssertion, Opener, Sealer, Signer, TokenRule, jws, nested};
use hub_roles::{
    Credential, DecryptionKey, Enc1, Enc2, Encryption, KeyError, Pii, RemoteKey, RsaPublicKey, Sig1, Sig4, Signing,
};

use crate::cast::{ECO, acme, from_acme, issuer, now, public, sig1, sig4};
use crate::forge;
use crate::kinds::{Kind, enc1_public, enc2_public, pii_draft, pii_opener, sealed_pii};
use service::{Handle, Service};

#[test]
fn a_handle_that_waits_fits_wherever_a_key_in_memory_does() {
    let credential = Credential::new(sig1().certificate().clone(), Handle::on::<Sig1>("acme")).unwrap();
    let signer = Signer::new(credential);
    assert_eq!(Kind::ClientAssertion.accept(&signer.sign(&assertion(), now()).unwrap()), Ok(()));

    let recipient = enc1_public();
    let jwe = Sealer::<Pii>::new(&signer, &recipient).seal(&pii_draft(), now()).unwrap();
    let key = DecryptionKey::bare(enc1().kid().clone(), Arc::new(Handle::on::<Enc1>("bank")));
    let opener = Opener::<Pii>::new([key]);
    assert!(opener.open(&jwe, &[public("acme")], &from_acme(), now()).is_ok());
    assert!(opener.prepare(&jwe).unwrap().is_remote());
    let damaged = damaged_key(&jwe);
    assert_eq!(opener.decrypt(&damaged).unwrap_err(), pii_opener().decrypt(&damaged).unwrap_err());
}

#[tokio::test]
async fn an_asynchronous_service_is_called_between_the_steps() {
    let (sig1_service, enc1_service) = (Service::with_key_of::<Sig1>("acme"), Service::with_key_of::<Enc1>("bank"));
    let signer = far(&sig1());

    let prepared = signer.prepare(&assertion(), now()).unwrap();
    let signature = sig1_service.sign(prepared.scheme(), prepared.message()).await.unwrap().unwrap();
    assert_eq!(Kind::ClientAssertion.accept(&prepared.complete(&signature).unwrap()), Ok(()));

    let recipient = enc1_public();
    let prepared = Sealer::<Pii>::new(&signer, &recipient).prepare(&pii_draft(), now()).unwrap();
    let signature = sig1_service.sign(prepared.scheme(), prepared.message()).await.unwrap().unwrap();
    let jwe = prepared.complete(&signature).unwrap();

    let opener = Opener::<Pii>::new([far_key(&enc1())]);
    let prepared = opener.prepare(&jwe).unwrap();
    let content_key = enc1_service.decrypt(prepared.encrypted_key()).await.unwrap();
    let token = prepared.complete(content_key).unwrap();
    assert!(token.verify_with_one_of(&[public("acme")], &from_acme(), now()).is_ok());

    let prepared = opener.prepare(&damaged_key(&jwe)).unwrap();
    let content_key = enc1_service.decrypt(prepared.encrypted_key()).await.unwrap();
    assert_eq!(content_key, Err(KeyError::Failed));
    assert_eq!(prepared.complete(content_key).unwrap_err().rule(), &TokenRule::Decryption);
}

#[test]
fn a_payload_of_a_callers_own_is_signed_and_opened_elsewhere() {
    let prepared = jws::prepare(&remote(&sig4()), Some("JWT"), None, br#"{"FinanceRates":[]}"#).unwrap();
    let signature = sig4().sign_ps256(prepared.message()).unwrap();
    let signed = prepared.complete(&signature).unwrap();
    let sealed = nested::seal(&signed, &enc2_public()).unwrap();

    let prepared = nested::prepare(&sealed, &[far_key(&enc2())], 8192).unwrap();
    let content_key = enc2().decrypt_oaep(prepared.encrypted_key());
    let opened = prepared.complete(content_key).unwrap();
    assert_eq!(opened.verify(&public::<Sig4>("bank")).unwrap(), br#"{"FinanceRates":[]}"#);
}

#[test]
fn what_waits_shows_no_claims_and_may_wait_anywhere() {
    fn may_wait_anywhere<T: Send + Sync + 'static>(_: &T) {}
    let signer = far(&sig1());
    let recipient = enc1_public();
    let token = Sealer::<Pii>::new(&signer, &recipient).prepare(&pii_draft(), now()).unwrap();
    let opening = Opener::<Pii>::new([far_key(&enc1())]).prepare(&sealed_pii()).unwrap();
    may_wait_anywhere(&token);
    may_wait_anywhere(&opening);
    assert_eq!(format!("{token:?}"), format!("PreparedToken(PII, kid {})", signer.kid()));
    assert_eq!(format!("{opening:?}"), format!("PreparedOpening(PII, kid {})", enc1().kid()));
}

/// A credential with the public half of another's key.
fn remote<R: Signing>(local: &Credential<R>) -> Credential<R> {
    let certificate = local.certificate().clone();
    let key = public_half(certificate.public_key());
    Credential::new(certificate, key).unwrap()
}

/// A signer with the public half of a credential's key.
fn far<R: Signing>(local: &Credential<R>) -> Signer<R> {
    Signer::new(remote(local))
}

fn public_half(of: &RsaPublicKey) -> RemoteKey {
    RemoteKey::new(of.clone())
}

/// The public half of a decryption key.
fn far_key<R: Encryption>(local: &DecryptionKey<R>) -> DecryptionKey<R> {
    DecryptionKey::bare(local.kid().clone(), Arc::new(public_half(local.public_key())))
}

fn enc1() -> DecryptionKey<Enc1> {
    ECO.lfi("bank").unwrap().enc1()
}

fn enc2() -> DecryptionKey<Enc2> {
    DecryptionKey::from(&ECO.tpp("acme").unwrap().enc2())
}

fn assertion() -> ClientAssertion {
    ClientAssertion::new(acme(), issuer("retail"))
}

/// The same JWE with another encrypted key.
fn damaged_key(jwe: &str) -> String {
    let mut segments: Vec<_> = jwe.split('.').map(str::to_owned).collect();
    segments[1] = forge::base64url(&[7; 256]);
    segments.join(".")
}
