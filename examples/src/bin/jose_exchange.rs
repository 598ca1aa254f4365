//! `jose_exchange`: tokens exchanged with other implementations of JOSE. See `--help`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    hub_examples::jose_exchange::main(std::env::args().skip(1)).await
}
