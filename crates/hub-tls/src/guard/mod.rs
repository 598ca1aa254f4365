//! What a server on a network needs around its handshakes: limits of time and number, and a share for each source.

mod gate;
mod limits;
mod linger;
mod listener;
mod shares;

pub use self::gate::{Gate, Place};
pub use self::limits::Limits;
pub use self::listener::Listener;
