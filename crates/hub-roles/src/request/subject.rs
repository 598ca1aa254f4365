//! The subject a request asks for.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc4519::{C, CN, O, OU};
use der::asn1::{PrintableStringRef, Utf8StringRef};
use der::{Any, Decode, Encode};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};

use super::RequestError;
use crate::id::{OrganisationId, SoftwareStatementId};
use crate::role::RoleId;

/// The subject of a new certificate, in the order of the Trust Framework: C, O, OU, CN (FACTS section 2).
///
/// Two forms exist: that of an application, and that of the organisation itself. Which one a role takes is checked when the request
/// is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedSubject {
    country: String,
    organisation_name: String,
    organisation: OrganisationId,
    common_name: CommonName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CommonName {
    None,
    Organisation,
    Application(SoftwareStatementId),
}

impl RequestedSubject {
    /// For a certificate in an application: CN is its software statement ID. C1, C3, C4, Sig1 and Enc2 take this form; Sig2,
    /// Sig3 and Sig4 may.
    ///
    /// `organisation_name` is the legal name as the Trust Framework has it, letter by letter: it becomes `iss` of JWT Auth tokens.
    ///
    /// # Errors
    /// [`RequestError::OrganisationName`] if the name is empty, longer than 64 characters (RFC 5280 appendix A.1), has a control
    /// character, or begins or ends with a space.
    pub fn for_application(
        organisation_name: &str,
        organisation: OrganisationId,
        application: SoftwareStatementId,
    ) -> Result<Self, RequestError> {
        Self::new(organisation_name, organisation, CommonName::Application(application))
    }

    /// For a certificate of the organisation itself, without CN. S1, S3, S4 and Enc1 take this form; Sig2, Sig3 and Sig4 may.
    ///
    /// # Errors
    /// As [`Self::for_application`].
    pub fn for_organisation(organisation_name: &str, organisation: OrganisationId) -> Result<Self, RequestError> {
        Self::new(organisation_name, organisation, CommonName::None)
    }

    /// The same subject of the organisation itself, with the organisation ID as CN, as the published sample of S4 has it.
    #[must_use]
    pub fn with_organisation_as_common_name(self) -> Self {
        Self { common_name: CommonName::Organisation, ..self }
    }

    /// The same subject with another country than `AE`.
    ///
    /// # Errors
    /// [`RequestError::Country`] if it is not two capital letters.
    pub fn with_country(self, country: &str) -> Result<Self, RequestError> {
        if country.len() != 2 || !country.bytes().all(|octet| octet.is_ascii_uppercase()) {
            return Err(RequestError::Country);
        }
        Ok(Self { country: country.to_owned(), ..self })
    }

    pub(super) fn check_fits(&self, role: RoleId) -> Result<(), RequestError> {
        let application = matches!(self.common_name, CommonName::Application(_));
        match Place::of(role) {
            Place::Application if !application => Err(RequestError::ApplicationRequired { role }),
            Place::Organisation if application => Err(RequestError::OrganisationRequired { role }),
            _ => Ok(()),
        }
    }

    pub(super) fn to_name(&self) -> der::Result<Name> {
        let mut sequence = RdnSequence::default();
        sequence.push(attribute(C, &self.country)?);
        sequence.push(attribute(O, &self.organisation_name)?);
        sequence.push(attribute(OU, &self.organisation.to_string())?);
        match self.common_name {
            CommonName::None => {}
            CommonName::Organisation => sequence.push(attribute(CN, &self.organisation.to_string())?),
            CommonName::Application(application) => sequence.push(attribute(CN, &application.to_string())?),
        }
        Name::from_der(&sequence.to_der()?)
    }

    fn new(
        organisation_name: &str,
        organisation: OrganisationId,
        common_name: CommonName,
    ) -> Result<Self, RequestError> {
        let fits = (1..=MAX_ORGANISATION_NAME).contains(&organisation_name.chars().count())
            && organisation_name.trim() == organisation_name
            && !organisation_name.chars().any(char::is_control);
        if !fits {
            return Err(RequestError::OrganisationName);
        }
        Ok(Self {
            country: "AE".to_owned(),
            organisation_name: organisation_name.to_owned(),
            organisation,
            common_name,
        })
    }
}

/// Where a role's subject says it belongs.
enum Place {
    Application,
    Organisation,
    Either,
}

impl Place {
    const fn of(role: RoleId) -> Self {
        match role {
            // Client transport: CN is the software statement ID. A TPP's three all live in its application (FACTS section 6).
            RoleId::C1 | RoleId::C3 | RoleId::C4 | RoleId::Sig1 | RoleId::Enc2 => Self::Application,
            // "Organisation Certificates" (seed, "Who Does What").
            RoleId::S1 | RoleId::S3 | RoleId::S4 | RoleId::Enc1 => Self::Organisation,
            // Sig4 occurs at both levels (FACTS section 3), and of the others no page says.
            RoleId::Sig2 | RoleId::Sig3 | RoleId::Sig4 => Self::Either,
        }
    }
}

/// One attribute in a relative distinguished name of its own: PrintableString where the text allows, else UTF8String.
fn attribute(oid: ObjectIdentifier, text: &str) -> der::Result<RelativeDistinguishedName> {
    let value = match PrintableStringRef::new(text) {
        Ok(text) => Any::encode_from(&text)?,
        Err(_) => Any::encode_from(&Utf8StringRef::new(text)?)?,
    };
    RelativeDistinguishedName::try_from(vec![AttributeTypeAndValue { oid, value }])
}

/// RFC 5280 appendix A.1, `ub-organization-name`.
const MAX_ORGANISATION_NAME: usize = 64;
