//! `instances`: thousands of instances on one acceptor, and what they cost.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    hub_examples::instances::main(std::env::args().skip(1)).await
}
