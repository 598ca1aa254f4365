//! Who does what for each certificate (seed, "Who Does What"; FACTS section 6 for the roles of TPPs).
//!
//! Nothing of it is stated twice: who holds the key and in whose organisation the certificate is registered decide all of it.

use std::fmt;

use crate::party::PartyId;
use crate::role::RoleId;

/// Who makes, uploads, hands over and rotates what, for the certificate of one role.
///
/// ```
/// use hub_roles::{PartyId, RoleId};
///
/// let s1 = RoleId::S1.responsibility();
/// assert_eq!(s1.key_and_request, PartyId::Ozone);
/// assert_eq!(s1.upload, PartyId::Lfi);
/// assert_eq!(
///     s1.to_string(),
///     "S1: Ozone makes the key and the CSR and hands the CSR to the LFI; the LFI uploads it to its organisation in the Trust \
///      Framework and gives the JWKS URL and KID to Ozone; Ozone rotates it",
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Responsibility {
    /// The role.
    pub role: RoleId,
    /// Who makes the private key, keeps it, and makes the CSR.
    pub key_and_request: PartyId,
    /// Who is given the CSR, where it is not its maker who uploads it.
    pub request_handed_to: Option<PartyId>,
    /// Who uploads the CSR to the Trust Framework.
    pub upload: PartyId,
    /// Where in the uploader's organisation the certificate is created.
    pub location: Location,
    /// What the uploader gives to whom once the certificate exists; `None` for a TPP's, which its peers find in the directory.
    pub handover: Option<Handover>,
    /// Who replaces it: only the key's holder can.
    pub rotated_by: PartyId,
    /// Whether it is needed only where JWT Auth is the application layer authentication method: Sig3 and Sig4.
    pub only_with_jwt_auth: bool,
}

/// Where in an organisation a certificate is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Location {
    /// Under the organisation itself ("Organisation Certificates").
    Organisation,
    /// In the application of this name.
    NamedApplication(&'static str),
    /// In the application that the software statement is of.
    OwnApplication,
}

/// What one party tells another about a certificate: the JWKS URL and the KID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Handover {
    /// Who gives.
    pub from: PartyId,
    /// Who is given.
    pub to: PartyId,
}

impl RoleId {
    /// Who does what for this role's certificate.
    #[must_use]
    pub const fn responsibility(self) -> Responsibility {
        let (holder, registrant) = (self.holder(), self.registrant());
        Responsibility {
            role: self,
            key_and_request: holder,
            request_handed_to: match (holder, registrant) {
                (PartyId::Ozone, PartyId::Lfi) => Some(PartyId::Lfi),
                _ => None,
            },
            upload: registrant,
            location: match (registrant, self.application()) {
                (_, Some(name)) => Location::NamedApplication(name),
                (PartyId::Tpp, None) => Location::OwnApplication,
                (PartyId::Lfi | PartyId::Ozone, None) => Location::Organisation,
            },
            handover: match registrant {
                PartyId::Lfi => Some(Handover { from: PartyId::Lfi, to: PartyId::Ozone }),
                PartyId::Ozone => Some(Handover { from: PartyId::Ozone, to: PartyId::Lfi }),
                PartyId::Tpp => None,
            },
            rotated_by: holder,
            only_with_jwt_auth: matches!(self, Self::Sig3 | Self::Sig4),
        }
    }
}

impl fmt::Display for Responsibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holder = WithArticle(self.key_and_request);
        write!(f, "{}: {holder} makes the key and the CSR", self.role)?;
        if let Some(receiver) = self.request_handed_to {
            let receiver = WithArticle(receiver);
            write!(f, " and hands the CSR to {receiver}; {receiver} uploads it to {}", self.location)?;
        } else {
            let separator = if self.handover.is_some() { "," } else { " and" };
            write!(f, "{separator} uploads the CSR to {}", self.location)?;
        }
        if let Some(handover) = self.handover {
            write!(f, " and gives the JWKS URL and KID to {}", WithArticle(handover.to))?;
        }
        write!(f, "; {} rotates it", WithArticle(self.rotated_by))?;
        if self.only_with_jwt_auth {
            f.write_str(" (only required when JWT Auth is selected)")?;
        }
        Ok(())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organisation => f.write_str("its organisation in the Trust Framework"),
            Self::NamedApplication(name) => {
                write!(f, "the {name} application of its organisation in the Trust Framework")
            }
            Self::OwnApplication => f.write_str("its own application in the Trust Framework"),
        }
    }
}

/// A party's name inside a sentence.
struct WithArticle(PartyId);

impl fmt::Display for WithArticle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            PartyId::Ozone => f.write_str("Ozone"),
            party => write!(f, "the {party}"),
        }
    }
}
