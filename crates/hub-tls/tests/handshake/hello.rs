//! The octets of hellos, for those that no client or server of rustls sends.

use std::sync::Arc;

use hub_roles::C1;
use rustls::{AlertDescription as Alert, ClientConnection, SupportedProtocolVersion};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::generous::client_config;
use crate::world::*;

/// A ClientHello (RFC 8446 section 4.1.2) taken apart.
pub(crate) struct ClientHello {
    pub(crate) version: [u8; 2],
    random_and_session: Vec<u8>,
    pub(crate) suites: Vec<u8>,
    extensions: Vec<(u16, Vec<u8>)>,
}

impl ClientHello {
    /// What rustls sends.
    pub(crate) fn to(host: &str, version: &'static SupportedProtocolVersion) -> Self {
        let config = client_config(Some(issued::<C1>("acme")), version);
        let mut connection = ClientConnection::new(Arc::new(config), server_name(host)).unwrap();
        let mut sent = Vec::new();
        connection.write_tls(&mut sent).unwrap();
        // The headers of record and message are before it.
        let (version, rest) = sent[9..].split_at(2);
        let (random_and_session, rest) = rest.split_at(33 + usize::from(rest[32]));
        let (suites, rest) = sized(rest);
        let (mut left, _) = sized(&rest[1 + usize::from(rest[0])..]);
        let mut extensions = Vec::new();
        while !left.is_empty() {
            let (body, rest) = sized(&left[2..]);
            extensions.push((u16::from_be_bytes([left[0], left[1]]), body.to_vec()));
            left = rest;
        }
        Self {
            version: version.try_into().unwrap(),
            random_and_session: random_and_session.to_vec(),
            suites: suites.to_vec(),
            extensions,
        }
    }

    pub(crate) fn remove(&mut self, extension: u16) {
        self.extensions.retain(|(kind, _)| *kind != extension);
    }

    pub(crate) fn name(&mut self, server_names: &[Vec<u8>]) {
        let list = server_names.iter().flat_map(|name| [&[0][..], &with_size(name)].concat()).collect::<Vec<_>>();
        self.replace(SERVER_NAME, with_size(&list));
    }

    /// Puts another body into an extension, and gives the old one.
    pub(crate) fn replace(&mut self, extension: u16, body: Vec<u8>) -> Vec<u8> {
        let found = self.extensions.iter_mut().find(|(kind, _)| *kind == extension);
        std::mem::replace(&mut found.unwrap().1, body)
    }

    pub(crate) fn to_record(&self) -> Vec<u8> {
        let extensions: Vec<u8> = self
            .extensions
            .iter()
            .flat_map(|(kind, body)| [&kind.to_be_bytes()[..], &with_size(body)].concat())
            .collect();
        let suites = with_size(&self.suites);
        let body = [&self.version[..], &self.random_and_session, &suites, &[1, 0], &with_size(&extensions)].concat();
        handshake_record(CLIENT_HELLO, &body)
    }
}

pub(crate) fn handshake_record(kind: u8, body: &[u8]) -> Vec<u8> {
    let message = [&[kind, 0][..], &with_size(body)].concat();
    [&[HANDSHAKE, 3, 3][..], &with_size(&message)].concat()
}

/// The alert that comes before the end of the connection, if one does, and nothing of a handshake before it.
pub(crate) async fn alert_of(io: &mut TcpStream) -> Option<Alert> {
    match record(io).await?[..] {
        [ALERT, _, description] => Some(Alert::from(description)),
        _ => None,
    }
}

/// The next record: its type, then its content. `None` if there is none.
pub(crate) async fn record(io: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = [0; 5];
    io.read_exact(&mut head).await.ok()?;
    let mut record = vec![0; 1 + usize::from(u16::from_be_bytes([head[3], head[4]]))];
    record[0] = head[0];
    io.read_exact(&mut record[1..]).await.ok()?;
    Some(record)
}

/// Octets behind their number.
pub(crate) fn with_size(octets: &[u8]) -> Vec<u8> {
    [&u16::try_from(octets.len()).unwrap().to_be_bytes()[..], octets].concat()
}

/// Splits after octets that come behind their number.
fn sized(octets: &[u8]) -> (&[u8], &[u8]) {
    octets[2..].split_at(usize::from(u16::from_be_bytes([octets[0], octets[1]])))
}

const ALERT: u8 = 21;
pub(crate) const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
pub(crate) const SERVER_HELLO: u8 = 2;
const SERVER_NAME: u16 = 0;
pub(crate) const EXTENDED_MASTER_SECRET: u16 = 23;
pub(crate) const SUPPORTED_VERSIONS: u16 = 43;
pub(crate) const KEY_SHARE: u16 = 51;
