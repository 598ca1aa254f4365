//! The same work on two threads as on one, and at one size after another.

pub(crate) mod lookup;
pub(crate) mod replay;
pub(crate) mod sizes;
mod threads;
pub(crate) mod tokens;
