//! The work on tokens, one module per kind of it.

pub(crate) mod encrypting;
pub(crate) mod nesting;
pub(crate) mod parties;
mod pool;
pub(crate) mod refusing;
pub(crate) mod signing;
pub(crate) mod verifying;

/// What our rows are called.
pub(crate) const OURS: &str = "hub-jose";
