//! Every way in which a certificate, its chain or what is trusted can be wrong (THREATS section 4), for all twelve roles.

use hub_roles::{
    AuthorityCause, C1, C3, C4, CertificateChain, CertificateRule as Rule, ChainError, Credential, CredentialError,
    Enc1, Enc2, Environment, KeyError, KeyId, RoleKind, S1, S3, S4, Sig1, Sig2, Sig3, Sig4, SoftwareKey, SubjectError,
    TrustError, TrustFramework, UnknownIssuerCause,
};
use hub_testkit::{Defect, Ecosystem, Held};
use rustls_pki_types::CertificateDer;

use crate::support::{DAY, ca, ecosystem, first_host, judge_as};

#[test]
fn defects_of_s1() {
    every_defect_is_refused_by_its_rule::<S1>("retail");
}

#[test]
fn defects_of_s3() {
    every_defect_is_refused_by_its_rule::<S3>("retail");
}

#[test]
fn defects_of_s4() {
    every_defect_is_refused_by_its_rule::<S4>("bank");
}

#[test]
fn defects_of_c1() {
    every_defect_is_refused_by_its_rule::<C1>("acme");
}

#[test]
fn defects_of_c3() {
    every_defect_is_refused_by_its_rule::<C3>("bank");
}

#[test]
fn defects_of_c4() {
    every_defect_is_refused_by_its_rule::<C4>(Ecosystem::HUB);
}

#[test]
fn defects_of_sig1() {
    every_defect_is_refused_by_its_rule::<Sig1>("acme");
}

#[test]
fn defects_of_sig2() {
    every_defect_is_refused_by_its_rule::<Sig2>("retail");
}

#[test]
fn defects_of_sig3() {
    every_defect_is_refused_by_its_rule::<Sig3>(Ecosystem::HUB);
}

#[test]
fn defects_of_sig4() {
    every_defect_is_refused_by_its_rule::<Sig4>("bank");
}

#[test]
fn defects_of_enc1() {
    every_defect_is_refused_by_its_rule::<Enc1>("bank");
}

#[test]
fn defects_of_enc2() {
    every_defect_is_refused_by_its_rule::<Enc2>("acme");
}

/// How a defect is met on the way from bytes to a credential.
#[derive(Debug, PartialEq)]
enum Refused {
    Trust(TrustError),
    Chain(ChainError),
    Certificate(Rule),
    Credential(CredentialError),
}

fn every_defect_is_refused_by_its_rule<R: Held>(holder: &str) {
    let eco = ecosystem();
    let spec = eco.holding::<R>(holder).unwrap().spec();
    let mut met = 0;
    for defect in Defect::ALL.iter().filter(|defect| defect.concerns(spec.kind)) {
        let broken = defect.build(eco.authority(), spec).unwrap();
        let key = SoftwareKey::from_pem(broken.presented.key_pem().unwrap().as_bytes());
        let refused = (|| {
            let trust = TrustFramework::from_der(Environment::Sandbox, broken.bundle).map_err(Refused::Trust)?;
            let chain = CertificateChain::from_peer(&broken.presented.certificate, &broken.presented.intermediates)
                .map_err(Refused::Chain)?;
            let certificate = trust
                .verify::<R>(&chain, eco.holding::<R>(holder).unwrap().expectation(), eco.now())
                .map_err(|refusal| {
                    assert_eq!(refusal.role(), R::ID);
                    assert_eq!(refusal.kid(), Some(&chain.kid()));
                    assert_eq!(refusal.subject(), chain.claimed_subject().ok().as_deref());
                    Refused::Certificate(refusal.rule().clone())
                })?;
            Credential::new(certificate, key.unwrap()).map(drop).map_err(Refused::Credential)
        })();
        assert_eq!(refused, Err(expected::<R>(*defect, &broken.presented.certificate)), "{} {defect}", R::ID);
        met += 1;
    }
    assert!(met > 30);

    let sound = eco.authority().issue(spec).unwrap();
    let certificate = judge_as::<R>(&sound, holder).unwrap();
    Credential::new(certificate, SoftwareKey::from_pem(sound.key_pem().unwrap().as_bytes()).unwrap()).unwrap();
}

