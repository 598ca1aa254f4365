//! Mutual TLS for the three connection paths of the UAE Open Finance API Hub.
//!
//! An [`Acceptor`] or a [`Connector`] belongs to one path, and is built from the certificate role that the path uses on this side: a
//! `Connector<TppToHub>` takes a `Credential<C1>` and nothing else. What it guarantees of every connection it hands out:
//!
//! - The other side proved that it holds the key of a certificate that is right for *its* role on the path: chain to the Trust
//!   Framework of the same environment, validity, usage, key, host name, and the organisation and application that the
//!   deployment registers. That is what a [`Peer`] means, and nothing else makes one; behind a proxy that ends the TLS, a
//!   [`TrustedProxy`] verifies the same and has the proxy's word for the key.
//! - At the API Hub, the exact server name chooses the instance, and with it whose certificate is due: the C3 of one LFI opens no other
//!   LFI's instance behind the same listener.
//! - TLS 1.3, or TLS 1.2 with ECDHE-RSA, AES-GCM and extended master secret. No early data, no certificate compression, no key log.
//! - Credentials, trust framework and deployment are replaced while connections are made ([`Rotation`]). Sessions resume, none beyond
//!   what it began under, and the peer of a resumed session is checked like any other before its connection is handed out.
//! - What needs no such peer is asked for by name: servers with a public certificate ([`PublicAuthorities`]), and a port for `/hello`
//!   that asks for none ([`rustls_config_for_hello_without_client_certificates`](Acceptor::rustls_config_for_hello_without_client_certificates)).
//! - Who is refused is told apart by [`HandshakeError`]: role, path and rule on the refusing side. The other side gets the alert that
//!   fits, and what the alert usually means on this path.
//! - Strangers take no more of a server than its [`Limits`]: time, number and share of the handshakes under way ([`Listener`]).
//!
//! What it does not do: limit the time that [`Connector::connect`] takes. Wrap it in the timeout of the call it is for.
//!
//! Each handshake is one `tracing` event, unless its caller gives it up: the `path`, the `role` that the peer should have, its `kid`, and
//! the `remote` address where a [`Gate`] knows it. Of a rejected one it tells the `code` and `reason`, and the `subject` that the certificate claims: a stranger's
//! text, cut and escaped. Who is accepted is told at level DEBUG, a certificate or proof that is refused at WARN, and the rest at
//! INFO: that takes no more than a connection, so a log that strangers must not fill limits its rate. An open connection that a
//! rotation closes is one event more, at WARN.
//!
//! OCSP plays no part: rustls' clients do not look at a response that a server staples, no acceptor staples one, and nothing asks an
//! OCSP server. Who is revoked is told by the [lists](hub_roles::TrustFramework::with_revocation_lists) of the trust framework, on both sides of
//! a connection and for every certificate alike.
//!
//! ```
//! use hub_roles::HubToLfi;
//! use hub_testkit::Ecosystem;
//! use hub_tls::{Acceptor, Connector};
//! use rustls_pki_types::UnixTime;
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let eco = Ecosystem::sandbox(UnixTime::now())?;
//! let (hub, bank) = (eco.hub(), eco.lfi("bank")?);
//!
//! // The bank's Ozone Connect presents S4 and takes C4; the Hub presents C4 and takes the S4 of the bank it calls.
//! let acceptor = Acceptor::<HubToLfi>::new(eco.trust(), bank.deployment(), bank.s4())?;
//! let connector = Connector::<HubToLfi>::new(eco.trust(), hub.deployment(), hub.c4())?;
//!
//! let (there, here) = tokio::io::duplex(16 * 1024);
//! let host = "ozone-connect.bank.example".parse()?;
//! let (accepted, connected) = tokio::join!(acceptor.accept(here), connector.connect(&host, there));
//! let (accepted, connected) = (accepted?, connected?);
//! assert_eq!(accepted.peer().organisation(), hub.organisation());
//! assert_eq!(connected.peer().organisation(), bank.organisation());
//!
//! let (_c4, mut here) = accepted.into_parts();
//! let (_s4, mut there) = connected.into_parts();
//! there.write_all(b"hello").await?;
//! let mut word = [0; 5];
//! here.read_exact(&mut word).await?;
//! assert_eq!(&word, b"hello");
//! # Ok(())
//! # }
//! ```
//!
//! FACTS, THREATS and *the seed*, which the documentation cites: `docs/rules.md` in the repository has what they say.
//!
//! | module | what it holds |
//! |---|---|
//! | `accepting`, `acceptor`, `accepted`, `connector` | [`AcceptingPath`], [`Acceptor`], [`Accepted`], [`Connector`], [`Connected`] |
//! | `guard` | [`Listener`], [`Gate`] and [`Limits`]: acceptors that strangers can reach |
//! | `http` | feature `axum`: `Listener::serve`, and `Caller`, whom its handlers know; feature `hyper`: `HttpsConnector` for clients |
//! | `peer`, `stream`, `ending` | [`Peer`], [`Stream`], and why it ended: [`Ending`] |
//! | `proxy` | [`TrustedProxy`]: peers whose TLS ends in a proxy in front of us |
//! | `public` | [`PublicAuthorities`]: servers with a public certificate, as an explicit choice, without a peer |
//! | `refresh` | feature `refresh`: `Refresher`, which fetches revocation lists for acceptors, connectors and proxies that follow it |
//! | `rotation`, `current`, `basis`, `connections` | [`Rotation`]; the state it replaces and builds again, and the open connections it asks again |
//! | `overlap` | [`Overlap`]: an old C1 beside the new one, for the access tokens that are bound to it |
//! | `watch` | feature `watch`: `Watcher`, credentials and trust frameworks that follow their files |
//! | `serving`, `reaching`, `export` | generations of acceptor and connector, and how exported configurations follow them |
//! | `settings`, `clock` | [`Settings`], [`Clock`] |
//! | `error`, `cause`, `sources`, `hint` | [`ConfigError`], [`HandshakeError`]; [`cause`] finds ours in errors of others |
//! | `verifier`, `identity`, `sessions`, `tls` | what rustls asks for: verifiers, our key, sessions, versions and suites |
//! | `handshake`, `remote` | drives handshakes; those of keys in hardware or a key service wait on the runtime's blocking pool |
//!
//! The TLS stack is rustls 0.23 with aws-lc-rs, passed explicitly. Its types show in `rustls_config` of acceptor and connector, in
//! [`Cause`] and in alerts: a program that uses those depends on the same rustls.

