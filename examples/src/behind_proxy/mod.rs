//! The program `behind_proxy`: an LFI's Ozone Connect whose TLS ends in nginx or HAProxy.
//!
//! `listeners` is written to be copied: one for each way in which a proxy proves that it is the proxy. The configuration of the proxy is
//! in `docs/behind-a-proxy.md`.

mod listeners;
mod options;

use std::error::Error;
use std::fmt::Display;
use std::fs;
use std::future::Future;
use std::process::ExitCode;

use hub_roles::{Deployment, HubToLfi, TrustFramework};
use hub_tls::{AddressAndSecret, Hop, TrustedProxy, UnixSocket};
use tokio::net::{TcpListener, UnixListener};

use self::listeners::{over_mutual_tls, over_tcp, over_unix_socket, own_tls, pinned};
use self::options::{Door, HELP, Options, PROXY_SECRET};

/// Runs the program on its arguments, the program's name left out.
pub async fn main(arguments: impl IntoIterator<Item = String>) -> ExitCode {
    let options = match Options::parse(arguments) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(reason) => {
            eprintln!("{reason}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match serve(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("failed: {reason}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until the process is stopped.
async fn serve(options: &Options) -> Result<(), Box<dyn Error>> {
    match &options.door {
        Door::Unix { socket, user } => {
            let proxy = trusted(options, UnixSocket::of_users([*user])?)?;
            let listener = UnixListener::bind(socket)?;
            ready(socket.display(), over_unix_socket(proxy, listener)).await;
        }
        Door::Tcp { listen, from, secret } => {
            let secret = fs::read_to_string(secret)?;
            let proxy = trusted(options, AddressAndSecret::new([*from], PROXY_SECRET, [secret.trim_end()])?)?;
            let listener = TcpListener::bind(listen).await?;
            ready(listener.local_addr()?, over_tcp(proxy, listener)).await;
        }
        Door::Tls { listen, pki } => {
            let (tls, proxy) = (own_tls(pki)?, trusted(options, pinned(pki)?)?);
            let listener = TcpListener::bind(listen).await?;
            ready(listener.local_addr()?, over_mutual_tls(proxy, tls, listener)).await;
        }
    }
    Ok(())
}

/// A proxy of the form in use, in front of our Ozone Connect, that proves itself by this hop.
fn trusted<H: Hop>(options: &Options, hop: H) -> Result<TrustedProxy<HubToLfi, H>, Box<dyn Error>> {
    let deployment = Deployment::from_toml(&fs::read_to_string(&options.deployment)?)?;
    let trust = TrustFramework::from_pem(deployment.environment().clone(), &fs::read(&options.trust)?)?;
    Ok(TrustedProxy::<HubToLfi, _>::new(&trust, &deployment, options.form.clone(), hop)?)
}

/// Tells where we listen, and runs.
async fn ready(address: impl Display, listening: impl Future<Output = ()>) {
    println!("# ready {address}");
    listening.await;
}
