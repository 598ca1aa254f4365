//! What a sound authority issues.

use core::time::Duration;

use hub_testkit::{
    Authority, CrlDefect, CrlSpec, KeyPool, LeafKind, LeafSpec, Profile, SubjectSpec, TestKey, Validity,
};
use rustls_pki_types::UnixTime;
use webpki::{DerTypeId, Error};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints, ExtendedKeyUsage,
    KeyUsage, SubjectKeyIdentifier,
};

use crate::judge::{APPLICATION_ID, ORGANISATION_ID, now, sandbox, spec, verdict};

#[test]
fn every_kind_verifies_under_the_bundle() {
    let authority = sandbox();
    for kind in LeafKind::ALL {
        let issued = authority.issue(&spec(kind)).unwrap();
        assert_eq!(verdict(&issued, &authority.bundle(), kind, None), Ok(()), "{kind}");
    }
}

#[test]
fn the_environments_do_not_trust_each_other() {
    let keys = KeyPool::new();
    let sandbox = Authority::sandbox(&keys, now()).unwrap();
    let production = Authority::production(&keys, now()).unwrap();
    let kind = LeafKind::ClientTransport;
    let issued = production.issue(&spec(kind)).unwrap();
    assert_eq!(verdict(&issued, &production.bundle(), kind, None), Ok(()));
    assert_eq!(verdict(&issued, &sandbox.bundle(), kind, None), Err(Error::UnknownIssuer));
}

