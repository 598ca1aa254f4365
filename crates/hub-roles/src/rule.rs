//! The rules that certificates and chains must keep: those of THREATS section 4, one by one.

use thiserror::Error;

use crate::chain::error::ChainError;
use crate::environment::Environment;
use crate::host::HostName;
use crate::id::OrganisationId;
use crate::key::KeyError;
use crate::role::RoleId;
use crate::subject::SubjectError;

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$field_doc:meta])* $field:ident: $type:ty),* $(,)? })? $(($from:ident $inner:ty))?, $code:literal, $message:literal;)*) => {
        /// A rule that certificates and chains must keep.
        #[derive(Debug, Clone, PartialEq, Eq, Error)]
        #[non_exhaustive]
        pub enum CertificateRule {
            $(
                $(#[$doc])*
                #[error($message)]
                $name $({ $($(#[$field_doc])* $field: $type),* })? $((#[$from] $inner))?,
            )*
        }

        impl CertificateRule {
            /// A stable code for logs and metrics.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $code,)*
                }
            }
        }
    };
}

rules! {
    /// The expectation is of another environment than the trust framework.
    Environment {
        /// The trust framework's.
        trusted: Environment,
        /// The deployment's.
        expected: Environment,
    }, "certificate.environment", "the deployment is of {expected}, the trust framework of {trusted}: the two PKIs never mix";
    /// No certificate was presented.
    NotPresented, "certificate.not-presented", "no certificate was presented";
    /// Not X.509, an unknown critical extension, or one of those that are read occurs twice.
    Malformed, "certificate.malformed", "the certificate is malformed";
    /// Too many certificates, or too large.
    Chain(from ChainError), "certificate.chain", "{0}";
    /// No path to a trust anchor.
    UnknownIssuer {
        /// What was found wrong afterwards.
        cause: UnknownIssuerCause,
    }, "certificate.unknown-issuer", "no path to a trust anchor: {cause}";
    /// Every trust anchor is outside its own validity.
    AnchorValidity, "certificate.anchor-validity", "no trust anchor is valid at this time: load the current bundle of the Trust Framework";
    /// A signature in the chain does not verify.
    BadSignature, "certificate.bad-signature", "a signature in the chain does not verify";
    /// A signature of another algorithm than RSA PKCS #1 with SHA-256, SHA-384 or SHA-512.
    SignatureAlgorithm, "certificate.signature-algorithm", "a certificate in the chain is signed with an algorithm that is not accepted (RSA PKCS #1 with SHA-256, SHA-384 or SHA-512 is)";
    /// Too many intermediates, or more work than a chain may cost.
    PathTooLong, "certificate.path-too-long", "the path to the trust anchor is too long";
    /// A path length or name constraint of a CA is broken.
    Constraint, "certificate.constraint", "a constraint of an issuing CA is broken";
    /// A CA in the path may not issue certificates, or its key is too weak.
    Authority {
        /// What is wrong with the CA.
        cause: AuthorityCause,
    }, "certificate.authority", "a CA in the path is not acceptable: {cause}";
    /// The end of its validity has passed.
    Expired {
        /// Seconds since the Unix epoch.
        not_after: u64,
        /// The time it is judged at, now or that of its use: seconds since the Unix epoch.
        time: u64,
    }, "certificate.expired", "the certificate, or a CA above it, expired at {not_after} and is judged at {time} (Unix time, seconds)";
    /// The start of its validity has not come.
    NotYetValid {
        /// Seconds since the Unix epoch.
        not_before: u64,
        /// The time it is judged at, now or that of its use: seconds since the Unix epoch.
        time: u64,
    }, "certificate.not-yet-valid", "the certificate, or a CA above it, is valid from {not_before} and is judged at {time} (Unix time, seconds)";
    /// To be judged at the time of a use that has not come: nobody has used it then.
    UsedInFuture {
        /// The time of use, in seconds since the Unix epoch.
        used: u64,
        /// Seconds since the Unix epoch.
        now: u64,
    }, "certificate.used-in-future", "it is to be judged as used at {used} and it is {now} (Unix time, seconds): the time of use is wrong, or a clock is";
    /// Listed by its issuer as revoked or on hold: the certificate, or a CA above it.
    Revoked {
        /// The CA that lists it, in the form of RFC 4514.
        issuer: String,
        /// The serial number, in hexadecimal.
        serial: String,
        /// Seconds since the Unix epoch.
        revoked: u64,
    }, "certificate.revoked", "the certificate, or a CA above it, was revoked: {issuer:?} lists the serial number {serial} since {revoked} (Unix time, seconds)";
    /// Its status is unknown, and the policy requires one: no revocation list that covers it is loaded.
    RevocationListMissing {
        /// The CA whose list is needed, in the form of RFC 4514, cut to 256 characters.
        issuer: String,
    }, "certificate.revocation-list-missing", "revocation lists are required, and none of {issuer:?} that covers the certificate is loaded";
    /// The revocation list that tells its status has expired, and the policy requires a current one.
    RevocationListExpired {
        /// The CA whose list is needed, in the form of RFC 4514.
        issuer: String,
        /// When the next list was due, in seconds since the Unix epoch.
        next_update: u64,
        /// Seconds since the Unix epoch.
        now: u64,
    }, "certificate.revocation-list-expired", "revocation lists are required, and the one of {issuer:?} expired at {next_update} and it is {now} (Unix time, seconds): load the next one";
    /// A CA certificate where an end entity is due.
    IsAuthority, "certificate.is-authority", "a CA certificate was presented as an end entity's";
    /// Not an RSA key within limits.
    Key(from KeyError), "certificate.key", "{0}";
    /// The subject is not of the Trust Framework's form.
    Subject(from SubjectError), "certificate.subject", "{0}";
    /// The key usage extension does not allow what the role does.
    KeyUsage {
        /// The bit that is missing.
        required: &'static str,
    }, "certificate.key-usage", "its key usage does not allow {required}";
    /// The extended key usage is for something else.
    ExtendedKeyUsage {
        /// `clientAuth` or `serverAuth`.
        required: &'static str,
    }, "certificate.extended-key-usage", "its extended key usage does not allow {required}";
    /// The extended key usage extension is missing.
    ExtendedKeyUsageMissing {
        /// `clientAuth` or `serverAuth`.
        required: &'static str,
    }, "certificate.extended-key-usage-missing", "it has no extended key usage, and {required} is required: the deployment may set `extended_key_usage = \"if-present\"`";
    /// A server certificate without DNS names.
    NoDnsName {
        /// The host that was expected.
        expected: HostName,
    }, "certificate.no-dns-name", "it names no DNS host, and {expected} is expected: reissue it with a DNS subject alternative name, or set `server_name = \"organisation-only\"` for this LFI's S4";
    /// The DNS names do not cover the host.
    HostName {
        /// The host that was expected.
        expected: HostName,
    }, "certificate.host-name", "it is not valid for the host {expected}";
    /// Registered in another organisation.
    Organisation {
        /// OU of the certificate.
        found: OrganisationId,
    }, "certificate.organisation", "it belongs to organisation {found}, which is not the one registered for this role";
    /// Registered in the right organisation, but in another application.
    Application {
        /// CN of the certificate.
        found: String,
    }, "certificate.application", "its application (CN) {found:?} is not the one registered for this role";
    /// An application known for another role: Ozone's own, or an LFI's C3, where a TPP's C1 is due.
    RegisteredForAnotherRole {
        /// The role it is registered for.
        registered: RoleId,
    }, "certificate.other-role", "it is registered as {registered}";
}

/// Why no path to a trust anchor was found, as far as can be told afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UnknownIssuerCause {
    /// The certificate is its own issuer.
    #[error("the certificate is self-signed")]
    SelfSigned,
    /// The issuer's name speaks of another environment.
    #[error("it was issued in {found}, another environment than {trusted}")]
    OtherEnvironment {
        /// The environment that the issuer's name speaks of.
        found: Environment,
        /// The environment of the trust framework.
        trusted: Environment,
    },
    /// No certificate of that name is at hand.
    #[error("its issuer {issuer:?} is neither in the trust framework's bundle nor was it sent along")]
    IssuerNotAtHand {
        /// The issuer's name, cut to 256 characters.
        issuer: String,
    },
    /// A certificate of the issuer's name is at hand, but leads nowhere.
    #[error("the certificates at hand for its issuer {issuer:?} lead to no trust anchor")]
    IssuerNotTrusted {
        /// The issuer's name, cut to 256 characters.
        issuer: String,
    },
}

/// What is wrong with a CA (THREATS section 4, "What rustls-webpki 0.103 lets pass").
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuthorityCause {
    /// No basic constraints with `cA`.
    #[error("it is not a CA")]
    NotAnAuthority,
    /// Its key usage lacks keyCertSign.
    #[error("its key usage does not allow keyCertSign")]
    KeyUsage,
    /// Its key is not RSA within limits.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// It does not parse.
    #[error("it is malformed")]
    Malformed,
}

/// A name in a refused certificate is a stranger's: an error repeats no more than this many characters of it.
pub(crate) const MAX_SHOWN_NAME: usize = 256;
