//! The twelve certificate roles, stated once.
//!
//! The table at the bottom of this file is the seed's certificate summary. The role types, the kind traits, [`RoleId`] and
//! the documentation table all come from it.

use std::fmt;
use std::hash::Hash;
use std::str::FromStr;

use thiserror::Error;

use crate::party::{Lfi, Ozone, Party, PartyId, Tpp};
use crate::sealed::Sealed;

/// A certificate role: who holds the key, and in whose organisation the certificate is registered.
///
/// Implemented by the twelve role types and nothing else.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a certificate role",
    note = "the roles are C1, C3, C4, S1, S3, S4, Sig1, Sig2, Sig3, Sig4, Enc1 and Enc2"
)]
pub trait Role: Sealed + Send + Sync + 'static {
    /// Who holds the private key.
    type Holder: Party;
    /// In whose Trust Framework organisation the certificate is created.
    type Registrant: Party<Identity = Self::Owner>;
    /// What a key of this role is registered to: the registrant's identity, a client ID for TPPs, else an organisation ID.
    type Owner: Clone + Eq + Hash + fmt::Debug + fmt::Display + Send + Sync + 'static;
    /// The role as a value, from which kind, type, location and purpose can be read.
    const ID: RoleId;
}

/// A role whose certificate is presented in a TLS handshake: C1, C3, C4, S1, S3, S4.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a transport role",
    note = "transport roles are C1, C3, C4 (client) and S1, S3, S4 (server)"
)]
pub trait Transport: Role {}

/// A role presented by the side that opens the connection: C1, C3, C4.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a client transport role",
    note = "client transport roles are C1, C3 and C4"
)]
pub trait ClientTransport: Transport {}

/// A role presented by the side that accepts the connection: S1, S3, S4.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a server transport role",
    note = "server transport roles are S1, S3 and S4"
)]
pub trait ServerTransport: Transport {}

/// A role that signs tokens: Sig1, Sig2, Sig3, Sig4.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a signing role",
    note = "signing roles are Sig1, Sig2, Sig3 and Sig4"
)]
pub trait Signing: Role {}

/// A role that payloads are encrypted to: Enc1, Enc2.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an encryption role",
    note = "encryption roles are Enc1 and Enc2"
)]
pub trait Encryption: Role {}

/// What a role's key is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleKind {
    /// Presented by the side that opens a TLS connection.
    ClientTransport,
    /// Presented by the side that accepts a TLS connection.
    ServerTransport,
    /// Signs tokens.
    Signing,
    /// Has payloads encrypted to it.
    Encryption,
}

/// The type to select when the certificate is created in the Trust Framework (seed, "Trust Framework certificate types").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CertificateType {
    /// `OPF UAE CLIENT TRANSPORT`.
    ClientTransport,
    /// `OPF UAE SERVER TRANSPORT`.
    ServerTransport,
    /// `OPF UAE CLIENT SIGNING`.
    ///
    /// The onboarding page calls Sig2's type *Server Signing*; nothing depends on the difference (FACTS section 2).
    ClientSigning,
    /// `SERVER ENCKEY`, which does not expire (FACTS section 2).
    ServerEncryption,
    /// `OPF UAE CLIENT ENCRYPTION`.
    ClientEncryption,
}

impl fmt::Display for CertificateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientTransport => "OPF UAE CLIENT TRANSPORT",
            Self::ServerTransport => "OPF UAE SERVER TRANSPORT",
            Self::ClientSigning => "OPF UAE CLIENT SIGNING",
            Self::ServerEncryption => "SERVER ENCKEY",
            Self::ClientEncryption => "OPF UAE CLIENT ENCRYPTION",
        })
    }
}

/// The text is not the name of a role.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a certificate role: expected one of C1, C3, C4, S1, S3, S4, Sig1, Sig2, Sig3, Sig4, Enc1, Enc2")]
pub struct UnknownRole;

