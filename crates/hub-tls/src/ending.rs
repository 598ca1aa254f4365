//! Why a connection ended, kept for code above that loses it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::error::HandshakeError;

/// Why a connection ended, as far as its [`Stream`](crate::Stream) knows: the server refused us after its handshake had finished
/// here (TLS 1.3), or a [`Rotation`](crate::Rotation) closed it.
///
/// Who reads or writes the stream gets the same in an [`io::Error`](std::io::Error). This is for code above that makes text of such
/// an error, as HTTP/2 does: take it before the stream is given away. [`cause`](crate::cause) looks here by itself, below the
/// errors of a client over an `HttpsConnector`.
///
/// Cloning is cheap, and all clones learn the same. They do not keep the connection open.
#[derive(Clone, Default)]
pub struct Ending(Arc<OnceLock<Arc<HandshakeError>>>);

impl Ending {
    /// The reason; `None` while the connection is open, and if it ended in another way.
    #[must_use]
    pub fn reason(&self) -> Option<Arc<HandshakeError>> {
        self.0.get().cloned()
    }

    /// Keeps the first reason. Tells whether this is the first.
    pub(crate) fn because_of(&self, error: HandshakeError) -> bool {
        self.0.set(Arc::new(error)).is_ok()
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.get() {
            Some(error) => write!(f, "Ending({})", error.code()),
            None => f.write_str("Ending(none)"),
        }
    }
}
