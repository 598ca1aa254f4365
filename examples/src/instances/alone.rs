//! Thousands of instances, of which one rotates: the others do not notice.

use hub_roles::{HostName, TppToHub};
use hub_tls::{Acceptor, Connector};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

use super::Fault;
use super::fleet::Fleet;

/// One acceptor of all instances, and one connector that reaches them. Where an instance rotates, its session ends; everywhere else they
/// resume.
pub(super) async fn each_rotates_alone(fleet: &Fleet) -> Result<(), Fault> {
    let served = fleet.instances.iter().map(|instance| (instance.id.clone(), instance.s1.clone()));
    let acceptor = Acceptor::<TppToHub>::new(&fleet.trust, &fleet.deployment, served)?;
    let connector = Connector::new(&fleet.trust, &fleet.deployment, fleet.c1.clone())?;
    for instance in &fleet.instances {
        expect(false, &acceptor, &connector, &instance.host).await?;
    }
    let is_rotated = |number: usize| number.is_multiple_of(EVERY);
    for (number, instance) in fleet.instances.iter().enumerate() {
        if is_rotated(number) {
            acceptor.rotation().swap_credential(instance.id.clone(), instance.s1.clone())?;
        }
    }
    for (number, instance) in fleet.instances.iter().enumerate() {
        expect(!is_rotated(number), &acceptor, &connector, &instance.host).await?;
    }
    Ok(())
}

/// Connects, and sees whether a session resumes.
async fn expect(
    resumed: bool,
    acceptor: &Acceptor<TppToHub>,
    connector: &Connector<TppToHub>,
    host: &HostName,
) -> Result<(), Fault> {
    let (here, there) = duplex(64 * 1024);
    let (accepted, connected) = tokio::join!(
        async {
            let (_, mut stream) = acceptor.accept(here).await?.into_parts();
            stream.write_all(b"!").await?;
            Ok::<_, Fault>(stream.resumed())
        },
        async {
            let (_, mut stream) = connector.connect(host, there).await?.into_parts();
            stream.read_exact(&mut [0]).await?;
            Ok::<_, Fault>(stream.resumed())
        },
    );
    match [accepted?, connected?] {
        found if found == [resumed; 2] => Ok(()),
        found => Err(format!("{host}: resumed at acceptor and connector {found:?}, expected {resumed}").into()),
    }
}

/// Every so many instances, one rotates.
const EVERY: usize = 10;
