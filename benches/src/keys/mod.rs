//! The work on keys: reading sets, selecting from them, and looking up in what is cached.

pub(crate) mod lookup;
pub(crate) mod parsing;
pub(crate) mod selecting;
pub(crate) mod served;
mod sets;
pub(crate) mod tenants;

/// What our rows are called.
pub(crate) const OURS: &str = "hub-jwks";