macro_rules! kind {
    ($role:ident, ClientTransport) => {
        impl Transport for $role {}
        impl ClientTransport for $role {}
    };
    ($role:ident, ServerTransport) => {
        impl Transport for $role {}
        impl ServerTransport for $role {}
    };
    ($role:ident, Signing) => {
        impl Signing for $role {}
    };
    ($role:ident, Encryption) => {
        impl Encryption for $role {}
    };
}

/// A party's name as the certificate summary writes it.
macro_rules! party {
    (Tpp) => {
        "TPP"
    };
    (Lfi) => {
        "LFI"
    };
    (Ozone) => {
        "Ozone"
    };
}

macro_rules! location {
    ($registrant:ident) => {
        concat!(party!($registrant), "'s organisation")
    };
    ($registrant:ident $application:literal) => {
        concat!(party!($registrant), "'s organisation (", $application, " application)")
    };
}

/// One row of the certificate summary.
macro_rules! row {
    ($role:ident | $type:literal | $holder:ident | $registrant:ident $($application:literal)? | $purpose:literal) => {
        concat!(
            "| ", stringify!($role), " | ", $type, " | ", party!($holder), " | ",
            location!($registrant $($application)?), " | ", $purpose, " |"
        )
    };
}

macro_rules! application {
    () => {
        None
    };
    ($application:literal) => {
        Some($application)
    };
}

macro_rules! roles {
    ($($role:ident | $kind:ident | $type:ident $type_text:literal | $holder:ident | $registrant:ident $($application:literal)? | $purpose:literal;)*) => {
        $(
            #[doc = concat!("**", stringify!($role), "**: ", $purpose, ".")]
            ///
            #[doc = concat!("Type: ", $type_text, ". Private key held by: ", party!($holder), ". Created in: ", location!($registrant $($application)?), ".")]
            pub enum $role {}
            impl Sealed for $role {}
            impl Role for $role {
                type Holder = $holder;
                type Registrant = $registrant;
                type Owner = <$registrant as Party>::Identity;
                const ID: RoleId = RoleId::$role;
            }
            kind!($role, $kind);
        )*

        /// A [`Role`] as a value: the seed's certificate summary.
        ///
        /// | Certificate | Type | Private Key Held By | Trust Framework Location | Purpose |
        /// |---|---|---|---|---|
        $(#[doc = row!($role | $type_text | $holder | $registrant $($application)? | $purpose)])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RoleId {
            $(
                #[doc = concat!($purpose, ".")]
                $role,
            )*
        }

        /// The rows of the documentation table above.
        #[cfg(test)]
        const ROWS: [&str; 12] = [$(row!($role | $type_text | $holder | $registrant $($application)? | $purpose)),*];

        impl RoleId {
            /// All twelve, in the order of the seed's certificate summary.
            pub const ALL: [Self; 12] = [$(Self::$role),*];

            /// The role's name: `C1`, `Sig4`, `Enc1`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$role => stringify!($role),)*
                }
            }

            /// What the key is used for.
            #[must_use]
            pub const fn kind(self) -> RoleKind {
                match self {
                    $(Self::$role => RoleKind::$kind,)*
                }
            }

            /// The type to select in the Trust Framework.
            #[must_use]
            pub const fn certificate_type(self) -> CertificateType {
                match self {
                    $(Self::$role => CertificateType::$type,)*
                }
            }

            /// The type as the certificate summary words it: `Server Transport`.
            #[must_use]
            pub const fn type_name(self) -> &'static str {
                match self {
                    $(Self::$role => $type_text,)*
                }
            }

            /// Who holds the private key.
            #[must_use]
            pub const fn holder(self) -> PartyId {
                match self {
                    $(Self::$role => $holder::ID,)*
                }
            }

            /// In whose Trust Framework organisation the certificate is created.
            #[must_use]
            pub const fn registrant(self) -> PartyId {
                match self {
                    $(Self::$role => $registrant::ID,)*
                }
            }

            /// Where in the Trust Framework the certificate is created, in words.
            #[must_use]
            pub const fn location(self) -> &'static str {
                match self {
                    $(Self::$role => location!($registrant $($application)?),)*
                }
            }

            /// The application of the registrant that the certificate is created in, where the seed names one: C3 and Sig4.
            #[must_use]
            pub const fn application(self) -> Option<&'static str> {
                match self {
                    $(Self::$role => application!($($application)?),)*
                }
            }

            /// What the certificate is for.
            #[must_use]
            pub const fn purpose(self) -> &'static str {
                match self {
                    $(Self::$role => $purpose,)*
                }
            }
        }
    };
}

