//! Peers whose TLS ends in a proxy in front of us.

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use hub_roles::{Deployment, HubToLfi, InstanceId, Path, Role, TrustFramework};
use rustls_pki_types::UnixTime;
use tracing::{Level, field};

use self::clients::Clients;
use self::warned::Warned;
use crate::accepting::AcceptingPath;
use crate::config::Foundation;
use crate::current::Current;
use crate::error::ConfigError;
use crate::peer::Peer;
use crate::settings::Settings;
use crate::verifier::ClientVerifier;

mod clients;
mod encoding;
mod envoy;
mod error;
mod form;
mod hop;
mod limits;
mod network;
mod rotation;
mod warned;

pub use error::{HeaderRule, HopConfigError, HopError, ProxyError};
pub use form::ForwardedForm;
#[cfg(unix)]
pub use hop::UnixSocket;
pub use hop::{AddressAndSecret, Hop, MutualTls};
pub use limits::{MAX_HEADER_OCTETS, MIN_SECRET_OCTETS};
pub use network::Network;

/// A proxy in front of us that ends the TLS of path `P` and forwards the client's certificate in a header, and how it proves itself
/// to us, `H`.
///
/// A header proves nothing: whoever can reach us can write it. So there are two steps, and no way around the first: [`Self::hop`]
/// takes what shows that a connection or request comes from the proxy, and the [`ProvenHop`] it gives makes a [`Peer`] of the
/// certificate in the header, after the verification that a handshake would have made.
///
/// **That the client holds the key of its certificate is the proxy's word.** It counts only if the proxy
///
/// - asks every client on this path for a certificate and completes no handshake without the client's proof of the key (it need not
///   verify the chain, which is done here),
/// - removes the header from what clients send, under every spelling that our HTTP server takes for the same name, before it sets its
///   own,
/// - sends nothing of another listener, where certificates are not asked for, over the same hop.
///
/// A proxy sends the requests of many clients over one connection to us: a peer is that of one request. Its certificate is judged for
/// each, revocation and registrations included. A chain that was accepted before costs no second path building, until a certificate of
/// its path or a revocation list that is required expires.
///
/// One is built at start-up; cloning is cheap and shares everything. Trust framework, revocation lists, registrations, and what proves
/// the hop are replaced in place: [`Self::rotation`].
///
/// ```
/// use http::{HeaderMap, HeaderName, HeaderValue};
/// use hub_roles::{C4, HubToLfi};
/// use hub_testkit::Ecosystem;
/// use hub_tls::{AddressAndSecret, ForwardedForm, TrustedProxy};
/// use rustls_pki_types::UnixTime;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let now = UnixTime::now();
/// # let eco = Ecosystem::sandbox(now)?;
/// # let (bank, hub) = (eco.lfi("bank")?, eco.hub());
/// # let certificate = eco.issued::<C4>("ozone")?.certificate_pem()?;
/// # let escaped: String = certificate.bytes().map(|octet| format!("%{octet:02X}")).collect();
/// // The proxy is nginx at 10.0.7.2, and its configuration has:
/// //     proxy_set_header Proxy-Secret "kCzL0o4yq0sRkWc2W2xUe1vP6v3n8Qbd";
/// //     proxy_set_header Forwarded-Certificate $ssl_client_escaped_cert;
/// let secret = HeaderName::from_static("proxy-secret");
/// let hop = AddressAndSecret::new(["10.0.7.2".parse()?], secret, ["kCzL0o4yq0sRkWc2W2xUe1vP6v3n8Qbd"])?;
/// let form = ForwardedForm::nginx(HeaderName::from_static("forwarded-certificate"));
/// let proxy = TrustedProxy::<HubToLfi, _>::new(eco.trust(), bank.deployment(), form, hop)?;
///
/// // A request comes in.
/// # let mut headers = HeaderMap::new();
/// # headers.insert("proxy-secret", HeaderValue::from_static("kCzL0o4yq0sRkWc2W2xUe1vP6v3n8Qbd"));
/// # headers.insert("forwarded-certificate", escaped.parse()?);
/// # let remote = "10.0.7.2".parse()?;
/// let peer = proxy.hop((remote, &headers))?.peer(&headers, now)?;
/// assert_eq!(peer.organisation(), hub.organisation());
///
/// // The same request from elsewhere.
/// let error = proxy.hop(("10.0.7.3".parse()?, &headers)).unwrap_err();
/// assert_eq!(error.code(), "proxy.hop-address");
/// # Ok(())
/// # }
/// ```
pub struct TrustedProxy<P: AcceptingPath, H: Hop> {
    proof: Arc<Current<Proof<H>>>,
    forwarding: Arc<Forwarding<P>>,
}

