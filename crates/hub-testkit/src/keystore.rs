//! The Trust Framework's keystore, over real HTTPS on the loopback interface.

mod fault;
mod server;
mod shelf;

use core::slice;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use hub_jwks::{AddressPolicy, Fetcher};
use hub_roles::{Environment, HostName};
use rustls::ServerConfig;
use tokio::sync::watch;

pub use self::fault::Fault;

use self::shelf::Shelf;
use crate::issued::certificates_pem;
use crate::{Authority, Ecosystem, Error, Issued, LeafSpec, Profile, SubjectSpec};

/// Serves an ecosystem's key sets as the real keystore does: the same paths, `Cache-Control: max-age=300`, an `ETag`,
/// `404` for what it does not have, retired keys below `inactive/`.
///
/// It listens on 127.0.0.1, on a port of the system's choice, until it is dropped. Its certificate is for the host that the
/// deployments' URLs name (and for `localhost`), from a root of its own: the keystore has no role in the Trust
/// Framework, so whoever fetches trusts [`Self::roots_pem`] and connects to [`Self::address`] instead of looking the host up.
///
/// ```
/// use core::time::Duration;
/// use hub_roles::Sig1;
/// use hub_testkit::{Ecosystem, Keystore};
/// use rustls_pki_types::UnixTime;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let mut eco = Ecosystem::sandbox(UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000)))?;
/// let keystore = Keystore::serve(&eco).await?;
/// let fetcher = keystore.fetcher()?;
///
/// let acme = eco.tpp("acme")?;
/// let url = eco.keystore().application_keys(&acme.organisation(), &acme.software_statement()).active();
/// let fetched = fetcher.fetch(&url, acme.client_id().clone()).await?;
/// let key = fetched.key_set.verification_key::<Sig1>(acme.sig1().kid())?;
/// assert_eq!(key.owner(), acme.client_id());
///
/// // The keys of the next generation are there once they are published.
/// eco.rotate::<Sig1>("acme")?;
/// keystore.publish(&eco);
/// let fetched = fetcher.fetch(&url, eco.tpp("acme")?.client_id().clone()).await?;
/// assert!(fetched.key_set.verification_key::<Sig1>(eco.tpp("acme")?.sig1().kid()).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It fails when it is told to, at one path or at all of them, and counts what it is asked:
///
/// ```
/// # use core::time::Duration;
/// use http::StatusCode;
/// use hub_testkit::{Ecosystem, Fault, Keystore};
/// # use rustls_pki_types::UnixTime;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let eco = Ecosystem::sandbox(UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000)))?;
/// # let acme = eco.tpp("acme")?;
/// let keystore = Keystore::serve(&eco).await?;
/// let url = eco.keystore().application_keys(&acme.organisation(), &acme.software_statement()).active();
/// keystore.fail(url.path(), Fault::Status(StatusCode::SERVICE_UNAVAILABLE));
/// assert!(keystore.fetcher()?.fetch(&url, acme.client_id().clone()).await.is_err());
///
/// keystore.heal(url.path());
/// assert!(keystore.fetcher()?.fetch(&url, acme.client_id().clone()).await.is_ok());
/// assert_eq!(keystore.requests_for(url.path()), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Keystore {
    environment: Environment,
    host: HostName,
    address: SocketAddr,
    authority: Authority,
    roots_pem: String,
    presented: watch::Sender<Arc<ServerConfig>>,
    shelf: Shelf,
    /// Dropped with the keystore: what the server waits for.
    _running: watch::Sender<()>,
}

