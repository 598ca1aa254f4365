//! Certificate requests, read back with an independent parser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::sync::OnceLock;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc4519::{C, CN, O, OU};
use const_oid::db::rfc5280::ID_CE_SUBJECT_ALT_NAME;
use const_oid::db::rfc5912::{ID_EXTENSION_REQ, SHA_256_WITH_RSA_ENCRYPTION};
use der::{Decode, DecodePem, Encode, Tag, Tagged};
use hub_roles::{
    C1, C3, C4, CertificateRequest, Enc1, Enc2, HostName, KeyError, OrganisationId, PrivateKey, RequestError,
    RequestedSubject, Role, RoleId, RsaPublicKey, S1, S3, S4, Sig1, Sig2, Sig3, Sig4, SignatureScheme, SoftwareKey,
    SoftwareStatementId,
};
use proptest::prelude::*;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::request::CertReq;

const LEGAL_NAME: &str = "Example Bank P.J.S.C.";
const ORGANISATION: &str = "9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11";
const APPLICATION: &str = "5e1c9a44-8a1e-4f57-8f6e-0c54a8b0a001";

#[test]
fn a_server_request_names_organisation_and_hosts_and_is_signed_by_its_key() {
    let hosts = [host("oc.bank.example"), host("OC2.bank.example"), host("oc.bank.example")];
    let (request, key) = CertificateRequest::<S4>::generate(&of_organisation(), &hosts).unwrap();
    let read = Read::from(&request);

    assert_eq!(read.attributes(), [(C, "AE"), (O, LEGAL_NAME), (OU, ORGANISATION)]);
    assert_eq!(read.dns_names(), ["oc.bank.example", "oc2.bank.example"], "in their order, each once");
    read.check_signature();
    assert_eq!(read.public_key(), *key.into_key().public_key());
}

#[test]
fn a_client_request_names_the_application_last_and_asks_for_no_extension() {
    let (request, _) = CertificateRequest::<C1>::generate(&of_application(), &[]).unwrap();
    let read = Read::from(&request);
    assert_eq!(read.attributes(), [(C, "AE"), (O, LEGAL_NAME), (OU, ORGANISATION), (CN, APPLICATION)]);
    assert!(read.0.info.attributes.is_empty());
    read.check_signature();
}

#[test]
fn the_new_key_reads_back_from_its_pem_and_shows_in_no_debug_output() {
    let (request, new) = CertificateRequest::<Sig1>::generate(&of_application(), &[]).unwrap();
    let stored = SoftwareKey::from_pem(new.pem().as_bytes()).unwrap();
    assert_eq!(Read::from(&request).public_key(), *stored.public_key());
    assert_eq!(stored.public_key().modulus_octets(), 256);
    assert_eq!(format!("{new:?}"), "NewPrivateKey");
    assert_eq!(format!("{request:?}"), format!("CertificateRequest<Sig1>({} octets)", request.der().len()));
    assert_eq!(*new.into_key().public_key(), *stored.public_key());
}

#[test]
fn pem_and_der_hold_the_same_request() {
    let request = for_key::<C3>(&of_application(), &[]).unwrap();
    assert_eq!(CertReq::from_pem(request.pem()).unwrap().to_der().unwrap(), request.der());
}

#[test]
fn a_role_takes_the_subject_of_the_place_it_is_registered_in() {
    fn attempt<R: Role>(application: Result<(), RequestError>, organisation: Result<(), RequestError>) {
        let hosts = [host("bank.example")];
        let request = |subject: &RequestedSubject| for_key::<R>(subject, &hosts).map(drop);
        assert_eq!(request(&of_application()), application, "{}", R::ID);
        assert_eq!(request(&of_organisation()), organisation, "{}", R::ID);
        assert_eq!(request(&of_organisation().with_organisation_as_common_name()), organisation, "{}", R::ID);
    }
    fn application_only<R: Role>() {
        attempt::<R>(Ok(()), Err(RequestError::ApplicationRequired { role: R::ID }));
    }
    fn organisation_only<R: Role>() {
        attempt::<R>(Err(RequestError::OrganisationRequired { role: R::ID }), Ok(()));
    }
    fn either<R: Role>() {
        attempt::<R>(Ok(()), Ok(()));
    }
    application_only::<C1>();
    application_only::<C3>();
    application_only::<C4>();
    application_only::<Sig1>();
    application_only::<Enc2>();
    organisation_only::<S1>();
    organisation_only::<S3>();
    organisation_only::<S4>();
    organisation_only::<Enc1>();
    either::<Sig2>();
    either::<Sig3>();
    either::<Sig4>();
}

