//! Stories told with the crates of this workspace, one module per story and one binary per module.
//!
//! [`ecosystem`] is the main one: every certificate, every path and both encrypted payloads at work in one process. Its modules are
//! written to be copied from: `tpp`, `lfi` and `hub` each use the libraries as a program of that party would. [`ozone_connect`] is an LFI's
//! server on axum, and `behind_proxy` one behind nginx or HAProxy. [`tpp_clients`] are a TPP's clients over hyper and over reqwest. [`soak`],
//! [`instances`] and [`jose_exchange`] are no stories but trials: rotation under load and among thousands of instances, and tokens exchanged
//! with other implementations of JOSE.

#[cfg(unix)]
pub mod behind_proxy;
pub mod ecosystem;
pub mod instances;
pub mod jose_exchange;
pub mod ozone_connect;
pub mod soak;
pub mod tpp_clients;

/// The worked examples of the workspace's README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
