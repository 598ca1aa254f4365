//! HTTP clients over connectors, against HTTP servers behind acceptors: whom they reach, and what they learn when they do not.

mod causes;
mod foreign;
mod pool;
mod refused;
mod responses;
mod server;
mod transports;