#[test]
fn server_roles_need_a_dns_name_and_the_error_names_the_role() {
    fn check<R: Role>() {
        let refused = for_key::<R>(&of_organisation(), &[]).unwrap_err();
        assert_eq!(refused, RequestError::NoDnsName { role: R::ID });
        assert_eq!(refused.code(), "request.no-dns-name");
        assert!(refused.to_string().starts_with(&format!("{} identifies a server", R::ID)));
        for_key::<R>(&of_organisation(), &[host("bank.example")]).unwrap();
    }
    check::<S1>();
    check::<S3>();
    check::<S4>();
}

#[test]
fn the_organisation_id_may_stand_as_common_name() {
    let subject = of_organisation().with_organisation_as_common_name();
    let read = Read::from(&for_key::<S4>(&subject, &[host("bank.example")]).unwrap());
    assert_eq!(read.attributes()[2..], [(OU, ORGANISATION), (CN, ORGANISATION)]);
}

#[test]
fn texts_are_printable_strings_where_their_characters_allow() {
    for (name, tag) in [
        ("Example Bank P.J.S.C.", Tag::PrintableString),
        ("Bank (UAE), Ltd: A/B+C=D?'-", Tag::PrintableString),
        ("Smith & Sons", Tag::Utf8String),
        ("Bank *", Tag::Utf8String),
        ("بنك المثال", Tag::Utf8String),
    ] {
        let subject = RequestedSubject::for_organisation(name, organisation()).unwrap();
        let read = Read::from(&for_key::<Enc1>(&subject, &[]).unwrap());
        let tags: Vec<_> = read.0.info.subject.iter().map(|attribute| attribute.value.tag()).collect();
        assert_eq!(tags, [Tag::PrintableString, tag, Tag::PrintableString], "{name}");
        assert_eq!(read.attributes()[1], (O, name));
    }
}

#[test]
fn a_legal_name_fits_into_a_certificate() {
    let longest = "é".repeat(64);
    for name in ["A", "Example Bank", longest.as_str()] {
        assert!(RequestedSubject::for_organisation(name, organisation()).is_ok(), "{name:?}");
    }
    let too_long = "a".repeat(65);
    for name in ["", " ", " Bank", "Bank ", "Bank\n", "Ba\u{0}nk", "Ba\u{85}nk", too_long.as_str()] {
        let refused = RequestedSubject::for_organisation(name, organisation()).unwrap_err();
        assert_eq!(refused, RequestError::OrganisationName, "{name:?}");
    }
}

#[test]
fn the_country_is_two_capital_letters_and_ae_unless_set() {
    let subject = of_application().with_country("UK").unwrap();
    assert_eq!(Read::from(&for_key::<C4>(&subject, &[]).unwrap()).attributes()[0], (C, "UK"));
    for country in ["", "A", "ae", "ARE", "é", "A1"] {
        assert_eq!(of_application().with_country(country), Err(RequestError::Country), "{country:?}");
    }
}

