//! Renegotiation, and early data.

use std::io::Write;
use std::sync::Arc;

use hub_roles::{C4, HubToLfi, S4};
use hub_tls::Acceptor;
use rustls::HandshakeKind::Resumed;
use rustls::client::Resumption;
use rustls::{ClientConnection, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::table::{AT_ACCEPTORS, AT_CONNECTORS, Case, Place, Row, Twin, Verdict};
use crate::generous::{client_config, server_config};
use crate::one_memory::OneMemory;
use crate::renegotiation::asking_again;
use crate::world::*;

pub(super) fn cases() -> Vec<Case> {
    let [acceptor_of_tls13, acceptor_of_tls12] = AT_ACCEPTORS.map(|place| [place]);
    let [connector_of_tls13, _] = AT_CONNECTORS.map(|place| [place]);
    let (taken, resumed) = (Verdict::Taken, Verdict::Resumed);
    let own = "a session that began here allows none";
    let foreign = "a session that began elsewhere allows it";
    let offered = "the server allows it";
    [
        Row::Renegotiation.cases("twice", acceptor_of_tls12, [Verdict::Accepted, TOO_MANY], renegotiates),
        Row::EarlyData.cases(own, acceptor_of_tls13, [taken, resumed], comes_back_eagerly),
        Row::EarlyData.cases(foreign, acceptor_of_tls13, [taken, Verdict::Accepted], comes_eagerly_from_elsewhere),
        Row::EarlyData.cases(offered, connector_of_tls13, [taken, resumed], goes_back_where_it_is_allowed),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const TOO_MANY: Verdict = Verdict::Refused("TooManyRenegotiationRequests", None);

/// The connection of a client that asks for another handshake never, or twice.
async fn renegotiates(_: Place, twin: Twin) -> Verdict {
    match asking_again(twin.pick(0, 2)).await {
        Ok(end) => {
            assert_eq!(end, 0);
            Verdict::Accepted
        }
        Err(error) => {
            assert!(error.to_string().contains("TooManyRenegotiationRequests"), "{error}");
            TOO_MANY
        }
    }
}

/// A second visit to a server that allows early data, or to our acceptor.
async fn comes_back_eagerly(place: Place, twin: Twin) -> Verdict {
    let (client, server) = (eager_client(place.version), server(place.version, twin));
    eager_visit(&client, &server).await;
    let (offered, verdict) = eager_visit(&client, &server).await;
    assert_eq!(offered, twin == Twin::Neighbour, "by the session");
    verdict
}

/// A visit to either after one to a server that allows early data.
async fn comes_eagerly_from_elsewhere(place: Place, twin: Twin) -> Verdict {
    let (client, elsewhere) = (eager_client(place.version), server(place.version, Twin::Neighbour));
    eager_visit(&client, &elsewhere).await;
    let server = twin.pick(elsewhere, server(place.version, Twin::Refused));
    let (offered, verdict) = eager_visit(&client, &server).await;
    assert!(offered, "by the session");
    verdict
}

/// A second visit of a client that sends early data if it may, or of our connector.
async fn goes_back_where_it_is_allowed(place: Place, twin: Twin) -> Verdict {
    let (Server::Generous(server), eager) = (server(place.version, Twin::Neighbour), eager_client(place.version))
    else {
        panic!("a generous server");
    };
    let connector = of_hub(ECO.trust());
    let mut verdict = None;
    for _ in 0..2 {
        let (served, ()) = meet(
            async |io| serves(&server, io).await,
            async |io| match twin {
                Twin::Neighbour => drop(sends_eagerly(&eager, io).await),
                Twin::Refused => {
                    let connected = connector.connect(&host(BANK_OZONE_CONNECT), io).await.unwrap();
                    connected.into_parts().1.read_to_end(&mut Vec::new()).await.unwrap();
                }
            },
        )
        .await;
        verdict = Some(served);
    }
    verdict.unwrap()
}

/// Who is called.
enum Server {
    Generous(TlsAcceptor),
    Ours(Acceptor<HubToLfi>),
}

/// One that allows early data next to our acceptor.
fn server(version: &'static SupportedProtocolVersion, twin: Twin) -> Server {
    match twin {
        Twin::Neighbour => {
            let mut config = server_config(issued::<S4>("bank"), version);
            config.max_early_data_size = 1024;
            Server::Generous(TlsAcceptor::from(Arc::new(config)))
        }
        Twin::Refused => Server::Ours(for_hub(ECO.trust())),
    }
}

/// A client that keeps its sessions, whoever they are of, and sends early data whenever they allow it.
fn eager_client(version: &'static SupportedProtocolVersion) -> TlsConnector {
    let mut config = client_config(Some(issued::<C4>("ozone")), version);
    config.enable_early_data = true;
    config.resumption = Resumption::store(Arc::new(OneMemory::new()));
    TlsConnector::from(Arc::new(config))
}

/// Whether the client sent early data, and what the server made of it.
async fn eager_visit(client: &TlsConnector, server: &Server) -> (bool, Verdict) {
    let (verdict, offered) = meet(
        async |io| match server {
            Server::Generous(server) => serves(server, io).await,
            Server::Ours(acceptor) => {
                let (_, mut stream) = acceptor.accept(io).await.unwrap().into_parts();
                stream.write_all(b"!").await.unwrap();
                stream.shutdown().await.unwrap();
                let mut heard = Vec::new();
                stream.read_to_end(&mut heard).await.unwrap();
                assert_eq!(heard, b"", "nothing that came early is handed out");
                if stream.resumed() { Verdict::Resumed } else { Verdict::Accepted }
            }
        },
        async |io| sends_eagerly(client, io).await,
    )
    .await;
    (offered, verdict)
}

async fn serves(server: &TlsAcceptor, io: TcpStream) -> Verdict {
    let mut stream = server.accept(io).await.unwrap();
    stream.write_all(b"!").await.unwrap();
    stream.shutdown().await.unwrap();
    let connection = stream.get_mut().1;
    match (connection.early_data().is_some(), connection.handshake_kind()) {
        (true, _) => Verdict::Taken,
        (false, Some(Resumed)) => Verdict::Resumed,
        (false, _) => Verdict::Accepted,
    }
}

/// Whether it could send something early.
async fn sends_eagerly(client: &TlsConnector, io: TcpStream) -> bool {
    let mut offered = false;
    let early = |connection: &mut ClientConnection| {
        if let Some(mut data) = connection.early_data() {
            data.write_all(b"early").unwrap();
            offered = true;
        }
    };
    let mut stream = client.connect_with(server_name(BANK_OZONE_CONNECT), io, early).await.unwrap();
    stream.read_to_end(&mut Vec::new()).await.unwrap();
    stream.shutdown().await.unwrap();
    offered
}
