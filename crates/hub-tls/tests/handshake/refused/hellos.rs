//! Hellos that ask for what we do not speak, or for nobody who is here.

use hub_roles::C1;
use rustls::AlertDescription as Alert;
use rustls::version::TLS13;
use tokio::io::AsyncWriteExt;

use super::table::{AT_ACCEPTORS, AT_CONNECTORS, Case, Place, Row, Twin, Verdict, refused};
use crate::generous::{Client, calls};
use crate::hello::{
    ClientHello, EXTENDED_MASTER_SECRET, KEY_SHARE, SERVER_HELLO, SUPPORTED_VERSIONS, alert_of, handshake_record,
    record, with_size,
};
use crate::hellos::{PROTOCOL, TAKEN, greeted_with};
use crate::world::*;

const TLS_1_1: [u8; 2] = [3, 2];
const TLS_1_2: [u8; 2] = [3, 3];
const TLS_1_3: [u8; 2] = [3, 4];
const AES_128_GCM_SHA256: [u8; 2] = [0x13, 1];
const ECDHE_RSA_AES_128_GCM_SHA256: [u8; 2] = [0xC0, 0x2F];
const ECDHE_RSA_AES_128_CBC_SHA: [u8; 2] = [0xC0, 0x13];
const ECDHE_RSA_AES_128_CBC_SHA256: [u8; 2] = [0xC0, 0x27];
const RSA_AES_128_GCM_SHA256: [u8; 2] = [0, 0x9C];
const ECDHE_ECDSA_AES_128_GCM_SHA256: [u8; 2] = [0xC0, 0x2B];

