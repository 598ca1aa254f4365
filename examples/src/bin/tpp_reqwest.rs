//! `tpp_reqwest`: a TPP's client over reqwest, and the API Hub that it calls.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    hub_examples::tpp_clients::reqwest().await
}
