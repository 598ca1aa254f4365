//! Key logs: where the environment asks for one, other programs write it and we do not.

use std::env;
use std::fs;
use std::process::Command;
use std::sync::Arc;

use rustls::KeyLogFile;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::ours::Ours;
use super::table::{Case, EVERYWHERE, Place, Row, Twin, Verdict};
use crate::generous::{client_config, server_config};
use crate::world::*;

/// Which of the connections a process makes.
const ONLY: &str = "HUB_TLS_CONNECTION";

pub(super) fn cases() -> Vec<Case> {
    let verdicts = [Verdict::Taken, Verdict::Accepted];
    Row::KeyLog.cases("asked for by SSLKEYLOGFILE", EVERYWHERE, verdicts, async |place, twin| logged(place, twin))
}

/// In a process of its own: rustls reads the environment, and tests may not write it.
fn logged(place: Place, twin: Twin) -> Verdict {
    let path = env::temp_dir().join(format!("hub-tls-keylog-{}-{place:?}-{twin:?}", std::process::id()));
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "refused::key_log::a_connection_at_each_place"]);
    let output = child.env("SSLKEYLOGFILE", &path).env(ONLY, format!("{place:?}, {twin:?}")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    match fs::read_to_string(&path) {
        Ok(log) => {
            fs::remove_file(&path).unwrap();
            assert!(log.contains("CLIENT_"), "{log:?}");
            Verdict::Taken
        }
        Err(_) => Verdict::Accepted,
    }
}

#[tokio::test]
async fn a_connection_at_each_place() {
    let only = env::var(ONLY).ok();
    let mut made = 0;
    for place in EVERYWHERE {
        for twin in [Twin::Neighbour, Twin::Refused] {
            if only.as_ref().is_none_or(|only| *only == format!("{place:?}, {twin:?}")) {
                connect(place, twin).await;
                made += 1;
            }
        }
    }
    assert_eq!(made, if only.is_some() { 1 } else { 8 });
}

/// Ours and a stranger, who is asked for a key log as we are, or alone.
async fn connect(place: Place, twin: Twin) {
    let mut client = client_config(Some(place.peer()), place.version);
    let mut server = server_config(place.peer(), place.version);
    if twin == Twin::Neighbour {
        client.key_log = Arc::new(KeyLogFile::new());
        server.key_log = Arc::new(KeyLogFile::new());
    }
    match place.ours(ECO.trust(), &settings()) {
        Ours::Acceptor(acceptor) => {
            let client = TlsConnector::from(Arc::new(client));
            meet(
                async |io| drop(acceptor.accept(io).await.unwrap()),
                async |io| drop(client.connect(server_name(BANK_OZONE_CONNECT), io).await.unwrap()),
            )
            .await;
        }
        Ours::Connector(connector) => {
            let server = TlsAcceptor::from(Arc::new(server));
            meet(
                async |io| drop(server.accept(io).await.unwrap()),
                async |io| drop(connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap()),
            )
            .await;
        }
    }
}
