//! The rows of the table, where each is due, and the form of a case.

use std::fmt;

use hub_testkit::Issued;
use rustls::version::{TLS12, TLS13};
use rustls::{AlertDescription as Alert, SupportedProtocolVersion};

use crate::world::Outcome;

macro_rules! rows {
    ($($due:expr => $($row:ident),+ $(,)?;)+) => {
        /// A row of THREATS section 4, one for each thing that it names; those of the last group are what DESIGN adds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Row {
            $($($row,)+)+
        }

        impl Row {
            pub(super) const ALL: &'static [Self] = &[$($(Self::$row,)+)+];

            const fn due(self) -> Due {
                match self {
                    $($(Self::$row)|+ => $due,)+
                }
            }
        }
    };
}

rows! {
    // What a peer presents.
    Due::EVERYWHERE => WrongRole, OtherEnvironment, UnknownRoot, SelfSigned, IntermediateMissing, Expired, NotYetValid,
        WrongExtendedKeyUsage, ExtendedKeyUsageMissing, AnyExtendedKeyUsageAlone, OtherOrganisation, KeyNotMatching, ShortKey,
        SmallExponent, AuthorityShortKey, AuthoritySmallExponent, NotRsa, Sha1Signature, OverlongChain, Oversized;
    Due::EVERYWHERE.not_at(Side::Acceptor, "the host names of a client's certificate say nothing") => NameMissing, NameNotMatching;
    Due::EVERYWHERE.not_at(Side::Connector, "no application is registered for a server's certificate") => OtherApplication;
    Due::EVERYWHERE.not_at(Side::Connector, "C3 is a client's certificate") => OtherLfisC3;
    Due::EVERYWHERE.not_at(Side::Connector, "all suites have a server present one") => NoClientCertificate;

    // Revocation.
    Due::EVERYWHERE => Revoked, RequiredListStale, RequiredListMissing, StaleListThatLists;

    // TLS itself.
    Due::EVERYWHERE => Tls11, Suite;
    Due::EVERYWHERE.not_in(&TLS13, "its keys depend on the transcript anyway (RFC 8446 section 7.1)") => NoExtendedMasterSecret;
    Due::EVERYWHERE.not_at(Side::Connector, "it is the client that names the server") =>
        UnknownServerName, AbsentServerName, AddressAsServerName;

    // Time: sessions, rotations, and clients that take theirs.
    Due::EVERYWHERE => ResumptionAfterRotation, ResumptionAfterRevocation, ResumptionAfterPinChange, ResumptionAfterExpiry,
        RotationMidway;
    Due::EVERYWHERE.not_at(Side::Connector, "it calls whom it is told to, within its caller's timeout") =>
        SlowClient, HalfOpenClient, CapInFlight, ShareOfASource;

    // What rustls-webpki lets pass.
    Due::EVERYWHERE => AnchorNotCa, AnchorOutOfValidity, AuthorityWithoutCertSign, LeafWithoutDigitalSignature, ListFromTheFuture,
        OlderList, TwoListsOfAnIssuer;

    // What is off.
    Due::EVERYWHERE
        .not_at(Side::Connector, "it is the client, and rustls asks for none")
        .not_in(&TLS13, "it has none (RFC 8446 section 4.1.2)") => Renegotiation;
    Due::EVERYWHERE => KeyLog;
    Due::EVERYWHERE.not_in(&TLS12, "it has none") => EarlyData;

    // DESIGN, "The model".
    Due::EVERYWHERE => Subject, Authority, UnknownExtension;
}

/// Where a row must have cases: on which sides of a connection, and in which versions of TLS.
#[derive(Clone, Copy)]
struct Due {
    not_at: Option<(Side, &'static str)>,
    not_in: Option<(&'static SupportedProtocolVersion, &'static str)>,
}

impl Due {
    const EVERYWHERE: Self = Self { not_at: None, not_in: None };

    const fn not_at(mut self, side: Side, because: &'static str) -> Self {
        self.not_at = Some((side, because));
        self
    }

    const fn not_in(mut self, version: &'static SupportedProtocolVersion, because: &'static str) -> Self {
        self.not_in = Some((version, because));
        self
    }
}

impl Row {
    /// Why it is not due here, if it is not.
    pub(super) fn not_due(self, place: Place) -> Option<&'static str> {
        let Due { not_at, not_in } = self.due();
        let side = not_at.filter(|(side, _)| *side == place.side).map(|(_, because)| because);
        side.or_else(|| not_in.filter(|(version, _)| *version == place.version).map(|(_, because)| because))
    }

