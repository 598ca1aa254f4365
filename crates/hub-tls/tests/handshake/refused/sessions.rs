//! Sessions of before: none resumes once what it began under was replaced or its peer has expired, nor where another's certificate is due.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hub_roles::C3;
use hub_testkit::{Issued, Validity};
use hub_tls::Settings;
use rustls::HandshakeKind::{self, Full, Resumed};
use rustls::SupportedProtocolVersion;
use rustls::client::{Resumption, Tls12Resumption};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::ours::Ours;
use super::table::{Case, Place, Row, Side, Twin, Verdict};
use crate::generous::client_config;
use crate::one_memory::OneMemory;
use crate::resumption::{AT_CLIENTS, AT_SERVERS, Guest, host_of_guests, visit};
use crate::rotation::Swap;
use crate::world::*;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for way in AT_SERVERS.map(Way::ToAcceptor).into_iter().chain(AT_CLIENTS.map(Way::ToConnector)) {
        for (row, swap, then) in [
            (Row::ResumptionAfterRotation, Swap::Credential, Verdict::Accepted),
            (Row::ResumptionAfterRotation, Swap::Trust, Verdict::Accepted),
            (Row::ResumptionAfterRotation, Swap::Deployment, Verdict::Accepted),
            (Row::ResumptionAfterRevocation, Swap::Revocation, Verdict::Refused("certificate.revoked", None)),
            (Row::ResumptionAfterPinChange, Swap::Pin, Verdict::Refused("certificate.organisation", None)),
        ] {
            let judge = async move |place, twin: Twin| way.resumes_after(place, twin.pick(Swap::Nothing, swap)).await;
            cases.extend(row.cases(format!("{swap:?}, {way:?}"), [way.place()], [Verdict::Resumed, then], judge));
        }
        let expired = [Verdict::Resumed, Verdict::Refused("certificate.expired", None)];
        let judge = async move |place, twin: Twin| way.resumes_at(place, twin.pick(LAST_SECOND, LAST_SECOND + 1)).await;
        cases.extend(Row::ResumptionAfterExpiry.cases(format!("{way:?}"), [way.place()], expired, judge));
    }
    cases.extend(AT_SERVERS.into_iter().flat_map(across_instances));
    cases
}

