//! Mutual TLS for the three connection paths of the UAE Open Finance API Hub.

mod acceptor;
mod cause;
mod clock;
mod config;
mod connector;
mod error;
mod handshake;
mod hint;
mod identity;
mod peer;
mod settings;
mod stream;
mod tls;
mod verifier;

pub use acceptor::{Accepted, AcceptingPath, Acceptor};
pub use cause::{Cause, cause};
pub use clock::{Clock, SystemClock};
pub use connector::{Connected, Connector};
pub use error::{ConfigError, HandshakeError};
pub use peer::Peer;
pub use settings::Settings;
pub use stream::Stream;
