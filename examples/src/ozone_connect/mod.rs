//! The program `ozone_connect`: an LFI's Ozone Connect on [axum], called by the Hub over a real socket.
//!
//! `bank` is written to be copied: the LFI's server, with S4 and for C4 only, and JWT Auth in both directions. `hub` calls it.

mod bank;
mod hub;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use hub_jwks::{CertificatePolicy, Keystore, KeystoreSettings};
use hub_testkit::Ecosystem;
use rustls_pki_types::UnixTime;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use self::bank::Bank;
use self::hub::Hub;

/// Runs the program.
pub async fn main() -> ExitCode {
    match story().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("failed: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn story() -> Result<(), Box<dyn Error>> {
    let eco = Ecosystem::sandbox(UnixTime::now())?;
    let served = hub_testkit::Keystore::serve(&eco).await?;
    let lfi = eco.lfi("bank")?;
    // A bank gives the roots of the public web, and asks the DNS where the keystore is: nothing else would differ.
    let settings = KeystoreSettings::new().with_trust(eco.trust(), CertificatePolicy::Required);
    let keystore = Keystore::new(lfi.deployment(), eco.keystore(), Arc::new(served.fetcher()?), &settings)?;

    let port = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = port.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    let bank = Bank::new(lfi.deployment(), lfi.sig4()?, keystore);
    let serving = bank.serve(eco.trust(), lfi.s4(), port, async { drop(stopped.await) });
    let called = async {
        Hub::connect(&eco, address).await?.calls().await?;
        drop(stop);
        Ok(())
    };
    tokio::try_join!(serving, called)?;
    Ok(())
}