/// What proves the hop, and what the log was told of those who did not.
struct Proof<H> {
    hop: H,
    warned: Warned,
}

/// What is made of the header.
struct Forwarding<P: AcceptingPath> {
    form: ForwardedForm,
    clients: Current<Clients<P>>,
}

impl<P: AcceptingPath<Instance = InstanceId>, H: Hop> TrustedProxy<P, H> {
    /// In front of these API Hub instances: who may be the client of each is the deployment's.
    ///
    /// # Errors
    /// [`ConfigError`]: trust framework and deployment of different environments, an instance that the deployment does not have, no
    /// instance at all.
    pub fn new(
        trust: &TrustFramework,
        deployment: &Deployment,
        instances: impl IntoIterator<Item = InstanceId>,
        form: ForwardedForm,
        hop: H,
    ) -> Result<Self, ConfigError> {
        Self::of(trust, deployment, form, hop, |foundation| Clients::of_instances(foundation, instances))
    }
}

impl<H: Hop> TrustedProxy<HubToLfi, H> {
    /// In front of the LFI's Ozone Connect: the Hub is the only client.
    ///
    /// # Errors
    /// [`ConfigError`]: trust framework and deployment of different environments, a deployment without Ozone's registration.
    pub fn new(
        trust: &TrustFramework,
        deployment: &Deployment,
        form: ForwardedForm,
        hop: H,
    ) -> Result<Self, ConfigError> {
        Self::of(trust, deployment, form, hop, Clients::hub)
    }
}

impl<P: AcceptingPath, H: Hop> TrustedProxy<P, H> {
    /// Judges the evidence that a connection, or with [`AddressAndSecret`] a request, comes from the proxy.
    ///
    /// What it gives is for the requests of that connection, or for that request, only.
    ///
    /// Of those who prove nothing, the log is warned once for each cause and address, up to 64 in all, until the proof is
    /// [replaced](crate::Rotation): whoever can reach us must not fill it. The rest is told at level DEBUG.
    ///
    /// # Errors
    /// [`ProxyError::Hop`].
    pub fn hop(&self, evidence: H::Evidence<'_>) -> Result<ProvenHop<P>, ProxyError> {
        let proof = self.proof.load();
        match proof.hop.prove(evidence) {
            Ok(()) => Ok(ProvenHop { forwarding: Arc::clone(&self.forwarding) }),
            Err(reason) => {
                let error = ProxyError::Hop { path: P::ID, reason };
                let level =
                    if proof.warned.is_first(error.code(), error.remote()) { Level::WARN } else { Level::DEBUG };
                record_refusal::<P>(&error, level);
                Err(error)
            }
        }
    }

    fn of(
        trust: &TrustFramework,
        deployment: &Deployment,
        form: ForwardedForm,
        hop: H,
        clients: impl FnOnce(&Foundation<'_>) -> Result<Clients<P>, ConfigError>,
    ) -> Result<Self, ConfigError> {
        let clients = Current::new(clients(&Foundation::new(P::ID, trust, deployment, &Settings::new())?)?);
        Ok(Self { proof: Arc::new(Current::new(Proof::of(hop))), forwarding: Arc::new(Forwarding { form, clients }) })
    }
}

impl<P: AcceptingPath, H: Hop> Clone for TrustedProxy<P, H> {
    fn clone(&self) -> Self {
        Self { proof: Arc::clone(&self.proof), forwarding: Arc::clone(&self.forwarding) }
    }
}

impl<P: AcceptingPath, H: Hop> fmt::Debug for TrustedProxy<P, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustedProxy({}, {:?}, {:?})", P::ID, self.forwarding.form, self.proof.load().hop)
    }
}

