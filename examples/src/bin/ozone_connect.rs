//! `ozone_connect`: an LFI's Ozone Connect on axum, and the Hub that calls it.

use std::process::ExitCode;

use hub_examples::ozone_connect;

#[tokio::main]
async fn main() -> ExitCode {
    ozone_connect::main().await
}
