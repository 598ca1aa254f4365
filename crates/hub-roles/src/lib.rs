//! The certificate roles, connection paths and payloads of the UAE Open Finance API Hub as types.
//!
//! The API Hub's document *Connectivity & Certificates* names twelve certificates, three connection paths and two encrypted payloads,
//! and says which belongs where. Here each certificate role is a type ([`C1`] to [`Enc2`], the table is at [`RoleId`]), each path is a type
//! ([`TppToHub`], [`HubToLfi`], [`LfiToHub`]) that names its four roles, and each payload ([`Pii`], [`WebhookEvent`]) names its two.
//! A payload of the OpenAPI, [`LoginHint`], has those of `Pii`.
//!
//! # Guarantees
//!
//! - **No role without a registration.** A [`Certificate<R>`](Certificate) comes from [`TrustFramework::verify`] (or [`verify_used_at`](TrustFramework::verify_used_at)) alone, which checks its path,
//!   dates, key, usage and names, and that it is the one which onboarding registered for this role ([`Deployment`], [`Expectation`]). By
//!   itself a certificate cannot show whether it is C1 or C3.
//! - **No role in another's place.** An expectation of one role verifies no other, a [`Credential`] signs and decrypts what its role is
//!   for, and a public key knows whose it is. The wrong role is a compile error:
//!
//!   ```compile_fail,E0308
//!   # use hub_roles::*;
//!   fn accept(trust: &TrustFramework, chain: &CertificateChain, c3: &Expectation<C3>, now: rustls_pki_types::UnixTime) {
//!       let c1: Result<Certificate<C1>, Refusal> = trust.verify(chain, c3, now);
//!   }
//!   ```
//! - **No two environments at once.** Sandbox and Production are separate PKIs ([`Environment`]): bundles, deployments and certificates of
//!   one are refused by the other.
//! - **No key that does not fit its certificate.** A [`Credential`] holds the two together, and only if they belong together.
//! - **No secret on show.** Private keys are operations ([`PrivateKey`]), so hardware fits as well as software. Nothing prints a key, and
//!   only a [`CertificateRequest`] that makes a new one gives it out, for its holder to store.
//! - **No panic, no unsafe code**, whatever the input. Sizes are limited before anything is parsed.
//!
//! A verified certificate still says nothing about who presents it, because chains are public: that is for whoever runs the handshake.
//! This crate knows no TLS stack, no HTTP and no async runtime; time comes in as an argument.
//!
//! # Example
//!
//! A bank starts its Ozone Connect server: from files to a credential that no other place accepts.
//!
//! ```
//! use hub_roles::{CertificateChain, Credential, Deployment, Environment, S4, SoftwareKey, TrustFramework};
//!
//! # let now = rustls_pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
//! # let eco = hub_testkit::Ecosystem::sandbox(now)?;
//! # let bundle = eco.authority().bundle_pem()?;
//! # let onboarding = eco.lfi("bank")?.deployment_json();
//! # let (certificate, key) = (eco.issued::<S4>("bank")?.chain_pem()?, eco.issued::<S4>("bank")?.key_pem()?);
//! let trust = TrustFramework::from_pem(Environment::Sandbox, bundle.as_bytes())?;
//! let deployment = Deployment::from_json(onboarding.as_bytes())?;
//! let expected = deployment.expect::<S4>(&"retail".parse()?)?;
//!
//! let chain = CertificateChain::from_pem(certificate.as_bytes())?;
//! let certificate = trust.verify(&chain, &expected, now)?;
//! for warning in certificate.warnings(now) {
//!     eprintln!("{warning}");
//! }
//! let s4 = Credential::new(certificate, SoftwareKey::from_pem(key.as_bytes())?)?;
//! assert_eq!(s4.certificate().organisation(), deployment.instance(&"retail".parse()?)?.organisation());
//!
//! // The same chain is no C3, and the error says why.
//! let refused = trust.verify(&chain, &deployment.expect::<hub_roles::C3>(&"retail".parse()?)?, now).unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "certificate refused as C3 (LFI to API Hub): its extended key usage does not allow clientAuth",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! FACTS, THREATS and *the seed*, which the documentation cites: `docs/rules.md` in the repository has what they say.
//!
//! # Module map
//!
//! | concern | modules | start at |
//! |---|---|---|
//! | the model | `party`, `role`, `path`, `payload`, `responsibility` | [`RoleId`], [`Path`], [`Payload`] |
//! | names | `id`, `host`, `environment`, over `text` | [`OrganisationId`], [`ClientId`], [`HostName`] |
//! | what onboarding exchanged | `deployment`, `expectation` | [`Deployment`] |
//! | from bytes to a role | `chain`, `trust`, `verify`, over `algorithm`, `authority`, `end_entity`, `subject`, `certificate` | [`TrustFramework`] |
//! | revocation | `revocation`, below `trust` | [`TrustFramework::with_revocation_lists`], [`TrustFramework::succeeding`], [`RevocationPolicy`] |
//! | why not | `refusal`, `rule` | [`Refusal`], [`CertificateRule`] |
//! | keys | `key`, `credential` | [`PrivateKey`], [`Credential`] |
//! | new certificates, and when | `request`, `validity`, `path_validity`, `warning` | [`CertificateRequest`], [`CertificateWarning`] |

