//! `behind_proxy`: an LFI's Ozone Connect whose TLS ends in a proxy. See `--help`.

use std::process::ExitCode;

use hub_examples::behind_proxy;

#[tokio::main]
async fn main() -> ExitCode {
    behind_proxy::main(std::env::args().skip(1)).await
}
