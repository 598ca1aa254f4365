//! What all contestants' tokens say alike.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL;
use serde::Deserialize;
use uuid::Builder;

use crate::Outcome;

/// What tokens of one kind say, but for dates and `jti`.
#[derive(Clone)]
pub(crate) struct Terms {
    pub(crate) kid: String,
    pub(crate) typ: Option<String>,
    pub(crate) cty: Option<String>,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audience: String,
    pub(crate) lifetime: u64,
    /// The second at which tokens are verified that were made beforehand.
    pub(crate) now: u64,
}

impl Terms {
    /// Those of a token of ours, so that all say the same.
    pub(crate) fn of(token: &str) -> Outcome<Self> {
        #[derive(Deserialize)]
        struct Header {
            kid: String,
            typ: Option<String>,
            cty: Option<String>,
        }

        #[derive(Deserialize)]
        struct Claims {
            iss: String,
            sub: String,
            aud: String,
            iat: u64,
            exp: u64,
        }

        let mut segments = token.split('.').map(|segment| BASE64URL.decode(segment));
        let mut next = || segments.next().ok_or("a token has three segments");
        let Header { kid, typ, cty } = serde_json::from_slice(&next()??)?;
        let Claims { iss, sub, aud, iat, exp } = serde_json::from_slice(&next()??)?;
        Ok(Self { kid, typ, cty, issuer: iss, subject: sub, audience: aud, lifetime: exp - iat, now: iat })
    }
}

/// Seconds by which a token may come from the future: some are made while the contestants are set up.
pub(crate) const LEEWAY: u64 = 60;

/// A random `jti`, a UUID as ours are.
pub(crate) fn jti() -> Outcome<String> {
    let mut octets = [0; 16];
    rand::fill(&mut octets)?;
    Ok(Builder::from_random_bytes(octets).into_uuid().to_string())
}

/// The clock, in seconds since the Unix epoch.
pub(crate) fn seconds_now() -> Outcome<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}
