//! Private keys as they arrive in files, and what each kind of key can do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::Arc;

use aws_lc_rs::signature::{
    self, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
};
use der::asn1::{AnyRef, OctetStringRef};
use der::pem::LineEnding;
use der::{Decode, SecretDocument, Sequence};
use hub_roles::{
    ClientId, DecryptionKey, Enc1, Enc2, EncryptionKey, KeyError, KeyId, OrganisationId, PrivateKey, Sig1, Sig4,
    SignatureScheme, SoftwareKey, VerificationKey,
};
use hub_testkit::TestKey;
use proptest::prelude::*;

#[test]
fn a_key_reads_from_pkcs8_and_pkcs1_and_is_the_same() {
    let pkcs8 = pem(0);
    let pkcs1 = as_pkcs1(&pkcs8);
    assert!(pkcs1.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    let expected = SoftwareKey::from_pem(pkcs8.as_bytes()).unwrap();
    let crlf = pkcs8.replace('\n', "\r\n");
    let with_text = format!("Bag Attributes\n    localKeyID: 01\n{pkcs8}");
    let rewrapped = |columns: usize| {
        let body: String = pkcs8.lines().filter(|line| !line.starts_with('-')).collect();
        let lines: Vec<_> = body.as_bytes().chunks(columns).map(|line| str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", lines.join("\n"))
    };
    let forms = [
        ("PKCS #1", pkcs1),
        ("CR LF", crlf),
        ("text before it", with_text),
        ("76 columns", rewrapped(76)),
        ("one line", rewrapped(usize::MAX)),
        ("indented", pkcs8.replace('\n', "\n  ")),
    ];
    for (form, text) in forms {
        let key = SoftwareKey::from_pem(text.as_bytes()).unwrap();
        assert_eq!(key.public_key(), expected.public_key(), "{form}");
        let signature = key.sign(SignatureScheme::RsaPssSha256, b"message").unwrap();
        verification_key(&expected).verify_ps256(b"message", &signature).unwrap();
    }
}

#[test]
fn certificates_beside_the_key_are_passed_over() {
    let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let text = [certificate, &pem(0), certificate].concat();
    assert!(SoftwareKey::from_pem(text.as_bytes()).is_ok());
    assert_eq!(SoftwareKey::from_pem(certificate.as_bytes()).unwrap_err(), KeyError::NoKey);
}

#[test]
fn exactly_one_key_is_read() {
    let one = pem(0);
    let two = [one.as_str(), &pem(1)].concat();
    let three = [two.as_str(), &as_pkcs1(&one)].concat();
    assert!(SoftwareKey::from_pem(one.as_bytes()).is_ok());
    assert_eq!(SoftwareKey::from_pem(two.as_bytes()).unwrap_err(), KeyError::SeveralKeys { found: 2 });
    assert_eq!(SoftwareKey::from_pem(three.as_bytes()).unwrap_err(), KeyError::SeveralKeys { found: 3 });
    assert_eq!(SoftwareKey::from_pem(b"").unwrap_err(), KeyError::NoKey);
}

#[test]
fn a_damaged_file_is_malformed() {
    let sound = pem(0);
    let without_end = sound.split("-----END").next().unwrap().to_owned();
    let damaged = sound.replacen("MII", "M!!", 1);
    let cut = {
        let lines: Vec<_> = sound.lines().collect();
        [&lines[..10], &lines[lines.len() - 1..]].concat().join("\n")
    };
    for (what, text) in [("no end", without_end), ("not base64", damaged), ("cut short", cut)] {
        assert_eq!(SoftwareKey::from_pem(text.as_bytes()).unwrap_err(), KeyError::Malformed, "{what}");
    }
    assert_eq!(SoftwareKey::from_pem(b"\xFF").unwrap_err(), KeyError::Malformed);
    assert_eq!(SoftwareKey::from_pkcs8_der(&[]).unwrap_err(), KeyError::Malformed);
    assert_eq!(SoftwareKey::from_pkcs1_der(&[0x30, 0]).unwrap_err(), KeyError::Malformed);
}

#[test]
fn components_that_do_not_belong_together_are_refused() {
    let info = SecretDocument::from_pem(&as_pkcs1(&pem(0))).unwrap().1;
    let sound = info.as_bytes().to_vec();
    assert!(SoftwareKey::from_pkcs1_der(&sound).is_ok());
    for position in [sound.len() / 2, sound.len() - 1] {
        let mut damaged = sound.clone();
        damaged[position] ^= 4;
        assert_eq!(SoftwareKey::from_pkcs1_der(&damaged).unwrap_err(), KeyError::Malformed, "octet {position}");
    }
}

#[test]
fn encrypted_keys_are_named_as_such() {
    let pkcs8 = pem(0).replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let pkcs1 =
        as_pkcs1(&pem(0)).replacen("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n", 1);
    for text in [pkcs8, pkcs1] {
        assert_eq!(SoftwareKey::from_pem(text.as_bytes()).unwrap_err(), KeyError::Encrypted);
    }
}

#[test]
fn keys_outside_the_limits_are_refused_by_the_limit() {
    let cases = [
        ("RSA-1024", TestKey::rsa_1024(), KeyError::Size),
        ("e = 3", TestKey::rsa_2048_exponent_3(), KeyError::Exponent),
        ("EC in PKCS #8", TestKey::ec_p256(), KeyError::NotRsa),
    ];
    for (what, key, reason) in cases {
        let text = key.unwrap().to_pkcs8_pem().unwrap();
        assert_eq!(SoftwareKey::from_pem(text.as_bytes()).unwrap_err(), reason, "{what}");
    }
    let ec = "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n";
    assert_eq!(SoftwareKey::from_pem(ec.as_bytes()).unwrap_err(), KeyError::NotRsa);
    for key in [TestKey::rsa_3072(), TestKey::rsa_4096()] {
        SoftwareKey::from_pem(key.unwrap().to_pkcs8_pem().unwrap().as_bytes()).unwrap();
    }
}

#[test]
fn every_scheme_signs_what_its_name_says() {
    let schemes: [(SignatureScheme, &signature::RsaParameters); 6] = [
        (SignatureScheme::RsaPssSha256, &RSA_PSS_2048_8192_SHA256),
        (SignatureScheme::RsaPssSha384, &RSA_PSS_2048_8192_SHA384),
        (SignatureScheme::RsaPssSha512, &RSA_PSS_2048_8192_SHA512),
        (SignatureScheme::RsaPkcs1Sha256, &RSA_PKCS1_2048_8192_SHA256),
        (SignatureScheme::RsaPkcs1Sha384, &RSA_PKCS1_2048_8192_SHA384),
        (SignatureScheme::RsaPkcs1Sha512, &RSA_PKCS1_2048_8192_SHA512),
    ];
    for key in [key(0), SoftwareKey::from_pem(TestKey::rsa_3072().unwrap().to_pkcs8_pem().unwrap().as_bytes()).unwrap()]
    {
        let spki = key.public_key().to_spki_der().unwrap();
        for (scheme, _) in schemes {
            let signature = key.sign(scheme, b"message").unwrap();
            assert_eq!(signature.len(), key.public_key().modulus_octets());
            let verified_by: Vec<_> = schemes
                .into_iter()
                .filter(|(_, parameters)| {
                    ParsedPublicKey::new(*parameters, &spki).unwrap().verify_sig(b"message", &signature).is_ok()
                })
                .map(|(scheme, _)| scheme)
                .collect();
            assert_eq!(verified_by, [scheme], "{}", scheme.name());
        }
    }
}

#[test]
fn a_signature_verifies_with_its_key_its_message_and_its_length_only() {
    let (ours, others) = (verification_key(&key(0)), verification_key(&key(1)));
    let signature = key(0).sign(SignatureScheme::RsaPssSha256, b"message").unwrap();
    ours.verify_ps256(b"message", &signature).unwrap();

    let pkcs1 = key(0).sign(SignatureScheme::RsaPkcs1Sha256, b"message").unwrap();
    let sha384 = key(0).sign(SignatureScheme::RsaPssSha384, b"message").unwrap();
    let longer = [&[0], signature.as_slice()].concat();
    let refused = Err(KeyError::Failed);
    assert_eq!(others.verify_ps256(b"message", &signature), refused, "another key");
    assert_eq!(ours.verify_ps256(b"massage", &signature), refused, "another message");
    for (what, signature) in [
        ("RS256", pkcs1.as_slice()),
        ("PS384", &sha384),
        ("an octet in front", &longer),
        ("an octet less", &signature[1..]),
        ("nothing", &[]),
    ] {
        assert_eq!(ours.verify_ps256(b"message", signature), refused, "{what}");
    }
}

#[test]
fn a_registered_key_tells_whose_it_is() {
    let client: ClientId = "https://rp.example/openid_relying_party/1".parse().unwrap();
    let sig1 = VerificationKey::<Sig1>::registered(client.clone(), kid(), key(0).public_key().clone()).unwrap();
    assert_eq!((sig1.owner(), sig1.kid(), sig1.public_key()), (&client, &kid(), key(0).public_key()));
    assert_eq!(format!("{sig1:?}"), format!("VerificationKey<Sig1>(owner {client}, kid {})", kid()));

    let enc2 = EncryptionKey::<Enc2>::registered(client.clone(), kid(), key(0).public_key().clone()).unwrap();
    assert_eq!(enc2.owner(), &client);
}

#[test]
fn what_is_encrypted_to_a_key_opens_with_it_and_no_other() {
    let sealing = EncryptionKey::<Enc1>::registered(organisation(), kid(), key(0).public_key().clone()).unwrap();
    let ciphertext = sealing.encrypt_oaep(&[7; 32]).unwrap();
    assert_eq!(ciphertext.len(), 256);

    let ours = DecryptionKey::<Enc1>::bare(kid(), Arc::new(key(0)));
    let retired = DecryptionKey::<Enc1>::retired(kid(), Arc::new(key(0)));
    let others = DecryptionKey::<Enc1>::bare(kid(), Arc::new(key(1)));
    assert_eq!(ours.decrypt_oaep(&ciphertext).unwrap().as_slice(), [7; 32]);
    assert_eq!(retired.decrypt_oaep(&ciphertext).unwrap().as_slice(), [7; 32]);
    assert_eq!((ours.is_retired(), retired.is_retired()), (false, true));

    assert_eq!(others.decrypt_oaep(&ciphertext), Err(KeyError::Failed));
    for length in [0, 1, 255] {
        assert_eq!(ours.decrypt_oaep(&ciphertext[..length]), Err(KeyError::Failed), "{length} octets");
    }
    let longer = [&[0], ciphertext.as_slice()].concat();
    assert_eq!(ours.decrypt_oaep(&longer), Err(KeyError::Failed));
}

#[test]
fn an_operation_that_a_module_does_not_offer_says_so() {
    #[derive(Debug)]
    struct Silent(SoftwareKey);
    impl PrivateKey for Silent {
        fn public_key(&self) -> &hub_roles::RsaPublicKey {
            self.0.public_key()
        }
    }
    let silent = Silent(key(0));
    let refused = silent.sign(SignatureScheme::RsaPssSha256, b"").unwrap_err();
    assert_eq!(refused.to_string(), "the key does not support rsa_pss_rsae_sha256");
    assert_eq!(silent.decrypt_oaep(&[]).unwrap_err().to_string(), "the key does not support RSA-OAEP-256");
}

#[test]
fn debug_shows_no_secret() {
    assert_eq!(format!("{:?}", key(0)), "SoftwareKey(RsaPublicKey(256 octets))");
    let decryption = DecryptionKey::<Enc1>::bare(kid(), Arc::new(key(0)));
    assert_eq!(format!("{decryption:?}"), format!("DecryptionKey<Enc1>(kid {})", kid()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,64}", cut in 0_usize..1800) {
        let _ = SoftwareKey::from_pem(text.as_bytes());
        let _ = SoftwareKey::from_pem(format!("-----BEGIN PRIVATE KEY-----{text}").as_bytes());
        let sound = pem(0);
        let _ = SoftwareKey::from_pem(sound.get(cut..).unwrap_or_default().as_bytes());
        let _ = SoftwareKey::from_pem(format!("{}{text}", sound.get(..cut).unwrap_or_default()).as_bytes());
    }

    #[test]
    fn secrets_of_any_length_that_fits_come_back(secret in proptest::collection::vec(any::<u8>(), 0..=190)) {
        let sealing = EncryptionKey::<Enc1>::registered(organisation(), kid(), key(0).public_key().clone()).unwrap();
        let opening = DecryptionKey::<Enc1>::bare(kid(), Arc::new(key(0)));
        let ciphertext = sealing.encrypt_oaep(&secret).unwrap();
        let opened = opening.decrypt_oaep(&ciphertext).unwrap();
        prop_assert_eq!(opened.as_slice(), secret.as_slice());
    }
}

fn pem(index: usize) -> String {
    TestKey::rsa_2048(index).unwrap().unwrap().to_pkcs8_pem().unwrap()
}

fn key(index: usize) -> SoftwareKey {
    SoftwareKey::from_pem(pem(index).as_bytes()).unwrap()
}

fn verification_key(key: &SoftwareKey) -> VerificationKey<Sig4> {
    VerificationKey::registered(organisation(), kid(), key.public_key().clone()).unwrap()
}

fn kid() -> KeyId {
    "registered-kid".parse().unwrap()
}

fn organisation() -> OrganisationId {
    "9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11".parse().unwrap()
}

/// RFC 5208 section 5, as far as it is needed to take the PKCS #1 key out.
#[derive(Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: AnyRef<'a>,
    private_key: &'a OctetStringRef,
}

fn as_pkcs1(pkcs8: &str) -> String {
    let (_, document) = SecretDocument::from_pem(pkcs8).unwrap();
    let info = PrivateKeyInfo::from_der(document.as_bytes()).unwrap();
    let pkcs1 = SecretDocument::try_from(info.private_key.as_bytes()).unwrap();
    pkcs1.to_pem("RSA PRIVATE KEY", LineEnding::LF).unwrap().to_string()
}
