//! Every defect is what its name says, and nothing more.

use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RsaParameters, UnparsedPublicKey,
};
use hub_testkit::{Broken, Defect, LeafKind, TestKey};
use rustls_pki_types::CertificateDer;
use webpki::Error;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode, Tag, Tagged};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName};

use crate::judge::{APPLICATION_ID, ORGANISATION_ID, now, sandbox, spec, verdict};

#[test]
fn every_defect_parses_in_every_kind_it_concerns() {
    let authority = sandbox();
    for &defect in Defect::ALL {
        for kind in LeafKind::ALL {
            let built = defect.build(&authority, &spec(kind));
            if !defect.concerns(kind) {
                assert_eq!(built.unwrap_err().code(), "testkit.not-concerned", "{defect}, {kind}");
                continue;
            }
            let broken = built.unwrap();
            assert_eq!(broken.defect, defect);
            for der in broken.presented.chain().iter().chain(&broken.bundle) {
                let certificate = Certificate::from_der(der).unwrap();
                assert_eq!(certificate.to_der().unwrap(), der.as_ref(), "{defect}, {kind}");
            }
        }
    }
}

/// What webpki alone says of each defect in a TLS certificate. `Ok` marks the rules webpki leaves to its caller.
#[test]
fn webpki_sees_the_defects_of_chains_and_leaves_the_others_to_us() {
    let authority = sandbox();
    for kind in [LeafKind::ClientTransport, LeafKind::ServerTransport] {
        let spec = spec(kind);
        let sound = authority.issue(&spec).unwrap();
        assert_eq!(verdict(&sound, &authority.bundle(), kind, None), Ok(()), "{kind}");
        for defect in Defect::ALL.iter().copied().filter(|defect| defect.concerns(kind)) {
            let broken = defect.build(&authority, &spec).unwrap();
            let found = verdict(&broken.presented, &broken.bundle, kind, None);
            assert!(expected(defect, &found), "{defect}, {kind}: {found:?}");
        }
    }
}

fn expected(defect: Defect, found: &Result<(), Error>) -> bool {
    match defect {
        Defect::Expired | Defect::IntermediateExpired => matches!(found, Err(Error::CertExpired { .. })),
        Defect::NotYetValid => matches!(found, Err(Error::CertNotValidYet { .. })),
        Defect::OppositeExtendedKeyUsage | Defect::AnyExtendedKeyUsageOnly => {
            matches!(found, Err(Error::RequiredEkuNotFoundContext(_)))
        }
        Defect::LeafIsCa => matches!(found, Err(Error::CaUsedAsEndEntity)),
        Defect::NoSubjectAltName | Defect::OtherHostName | Defect::IpAddressOnly | Defect::WildcardHostName => {
            matches!(found, Err(Error::CertNotValidForName(_)))
        }
        Defect::UnknownRoot | Defect::SelfSigned | Defect::OtherEnvironment | Defect::MissingIntermediate => {
            matches!(found, Err(Error::UnknownIssuer))
        }
        Defect::ImpostorAuthority | Defect::ForgedSignature => {
            matches!(found, Err(Error::InvalidSignatureForPublicKey))
        }
        Defect::IntermediateNotCa => matches!(found, Err(Error::EndEntityUsedAsCa)),
        Defect::ChainTooLong => matches!(found, Err(Error::MaximumPathDepthExceeded)),
        Defect::IntermediateShortKey => matches!(found, Err(Error::InvalidSignatureForPublicKey)),
        Defect::Sha1Signature => {
            matches!(found, Err(Error::UnsupportedSignatureAlgorithmContext(_)))
        }
        Defect::UnknownCriticalExtension => {
            matches!(found, Err(Error::UnsupportedCriticalExtension))
        }
        _ => found.is_ok(),
    }
}

