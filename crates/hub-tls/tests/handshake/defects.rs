//! What becomes of each deliberately broken certificate of the testkit, on whichever side it is presented.

use hub_testkit::Defect;
use rustls::AlertDescription as Alert;

use crate::world::{Outcome, refused};

/// The rule that refuses it and the alert its owner receives; `None` where no handshake has to refuse it: nothing is
/// built on a defect in what we trust in the first place.
pub(crate) fn verdict(defect: Defect) -> Option<Outcome> {
    use Defect as D;
    let (code, alert) = match defect {
        D::Expired | D::IntermediateExpired => ("certificate.expired", Alert::CertificateExpired),
        D::NotYetValid => ("certificate.not-yet-valid", Alert::CertificateExpired),

        D::OppositeExtendedKeyUsage | D::AnyExtendedKeyUsageOnly => {
            ("certificate.extended-key-usage", Alert::UnsupportedCertificate)
        }
        D::NoExtendedKeyUsage => ("certificate.extended-key-usage-missing", Alert::UnsupportedCertificate),
        D::KeyUsageLacksPurpose => ("certificate.key-usage", Alert::UnsupportedCertificate),
        D::LeafIsCa => ("certificate.is-authority", Alert::CertificateUnknown),

        D::NoSubjectAltName | D::IpAddressOnly => ("certificate.no-dns-name", Alert::BadCertificate),
        D::OtherHostName | D::WildcardHostName => ("certificate.host-name", Alert::BadCertificate),

        D::UnknownRoot | D::SelfSigned | D::OtherEnvironment | D::MissingIntermediate => {
            ("certificate.unknown-issuer", Alert::UnknownCA)
        }
        D::ImpostorAuthority | D::ForgedSignature => ("certificate.bad-signature", Alert::DecryptError),
        D::IntermediateNotCa
        | D::IntermediateWithoutCertSign
        | D::IntermediateShortKey
        | D::IntermediateSmallExponent => ("certificate.authority", Alert::CertificateUnknown),
        D::ChainTooLong | D::Oversized => ("certificate.chain", Alert::CertificateUnknown),

        D::ShortKey | D::SmallExponent | D::EllipticCurveKey | D::PssKey => {
            ("certificate.key", Alert::CertificateUnknown)
        }
        D::OtherKey => ("handshake.key-not-proven", Alert::DecryptError),
        D::Sha1Signature => ("certificate.signature-algorithm", Alert::CertificateUnknown),

        D::DuplicateOrganisationalUnit
        | D::DuplicateCommonName
        | D::MultiValuedRdn
        | D::NoOrganisationalUnit
        | D::OrganisationalUnitNotUuid
        | D::TeletexOrganisationalUnit
        | D::BmpOrganisationalUnit => ("certificate.subject", Alert::CertificateUnknown),

        D::UnknownCriticalExtension => ("certificate.malformed", Alert::BadCertificate),

        D::AnchorNotCa | D::AnchorWithoutCertSign | D::AnchorExpired => return None,
        other => panic!("{other} has no row here"),
    };
    Some(refused(code, alert))
}