#[test]
fn a_key_that_signs_as_another_key_is_found_out() {
    let (_, other) = CertificateRequest::<C1>::generate(&of_application(), &[]).unwrap();
    let mixed_up = Handle { public: other.into_key().public_key().clone(), signs: true };
    let refused = CertificateRequest::<C1>::for_key(&mixed_up, &of_application(), &[]).unwrap_err();
    assert_eq!(refused, RequestError::WrongSignature { role: RoleId::C1 });

    let right = Handle { public: key().public_key().clone(), signs: true };
    CertificateRequest::<C1>::for_key(&right, &of_application(), &[]).unwrap();

    let silent = Handle { public: key().public_key().clone(), signs: false };
    let refused = CertificateRequest::<C1>::for_key(&silent, &of_application(), &[]).unwrap_err();
    assert!(matches!(refused, RequestError::Key { role: RoleId::C1, reason: KeyError::Unsupported { .. } }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_legal_name_comes_through(name in "\\PC{1,64}") {
        let subject = RequestedSubject::for_application(&name, organisation(), APPLICATION.parse().unwrap());
        prop_assume!(subject.is_ok());
        let read = Read::from(&for_key::<Enc2>(&subject.unwrap(), &[]).unwrap());
        prop_assert_eq!(read.attributes(), [(C, "AE"), (O, name.as_str()), (OU, ORGANISATION), (CN, APPLICATION)]);
        read.check_signature();
    }
}

/// A request as an independent parser sees it.
struct Read(CertReq);

impl<R: Role> From<&CertificateRequest<R>> for Read {
    fn from(request: &CertificateRequest<R>) -> Self {
        Self(CertReq::from_der(request.der()).unwrap())
    }
}

impl Read {
    /// The subject's attributes in their order, each in a relative distinguished name of its own.
    fn attributes(&self) -> Vec<(ObjectIdentifier, &str)> {
        let name = &self.0.info.subject;
        assert_eq!(name.iter_rdn().count(), name.iter().count());
        name.iter().map(|attribute| (attribute.oid, str::from_utf8(attribute.value.value()).unwrap())).collect()
    }

    fn dns_names(&self) -> Vec<String> {
        let attributes: Vec<_> = self.0.info.attributes.iter().collect();
        assert_eq!(attributes.len(), 1);
        assert_eq!(attributes[0].oid, ID_EXTENSION_REQ);
        let extensions: Extensions = attributes[0].values.get(0).unwrap().decode_as().unwrap();
        assert_eq!(extensions.len(), 1);
        assert_eq!((extensions[0].extn_id, extensions[0].critical), (ID_CE_SUBJECT_ALT_NAME, false));
        let SubjectAltName(names) = SubjectAltName::from_der(extensions[0].extn_value.as_bytes()).unwrap();
        names
            .into_iter()
            .map(|name| match name {
                GeneralName::DnsName(name) => name.to_string(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn public_key(&self) -> RsaPublicKey {
        RsaPublicKey::from_spki_der(&self.0.info.public_key.to_der().unwrap()).unwrap()
    }

    fn check_signature(&self) {
        assert_eq!(self.0.algorithm.oid, SHA_256_WITH_RSA_ENCRYPTION);
        assert!(self.0.algorithm.parameters.as_ref().unwrap().is_null());
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.0.info.public_key.to_der().unwrap()).unwrap();
        let signature = self.0.signature.as_bytes().unwrap();
        let mut message = self.0.info.to_der().unwrap();
        key.verify_sig(&message, signature).unwrap();
        message[10] ^= 1;
        key.verify_sig(&message, signature).unwrap_err();
    }
}

/// A handle to a key in a module, whose public half may be another's.
#[derive(Debug)]
struct Handle {
    public: RsaPublicKey,
    signs: bool,
}

impl PrivateKey for Handle {
    fn public_key(&self) -> &RsaPublicKey {
        &self.public
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        if self.signs { key().sign(scheme, message) } else { Err(KeyError::Unsupported { operation: scheme.name() }) }
    }
}

fn for_key<R: Role>(subject: &RequestedSubject, hosts: &[HostName]) -> Result<CertificateRequest<R>, RequestError> {
    CertificateRequest::for_key(key(), subject, hosts)
}

fn key() -> &'static SoftwareKey {
    static KEY: OnceLock<SoftwareKey> = OnceLock::new();
    KEY.get_or_init(|| CertificateRequest::<C1>::generate(&of_application(), &[]).unwrap().1.into_key())
}

fn of_organisation() -> RequestedSubject {
    RequestedSubject::for_organisation(LEGAL_NAME, organisation()).unwrap()
}

fn of_application() -> RequestedSubject {
    let application: SoftwareStatementId = APPLICATION.parse().unwrap();
    RequestedSubject::for_application(LEGAL_NAME, organisation(), application).unwrap()
}

fn organisation() -> OrganisationId {
    ORGANISATION.parse().unwrap()
}

fn host(name: &str) -> HostName {
    name.parse().unwrap()
}