impl<H> Proof<H> {
    fn of(hop: H) -> Self {
        Self { hop, warned: Warned::default() }
    }
}

/// Proof that a connection or a request comes from the proxy: the only thing that makes a [`Peer`] of a header.
///
/// [`TrustedProxy::hop`] gives it. It is kept with the connection it was given for, and dropped with it.
pub struct ProvenHop<P: AcceptingPath> {
    forwarding: Arc<Forwarding<P>>,
}

impl<P: AcceptingPath<Instance = InstanceId>> ProvenHop<P> {
    /// The client whose certificate the proxy forwards with a request for `instance`.
    ///
    /// `instance` is the one whose host the request names as its authority, and which will answer it (see
    /// [`Deployment::instance_of_host`]): whose certificate is due depends on it. The certificate is judged for each request, at `now`,
    /// by what is current then.
    ///
    /// # Errors
    /// [`ProxyError::UnknownInstance`], [`ProxyError::Header`], and [`ProxyError::Refused`] by the rules of a handshake: with
    /// [`NotPresented`](hub_roles::CertificateRule::NotPresented) where there is no header, or an empty one.
    pub fn peer(
        &self,
        instance: &InstanceId,
        headers: &HeaderMap,
        now: UnixTime,
    ) -> Result<Peer<P::Client>, ProxyError> {
        let unknown = || ProxyError::UnknownInstance { path: P::ID, instance: instance.clone() };
        self.forwarding.peer(|clients| clients.of(instance).ok_or_else(unknown), headers, now)
    }
}

impl ProvenHop<HubToLfi> {
    /// The client whose certificate the proxy forwards with a request. The certificate is judged for each, at `now`, by what is current
    /// then.
    ///
    /// # Errors
    /// [`ProxyError::Header`], and [`ProxyError::Refused`] by the rules of a handshake: with
    /// [`NotPresented`](hub_roles::CertificateRule::NotPresented) where there is no header, or an empty one.
    pub fn peer(&self, headers: &HeaderMap, now: UnixTime) -> Result<Peer<<HubToLfi as Path>::Client>, ProxyError> {
        self.forwarding.peer(|clients| Ok(clients.the_hub()), headers, now)
    }
}

impl<P: AcceptingPath> fmt::Debug for ProvenHop<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProvenHop({})", P::ID)
    }
}

impl<P: AcceptingPath> Forwarding<P> {
    fn peer(
        &self,
        due: impl FnOnce(&Clients<P>) -> Result<&ClientVerifier<P::Client>, ProxyError>,
        headers: &HeaderMap,
        now: UnixTime,
    ) -> Result<Peer<P::Client>, ProxyError> {
        let judge = || {
            let clients = self.clients.load();
            let client = due(&clients)?;
            let chain = self.form.read::<P>(headers)?;
            Ok(Peer::new(client.verify(&chain, now)?))
        };
        let outcome = judge();
        record::<P>(outcome.as_ref());
        outcome
    }
}

/// Tells the log what came of a request, as the log is told of handshakes: nothing of the headers but what the certificate says.
fn record<P: AcceptingPath>(outcome: Result<&Peer<P::Client>, &ProxyError>) {
    match outcome {
        Ok(peer) => tracing::debug!(
            path = %P::ID, role = %P::Client::ID, kid = %peer.kid(), organisation = %peer.organisation(),
            "forwarded peer accepted",
        ),
        Err(error) => record_refusal::<P>(error, Level::WARN),
    }
}

fn record_refusal<P: AcceptingPath>(error: &ProxyError, level: Level) {
    let (kid, subject) = error.presented();
    macro_rules! refused {
        ($level:ident) => {
            tracing::$level!(
                path = %P::ID, role = %P::Client::ID, code = error.code(), reason = %error, kid = kid.map(field::display),
                subject = subject.map(field::debug), remote = error.remote().map(field::display),
                "forwarded peer refused",
            )
        };
    }
    if level == Level::WARN { refused!(warn) } else { refused!(debug) }
}
