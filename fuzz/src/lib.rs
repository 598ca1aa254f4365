//! What the fuzz targets share: one ecosystem, whose parties, keys and certificates are the same in every run, and what is expected in
//! it. The targets stand in `targets/`, one file each; `run` runs them.

use std::sync::LazyLock;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};
use hub_jose::{ExpectedClient, JwtAuth};
use hub_roles::{ClientId, DecryptionKey, Enc1, EncryptionKey, HubToLfi, Issuer, LfiInstance, Sig1, VerificationKey};
use hub_testkit::Ecosystem;
use rustls_pki_types::UnixTime;

/// The one ecosystem of the targets.
pub static ECO: LazyLock<Ecosystem> = LazyLock::new(|| Ecosystem::sandbox(now()).unwrap());

/// Sig1 of the TPP `acme`, as the Hub and the LFI know it.
pub static SIG1: LazyLock<VerificationKey<Sig1>> =
    LazyLock::new(|| ECO.holding::<Sig1>("acme").unwrap().verification_key().unwrap());

/// Enc1 of the LFI `bank`, as a TPP knows it.
pub static ENC1: LazyLock<EncryptionKey<Enc1>> =
    LazyLock::new(|| ECO.holding::<Enc1>("bank").unwrap().encryption_key().unwrap());

/// Enc1 of the LFI `bank`, as it is held.
pub static ENC1_PRIVATE: LazyLock<DecryptionKey<Enc1>> = LazyLock::new(|| ECO.lfi("bank").unwrap().enc1());

/// JWT Auth between the Hub and the LFI `bank`.
pub static JWT_AUTH: LazyLock<JwtAuth<HubToLfi>> =
    LazyLock::new(|| JwtAuth::of(ECO.hub().deployment(), instance()).unwrap());

/// When everything happens.
pub fn now() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000))
}

/// The instance `retail` of the LFI `bank`.
pub fn instance() -> &'static LfiInstance {
    ECO.hub().deployment().instance(&"retail".parse().unwrap()).unwrap()
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

/// One segment of a compact token.
pub fn segment(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}