    /// A case of it at each of these places. Its verdicts are those on the neighbour and on what is refused.
    pub(super) fn cases(
        self,
        name: impl Into<String>,
        places: impl IntoIterator<Item = Place>,
        verdicts: [Verdict; 2],
        judge: impl AsyncFn(Place, Twin) -> Verdict + Clone + 'static,
    ) -> Vec<Case> {
        let name = name.into();
        let case = |place| {
            let judge = judge.clone();
            let judge = move |twin| in_a_runtime_of_its_own(judge(place, twin));
            Case { row: self, place, name: name.clone(), verdicts, judge: Box::new(judge) }
        };
        places.into_iter().map(case).collect()
    }
}

/// Which side of the connection is ours, and refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Acceptor,
    Connector,
}

/// One of our sides, in one version of TLS.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) side: Side,
    pub(super) version: &'static SupportedProtocolVersion,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?}", self.side, self.version)
    }
}

pub(super) const AT_ACCEPTORS: [Place; 2] =
    [Place { side: Side::Acceptor, version: &TLS13 }, Place { side: Side::Acceptor, version: &TLS12 }];

pub(super) const AT_CONNECTORS: [Place; 2] =
    [Place { side: Side::Connector, version: &TLS13 }, Place { side: Side::Connector, version: &TLS12 }];

pub(super) const EVERYWHERE: [Place; 4] = [AT_ACCEPTORS[0], AT_ACCEPTORS[1], AT_CONNECTORS[0], AT_CONNECTORS[1]];

/// What must be refused, or its neighbour that must not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Twin {
    Neighbour,
    Refused,
}

impl Twin {
    pub(super) fn pick<T>(self, neighbour: T, refused: T) -> T {
        match self {
            Self::Neighbour => neighbour,
            Self::Refused => refused,
        }
    }
}

/// What comes of it on our side, and what the other side hears.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    /// The peer is handed out after a full handshake.
    Accepted,
    /// The peer is handed out after a handshake that resumed a session.
    Resumed,
    /// The hello is answered, or the answer taken.
    Taken,
    /// Nothing happens until another client is done.
    Waits,
    /// The rule, and the alert where one is due.
    Refused(&'static str, Option<Alert>),
}

impl Verdict {
    /// On a stranger who presents this.
    pub(super) fn on(presented: &Issued, outcome: Outcome) -> Self {
        match outcome {
            (Ok(kid), None) => {
                assert_eq!(kid, presented.kid().to_string(), "the peer is another");
                Self::Accepted
            }
            (Err(code), alert) => Self::Refused(code, alert),
            (Ok(kid), Some(alert)) => panic!("{kid} is accepted and hears {alert:?}"),
        }
    }
}

/// The neighbour accepted, and a refusal with an alert.
pub(super) fn refused(code: &'static str, alert: Alert) -> [Verdict; 2] {
    [Verdict::Accepted, Verdict::Refused(code, Some(alert))]
}

/// The neighbour accepted, and a refusal that no alert belongs to, or none is listened for.
pub(super) fn refused_in_silence(code: &'static str) -> [Verdict; 2] {
    [Verdict::Accepted, Verdict::Refused(code, None)]
}

/// Something that must be refused at one place, and the neighbour that must not.
pub(super) struct Case {
    pub(super) row: Row,
    pub(super) place: Place,
    pub(super) name: String,
    verdicts: [Verdict; 2],
    judge: Box<dyn Fn(Twin) -> Verdict>,
}

impl Case {
    /// Runs it and its neighbour.
    pub(super) fn hold(&self) {
        let Self { row, place, name, verdicts: [neighbour, refused], judge } = self;
        assert_ne!(neighbour, refused, "{row:?}, {place:?}: {name}");
        assert_eq!(judge(Twin::Neighbour), *neighbour, "{row:?}, {place:?}: the neighbour of {name:?}");
        assert_eq!(judge(Twin::Refused), *refused, "{row:?}, {place:?}: {name}");
    }
}

/// So that each case may stop the time of its own.
fn in_a_runtime_of_its_own(judging: impl Future<Output = Verdict>) -> Verdict {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(judging)
}