mod sealed {
    /// Closes the model's traits: the seed names all their implementations.
    #[allow(unnameable_types)]
    pub trait Sealed {}
}

mod algorithm;
mod authority;
mod certificate;
mod chain;
mod credential;
mod deployment;
mod end_entity;
mod environment;
mod expectation;
mod host;
mod id;
mod key;
mod party;
mod path;
mod path_validity;
mod payload;
mod refusal;
mod request;
mod responsibility;
mod revocation;
mod role;
mod rule;
mod subject;
mod text;
mod trust;
mod validity;
mod verify;
mod warning;

pub use certificate::Certificate;
pub use chain::{CertificateChain, ChainError, MAX_CERTIFICATE_OCTETS, MAX_CERTIFICATES};
pub use credential::{Credential, CredentialError};
pub use deployment::{
    Deployment, DeploymentError, DeploymentRule, InstanceHosts, JwtAuthIdentity, JwtAuthLeg, JwtAuthSettings, Leg,
    LfiInstance, LfiRegistration, MissingPart, Own, OzoneRegistration, Problem, RegistrationLevel, ServerNameRule,
    Sig4Registration, TppRegistration,
};
pub use environment::Environment;
pub use expectation::{Expectation, ExtendedKeyUsageRule};
pub use host::{HostError, HostName, HttpsUrl};
pub use id::{
    ClientId, EnvironmentName, IdError, InstanceId, Issuer, KeyId, OrganisationId, ProviderId, SoftwareStatementId,
};
pub use key::{
    DecryptionKey, EncryptionKey, KeyError, PrivateKey, RemoteKey, RsaPublicKey, SignatureScheme, SoftwareKey,
    VerificationKey,
};
pub use party::{Lfi, Ozone, Party, PartyId, Tpp};
pub use path::{HubToLfi, JwtAuthPath, LfiToHub, Path, PathId, TppToHub};
pub use path_validity::PathValidity;
pub use payload::{LoginHint, Payload, PayloadId, Pii, WebhookEvent};
pub use refusal::Refusal;
pub use request::{CertificateRequest, NewPrivateKey, RequestError, RequestedSubject};
pub use responsibility::{Handover, Location, Responsibility};
pub use revocation::{
    MAX_REVOCATION_LIST_OCTETS, RevocationDepth, RevocationList, RevocationListError, RevocationListNumber,
    RevocationListRule, RevocationPolicy,
};
pub use role::{
    C1, C3, C4, CertificateType, ClientTransport, Enc1, Enc2, Encryption, Role, RoleId, RoleKind, S1, S3, S4,
    ServerTransport, Sig1, Sig2, Sig3, Sig4, Signing, Transport, UnknownRole,
};
pub use rule::{AuthorityCause, CertificateRule, UnknownIssuerCause};
pub use subject::{Subject, SubjectError};
pub use trust::{TrustError, TrustFramework};
pub use validity::{ExpiryState, MAX_LIFETIME, REMINDER, Validity};
pub use warning::CertificateWarning;