fn expected<R: Held>(defect: Defect, certificate: &CertificateDer<'_>) -> Refused {
    let now = ecosystem().now().as_secs();
    let purpose = if R::ID.kind() == RoleKind::ServerTransport { "serverAuth" } else { "clientAuth" };
    let rule = match defect {
        Defect::Expired | Defect::IntermediateExpired => Rule::Expired { not_after: now - DAY, time: now },
        Defect::NotYetValid => Rule::NotYetValid { not_before: now + DAY, time: now },

        Defect::OppositeExtendedKeyUsage | Defect::AnyExtendedKeyUsageOnly => {
            Rule::ExtendedKeyUsage { required: purpose }
        }
        Defect::NoExtendedKeyUsage => Rule::ExtendedKeyUsageMissing { required: purpose },
        Defect::KeyUsageLacksPurpose => Rule::KeyUsage {
            required: match R::ID.kind() {
                RoleKind::ClientTransport | RoleKind::ServerTransport => "digitalSignature",
                RoleKind::Signing => "digitalSignature or contentCommitment",
                RoleKind::Encryption => "keyEncipherment",
            },
        },
        Defect::LeafIsCa => Rule::IsAuthority,

        Defect::NoSubjectAltName | Defect::IpAddressOnly => Rule::NoDnsName { expected: first_host::<R>() },
        Defect::OtherHostName | Defect::WildcardHostName => Rule::HostName { expected: first_host::<R>() },

        Defect::UnknownRoot => unknown_issuer(UnknownIssuerCause::IssuerNotTrusted {
            issuer: ca("Al Tareq Unknown Trust Framework Issuing CA - G1"),
        }),
        Defect::ImpostorAuthority | Defect::ForgedSignature => Rule::BadSignature,
        Defect::SelfSigned => unknown_issuer(UnknownIssuerCause::SelfSigned),
        Defect::OtherEnvironment => unknown_issuer(UnknownIssuerCause::OtherEnvironment {
            found: Environment::Production,
            trusted: Environment::Sandbox,
        }),
        Defect::MissingIntermediate => {
            unknown_issuer(UnknownIssuerCause::IssuerNotAtHand { issuer: ca("Second Issuing CA") })
        }
        Defect::IntermediateNotCa => Rule::Authority { cause: AuthorityCause::NotAnAuthority },
        Defect::IntermediateWithoutCertSign => Rule::Authority { cause: AuthorityCause::KeyUsage },
        Defect::ChainTooLong => return Refused::Chain(ChainError::TooMany),

        Defect::ShortKey => Rule::Key(KeyError::Size),
        Defect::SmallExponent => Rule::Key(KeyError::Exponent),
        Defect::EllipticCurveKey | Defect::PssKey => Rule::Key(KeyError::NotRsa),
        Defect::OtherKey => {
            let kid = KeyId::of_certificate(certificate);
            return Refused::Credential(CredentialError::KeyMismatch { role: R::ID, kid });
        }
        Defect::IntermediateShortKey => Rule::Authority { cause: AuthorityCause::Key(KeyError::Size) },
        Defect::IntermediateSmallExponent => Rule::Authority { cause: AuthorityCause::Key(KeyError::Exponent) },
        Defect::Sha1Signature => Rule::SignatureAlgorithm,

        Defect::DuplicateOrganisationalUnit => Rule::Subject(SubjectError::Duplicated { attribute: "OU" }),
        Defect::DuplicateCommonName => Rule::Subject(SubjectError::Duplicated { attribute: "CN" }),
        Defect::MultiValuedRdn => Rule::Subject(SubjectError::MultiValued),
        Defect::NoOrganisationalUnit => Rule::Subject(SubjectError::Missing { attribute: "OU" }),
        Defect::OrganisationalUnitNotUuid => Rule::Subject(SubjectError::OrganisationNotAUuid),
        Defect::TeletexOrganisationalUnit | Defect::BmpOrganisationalUnit => {
            Rule::Subject(SubjectError::StringType { attribute: "OU" })
        }

        Defect::UnknownCriticalExtension => Rule::Malformed,
        Defect::Oversized => return Refused::Chain(ChainError::TooLarge { found: certificate.len() }),

        Defect::AnchorNotCa => return unfit_anchor(AuthorityCause::NotAnAuthority),
        Defect::AnchorWithoutCertSign => return unfit_anchor(AuthorityCause::KeyUsage),
        Defect::AnchorExpired => Rule::AnchorValidity,
        other => panic!("no rule is expected for {other}"),
    };
    Refused::Certificate(rule)
}

fn unknown_issuer(cause: UnknownIssuerCause) -> Rule {
    Rule::UnknownIssuer { cause }
}

fn unfit_anchor(cause: AuthorityCause) -> Refused {
    Refused::Trust(TrustError::Authority { subject: ca("Al Tareq Sandbox Trust Framework Root CA - G1"), cause })
}