#[test]
fn the_authorities_have_the_shape_of_the_real_ones() {
    for (profile, environment, root, issuing) in [
        (Profile::sandbox(), "Sandbox", ["2024-08-22", "2039-08-19"], ["2024-08-22", "2034-08-20"]),
        (Profile::production(), "Production", ["2024-10-01", "2039-09-28"], ["2024-10-01", "2034-09-29"]),
    ] {
        let authority = Authority::new(profile, &KeyPool::new(), now()).unwrap();
        for (der, level, validity) in [(authority.root(), "Root", root), (authority.issuing(), "Issuing", issuing)] {
            let certificate = Certificate::from_der(der).unwrap();
            let tbs = certificate.tbs_certificate();
            assert_eq!(
                tbs.subject().to_string(),
                format!(
                    "CN=Al Tareq {environment} Trust Framework {level} CA - G1,OU=Al Tareq Trust Framework,\
                     O=Nebras Open Finance Company,C=AE"
                )
            );
            assert_eq!(certificate.signature_algorithm().oid.to_string(), "1.2.840.113549.1.1.13");
            let dates = [tbs.validity().not_before, tbs.validity().not_after];
            for (date, day) in dates.iter().zip(validity) {
                assert_eq!(date.to_string(), format!("{day}T00:00:00Z"));
            }
            let (_, constraints) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
            assert!(constraints.ca && constraints.path_len_constraint.is_none());
            let (critical, usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
            assert!(critical && usage.key_cert_sign() && usage.crl_sign());
        }
    }
}

#[test]
fn a_subject_keeps_the_order_of_the_trust_framework() {
    let issued = sandbox().issue(&spec(LeafKind::ClientTransport)).unwrap();
    let certificate = Certificate::from_der(&issued.certificate).unwrap();
    // RFC 4514 prints the last attribute first.
    assert_eq!(
        certificate.tbs_certificate().subject().to_string(),
        format!("CN={APPLICATION_ID},OU={ORGANISATION_ID},O=Example Bank PJSC,C=AE")
    );
}

#[test]
fn usages_follow_the_kind() {
    let authority = sandbox();
    for (kind, extended) in [
        (LeafKind::ClientTransport, Some("1.3.6.1.5.5.7.3.2")),
        (LeafKind::ServerTransport, Some("1.3.6.1.5.5.7.3.1")),
        (LeafKind::Signing, None),
        (LeafKind::Encryption, None),
    ] {
        let issued = authority.issue(&spec(kind)).unwrap();
        let certificate = Certificate::from_der(&issued.certificate).unwrap();
        let tbs = certificate.tbs_certificate();
        let (critical, usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
        assert!(critical);
        assert_eq!(usage.digital_signature(), kind != LeafKind::Encryption, "{kind}");
        assert_eq!(usage.key_encipherment(), kind != LeafKind::Signing, "{kind}");
        let stated = tbs.get_extension::<ExtendedKeyUsage>().unwrap();
        let stated = stated.map(|(_, usages)| usages.0.iter().map(ToString::to_string).collect());
        assert_eq!(stated, extended.map(|usage| vec![usage.to_owned()]), "{kind}");
        let (_, constraints) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
        assert!(!constraints.ca);
    }
}

#[test]
fn a_leaf_points_at_its_issuer_its_crl_and_its_responder() {
    let authority = sandbox();
    let issued = authority.issue(&spec(LeafKind::ClientTransport)).unwrap();
    let certificate = Certificate::from_der(&issued.certificate).unwrap();
    let tbs = certificate.tbs_certificate();

    let issuer = Certificate::from_der(authority.issuing()).unwrap();
    let (_, own) = issuer.tbs_certificate().get_extension::<SubjectKeyIdentifier>().unwrap().unwrap();
    let (_, named) = tbs.get_extension::<AuthorityKeyIdentifier>().unwrap().unwrap();
    assert_eq!(named.key_identifier, Some(own.0));

    let (_, access) = tbs.get_extension::<AuthorityInfoAccessSyntax>().unwrap().unwrap();
    let locations: Vec<_> = access.0.iter().map(|one| url(&one.access_location)).collect();
    assert_eq!(
        locations,
        ["http://ocsp.sandbox.pki.openfinance.ae", "https://crl.sandbox.pki.openfinance.ae/issuer-ca.pem"]
    );
    let (_, points) = tbs.get_extension::<CrlDistributionPoints>().unwrap().unwrap();
    let Some(DistributionPointName::FullName(names)) = &points.0[0].distribution_point else {
        panic!("the distribution point has no full name");
    };
    assert_eq!(url(&names[0]), "http://crl.sandbox.pki.openfinance.ae/issuer.crl");
}

#[test]
fn validity_is_thirteen_months_unless_the_spec_says_otherwise() {
    let authority = sandbox();
    let spec = spec(LeafKind::Signing);
    let lifetime = |spec: &LeafSpec| {
        let issued = authority.issue(spec).unwrap();
        let certificate = Certificate::from_der(&issued.certificate).unwrap();
        let validity = *certificate.tbs_certificate().validity();
        validity.not_after.to_unix_duration() - validity.not_before.to_unix_duration()
    };
    assert_eq!(lifetime(&spec).as_secs(), 395 * 24 * 60 * 60);
    let minute = Validity::around(now(), Duration::from_secs(30), Duration::from_secs(30));
    assert_eq!(lifetime(&spec.with_validity(minute)).as_secs(), 60);
}

#[test]
fn the_same_questions_get_the_same_bytes() {
    let [first, second] = [sandbox(), sandbox()];
    assert_eq!(first.bundle(), second.bundle());
    for kind in LeafKind::ALL {
        let [a, b] = [&first, &second].map(|authority| authority.issue(&spec(kind)).unwrap());
        assert_eq!(a.certificate, b.certificate);
    }
}

#[test]
fn every_certificate_has_its_own_key_and_serial() {
    let authority = sandbox();
    let [a, b] = [(), ()].map(|()| authority.issue(&spec(LeafKind::Signing)).unwrap());
    assert_ne!(a.key, b.key);
    assert_ne!(a.serial, b.serial);
}

#[test]
fn a_certificate_carries_the_key_it_was_given() {
    let key = TestKey::rsa_3072().unwrap();
    let issued = sandbox().issue(&spec(LeafKind::Signing).with_key(key.clone())).unwrap();
    let certificate = Certificate::from_der(&issued.certificate).unwrap();
    let stated = certificate.tbs_certificate().subject_public_key_info().to_der().unwrap();
    assert_eq!(stated, key.public_key());
    assert_eq!(issued.key, key);
}

#[test]
fn a_listed_serial_is_revoked_and_another_is_not() {
    let authority = sandbox();
    let kind = LeafKind::ClientTransport;
    let [listed, other] = [(), ()].map(|()| authority.issue(&spec(kind)).unwrap());
    let crl = authority.crl(&CrlSpec::current(now()).revoking(listed.serial)).unwrap();
    let bundle = authority.bundle();
    assert_eq!(verdict(&listed, &bundle, kind, Some(&crl)), Err(Error::CertRevoked));
    assert_eq!(verdict(&other, &bundle, kind, Some(&crl)), Ok(()));
}

#[test]
fn a_broken_list_is_broken_in_its_own_way() {
    let authority = sandbox();
    let kind = LeafKind::ClientTransport;
    let issued = authority.issue(&spec(kind)).unwrap();
    let read = |defect| {
        let crl = authority.broken_crl(&CrlSpec::current(now()), defect).unwrap();
        webpki::OwnedCertRevocationList::from_der(crl.der()).map(|_| crl)
    };
    for (defect, error) in [
        (CrlDefect::NoNextUpdate, Error::TrailingData(DerTypeId::Time)),
        (CrlDefect::Delta, Error::UnsupportedDeltaCrl),
        (CrlDefect::Indirect, Error::UnsupportedIndirectCrl),
        (CrlDefect::SomeReasons, Error::UnsupportedRevocationReasonsPartitioning),
        (CrlDefect::UnknownCriticalExtension, Error::UnsupportedCriticalExtension),
        (CrlDefect::NoExtensions, Error::MalformedExtensions),
    ] {
        assert_eq!(read(defect).unwrap_err(), error, "{defect:?}");
    }
    let forged = read(CrlDefect::ForgedSignature).unwrap();
    let refused = verdict(&issued, &authority.bundle(), kind, Some(&forged));
    assert_eq!(refused, Err(Error::InvalidCrlSignatureForPublicKey));
    let weak = read(CrlDefect::Sha1Signature).unwrap();
    let refused = verdict(&issued, &authority.bundle(), kind, Some(&weak)).unwrap_err();
    assert!(matches!(refused, Error::UnsupportedCrlSignatureAlgorithmContext(_)), "{refused:?}");
}

#[test]
fn a_date_no_certificate_can_name_is_refused() {
    let beyond = UnixTime::since_unix_epoch(Duration::from_secs(300_000_000_000));
    let spec = LeafSpec::signing(SubjectSpec::new("Example Bank PJSC", ORGANISATION_ID))
        .with_validity(Validity { not_before: now(), not_after: beyond });
    assert_eq!(sandbox().issue(&spec).unwrap_err().code(), "testkit.date");
}

#[test]
fn pem_holds_the_same_bytes() {
    use rustls_pki_types::CertificateDer;
    use rustls_pki_types::pem::PemObject;

    let authority = sandbox();
    let issued = authority.issue(&spec(LeafKind::Signing)).unwrap();
    let read = |pem: String| -> Vec<_> { CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap).collect() };
    assert_eq!(read(issued.chain_pem().unwrap()), issued.chain());
    assert_eq!(read(issued.certificate_pem().unwrap()), issued.chain()[..1]);
    assert_eq!(read(authority.bundle_pem().unwrap()), authority.bundle());
    assert_eq!(TestKey::from_pkcs8_pem(&issued.key_pem().unwrap()).unwrap(), issued.key);
}

fn url(name: &GeneralName) -> String {
    let GeneralName::UniformResourceIdentifier(url) = name else {
        panic!("{name:?} is not a URL");
    };
    url.to_string()
}