roles! {
    S1   | ServerTransport | ServerTransport  "Server Transport"  | Ozone | Lfi                   | "Identifies the LFI's API Hub instance to TPPs";
    S3   | ServerTransport | ServerTransport  "Server Transport"  | Ozone | Lfi                   | "Identifies the CM & HH servers to the LFI";
    S4   | ServerTransport | ServerTransport  "Server Transport"  | Lfi   | Lfi                   | "Identifies the LFI's Ozone Connect server to the API Hub";
    C1   | ClientTransport | ClientTransport  "Client Transport"  | Tpp   | Tpp                   | "Identifies the TPP when calling the API Hub";
    C3   | ClientTransport | ClientTransport  "Client Transport"  | Lfi   | Lfi "C3-hh-cm-client" | "Identifies the LFI when calling CM & HH";
    C4   | ClientTransport | ClientTransport  "Client Transport"  | Ozone | Ozone                 | "Identifies the API Hub when calling Ozone Connect";
    Sig1 | Signing         | ClientSigning    "Signing"           | Tpp   | Tpp                   | "Signs TPP request JWTs (e.g. PAR request objects, private_key_jwt)";
    Sig2 | Signing         | ClientSigning    "Signing"           | Ozone | Lfi                   | "Signs API Hub responses and id_token sent to TPPs";
    Sig3 | Signing         | ClientSigning    "Signing"           | Ozone | Ozone                 | "Signs JWT Auth headers on API Hub requests/responses to the LFI";
    Sig4 | Signing         | ClientSigning    "Signing"           | Lfi   | Lfi "C3-hh-cm-client" | "Signs JWT Auth headers on LFI requests/responses to the API Hub";
    Enc1 | Encryption      | ServerEncryption "Server Encryption" | Lfi   | Lfi                   | "Encrypts PII — only the LFI can decrypt";
    Enc2 | Encryption      | ClientEncryption "Client Encryption" | Tpp   | Tpp                   | "Encrypts webhook event payloads — only the TPP can decrypt";
}

impl RoleId {
    /// Whether the 13-month rule holds: for all but Enc1, whose type `SERVER ENCKEY` does not expire (FACTS section 2).
    #[must_use]
    pub const fn expires(self) -> bool {
        !matches!(self.certificate_type(), CertificateType::ServerEncryption)
    }
}

impl fmt::Display for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for RoleId {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or(UnknownRole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_table_is_the_seeds_certificate_summary() {
        let seed = include_str!("../tests/seed/certificate_summary.txt");
        let summary: Vec<&str> = seed
            .lines()
            .skip_while(|line| *line != "Certificate Summary")
            .filter(|line| line.starts_with("| "))
            .skip(1)
            .collect();
        assert_eq!(ROWS.as_slice(), summary);
    }

    #[test]
    fn only_enc1_is_exempt_from_the_13_month_rule() {
        let exempt: Vec<_> = RoleId::ALL.into_iter().filter(|role| !role.expires()).collect();
        assert_eq!(exempt, [RoleId::Enc1]);
    }

    #[test]
    fn a_role_reads_back_from_its_name() {
        for role in RoleId::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        for other in ["c1", "C2", "S2", "Sig5", "", "C1 "] {
            assert_eq!(other.parse::<RoleId>(), Err(UnknownRole), "{other:?}");
        }
    }
}
