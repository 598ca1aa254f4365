//! What the fuzz targets share: one ecosystem, whose parties, keys and certificates are the same in every run, and what is expected in
//! it. The targets stand in `targets/`, one file each; `run` runs them.

pub mod payload;
pub mod proxy;
pub mod seeds;

use std::sync::LazyLock;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use hub_jose::{ExpectedClient, ExpectedIdToken, ExpectedIssuer, JwtAuth};
use hub_roles::{
    ClientId, DecryptionKey, Enc1, Enc2, EncryptionKey, HubToLfi, Issuer, LfiInstance, Sig1, Sig2, Sig3,
    VerificationKey,
};
use hub_testkit::Ecosystem;
use rustls_pki_types::UnixTime;

/// The one ecosystem of the targets.
pub static ECO: LazyLock<Ecosystem> = LazyLock::new(|| Ecosystem::sandbox(now()).unwrap());

/// Sig1 of the TPP `acme`, as the Hub and the LFI know it.
pub static SIG1: LazyLock<VerificationKey<Sig1>> =
    LazyLock::new(|| ECO.holding::<Sig1>("acme").unwrap().verification_key().unwrap());

/// Sig2 of the instance `retail`, as a TPP knows it.
pub static SIG2: LazyLock<VerificationKey<Sig2>> =
    LazyLock::new(|| ECO.holding::<Sig2>(INSTANCE).unwrap().verification_key().unwrap());

/// Sig3 of the Hub, as the LFI knows it.
pub static SIG3: LazyLock<VerificationKey<Sig3>> =
    LazyLock::new(|| ECO.holding::<Sig3>(Ecosystem::HUB).unwrap().verification_key().unwrap());

/// Enc1 of the LFI `bank`, as a TPP knows it.
pub static ENC1: LazyLock<EncryptionKey<Enc1>> =
    LazyLock::new(|| ECO.holding::<Enc1>("bank").unwrap().encryption_key().unwrap());

/// Enc1 of the LFI `bank`, as it is held.
pub static ENC1_PRIVATE: LazyLock<DecryptionKey<Enc1>> = LazyLock::new(|| ECO.lfi("bank").unwrap().enc1());

/// Enc2 of the TPP `acme`, as the Hub knows it.
pub static ENC2: LazyLock<EncryptionKey<Enc2>> =
    LazyLock::new(|| ECO.holding::<Enc2>("acme").unwrap().encryption_key().unwrap());

/// Enc2 of the TPP `acme`, as it is held.
pub static ENC2_PRIVATE: LazyLock<DecryptionKey<Enc2>> =
    LazyLock::new(|| DecryptionKey::from(&ECO.tpp("acme").unwrap().enc2()));

/// JWT Auth between the Hub and the LFI `bank`.
pub static JWT_AUTH: LazyLock<JwtAuth<HubToLfi>> =
    LazyLock::new(|| JwtAuth::of(ECO.hub().deployment(), instance()).unwrap());

/// When everything happens.
pub fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000))
}

/// The instance `retail` of the LFI `bank`.
pub fn instance() -> &'static LfiInstance {
    ECO.hub().deployment().instance(&INSTANCE.parse().unwrap()).unwrap()
}

/// The issuer of that instance.
pub fn issuer() -> &'static Issuer {
    instance().issuer().unwrap()
}

/// The client that `acme` is.
pub fn client() -> &'static ClientId {
    ECO.tpp("acme").unwrap().client_id()
}

/// What is expected of a token of `acme` for that instance.
pub fn from_acme() -> ExpectedClient {
    ExpectedClient::new(client(), issuer())
}

/// What is expected of a token of that instance for `acme`.
pub fn from_instance() -> ExpectedIssuer {
    ExpectedIssuer::of(instance(), client()).unwrap()
}

/// What is expected of an ID token of that instance for `acme`.
pub fn from_login() -> ExpectedIdToken {
    ExpectedIdToken::new(from_instance(), NONCE)
}

/// One segment of a compact token.
pub fn segment(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}

/// The nonce of `acme`'s request objects.
pub const NONCE: &str = "n-0S6_WzA2Mj";

/// The instance of which tokens are fuzzed.
pub const INSTANCE: &str = "retail";
