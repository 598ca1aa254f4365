//! `overhead`: handshakes of ours beside handshakes of plain rustls.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    hub_examples::overhead::main().await
}
