//! Rotation: a new key and request with the old subject, octet by octet.

use der::{Decode, Encode};
use hub_roles::{
    C1, C3, C4, Certificate, CertificateRequest, Credential, Enc1, Enc2, HostName, RequestError, Role, RoleKind, S1,
    S3, S4, Sig1, Sig2, Sig3, Sig4, SoftwareKey,
};
use hub_testkit::{Ecosystem, Held, TestKey};
use serde_json::json;
use x509_cert::Certificate as X509;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::request::CertReq;

use crate::support::{ecosystem, hub_deployment_with, issue, judge, judge_as};

fn current<R: Held>(holder: &str) -> Certificate<R> {
    judge_as::<R>(ecosystem().issued::<R>(holder).unwrap(), holder).unwrap()
}

fn subject_of_certificate<R: Role>(certificate: &Certificate<R>) -> Vec<u8> {
    let x509 = X509::from_der(&certificate.chain().certificates()[0]).unwrap();
    x509.tbs_certificate().subject().to_der().unwrap()
}

fn subject_of_request<R: Role>(request: &CertificateRequest<R>) -> Vec<u8> {
    CertReq::from_der(request.der()).unwrap().info.subject.to_der().unwrap()
}

fn names<R: Role>(request: &CertificateRequest<R>) -> Vec<String> {
    let request = CertReq::from_der(request.der()).unwrap();
    let extensions = request.info.attributes.iter().flat_map(|attribute| attribute.values.iter());
    extensions
        .flat_map(|value| value.decode_as::<Extensions>().unwrap())
        .flat_map(|extension| SubjectAltName::from_der(extension.extn_value.as_bytes()).unwrap().0)
        .map(|name| match name {
            GeneralName::DnsName(name) => name.to_string(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn a_renewal_repeats_subject_and_names_and_its_certificate_takes_the_old_ones_place() {
    fn check<R: Held>(holder: &str) {
        let old = current::<R>(holder);
        let (request, new) = CertificateRequest::renew(&old, &[]).unwrap();
        let subject = subject_of_certificate(&old);
        assert_eq!(subject_of_request(&request), subject, "{}", R::ID);
        let der = &old.chain().certificates()[0];
        assert!(
            der.windows(subject.len()).any(|octets| octets == subject),
            "{}: as it stands in the certificate",
            R::ID
        );
        assert_eq!(names(&request), old.dns_names(), "{}", R::ID);
        assert_eq!(names(&request).is_empty(), R::ID.kind() != RoleKind::ServerTransport, "{}", R::ID);

        let key = TestKey::from_pkcs8_pem(new.pem()).unwrap();
        let reissued = judge_as::<R>(&issue::<R>(holder, |spec| spec.key = Some(key)), holder).unwrap();
        assert_ne!(reissued.kid(), old.kid());
        Credential::new(reissued, new.into_key()).unwrap();
    }
    check::<S1>("retail");
    check::<S3>("retail");
    check::<S4>("bank");
    check::<C1>("acme");
    check::<C3>("bank");
    check::<C4>(Ecosystem::HUB);
    check::<Sig1>("acme");
    check::<Sig2>("retail");
    check::<Sig3>(Ecosystem::HUB);
    check::<Sig4>("bank");
    check::<Enc1>("bank");
    check::<Enc2>("acme");
}

#[test]
fn a_subject_of_another_shape_is_repeated_as_it_is() {
    let issued = issue::<C4>(Ecosystem::HUB, |spec| {
        spec.subject.country = "UK".to_owned();
        spec.subject.organisation = "OZONE FINANCIAL TECHNOLOGY LIMITED".to_owned();
        spec.subject.common_name = None;
    });
    let old = judge_as::<C4>(&issued, Ecosystem::HUB).unwrap();
    let (request, _) = CertificateRequest::renew(&old, &[]).unwrap();
    assert_eq!(subject_of_request(&request), subject_of_certificate(&old));
}

#[test]
fn a_rotation_needs_a_new_key() {
    let old = current::<Sig4>("bank");
    let key = |issued: &hub_testkit::Issued| SoftwareKey::from_pem(issued.key_pem().unwrap().as_bytes()).unwrap();
    let same = key(ecosystem().issued::<Sig4>("bank").unwrap());
    let refused = CertificateRequest::renew_for_key(&same, &old, &[]).unwrap_err();
    assert_eq!(refused, RequestError::SameKey { role: hub_roles::RoleId::Sig4, kid: old.kid().clone() });

    let other = key(ecosystem().issued::<Enc1>("bank").unwrap());
    let request = CertificateRequest::renew_for_key(&other, &old, &[]).unwrap();
    assert_eq!(subject_of_request(&request), subject_of_certificate(&old));
}

#[test]
fn a_server_that_never_had_a_name_gets_one_when_it_is_renewed() {
    let relaxed = hub_deployment_with("/instances/other/ozone_connect", "server_name", json!("organisation-only"));
    let relaxed = relaxed.expect::<S4>(&"other".parse().unwrap()).unwrap();
    let nameless = judge(&issue::<S4>("other-bank", |spec| spec.dns_names.clear()), &relaxed).unwrap();
    let host: HostName = "oc.other-bank.example".parse().unwrap();

    let refused = CertificateRequest::renew(&nameless, &[]).unwrap_err();
    assert_eq!(refused, RequestError::NoDnsName { role: hub_roles::RoleId::S4 });
    let (request, _) = CertificateRequest::renew(&nameless, std::slice::from_ref(&host)).unwrap();
    assert_eq!(names(&request), ["oc.other-bank.example"]);

    let named = current::<S4>("bank");
    let (request, _) = CertificateRequest::renew(&named, &[host]).unwrap();
    assert_eq!(names(&request), ["ozone-connect.bank.example", "oc.other-bank.example"]);
}
