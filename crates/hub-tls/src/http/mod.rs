//! HTTP over the connections of this crate: clients over connectors, and servers behind acceptors.

#[cfg(feature = "axum")]
mod authority;
#[cfg(feature = "axum")]
mod caller;
#[cfg(feature = "hyper")]
mod client;
#[cfg(feature = "axum")]
mod server;

#[cfg(feature = "axum")]
pub use caller::{Caller, ServedOn};
#[cfg(feature = "hyper")]
pub use client::{HttpsConnector, HttpsStream};
#[cfg(feature = "axum")]
pub use server::ServeError;