pub(super) fn cases() -> Vec<Case> {
    let [in_1_3, in_1_2] = [[AT_ACCEPTORS[0], AT_CONNECTORS[0]], [AT_ACCEPTORS[1], AT_CONNECTORS[1]]];
    [
        spoken(Row::Tls11, "TLS 1.1", Alert::ProtocolVersion, [in_1_3, in_1_2].concat(), Hello::speaks_tls_1_1),
        spoken(Row::Suite, "CBC", Alert::HandshakeFailure, [in_1_3, in_1_2].concat(), |hello| {
            hello.suites = vec![ECDHE_RSA_AES_128_CBC_SHA, ECDHE_RSA_AES_128_CBC_SHA256];
        }),
        spoken(Row::Suite, "RSA key exchange", Alert::HandshakeFailure, in_1_2.to_vec(), |hello| {
            hello.suites = vec![RSA_AES_128_GCM_SHA256];
        }),
        spoken(Row::Suite, "ECDSA", Alert::HandshakeFailure, in_1_2.to_vec(), |hello| {
            hello.suites = vec![ECDHE_ECDSA_AES_128_GCM_SHA256];
        }),
        spoken(Row::NoExtendedMasterSecret, "none", Alert::HandshakeFailure, in_1_2.to_vec(), |hello| {
            hello.extended_master_secret = false;
        }),
        named(Row::UnknownServerName, "close by", Some("as2.retail.preprod.apihub.openfinance.ae")),
        named(Row::UnknownServerName, "of another path", Some(RETAIL_CM)),
        named(Row::AbsentServerName, "none", None),
        // Names are never addresses (RFC 6066 section 3): a client that connects to one sends none.
        named(Row::AddressAsServerName, "not sent", Some("127.0.0.1")),
        addressed("IPv4", "127.0.0.1"),
        addressed("IPv6", "2001:db8::1"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What a hello of either side says.
struct Hello {
    version: [u8; 2],
    suites: Vec<[u8; 2]>,
    extended_master_secret: bool,
}

impl Hello {
    /// One that is taken.
    fn of(place: Place) -> Self {
        let (version, suite) = match place.version == &TLS13 {
            true => (TLS_1_3, AES_128_GCM_SHA256),
            false => (TLS_1_2, ECDHE_RSA_AES_128_GCM_SHA256),
        };
        Self { version, suites: vec![suite], extended_master_secret: true }
    }

    fn speaks_tls_1_1(&mut self) {
        self.version = TLS_1_1;
    }

    /// As a client's, in the form of this version.
    async fn greets_an_acceptor(&self, place: Place) -> (&'static str, Option<Alert>) {
        let mut hello = ClientHello::to(RETAIL_AS, place.version);
        hello.suites = self.suites.concat();
        match place.version == &TLS13 {
            true => drop(hello.replace(SUPPORTED_VERSIONS, [&[2][..], &self.version].concat())),
            false => {
                hello.version = self.version;
                hello.remove(SUPPORTED_VERSIONS);
            }
        }
        if !self.extended_master_secret {
            hello.remove(EXTENDED_MASTER_SECRET);
        }
        greeted_with(&hello).await
    }

    /// As a server's.
    async fn answers_a_connector(&self, place: Place) -> (&'static str, Option<Alert>) {
        let connector = of_tpp(ECO.trust());
        let (alert, code) = meet(
            async |mut io| {
                let asked = record(&mut io).await.unwrap();
                io.write_all(&handshake_record(SERVER_HELLO, &self.to_answer(place, &asked))).await.unwrap();
                io.shutdown().await.unwrap();
                alert_of(&mut io).await
            },
            async |io| connector.connect(&host(RETAIL_AS), io).await.unwrap_err().code(),
        )
        .await;
        (code, alert)
    }

    /// To a client's hello: its session identifier goes back (RFC 8446 section 4.1.3).
    fn to_answer(&self, place: Place, asked: &[u8]) -> Vec<u8> {
        let session = &asked[39..=39 + usize::from(asked[39])];
        let suite = self.suites[0];
        let extension = |kind: u16, body: &[u8]| [&kind.to_be_bytes()[..], &with_size(body)].concat();
        let (version, session, extensions) = if place.version == &TLS13 {
            let share = [&[0, 29][..], &with_size(&[9; 32])].concat();
            let extensions = [extension(SUPPORTED_VERSIONS, &self.version), extension(KEY_SHARE, &share)];
            (TLS_1_2, session, extensions.concat())
        } else if self.extended_master_secret {
            (self.version, &[0][..], extension(EXTENDED_MASTER_SECRET, &[]))
        } else {
            (self.version, &[0][..], Vec::new())
        };
        [&version[..], &[7; 32], session, &suite, &[0], &with_size(&extensions)].concat()
    }
}

/// A hello that is edited, beside one that is taken: what ends the handshake then is that no more comes.
fn spoken(row: Row, name: &str, alert: Alert, places: Vec<Place>, edit: fn(&mut Hello)) -> Vec<Case> {
    let verdicts = [Verdict::Taken, Verdict::Refused(PROTOCOL, Some(alert))];
    row.cases(name, places, verdicts, async move |place, twin| {
        let mut hello = Hello::of(place);
        if twin == Twin::Refused {
            edit(&mut hello);
        }
        taken(match AT_ACCEPTORS.contains(&place) {
            true => hello.greets_an_acceptor(place).await,
            false => hello.answers_a_connector(place).await,
        })
    })
}

/// A client that asks for this host, beside one that asks for one that is served.
fn named(row: Row, name: &str, server_name: Option<&'static str>) -> Vec<Case> {
    let (code, alert) = match row {
        Row::UnknownServerName => ("handshake.unknown-instance", Alert::UnrecognisedName),
        _ => ("handshake.no-server-name", Alert::MissingExtension),
    };
    row.cases(name, AT_ACCEPTORS, refused(code, alert), async move |place: Place, twin: Twin| {
        let identity = issued::<C1>("acme");
        let server_name = twin.pick(Some(RETAIL_AS), server_name);
        let client = Client { identity: Some(identity), version: place.version, server_name };
        Verdict::on(identity, calls(client, &for_tpps(ECO.trust())).await)
    })
}

/// A hello with an address in the place of the name.
fn addressed(name: &str, address: &'static str) -> Vec<Case> {
    let verdicts = [Verdict::Taken, Verdict::Refused("handshake.no-server-name", Some(Alert::MissingExtension))];
    Row::AddressAsServerName.cases(name, AT_ACCEPTORS, verdicts, async move |place: Place, twin: Twin| {
        let mut hello = ClientHello::to(RETAIL_AS, place.version);
        hello.name(&[twin.pick(RETAIL_AS, address).as_bytes().to_vec()]);
        taken(greeted_with(&hello).await)
    })
}

fn taken((code, alert): (&'static str, Option<Alert>)) -> Verdict {
    match code {
        TAKEN => Verdict::Taken,
        _ => Verdict::Refused(code, alert),
    }
}
