//! Values that nobody can guess: codes, nonces, access tokens.

use aws_lc_rs::rand;
use base64ct::{Base64UrlUnpadded, Encoding};

use super::failure::Failure;

/// 256 random bits as 43 characters of base64url.
pub(super) fn random() -> Result<String, Failure> {
    let mut octets = [0; 32];
    rand::fill(&mut octets).map_err(|_| Failure::new("random", "the system has no randomness to give"))?;
    Ok(Base64UrlUnpadded::encode_string(&octets))
}
