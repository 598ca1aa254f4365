//! The subject of a participant's certificate (FACTS section 2).

use std::fmt;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc4519::{C, CN, O, OU};
use der::asn1::{PrintableStringRef, Utf8StringRef};
use der::{Any, Tag, Tagged};
use thiserror::Error;
use x509_cert::name::Name;

use crate::id::{OrganisationId, SoftwareStatementId};

/// Country, legal name, organisation ID and common name of a certificate's subject.
///
/// Each attribute occurs at most once, in a relative distinguished name of its own, as PrintableString or UTF8String. A subject
/// with two OUs or a multi-valued name is an error, never "the first one": whoever pins by OU must not be shown a choice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Subject {
    country: Option<String>,
    organisation_name: String,
    organisation: OrganisationId,
    common_name: Option<String>,
}

impl Subject {
    /// C: `AE` for most participants, not always for Ozone. Nothing may be pinned by it.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.country.as_deref()
    }

    /// O, the legal name: `iss` of JWT Auth tokens, compared octet by octet.
    #[must_use]
    pub fn organisation_name(&self) -> &str {
        &self.organisation_name
    }

    /// OU, the Trust Framework organisation ID.
    #[must_use]
    pub fn organisation(&self) -> OrganisationId {
        self.organisation
    }

    /// CN: the software statement ID for client certificates, the organisation ID or nothing for others.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// CN as a software statement ID, if it is one.
    #[must_use]
    pub fn software_statement(&self) -> Option<SoftwareStatementId> {
        self.common_name()?.parse().ok()
    }

    pub(crate) fn from_name(name: &Name) -> Result<Self, SubjectError> {
        let mut found = Attributes::default();
        for rdn in name.iter_rdn() {
            let mut attributes = rdn.iter();
            let (Some(attribute), None) = (attributes.next(), attributes.next()) else {
                return Err(SubjectError::MultiValued);
            };
            if let Some((slot, attribute_name)) = found.slot(attribute.oid) {
                if slot.is_some() {
                    return Err(SubjectError::Duplicated { attribute: attribute_name });
                }
                *slot = Some(text(&attribute.value).ok_or(SubjectError::StringType { attribute: attribute_name })?);
            }
        }
        let organisation = found.organisational_unit.ok_or(SubjectError::Missing { attribute: "OU" })?;
        Ok(Self {
            country: found.country,
            organisation_name: found.organisation.ok_or(SubjectError::Missing { attribute: "O" })?,
            organisation: organisation.parse().map_err(|_| SubjectError::OrganisationNotAUuid)?,
            common_name: found.common_name,
        })
    }
}

impl fmt::Display for Subject {
    /// `CN=..., OU=..., O=..., C=...`, for people: no name is ever compared in this form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(common_name) = &self.common_name {
            write!(f, "CN={common_name}, ")?;
        }
        write!(f, "OU={}, O={}", self.organisation, self.organisation_name)?;
        match &self.country {
            Some(country) => write!(f, ", C={country}"),
            None => Ok(()),
        }
    }
}

/// Why a subject is refused (THREATS section 4, DESIGN "The model").
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// An attribute that every participant's certificate has is not there.
    #[error("the subject has no {attribute}")]
    Missing {
        /// O or OU.
        attribute: &'static str,
    },
    /// An attribute occurs twice.
    #[error("the subject has more than one {attribute}")]
    Duplicated {
        /// C, O, OU or CN.
        attribute: &'static str,
    },
    /// A relative distinguished name of more than one attribute.
    #[error("the subject has a multi-valued relative distinguished name")]
    MultiValued,
    /// Neither PrintableString nor UTF8String.
    #[error("the subject's {attribute} is neither a PrintableString nor a UTF8String")]
    StringType {
        /// C, O, OU or CN.
        attribute: &'static str,
    },
    /// OU is not an organisation ID.
    #[error("the subject's OU is not an organisation ID (a UUID)")]
    OrganisationNotAUuid,
}

#[derive(Default)]
struct Attributes {
    country: Option<String>,
    organisation: Option<String>,
    organisational_unit: Option<String>,
    common_name: Option<String>,
}

impl Attributes {
    fn slot(&mut self, oid: ObjectIdentifier) -> Option<(&mut Option<String>, &'static str)> {
        match oid {
            C => Some((&mut self.country, "C")),
            O => Some((&mut self.organisation, "O")),
            OU => Some((&mut self.organisational_unit, "OU")),
            CN => Some((&mut self.common_name, "CN")),
            _ => None,
        }
    }
}

fn text(value: &Any) -> Option<String> {
    match value.tag() {
        Tag::PrintableString => value.decode_as::<PrintableStringRef<'_>>().ok().map(|text| text.as_str().to_owned()),
        Tag::Utf8String => value.decode_as::<Utf8StringRef<'_>>().ok().map(|text| text.as_str().to_owned()),
        _ => None,
    }
}