/// How a stranger comes back to one of ours, or one of ours to a stranger.
#[derive(Debug, Clone, Copy)]
enum Way {
    ToAcceptor((&'static SupportedProtocolVersion, Tls12Resumption)),
    ToConnector((&'static SupportedProtocolVersion, bool)),
}

/// How long the peer's certificate lasts in [`Way::resumes_at`].
const LAST_SECOND: u64 = 3600;

impl Way {
    fn place(self) -> Place {
        match self {
            Self::ToAcceptor((version, _)) => Place { side: Side::Acceptor, version },
            Self::ToConnector((version, _)) => Place { side: Side::Connector, version },
        }
    }

    fn stranger(self, presented: &Issued) -> Stranger {
        match self {
            Self::ToAcceptor(way) => Stranger::Guest(Guest::new(presented, BANK_OZONE_CONNECT, way)),
            Self::ToConnector(way) => Stranger::Host(host_of_guests(presented, way)),
        }
    }

    /// The peer meets ours, again, and once more after the swap.
    async fn resumes_after(self, place: Place, swap: Swap) -> Verdict {
        let (ours, stranger) = (place.ours(ECO.trust(), &settings()), self.stranger(place.peer()));
        stranger.has_a_session_with(&ours).await;
        ours.swap(swap);
        let (verdict, kind) = stranger.meets(&ours).await;
        match verdict {
            Ok(_) if kind == Some(Full) => {
                let (again, kind) = stranger.meets(&ours).await;
                assert_eq!((again.is_ok(), kind), (true, Some(Resumed)), "{swap:?}, {self:?}: by a new session");
            }
            Ok(_) => {}
            // A server has seen the end of a handshake that a connector refuses within it.
            Err(_) if place.side == Side::Connector => assert_eq!(kind, None, "{swap:?}, {self:?}"),
            Err(_) => assert_ne!(kind, Some(Resumed), "{swap:?}, {self:?}"),
        }
        handed_out((verdict, kind))
    }

    /// The peer meets ours again when this many seconds are over.
    async fn resumes_at(self, place: Place, seconds: u64) -> Verdict {
        let hour = Duration::from_secs(LAST_SECOND);
        let spec = place.spec_of_peer().clone().with_validity(Validity::around(now(), hour, hour));
        let (clock, presented) = (Standing::at(now()), ECO.authority().issue(&spec).unwrap());
        let ours = place.ours(ECO.trust(), &Settings::new().with_clock(clock.clone()));
        let stranger = self.stranger(&presented);
        stranger.has_a_session_with(&ours).await;
        clock.set(at(now().as_secs() + seconds));
        handed_out(stranger.meets(&ours).await)
    }
}

/// The other side, which keeps its sessions.
enum Stranger {
    Guest(Guest),
    Host(TlsAcceptor),
}

/// What ours says of the other side, and how the handshake went as that sees it.
type Meeting = (Result<String, &'static str>, Option<HandshakeKind>);

impl Stranger {
    async fn meets(&self, ours: &Ours) -> Meeting {
        match (self, ours) {
            (Self::Guest(guest), Ours::Acceptor(acceptor)) => guest.visits(acceptor).await,
            (Self::Host(server), Ours::Connector(connector)) => visit(connector, server, BANK_OZONE_CONNECT).await,
            _ => panic!("two clients, or two servers"),
        }
    }

    async fn has_a_session_with(&self, ours: &Ours) {
        assert_eq!(handed_out(self.meets(ours).await), Verdict::Accepted);
        assert_eq!(handed_out(self.meets(ours).await), Verdict::Resumed);
    }
}

fn handed_out((verdict, kind): Meeting) -> Verdict {
    match (verdict, kind.unwrap_or(Full)) {
        (Ok(_), Resumed) => Verdict::Resumed,
        (Ok(_), _) => Verdict::Accepted,
        (Err(code), _) => Verdict::Refused(code, None),
    }
}

/// Sessions shown where they did not begin: no ticket is a way around the question whose certificate is due.
fn across_instances(way: (&'static SupportedProtocolVersion, Tls12Resumption)) -> Vec<Case> {
    let [bank, other] = [issued::<C3>("bank"), issued::<C3>("other-bank")];
    let refused = Verdict::Refused("certificate.organisation", None);
    let visits = [
        (other, OTHER_CM, RETAIL_CM, refused),
        (other, OTHER_CM, SME_CM, refused),
        (bank, RETAIL_CM, OTHER_CM, refused),
        (bank, RETAIL_CM, SME_CM, Verdict::Accepted),
    ];
    let cases = visits.into_iter().flat_map(|(identity, home, elsewhere, then)| {
        let name = format!("by a session of {home} at {elsewhere}, {:?}", way.1);
        let place = Way::ToAcceptor(way).place();
        Row::OtherLfisC3.cases(name, [place], [Verdict::Resumed, then], async move |_, twin: Twin| {
            let acceptor = for_lfis(ECO.trust());
            let memory = Arc::new(OneMemory::new());
            let mut config = client_config(Some(identity), way.0);
            config.resumption = Resumption::store(memory.clone()).tls12_resumption(way.1);
            let client = TlsConnector::from(Arc::new(config));
            let [at_home, abroad] =
                [home, twin.pick(home, elsewhere)].map(|host| Guest { client: client.clone(), host });
            assert_eq!([at_home.is_let_in(&acceptor).await, at_home.is_let_in(&acceptor).await], [Full, Resumed]);
            let shown = memory.shown.load(Ordering::SeqCst);
            let (verdict, kind) = abroad.visits(&acceptor).await;
            assert_eq!(memory.shown.load(Ordering::SeqCst), shown + 1, "a session is shown");
            if twin == Twin::Refused {
                assert_ne!(kind, Some(Resumed), "{home} and {elsewhere}, {way:?}");
            }
            handed_out((verdict, kind))
        })
    });
    cases.collect()
}