/// A defect must be refused for its own reason, not for a signature that never verified or a chain with a gap.
#[test]
fn only_the_defects_of_trust_break_the_chain_of_signatures() {
    let authority = sandbox();
    for &defect in Defect::ALL {
        let kind = LeafKind::ServerTransport;
        let broken = defect.build(&authority, &spec(kind)).unwrap();
        let above: Vec<_> = broken.presented.intermediates.iter().chain(&broken.bundle).map(parse).collect();
        let genuine = broken.presented.chain().iter().map(parse).all(|certificate| {
            let issuer = certificate.tbs_certificate().issuer();
            above
                .iter()
                .filter(|candidate| candidate.tbs_certificate().subject() == issuer)
                .any(|candidate| signed_by(&certificate, candidate))
        });
        let untrusted = matches!(
            defect,
            Defect::ForgedSignature
                | Defect::UnknownRoot
                | Defect::ImpostorAuthority
                | Defect::OtherEnvironment
                | Defect::MissingIntermediate
                | Defect::SelfSigned
        );
        assert_eq!(genuine, !untrusted, "{defect}");
    }
}

#[test]
fn a_certificate_holds_the_key_it_comes_with_unless_that_is_the_defect() {
    let authority = sandbox();
    for &defect in Defect::ALL {
        let presented = defect.build(&authority, &spec(LeafKind::ServerTransport)).unwrap().presented;
        let certificate = parse(&presented.certificate);
        let stated = certificate.tbs_certificate().subject_public_key_info();
        let own = TestKey::public_key(&presented.key);
        assert_eq!(stated.to_der().unwrap() == own, !matches!(defect, Defect::OtherKey | Defect::PssKey), "{defect}");
        let weak = match defect {
            Defect::ShortKey => TestKey::rsa_1024(),
            Defect::SmallExponent => TestKey::rsa_2048_exponent_3(),
            Defect::EllipticCurveKey => TestKey::ec_p256(),
            Defect::PssKey => {
                assert_eq!(stated.algorithm.oid.to_string(), "1.2.840.113549.1.1.10");
                continue;
            }
            _ => continue,
        };
        assert_eq!(presented.key, weak.unwrap());
    }
}

#[test]
fn a_ca_of_the_path_holds_the_weak_key() {
    for (defect, key) in [
        (Defect::IntermediateShortKey, TestKey::rsa_1024()),
        (Defect::IntermediateSmallExponent, TestKey::rsa_2048_exponent_3()),
    ] {
        let broken = build(defect, LeafKind::ClientTransport);
        let ca = parse(&broken.presented.intermediates[0]);
        let stated = ca.tbs_certificate().subject_public_key_info().to_der().unwrap();
        assert_eq!(stated, key.unwrap().public_key(), "{defect}");
    }
}

#[test]
fn subjects_are_wrong_as_named() {
    const OTHER: &str = "00000000-0000-4000-8000-000000000000";
    let sound = [("C", "AE"), ("O", "Example Bank PJSC"), ("OU", ORGANISATION_ID), ("CN", APPLICATION_ID)];
    let with = |more: (&'static str, &'static str)| sound.into_iter().chain([more]).collect::<Vec<_>>();
    for (defect, expected) in [
        (Defect::Expired, sound.to_vec()),
        (Defect::DuplicateOrganisationalUnit, with(("OU", OTHER))),
        (Defect::DuplicateCommonName, with(("CN", OTHER))),
        (Defect::NoOrganisationalUnit, vec![sound[0], sound[1], sound[3]]),
        (Defect::OrganisationalUnitNotUuid, vec![sound[0], sound[1], ("OU", "Payments"), sound[3]]),
    ] {
        let certificate = parse(&build(defect, LeafKind::ClientTransport).presented.certificate);
        let subject = certificate.tbs_certificate().subject().to_string();
        let expected: Vec<_> = expected.iter().rev().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(subject, expected.join(","), "{defect}");
    }

    let joined = parse(&build(Defect::MultiValuedRdn, LeafKind::ClientTransport).presented.certificate);
    let rdns: Vec<_> = joined.tbs_certificate().subject().iter_rdn().map(|rdn| rdn.len()).collect();
    assert_eq!(rdns, [4]);

    for (defect, tag) in [
        (Defect::Expired, Tag::Utf8String),
        (Defect::TeletexOrganisationalUnit, Tag::TeletexString),
        (Defect::BmpOrganisationalUnit, Tag::BmpString),
    ] {
        let certificate = parse(&build(defect, LeafKind::ClientTransport).presented.certificate);
        let tags: Vec<_> =
            certificate.tbs_certificate().subject().iter().map(|attribute| attribute.value.tag()).collect();
        assert_eq!(tags, [Tag::PrintableString, Tag::Utf8String, tag, Tag::Utf8String], "{defect}");
    }
}

