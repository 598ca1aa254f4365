//! `ecosystem`: the UAE Open Finance API Hub and everyone around it, in one process. See `--help`.

use std::process::ExitCode;

use hub_examples::ecosystem;

#[tokio::main]
async fn main() -> ExitCode {
    ecosystem::main(std::env::args().skip(1)).await
}
