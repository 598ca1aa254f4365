//! Keys: the operations a private key offers, in memory or elsewhere, and public keys that know whose they are.

mod decryption;
mod error;
mod private;
mod ps256;
mod public;
mod registered;
mod remote;
mod software;

pub use decryption::DecryptionKey;
pub use error::KeyError;
pub use private::{PrivateKey, SignatureScheme};
pub(crate) use ps256::Ps256Key;
pub use public::RsaPublicKey;
pub use registered::{EncryptionKey, VerificationKey};
pub use remote::RemoteKey;
pub use software::SoftwareKey;
