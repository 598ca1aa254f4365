//! `soak`: rotation under load, counted.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    hub_examples::soak::main().await
}