mod accepted;
mod accepting;
mod acceptor;
mod basis;
mod cause;
mod clock;
mod config;
mod connections;
mod connector;
mod current;
mod ending;
mod error;
mod export;
mod guard;
mod handshake;
mod hint;
#[cfg(any(feature = "axum", feature = "hyper"))]
mod http;
mod identity;
mod overlap;
mod peer;
mod proxy;
mod public;
mod reaching;
#[cfg(feature = "refresh")]
mod refresh;
mod remote;
mod rotation;
mod serving;
mod sessions;
mod settings;
mod sources;
mod stream;
mod tls;
mod verifier;
#[cfg(feature = "watch")]
mod watch;

pub use accepted::Accepted;
pub use accepting::AcceptingPath;
pub use acceptor::Acceptor;
pub use cause::{Cause, cause};
pub use clock::{Clock, SystemClock};
pub use connector::{Connected, Connector};
pub use ending::Ending;
pub use error::{ConfigError, HandshakeError};
pub use guard::{Gate, Limits, Listener, Place};
#[cfg(feature = "axum")]
pub use http::{Caller, ServeError, ServedOn};
#[cfg(feature = "hyper")]
pub use http::{HttpsConnector, HttpsStream};
pub use overlap::Overlap;
pub use peer::Peer;
#[cfg(unix)]
pub use proxy::UnixSocket;
pub use proxy::{
    AddressAndSecret, ForwardedForm, HeaderRule, Hop, HopConfigError, HopError, MAX_HEADER_OCTETS, MIN_SECRET_OCTETS,
    MutualTls, Network, ProvenHop, ProxyError, TrustedProxy,
};
pub use public::{AuthoritiesError, PublicAuthorities, PublicServerPath};
#[cfg(feature = "refresh")]
pub use refresh::{
    DistributionPoint, Following, ListHealth, PointHealth, RefreshError, RefreshHealth, RefreshSettings, Refresher,
    RefresherError, TrustFollower,
};
pub use rotation::Rotation;
pub use settings::Settings;
pub use stream::Stream;
#[cfg(feature = "watch")]
pub use watch::{LoadError, PemFiles, Reload, TrustFiles, WatchSettings, Watcher};
