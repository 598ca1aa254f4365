//! What is published reads back, in the form that the keystore gives it.

use hub_jwks::{Jwk, KeySet, KeyUse, Publication};
use hub_roles::{C1, Certificate, ClientId, Enc1, KeyId, OrganisationId, Role, RsaPublicKey, S4, Sig1, Sig2, Sig4};
use hub_testkit::Held;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::world::{ECOSYSTEM, certificate, publication, published, with, without};

/// A key of the shape that FACTS section 2 describes, from a certificate that no code of this project issued.
const EXAMPLE: &str = include_str!("example.jwk.json");

fn client() -> ClientId {
    ECOSYSTEM.tpp("acme").unwrap().client_id().clone()
}

/// The names of a key's members, in alphabetical order.
fn members(key: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn the_published_example_reads_and_its_kid_is_the_certificates_thumbprint() {
    let example: Value = serde_json::from_str(EXAMPLE).unwrap();
    assert_eq!(members(&example), ["e", "kid", "kty", "n", "use", "x5c", "x5dn", "x5t#S256", "x5u"]);

    let key = Jwk::from_json(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(key.chain().unwrap().kid(), *key.kid());
    assert_eq!(key.chain().unwrap().claimed_key().as_ref(), Ok(key.public_key()));
    assert_eq!((key.key_use(), key.alg()), (Some(KeyUse::Encryption), None));

    let bare = Jwk::from_json(without(&example, &["x5c"]).to_string().as_bytes()).unwrap();
    assert_eq!((bare.kid(), bare.public_key()), (key.kid(), key.public_key()));
    assert_eq!(bare.chain(), None);
}

fn check_members<R: Held>(holder: &str, key_use: &str) {
    let certificate: Certificate<R> = certificate(holder);
    let key = published(&certificate);
    assert_eq!(members(&key), ["e", "kid", "kty", "n", "use", "x5c", "x5dn", "x5t#S256", "x5u"], "{}", R::ID);
    let subject = certificate.subject();
    let dn = format!("OU={},O={},C=AE", subject.organisation(), subject.organisation_name());
    let url = format!("https://keystore.sandbox.directory.openfinance.ae/of/{}.pem", certificate.kid());
    for (member, value) in [
        ("kty", "RSA"),
        ("use", key_use),
        ("e", "AQAB"),
        ("kid", certificate.kid().as_str()),
        ("x5t#S256", certificate.kid().as_str()),
        ("x5dn", &dn),
        ("x5u", &url),
    ] {
        assert_eq!(key[member], value, "{} {member}", R::ID);
    }
    assert_eq!(key["x5c"].as_array().unwrap().len(), 1);
    assert!(Jwk::from_json(key.to_string().as_bytes()).is_ok());
}

#[test]
fn a_certificate_is_published_with_the_keystores_members() {
    check_members::<Sig1>("acme", "sig");
    check_members::<Sig4>("bank", "sig");
    check_members::<Enc1>("bank", "enc");
    check_members::<C1>("acme", "tls");
    check_members::<S4>("bank", "tls");
}

#[test]
fn a_bare_key_is_published_without_certificate_members() {
    let kid: KeyId = "enc1-of-the-bank".parse().unwrap();
    let key = certificate::<Enc1>("bank").public_key().clone();
    let json = publication().bare::<Enc1>(&kid, &key).to_json();
    let set: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(members(&set["keys"][0]), ["e", "kid", "kty", "n", "use"]);
    let bank = ECOSYSTEM.lfi("bank").unwrap().organisation();
    let selected = KeySet::parse(bank, &json).unwrap().encryption_key::<Enc1>(None).unwrap();
    assert_eq!((selected.kid(), selected.public_key()), (&kid, &key));
}

#[test]
fn the_largest_set_is_read_and_a_larger_one_is_not() {
    let sig1 = certificate::<Sig1>("acme");
    let add = |publication: Publication, index: usize| {
        publication.bare::<Enc1>(&format!("{index}").parse().unwrap(), sig1.public_key())
    };
    let full = (0..100).fold(publication(), add);
    assert_eq!(KeySet::parse(client(), &full.to_json()).unwrap().keys().len(), 100);
    let refused = KeySet::parse(client(), &add(full.clone(), 100).to_json()).unwrap_err();
    assert_eq!(refused.code(), "keyset.too-many-keys");

    let mut json = full.to_json();
    json.resize(64 * 1024, b' ');
    assert!(KeySet::parse(client(), &json).is_ok());
    json.push(b' ');
    assert_eq!(KeySet::parse(client(), &json).unwrap_err().code(), "json.too_large");
}

/// What may stand in a set.
#[derive(Debug, Clone)]
enum Entry {
    Sig1,
    Sig2,
    Enc1,
    Bare(KeyId, RsaPublicKey),
}

impl Entry {
    fn add_to(&self, publication: Publication) -> Publication {
        match self {
            Self::Sig1 => publication.certificate(&certificate::<Sig1>("acme")),
            Self::Sig2 => publication.certificate(&certificate::<Sig2>("retail")),
            Self::Enc1 => publication.certificate(&certificate::<Enc1>("bank")),
            Self::Bare(kid, key) => publication.bare::<Enc1>(kid, key),
        }
    }

    fn expected(&self) -> (KeyId, RsaPublicKey) {
        fn of<R: Role>(certificate: Certificate<R>) -> (KeyId, RsaPublicKey) {
            (certificate.kid().clone(), certificate.public_key().clone())
        }
        match self {
            Self::Sig1 => of(certificate::<Sig1>("acme")),
            Self::Sig2 => of(certificate::<Sig2>("retail")),
            Self::Enc1 => of(certificate::<Enc1>("bank")),
            Self::Bare(kid, key) => (kid.clone(), key.clone()),
        }
    }
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    let modulus = vec(any::<u8>(), 256..=512).prop_filter_map("no sound modulus", |mut modulus| {
        *modulus.first_mut()? |= 0x80;
        *modulus.last_mut()? |= 1;
        RsaPublicKey::from_components(&modulus, &[1, 0, 1]).ok()
    });
    let bare = ("[!-~]{1,256}", modulus).prop_map(|(kid, key)| Entry::Bare(kid.parse().unwrap(), key));
    vec(prop_oneof![Just(Entry::Sig1), Just(Entry::Sig2), Just(Entry::Enc1), bare], 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_published_reads_back(entries in entries()) {
        let json = entries.iter().fold(publication(), |publication, entry| entry.add_to(publication)).to_json();
        let organisation: OrganisationId = ECOSYSTEM.lfi("bank").unwrap().organisation();
        let set = KeySet::parse(organisation, &json).unwrap();
        prop_assert_eq!(set.rejected(), &[]);
        let read: Vec<_> = set.keys().iter().map(|key| (key.kid().clone(), key.public_key().clone())).collect();
        let expected: Vec<_> = entries.iter().map(Entry::expected).collect();
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn no_damage_to_a_set_makes_the_reader_panic(
        position in any::<prop::sample::Index>(),
        octets in vec(any::<u8>(), 0..4),
        removed in 0..4_usize,
    ) {
        let mut json = publication().certificate(&certificate::<Sig1>("acme")).to_json();
        let at = position.index(json.len());
        json.splice(at..(at + removed).min(json.len()), octets);
        if let Ok(set) = KeySet::parse(client(), &json) {
            prop_assert!(set.keys().len() + set.rejected().len() <= 2);
        }
    }
}

#[test]
fn members_that_nobody_reads_may_say_anything() {
    let key = published(&certificate::<Sig1>("acme"));
    for (member, value) in [("x5u", "http://127.0.0.1/"), ("x5dn", "O=Somebody Else"), ("x5t", "?"), ("iat", "now")] {
        assert!(Jwk::from_json(with(&key, member, value.into()).to_string().as_bytes()).is_ok(), "{member}");
    }
}
