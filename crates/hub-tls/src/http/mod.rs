//! HTTP over the connections of this crate.

mod authority;
mod caller;
mod server;

pub use caller::{Caller, ServedOn};
pub use server::ServeError;
