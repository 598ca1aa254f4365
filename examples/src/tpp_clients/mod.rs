//! The programs `tpp_hyper` and `tpp_reqwest`: a TPP's HTTP client, and an API Hub that answers it over a real socket.
//!
//! `over_hyper` and `over_reqwest` are written to be copied, and do the same, as far as each can: send a request, and learn by which rule
//! a server is refused. `hub` answers them.

mod hub;
mod over_hyper;
mod over_reqwest;

use std::error::Error;
use std::process::ExitCode;

use hub_testkit::Ecosystem;
use rustls_pki_types::UnixTime;

use self::hub::Hub;

/// Runs the program `tpp_hyper`.
pub async fn hyper() -> ExitCode {
    tell(over_hyper::story).await
}

/// Runs the program `tpp_reqwest`.
pub async fn reqwest() -> ExitCode {
    tell(over_reqwest::story).await
}

async fn tell(story: impl AsyncFnOnce(&Ecosystem, &Hub) -> Result<(), Box<dyn Error>>) -> ExitCode {
    match answered(story).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("failed: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn answered(
    story: impl AsyncFnOnce(&Ecosystem, &Hub) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let eco = Ecosystem::sandbox(UnixTime::now())?;
    let hub = Hub::open(&eco).await?;
    story(&eco, &hub).await
}
