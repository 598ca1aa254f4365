//! Single use: who remembers which tokens were used (THREATS section 1, "replay").

mod error;
mod memory;
mod room;
mod shard;
mod spread;

use std::future::{self, Future};

use aws_lc_rs::digest::{Context, SHA256};
use rustls_pki_types::UnixTime;

pub use error::ReplayError;
pub use memory::MemoryReplayGuard;

/// What a guard has to remember of a used token: its issuer and `jti`, until it could not be accepted any more.
///
/// The kind of token is not part of it, on purpose: a JWT Auth request from the LFI to the Hub and a response from the LFI to the Hub
/// look the same, and only a guard that both share tells that one is used as the other (THREATS section 1, "JWT Auth").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    issuer: String,
    jti: String,
    until: UnixTime,
}

impl Use {
    pub(crate) fn new(issuer: String, jti: String, until: UnixTime) -> Self {
        Self { issuer, jti, until }
    }

    /// The token's `iss`. Its signature was verified, so this is who issued it.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The token's `jti`.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// When the token could not be accepted any more: `exp` and the clock skew. Until then the use must not be forgotten. It is less
    /// than six minutes ahead: no single-use token may live longer.
    #[must_use]
    pub fn until(&self) -> UnixTime {
        self.until
    }

    /// SHA-256 over issuer and `jti`: a key of constant size for stores, in which neither can pass for the other.
    #[must_use]
    pub fn key(&self) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        context.update(&(self.issuer.len() as u64).to_be_bytes());
        context.update(self.issuer.as_bytes());
        context.update(self.jti.as_bytes());
        let mut key = [0; 32];
        key.copy_from_slice(context.finish().as_ref());
        key
    }
}

/// Remembers used tokens. Of any number of concurrent uses of one token, exactly one may succeed.
///
/// Processes that accept the same tokens must share what they remember, or a token can be used once at each: behind this trait if the
/// store answers at once, behind [`AsyncReplayGuard`] if it is across a network.
pub trait ReplayGuard: Send + Sync {
    /// Records a use at `now`.
    ///
    /// # Errors
    /// [`ReplayError::Used`] if it was recorded before, anything else if that cannot be told.
    fn insert(&self, token: &Use, now: UnixTime) -> Result<(), ReplayError>;
}

/// As [`ReplayGuard`], for a store that many processes share and that answers later. Every [`ReplayGuard`] is one too.
///
/// The duty is the same: of concurrent uses, in whatever processes, exactly one succeeds. So it takes one atomic step of the store that
/// fails if the entry exists: `SET key 1 NX EXAT until` of a key-value store, an `INSERT` under a unique constraint. First to look and
/// then to write is not enough, and neither is a store that may lose what it has acknowledged.
///
/// It is implemented with an `async fn`:
///
/// ```
/// use hub_jose::{AsyncReplayGuard, ReplayError, Use};
/// use rustls_pki_types::UnixTime;
///
/// # struct Client;
/// # impl Client {
/// #     async fn set_if_absent(&self, _: [u8; 32], _: u64) -> std::io::Result<bool> { Ok(true) }
/// # }
/// struct SharedStore {
///     client: Client,
/// }
///
/// impl AsyncReplayGuard for SharedStore {
///     async fn insert_async(&self, token: &Use, _: UnixTime) -> Result<(), ReplayError> {
///         match self.client.set_if_absent(token.key(), token.until().as_secs()).await {
///             Ok(true) => Ok(()),
///             Ok(false) => Err(ReplayError::Used),
///             Err(error) => Err(ReplayError::Unavailable { reason: error.kind().to_string() }),
///         }
///     }
/// }
/// ```
///
/// A trait object it is not, as its method returns a future of the store's own: a server that chooses its store when it starts holds
/// an `enum` of those it knows.
pub trait AsyncReplayGuard: Send + Sync {
    /// Records a use at `now`.
    ///
    /// # Errors
    /// As [`ReplayGuard::insert`].
    fn insert_async(&self, token: &Use, now: UnixTime) -> impl Future<Output = Result<(), ReplayError>> + Send;
}

impl<G: ReplayGuard + ?Sized> AsyncReplayGuard for G {
    fn insert_async(&self, token: &Use, now: UnixTime) -> impl Future<Output = Result<(), ReplayError>> + Send {
        future::ready(self.insert(token, now))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn issuer_and_jti_do_not_run_into_each_other() {
        let key = |issuer: &str, jti: &str| {
            Use::new(issuer.to_owned(), jti.to_owned(), UnixTime::since_unix_epoch(Duration::ZERO)).key()
        };
        assert_ne!(key("ab", "c"), key("a", "bc"));
        assert_ne!(key("", "abc"), key("abc", ""));
    }
}
