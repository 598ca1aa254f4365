//! `tpp_hyper`: a TPP's client over hyper, and the API Hub that it calls.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    hub_examples::tpp_clients::hyper().await
}
