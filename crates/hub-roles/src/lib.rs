//! The certificate roles, connection paths and payloads of the UAE Open Finance API Hub as types.

mod sealed {
    /// Closes the model's traits: the seed names all their implementations.
    #[allow(unnameable_types)]
    pub trait Sealed {}
}

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
mod payload;
mod refusal;
mod request;
mod responsibility;
mod role;
mod subject;
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
    DecryptionKey, EncryptionKey, KeyError, PrivateKey, RsaPublicKey, SignatureScheme, SoftwareKey, VerificationKey,
};
pub use party::{Lfi, Ozone, Party, PartyId, Tpp};
pub use path::{HubToLfi, JwtAuthPath, LfiToHub, Path, PathId, TppToHub};
pub use payload::{Payload, PayloadId, Pii, WebhookEvent};
pub use refusal::{AuthorityCause, CertificateRule, Refusal, UnknownIssuerCause};
pub use request::{CertificateRequest, NewPrivateKey, RequestError, RequestedSubject};
pub use responsibility::{Handover, Location, Responsibility};
pub use role::{
    C1, C3, C4, CertificateType, ClientTransport, Enc1, Enc2, Encryption, Role, RoleId, RoleKind, S1, S3, S4,
    ServerTransport, Sig1, Sig2, Sig3, Sig4, Signing, Transport, UnknownRole,
};
pub use subject::{Subject, SubjectError};
pub use trust::{TrustError, TrustFramework};
pub use validity::{ExpiryState, MAX_LIFETIME, REMINDER, Validity};
pub use warning::CertificateWarning;
