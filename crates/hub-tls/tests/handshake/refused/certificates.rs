//! Each deliberately broken certificate of the testkit, on whichever side it is presented, beside a sound one of the same spec.

use hub_roles::{CertificateChain, TrustFramework};
use hub_testkit::{Defect, Issued, LeafSpec, Validity};
use hub_tls::Settings;
use rustls::AlertDescription as Alert;

use super::table::{Case, EVERYWHERE, Place, Row, Twin, Verdict, refused, refused_in_silence};
use crate::world::*;

pub(super) fn cases() -> Vec<Case> {
    let defects = Defect::ALL.iter().flat_map(|&defect| {
        let (row, verdicts) = expected(defect);
        let places = EVERYWHERE.into_iter().filter(move |place| defect.concerns(place.kind()));
        row.cases(defect.name(), places, verdicts, async move |place, twin| presented(place, defect, twin).await)
    });
    let while_trusted = refused("certificate.anchor-validity", Alert::UnknownCA);
    let ended = Row::AnchorOutOfValidity.cases("it ends while it is trusted", EVERYWHERE, while_trusted, at_its_end);
    defects.chain(ended).collect()
}

/// The row of a defect, the rule that refuses it, and the alert its owner receives: none where the bundle is refused before there is a
/// peer.
fn expected(defect: Defect) -> (Row, [Verdict; 2]) {
    use Defect as D;
    let (row, code, alert) = match defect {
        D::Expired | D::IntermediateExpired => (Row::Expired, "certificate.expired", Alert::CertificateExpired),
        D::NotYetValid => (Row::NotYetValid, "certificate.not-yet-valid", Alert::CertificateExpired),

        D::OppositeExtendedKeyUsage => {
            (Row::WrongExtendedKeyUsage, "certificate.extended-key-usage", Alert::UnsupportedCertificate)
        }
        D::AnyExtendedKeyUsageOnly => {
            (Row::AnyExtendedKeyUsageAlone, "certificate.extended-key-usage", Alert::UnsupportedCertificate)
        }
        D::NoExtendedKeyUsage => {
            (Row::ExtendedKeyUsageMissing, "certificate.extended-key-usage-missing", Alert::UnsupportedCertificate)
        }
        D::KeyUsageLacksPurpose => {
            (Row::LeafWithoutDigitalSignature, "certificate.key-usage", Alert::UnsupportedCertificate)
        }
        D::LeafIsCa => (Row::Authority, "certificate.is-authority", Alert::CertificateUnknown),

        D::NoSubjectAltName | D::IpAddressOnly => (Row::NameMissing, "certificate.no-dns-name", Alert::BadCertificate),
        D::OtherHostName | D::WildcardHostName => {
            (Row::NameNotMatching, "certificate.host-name", Alert::BadCertificate)
        }

        D::UnknownRoot => (Row::UnknownRoot, "certificate.unknown-issuer", Alert::UnknownCA),
        D::ImpostorAuthority | D::ForgedSignature => {
            (Row::UnknownRoot, "certificate.bad-signature", Alert::DecryptError)
        }
        D::SelfSigned => (Row::SelfSigned, "certificate.unknown-issuer", Alert::UnknownCA),
        D::OtherEnvironment => (Row::OtherEnvironment, "certificate.unknown-issuer", Alert::UnknownCA),
        D::MissingIntermediate => (Row::IntermediateMissing, "certificate.unknown-issuer", Alert::UnknownCA),
        D::IntermediateNotCa => (Row::Authority, "certificate.authority", Alert::CertificateUnknown),
        D::IntermediateWithoutCertSign => {
            (Row::AuthorityWithoutCertSign, "certificate.authority", Alert::CertificateUnknown)
        }
        D::IntermediateShortKey => (Row::AuthorityShortKey, "certificate.authority", Alert::CertificateUnknown),
        D::IntermediateSmallExponent => {
            (Row::AuthoritySmallExponent, "certificate.authority", Alert::CertificateUnknown)
        }
        D::ChainTooLong => (Row::OverlongChain, "certificate.chain", Alert::CertificateUnknown),
        D::Oversized => (Row::Oversized, "certificate.chain", Alert::CertificateUnknown),

        D::ShortKey => (Row::ShortKey, "certificate.key", Alert::CertificateUnknown),
        D::SmallExponent => (Row::SmallExponent, "certificate.key", Alert::CertificateUnknown),
        D::EllipticCurveKey | D::PssKey => (Row::NotRsa, "certificate.key", Alert::CertificateUnknown),
        D::OtherKey => (Row::KeyNotMatching, "handshake.key-not-proven", Alert::DecryptError),
        D::Sha1Signature => (Row::Sha1Signature, "certificate.signature-algorithm", Alert::CertificateUnknown),

        D::DuplicateOrganisationalUnit
        | D::DuplicateCommonName
        | D::MultiValuedRdn
        | D::NoOrganisationalUnit
        | D::OrganisationalUnitNotUuid
        | D::TeletexOrganisationalUnit
        | D::BmpOrganisationalUnit => (Row::Subject, "certificate.subject", Alert::CertificateUnknown),

        D::UnknownCriticalExtension => (Row::UnknownExtension, "certificate.malformed", Alert::BadCertificate),

        D::AnchorNotCa => return (Row::AnchorNotCa, refused_in_silence("trust.authority")),
        D::AnchorWithoutCertSign => return (Row::AuthorityWithoutCertSign, refused_in_silence("trust.authority")),
        D::AnchorExpired => return (Row::AnchorOutOfValidity, refused_in_silence("certificate.anchor-validity")),
        other => panic!("{other} has no row here"),
    };
    (row, refused(code, alert))
}

/// The certificate with this defect or a sound one, judged by the bundle that belongs to it.
async fn presented(place: Place, defect: Defect, twin: Twin) -> Verdict {
    let spec = place.spec_of_peer();
    let (presented, bundle) = match twin {
        Twin::Refused => {
            let broken = defect.build(ECO.authority(), spec).unwrap();
            (broken.presented, broken.bundle)
        }
        Twin::Neighbour => (sound(defect, spec), ECO.authority().bundle()),
    };
    let trust = match TrustFramework::from_der(ECO.environment().clone(), bundle) {
        Ok(trust) => trust,
        Err(error) => return Verdict::Refused(error.code(), None),
    };
    let ours = place.ours(ECO.trust(), &settings());
    match ours.swap_trust(&trust) {
        Ok(_) => ours.judges(place.version, &presented).await,
        Err(error) => Verdict::Refused(error.code(), None),
    }
}

/// The neighbour of a defect. Next to an intermediate that nobody has is one that only the bundle has.
fn sound(defect: Defect, spec: &LeafSpec) -> Issued {
    let mut sound = ECO.authority().issue(spec).unwrap();
    if defect == Defect::MissingIntermediate {
        sound.intermediates.clear();
    }
    sound
}

/// A certificate that outlives all that is above it.
async fn at_its_end(place: Place, twin: Twin) -> Verdict {
    let end_of_the_root = CertificateChain::from_der(vec![ECO.authority().root().clone()]).unwrap().claimed_validity();
    let end = end_of_the_root.unwrap().not_after().as_secs();
    let validity = Validity { not_before: at(now().as_secs() - 1), not_after: at(2 * end) };
    let presented = ECO.authority().issue(&place.spec_of_peer().clone().with_validity(validity)).unwrap();
    let clock = Standing::at(now());
    let ours = place.ours(ECO.trust(), &Settings::new().with_clock(clock.clone()));
    clock.set(twin.pick(now(), at(end + 1)));
    ours.judges(place.version, &presented).await
}
