//! The raw PKI through its public API: sound certificates verify, broken ones are broken as they say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod authority;
mod broken;
mod judge;
