//! Keys: the operations a private key offers, its software implementation, and public keys that know whose they are.

mod decryption;
mod private;
mod public;
mod registered;
mod software;

pub use decryption::DecryptionKey;
pub use private::{KeyError, PrivateKey, SignatureScheme};
pub use public::RsaPublicKey;
pub use registered::{EncryptionKey, VerificationKey};
pub use software::SoftwareKey;