impl Keystore {
    /// Serves what the ecosystem publishes now, on the current Tokio runtime.
    ///
    /// # Errors
    /// [`Error::Serve`] if it cannot listen, and as [`Authority::issue`] for its own certificate.
    pub async fn serve(ecosystem: &Ecosystem) -> Result<Self, Error> {
        let host = ecosystem.keystore().host().clone();
        let keys = ecosystem.authority().keys();
        let profile = Profile::named("Keystore");
        let validity = profile.issuing_validity();
        let [root, issuing, own] = ["root", "issuing", "server"].map(|part| keys.named(&format!("keystore/{part}")));
        let authority = Authority::with_keys(profile, keys, ecosystem.now(), root?, issuing?)?;
        // A client's clock is the real one, wherever the ecosystem's stands.
        let spec = LeafSpec::server_transport(SubjectSpec::new("Keystore", host.as_str()))
            .with_dns_name(host.as_str())
            .with_dns_name("localhost")
            .with_validity(validity)
            .with_key(own?);

        let shelf = Shelf::default();
        let (running, stop) = watch::channel(());
        let presented = watch::Sender::new(server::config(&authority.issue(&spec)?)?);
        let address = server::start(presented.subscribe(), shelf.clone(), stop).await?;
        let keystore = Self {
            environment: ecosystem.environment().clone(),
            host,
            address,
            roots_pem: certificates_pem(slice::from_ref(authority.root()))?,
            authority,
            presented,
            shelf,
            _running: running,
        };
        keystore.publish(ecosystem);
        Ok(keystore)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The host its certificate is for, and the deployments' URLs name.
    #[must_use]
    pub fn host(&self) -> &HostName {
        &self.host
    }

    /// What whoever fetches must trust, as PEM.
    #[must_use]
    pub fn roots_pem(&self) -> &str {
        &self.roots_pem
    }

    /// Who issued its certificate.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Presents another certificate from now on: a renewed one of [`Self::authority`], or one that nobody should trust.
    ///
    /// # Errors
    /// [`Error::Rejected`] if rustls cannot present it.
    pub fn present(&self, certificate: &Issued) -> Result<(), Error> {
        self.presented.send_replace(server::config(certificate)?);
        Ok(())
    }

    /// A fetcher that finds and trusts it.
    ///
    /// # Errors
    /// [`Error::Rejected`] if it cannot be built.
    pub fn fetcher(&self) -> Result<Fetcher, Error> {
        Fetcher::builder(&self.environment, self.roots_pem.as_bytes())
            .allow_host(self.host.clone())
            .resolve(self.host.clone(), self.address)
            .address_policy(AddressPolicy::IncludingLocal)
            .build()
            .map_err(|reason| Error::rejected("the keystore's fetcher", reason))
    }

    /// How many requests it has read, those it had nothing for included.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.shelf.asked().borrow().all()
    }

    /// How many requests for `path` it has read.
    #[must_use]
    pub fn requests_for(&self, path: &str) -> usize {
        self.shelf.asked().borrow().at(path).all
    }

    /// How many of them asked only for a change: those with `If-None-Match`.
    #[must_use]
    pub fn conditional_requests_for(&self, path: &str) -> usize {
        self.shelf.asked().borrow().at(path).conditional
    }

    /// Waits until it has read `count` requests for `path`, answered or not: so a test sees that somebody waits for an answer, without
    /// sleeping.
    pub async fn requested(&self, path: &str, count: usize) {
        // The sender is this keystore's.
        let _ = self.shelf.asked().wait_for(|asked| asked.at(path).all >= count).await;
    }

    /// Replaces everything by what the ecosystem publishes now.
    pub fn publish(&self, ecosystem: &Ecosystem) {
        let sets = ecosystem.key_sets().into_iter();
        self.shelf.replace(sets.map(|(path, set)| (path, Bytes::from(set))).collect());
    }

    /// Serves `content` at `path`, whatever it is, until the next [`Self::publish`].
    pub fn put(&self, path: impl Into<String>, content: impl Into<Bytes>) {
        self.shelf.put(path.into(), content.into());
    }

    /// Has nothing at `path` any more, until the next [`Self::publish`].
    pub fn remove(&self, path: &str) {
        self.shelf.remove(path);
    }
    /// Does this, instead of serving what it has, to every request for `path` from now on.
    pub fn fail(&self, path: &str, fault: Fault) {
        self.shelf.fail(path, fault);
    }

    /// Does this to every request from now on, unless its path has a fault of its own.
    pub fn fail_all(&self, fault: Fault) {
        self.shelf.fail_all(fault);
    }

    /// Sends this header with every answer for `path`, in place of its own: another `Cache-Control`, an `Age`, a date in `Retry-After`, an
    /// `ETag` that stays the same whatever the content.
    pub fn set_header(&self, path: &str, name: HeaderName, value: HeaderValue) {
        self.shelf.set_header(path, name, value);
    }

    /// Ends the fault of `path` and what was set as its headers. What was said of all paths stays.
    pub fn heal(&self, path: &str) {
        self.shelf.heal(path);
    }

    /// Ends all faults and what was set as headers. What is held stays held.
    pub fn heal_all(&self) {
        self.shelf.heal_all();
    }

    /// Answers no request for `path` until what this returns is dropped. What is answered then, was decided when the request came.
    #[must_use = "requests are held for as long as the gate is kept"]
    pub fn hold(&self, path: &str) -> ClosedGate {
        ClosedGate { _closed: self.shelf.hold(path) }
    }
}

/// Holds requests until it is dropped: see [`Keystore::hold`].
#[derive(Debug)]
pub struct ClosedGate {
    /// What held requests wait for the end of.
    _closed: watch::Sender<()>,
}

impl ClosedGate {
    /// Lets the answers go, as dropping it does.
    pub fn open(self) {}
}
