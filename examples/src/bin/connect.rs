//! `connect`: which certificate a server shows, in which role it passes, and why it is refused. See `--help`.

use std::process::ExitCode;

use hub_examples::ecosystem::connect;

#[tokio::main]
async fn main() -> ExitCode {
    connect::main(std::env::args().skip(1)).await
}
