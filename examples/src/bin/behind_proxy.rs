//! `behind_proxy`: an LFI's Ozone Connect whose TLS ends in a proxy. See `--help`.

use std::process::ExitCode;

#[cfg(unix)]
#[tokio::main]
async fn main() -> ExitCode {
    hub_examples::behind_proxy::main(std::env::args().skip(1)).await
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    eprintln!("one of its listeners is a Unix socket: there are none here");
    ExitCode::FAILURE
}