#[test]
fn usages_are_wrong_as_named() {
    for kind in LeafKind::ALL {
        let certificate = parse(&build(Defect::KeyUsageLacksPurpose, kind).presented.certificate);
        let (_, usage) = certificate.tbs_certificate().get_extension::<KeyUsage>().unwrap().unwrap();
        let purposes = match kind {
            LeafKind::Encryption => usage.key_encipherment(),
            LeafKind::Signing => usage.digital_signature() || usage.non_repudiation(),
            _ => usage.digital_signature(),
        };
        assert!(!purposes, "{kind}");
    }
    let certificate = parse(&build(Defect::NoExtendedKeyUsage, LeafKind::ClientTransport).presented.certificate);
    assert!(certificate.tbs_certificate().get_extension::<ExtendedKeyUsage>().unwrap().is_none());
}

#[test]
fn a_wildcard_would_have_to_stand_for_two_labels_of_the_host() {
    let certificate = parse(&build(Defect::WildcardHostName, LeafKind::ServerTransport).presented.certificate);
    let (_, names) = certificate.tbs_certificate().get_extension::<SubjectAltName>().unwrap().unwrap();
    let [GeneralName::DnsName(name)] = names.0.as_slice() else { panic!("{names:?}") };
    assert_eq!(name.as_str(), "*.example", "for ozone-connect.bank.example");
}

#[test]
fn an_oversized_certificate_is_over_16_kib_and_others_are_far_below() {
    for (defect, oversized) in [(Defect::Oversized, true), (Defect::Expired, false)] {
        let length = build(defect, LeafKind::ClientTransport).presented.certificate.len();
        assert_eq!(length > 16 * 1024, oversized, "{defect}: {length} octets");
    }
}

#[test]
fn trusted_and_issuing_cas_are_wrong_as_named() {
    for (defect, [is_ca, signs, current]) in [
        (Defect::ForgedSignature, [true, true, true]),
        (Defect::AnchorNotCa, [false, true, true]),
        (Defect::AnchorWithoutCertSign, [true, false, true]),
        (Defect::AnchorExpired, [true, true, false]),
    ] {
        let broken = build(defect, LeafKind::ClientTransport);
        assert_eq!(ca(&broken.bundle[1]), [is_ca, signs, current], "{defect}");
        assert_eq!(ca(&broken.bundle[0]), [true; 3], "{defect}");
    }
    for (defect, expected) in [
        (Defect::IntermediateNotCa, [false, true, true]),
        (Defect::IntermediateWithoutCertSign, [true, false, true]),
        (Defect::IntermediateExpired, [true, true, false]),
    ] {
        assert_eq!(ca(&build(defect, LeafKind::ClientTransport).presented.intermediates[0]), expected, "{defect}");
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = Defect::ALL.iter().map(|defect| defect.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Defect::ALL.len());
}

fn build(defect: Defect, kind: LeafKind) -> Broken {
    defect.build(&sandbox(), &spec(kind)).unwrap()
}

fn parse(der: &CertificateDer<'_>) -> Certificate {
    Certificate::from_der(der).unwrap()
}

/// Whether it says it is a CA, may sign certificates, and has not expired.
fn ca(der: &CertificateDer<'_>) -> [bool; 3] {
    let certificate = parse(der);
    let tbs = certificate.tbs_certificate();
    let (_, constraints) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
    let (_, usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
    let current = tbs.validity().not_after.to_unix_duration().as_secs() > now().as_secs();
    [constraints.ca, usage.key_cert_sign(), current]
}

/// Whether the signature verifies, weak keys and digests allowed.
fn signed_by(certificate: &Certificate, issuer: &Certificate) -> bool {
    let algorithm: &RsaParameters = match certificate.signature_algorithm().oid.to_string().as_str() {
        "1.2.840.113549.1.1.5" => &RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        "1.2.840.113549.1.1.11" => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        _ => &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    };
    let key = issuer.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes();
    UnparsedPublicKey::new(algorithm, key)
        .verify(&certificate.tbs_certificate().to_der().unwrap(), certificate.signature().raw_bytes())
        .is_ok()
}
