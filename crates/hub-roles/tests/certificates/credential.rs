//! A certificate and its key, and what the two can do together.

use std::sync::Arc;

use hub_roles::{
    C1, Certificate, Credential, CredentialError, DecryptionKey, Enc1, EncryptionKey, Environment, KeyError, KeyId,
    PrivateKey, RemoteKey, RoleId, Sig1, Sig2, SignatureScheme, SoftwareKey, VerificationKey,
};
use hub_testkit::{Held, Issued};

use crate::support::{ecosystem, judge_as};

fn accepted<R: Held>(holder: &str) -> (Certificate<R>, SoftwareKey) {
    let issued = ecosystem().issued::<R>(holder).unwrap();
    (judge_as::<R>(issued, holder).unwrap(), key(issued))
}

fn key(issued: &Issued) -> SoftwareKey {
    SoftwareKey::from_pem(issued.key_pem().unwrap().as_bytes()).unwrap()
}

#[test]
fn a_key_that_is_not_the_certificates_makes_no_credential() {
    let (certificate, right) = accepted::<C1>("acme");
    let wrong = key(ecosystem().issued::<C1>("other-tpp").unwrap());
    let refused = Credential::new(certificate.clone(), wrong).unwrap_err();
    assert_eq!(refused, CredentialError::KeyMismatch { role: RoleId::C1, kid: certificate.kid().clone() });
    assert_eq!(refused.code(), "credential.key-mismatch");
    assert!(refused.to_string().contains(certificate.kid().as_str()));
    Credential::new(certificate, right).unwrap();
}

#[test]
fn a_certificate_tells_what_it_was_verified_as() {
    let (certificate, _) = accepted::<C1>("acme");
    let issued = ecosystem().issued::<C1>("acme").unwrap();
    let tpp = ecosystem().tpp("acme").unwrap();
    assert_eq!(certificate.environment(), &Environment::Sandbox);
    assert_eq!(certificate.kid(), &KeyId::of_certificate(&issued.certificate));
    assert_eq!(certificate.organisation(), tpp.organisation());
    assert_eq!(certificate.subject().software_statement(), Some(tpp.software_statement()));
    assert!(certificate.issuer().starts_with("CN=Al Tareq Sandbox Trust Framework Issuing CA - G1"));
    assert!(certificate.dns_names().is_empty());
    assert_eq!(certificate.chain().certificates(), issued.chain());
    assert_eq!(certificate, accepted::<C1>("acme").0);
    assert_ne!(certificate, judge_as::<C1>(ecosystem().issued::<C1>("other-tpp").unwrap(), "other-tpp").unwrap());
}

#[test]
fn debug_output_names_role_kid_and_subject_and_nothing_else() {
    let (certificate, key) = accepted::<C1>("acme");
    let tail = format!("(kid {}, {})", certificate.kid(), certificate.subject());
    assert_eq!(format!("{certificate:?}"), format!("Certificate<C1>{tail}"));
    assert_eq!(format!("{:?}", Credential::new(certificate, key).unwrap()), format!("Credential<C1>{tail}"));
}

#[test]
fn brands_may_share_one_key() {
    let (certificate, key) = accepted::<Sig2>("retail");
    let key: Arc<dyn PrivateKey> = Arc::new(key);
    let retail = Credential::with_shared_key(certificate.clone(), Arc::clone(&key)).unwrap();
    let sme = Credential::with_shared_key(certificate.clone(), key).unwrap();
    let verifying = VerificationKey::of_certificate(certificate.organisation(), &certificate).unwrap();
    for credential in [retail, sme] {
        let signature = credential.sign_ps256(b"response").unwrap();
        verifying.verify_ps256(b"response", &signature).unwrap();
    }
}

#[test]
fn a_certificates_key_belongs_to_no_organisation_but_the_one_it_names() {
    let (sig2, enc1, sig1) = (accepted::<Sig2>("retail").0, accepted::<Enc1>("bank").0, accepted::<Sig1>("acme").0);
    let other = ecosystem().lfi("other-bank").unwrap().organisation();
    assert_eq!(VerificationKey::of_certificate(other, &sig2).unwrap_err(), KeyError::OtherOwner);
    assert_eq!(EncryptionKey::of_certificate(other, &enc1).unwrap_err(), KeyError::OtherOwner);
    VerificationKey::of_certificate(sig2.organisation(), &sig2).unwrap();
    EncryptionKey::of_certificate(enc1.organisation(), &enc1).unwrap();
    // What a client is called, no certificate says.
    VerificationKey::of_certificate("any-client".parse().unwrap(), &sig1).unwrap();
}

#[test]
fn a_transport_credential_signs_handshakes() {
    let (certificate, key) = accepted::<C1>("acme");
    let octets = certificate.public_key().modulus_octets();
    let credential = Credential::new(certificate, key).unwrap();
    let signature = credential.sign_handshake(SignatureScheme::RsaPssSha256, b"transcript").unwrap();
    assert_eq!(signature.len(), octets);
}

#[test]
fn a_signing_credential_knows_its_own_signatures() {
    let (certificate, key) = accepted::<Sig1>("acme");
    let credential = Credential::new(certificate, key).unwrap();
    let signature = credential.sign_ps256(b"token").unwrap();
    credential.verify_ps256(b"token", &signature).unwrap();
    let (_, key) = accepted::<Sig1>("acme");
    let pkcs1 = key.sign(SignatureScheme::RsaPkcs1Sha256, b"token").unwrap();
    let (other, key) = accepted::<Sig1>("other-tpp");
    let anothers = Credential::new(other, key).unwrap().sign_ps256(b"token").unwrap();
    for (message, signature) in [(&b"token"[..], &pkcs1), (b"token", &anothers), (b"tokem", &signature)] {
        assert_eq!(credential.verify_ps256(message, signature), Err(KeyError::Failed));
    }
}

#[test]
fn a_key_that_is_elsewhere_is_known_by_its_public_half() {
    let (sig1, enc1) = (accepted::<Sig1>("acme").0, accepted::<Enc1>("bank").0);
    let signing = Credential::new(sig1.clone(), RemoteKey::new(sig1.public_key().clone())).unwrap();
    assert!(signing.is_remote());
    assert!(matches!(signing.sign_ps256(b"token"), Err(KeyError::Unsupported { .. })));
    let opening = Credential::new(enc1.clone(), RemoteKey::new(enc1.public_key().clone())).unwrap();
    let opening = DecryptionKey::from(&opening);
    assert!(opening.is_remote());
    assert_eq!(opening.public_key(), enc1.public_key());
    assert!(matches!(opening.decrypt_oaep(&[0; 256]), Err(KeyError::Unsupported { .. })));

    let refused = Credential::new(sig1.clone(), RemoteKey::new(enc1.public_key().clone())).unwrap_err();
    assert_eq!(refused, CredentialError::KeyMismatch { role: RoleId::Sig1, kid: sig1.kid().clone() });
}

#[test]
fn an_encryption_credential_opens_what_is_encrypted_to_its_certificate() {
    let (certificate, key) = accepted::<Enc1>("bank");
    let sealing = EncryptionKey::of_certificate(certificate.organisation(), &certificate).unwrap();
    let opening = DecryptionKey::from(&Credential::new(certificate, key).unwrap());
    assert_eq!(opening.kid(), sealing.kid());
    assert!(!opening.is_retired());
    let secret = opening.decrypt_oaep(&sealing.encrypt_oaep(&[7; 32]).unwrap()).unwrap();
    assert_eq!(secret.as_slice(), [7; 32]);
}
