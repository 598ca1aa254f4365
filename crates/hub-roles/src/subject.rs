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
                let text = text(&attribute.value).ok_or(SubjectError::StringType { attribute: attribute_name })?;
                if text.is_empty() || text.chars().any(char::is_control) {
                    return Err(SubjectError::Text { attribute: attribute_name });
                }
                *slot = Some(text);
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

/// Why a subject is refused (THREATS section 4, "subject").
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
    /// Empty, or with a control character, which would reach logs and tokens.
    #[error("the subject's {attribute} is empty or has a control character")]
    Text {
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

#[cfg(test)]
mod tests {
    use const_oid::db::rfc4519::ST;
    use der::asn1::SetOfVec;
    use der::{Decode, Encode};
    use x509_cert::attr::AttributeTypeAndValue;
    use x509_cert::name::RdnSequence;

    use super::*;

    const ID: &str = "9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11";
    const OTHER_ID: &str = "00000000-0000-4000-8000-000000000000";

    type Attribute<'a> = (ObjectIdentifier, Tag, &'a str);

    const COUNTRY: Attribute<'_> = (C, Tag::PrintableString, "AE");
    const ORGANISATION: Attribute<'_> = (O, Tag::Utf8String, "Example Bank");
    const UNIT: Attribute<'_> = (OU, Tag::Utf8String, ID);
    const APPLICATION: Attribute<'_> = (CN, Tag::PrintableString, OTHER_ID);

    /// Reads a name of these relative distinguished names.
    fn read(rdns: &[&[Attribute<'_>]]) -> Result<Subject, SubjectError> {
        let mut sequence = RdnSequence::default();
        for rdn in rdns {
            let attributes: Vec<_> = rdn
                .iter()
                .map(|(oid, tag, text)| AttributeTypeAndValue {
                    oid: *oid,
                    value: Any::new(*tag, text.as_bytes()).unwrap(),
                })
                .collect();
            sequence.push(SetOfVec::try_from(attributes).unwrap().into());
        }
        Subject::from_name(&Name::from_der(&sequence.to_der().unwrap()).unwrap())
    }

    #[test]
    fn a_subject_reads_in_any_order_and_with_attributes_we_do_not_use() {
        let subject = read(&[&[COUNTRY], &[ORGANISATION], &[UNIT], &[APPLICATION]]).unwrap();
        assert_eq!(subject.country(), Some("AE"));
        assert_eq!(subject.organisation_name(), "Example Bank");
        assert_eq!(subject.organisation().to_string(), ID);
        assert_eq!(subject.software_statement().unwrap().to_string(), OTHER_ID);
        assert_eq!(subject.to_string(), format!("CN={OTHER_ID}, OU={ID}, O=Example Bank, C=AE"));

        let state = (ST, Tag::BmpString, "\0D\0u");
        let reversed = read(&[&[APPLICATION], &[state], &[UNIT], &[ORGANISATION], &[COUNTRY]]).unwrap();
        assert_eq!(reversed, subject);
    }

    #[test]
    fn only_o_and_ou_are_required() {
        let subject = read(&[&[ORGANISATION], &[UNIT]]).unwrap();
        assert_eq!((subject.country(), subject.common_name()), (None, None));
        assert_eq!(subject.to_string(), format!("OU={ID}, O=Example Bank"));
        assert_eq!(read(&[&[UNIT]]), Err(SubjectError::Missing { attribute: "O" }));
        assert_eq!(read(&[&[ORGANISATION]]), Err(SubjectError::Missing { attribute: "OU" }));
        assert_eq!(read(&[]), Err(SubjectError::Missing { attribute: "OU" }));
    }

    #[test]
    fn a_second_value_is_never_passed_over() {
        let sound: [&[Attribute<'_>]; 4] = [&[COUNTRY], &[ORGANISATION], &[UNIT], &[APPLICATION]];
        for (again, name) in [(COUNTRY, "C"), (ORGANISATION, "O"), (UNIT, "OU"), (APPLICATION, "CN")] {
            let refused = Err(SubjectError::Duplicated { attribute: name });
            assert_eq!(read(&[sound.as_slice(), &[&[again]]].concat()), refused, "{name} at the end");
            assert_eq!(read(&[&[&[again] as &[_]], sound.as_slice()].concat()), refused, "{name} at the beginning");
        }
        assert!(read(&sound).is_ok());
        assert_eq!(read(&[&[COUNTRY], &[ORGANISATION], &[UNIT, APPLICATION]]), Err(SubjectError::MultiValued));
        let with_state = [UNIT, (ST, Tag::Utf8String, "Dubai")];
        assert_eq!(read(&[&[ORGANISATION], &with_state]), Err(SubjectError::MultiValued));
    }

    #[test]
    fn texts_are_printable_or_utf8_strings() {
        for tag in [Tag::PrintableString, Tag::Utf8String] {
            assert!(read(&[&[ORGANISATION], &[(OU, tag, ID)]]).is_ok(), "{tag}");
        }
        let refused = Err(SubjectError::StringType { attribute: "OU" });
        for tag in [Tag::TeletexString, Tag::BmpString, Tag::Ia5String, Tag::OctetString, Tag::VisibleString] {
            assert_eq!(read(&[&[ORGANISATION], &[(OU, tag, ID)]]), refused, "{tag}");
        }
        let not_printable = (O, Tag::PrintableString, "Smith & Sons");
        assert_eq!(read(&[&[not_printable], &[UNIT]]), Err(SubjectError::StringType { attribute: "O" }));
    }

    #[test]
    fn texts_are_neither_empty_nor_do_they_control_a_terminal() {
        for text in ["", "Bank\n", "Bank\u{1b}[2J", "Ba\0nk", "Ba\u{85}nk"] {
            let refused = read(&[&[(O, Tag::Utf8String, text)], &[UNIT]]);
            assert_eq!(refused, Err(SubjectError::Text { attribute: "O" }), "{text:?}");
        }
        assert!(read(&[&[(O, Tag::Utf8String, "بنك \"المثال\"")], &[UNIT]]).is_ok());
    }

    #[test]
    fn the_organisational_unit_is_a_uuid() {
        for other in ["Payments", "9b3c0e5264ea4b0c8f6c1f2d8a7b1c11", "{9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11}"] {
            let refused = read(&[&[ORGANISATION], &[(OU, Tag::Utf8String, other)]]);
            assert_eq!(refused, Err(SubjectError::OrganisationNotAUuid), "{other}");
        }
        let upper = ID.to_ascii_uppercase();
        let subject = read(&[&[ORGANISATION], &[(OU, Tag::Utf8String, &upper)]]).unwrap();
        assert_eq!(subject.organisation().to_string(), ID);
    }

    #[test]
    fn a_common_name_that_is_no_software_statement_id_is_still_a_name() {
        let subject = read(&[&[ORGANISATION], &[UNIT], &[(CN, Tag::Utf8String, "oc.bank.example")]]).unwrap();
        assert_eq!((subject.common_name(), subject.software_statement()), (Some("oc.bank.example"), None));
    }
}
