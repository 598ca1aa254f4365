//! reqwest with the configuration that a connector exports: the same verdicts, and what it cannot know.
//!
//! - Responses carry no `Peer`.
//! - No session resumes: each new connection is a full handshake.
//! - A rotation closes none of its connections: the pool lets them go when they have been idle for a while, and after a revocation that
//!   cannot wait, another client is built.

use std::error::Error;
use std::time::Duration;

use hub_roles::{HostName, S1, TppToHub};
use hub_testkit::{CrlSpec, Ecosystem};
use hub_tls::{Connector, cause};
use reqwest::Client;
use reqwest::redirect::Policy;

use super::hub::Hub;

pub(super) async fn story(eco: &Ecosystem, hub: &Hub) -> Result<(), Box<dyn Error>> {
    let tpp = eco.tpp("acme")?;
    // No word of HTTP/2 in its settings: in HTTP/1.1 every refusal is found in reqwest's error.
    let connector = Connector::<TppToHub>::new(eco.trust(), tpp.deployment(), tpp.c1())?;
    let host = tpp.deployment().instance(&"retail".parse()?)?.hosts().resource()?;
    let client = client(&connector, host, hub)?;
    let url = format!("https://{host}:{}/who-am-i", hub.address().port());

    let response = client.get(&url).send().await?;
    println!("{:?} {} from {host}", response.version(), response.status());
    println!("who we are: {}", response.text().await?);

    let revoked = CrlSpec::current(eco.now()).revoking(eco.issued::<S1>("retail")?.serial);
    let revoked = eco.authority().crl(&revoked)?;
    connector.rotation().swap_trust(&eco.trust().with_revocation_lists(&[revoked.der()], eco.now())?)?;
    println!("on the old connection, still: {}", client.get(&url).send().await?.status());
    match self::client(&connector, host, hub)?.get(&url).send().await {
        Ok(response) => Err(format!("a revoked server answered: {}", response.status()).into()),
        Err(error) => {
            let cause = cause(&error).ok_or("an error without a cause")?;
            println!("{}: {cause}", cause.code());
            Ok(())
        }
    }
}

fn client(connector: &Connector<TppToHub>, host: &HostName, hub: &Hub) -> reqwest::Result<Client> {
    Client::builder()
        .tls_backend_preconfigured((*connector.rustls_config()).clone())
        .https_only(true)
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(20))
        .pool_idle_timeout(Duration::from_secs(10))
        .resolve(host.as_str(), hub.address())
        .build()
}
