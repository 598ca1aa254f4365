//! Rotation in place: what acceptors and connectors were built from is replaced while they are in use. That of proxies is in `proxy`.

use std::fmt;
use std::sync::Arc;

use hub_roles::{Credential, Deployment, HubToLfi, InstanceId, Path, TrustFramework};

use crate::accepting::AcceptingPath;
use crate::acceptor::Acceptor;
use crate::connector::Connector;
use crate::error::ConfigError;
use crate::reaching::Reaching;
use crate::serving::Serving;

/// Replaces the credential, the trust framework or the deployment of an [`Acceptor`] or a [`Connector`] in place, for all its clones
/// and for the configurations it exported; and the trust framework, the deployment or the proof of the hop of a
/// [`TrustedProxy`](crate::TrustedProxy), whose requests each go by what is current.
///
/// - A swap is checked as in construction, and makes a new generation or leaves everything as it was. Swaps wait for each other;
///   handshakes wait for none.
/// - A handshake that begins after the swap goes by the new generation. One that is under way ends as it began, and its peer is handed
///   out only if the new generation admits it too.
/// - Sessions and tickets end with their generation: none of before the swap resumes after it.
/// - Open connections stay when our own credential changes. When trust framework or deployment change, each is asked again, and
///   closed if its peer, at this time, is no longer admitted: what reads or writes it learns why (see [`Stream`](crate::Stream)). That
///   verifies each of the chains once, on the thread that swaps.
/// - Swapping either verifies our own certificates again, on that thread too: one at a connector, one for each instance at an acceptor.
///   Thousands of instances take a good part of a second (`docs/architecture.md`, "Figures"): from async code, swap by the runtime's
///   `spawn_blocking`. A new credential costs the check of that one only.
///
/// An acceptor of API Hub instances begins to serve one by `swap_credential`, and ceases to by `remove_instance`. A TPP's old C1 is kept
/// for the access tokens bound to it by `swap_credential_keeping_old`. With the feature `watch`, credential and trust framework follow
/// their files: `watch`, `watch_keeping_old`, `watch_trust`.
///
/// Revocation lists never go back: a trust framework with an older list of a CA than the one in force, or without one, is refused
/// where both have the CA ([`ConfigError::RevocationList`]). A new bundle is made the [successor](TrustFramework::succeeding) of the
/// old one.
///
/// The clock and the log are asked while a swap is under way: neither may swap.
///
/// That a certificate of ours, or the list it needs, has expired, or that it is on the new list, hinders no swap of trust framework or
/// deployment: it is logged, and the swap takes effect on peers.
///
/// ```
/// # use hub_roles::LfiToHub;
/// # use hub_testkit::Ecosystem;
/// # use hub_tls::Connector;
/// # use rustls_pki_types::UnixTime;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut eco = Ecosystem::sandbox(UnixTime::now())?;
/// let bank = eco.lfi("bank")?;
/// let connector = Connector::<LfiToHub>::new(eco.trust(), bank.deployment(), bank.c3())?;
/// let rotation = connector.rotation();
///
/// # eco.rotate::<hub_roles::C3>("bank")?;
/// # let bank = eco.lfi("bank")?;
/// let new = bank.c3();                            // issued a year later
/// rotation.swap_credential(new)?;
/// let closed = rotation.swap_trust(eco.trust())?; // the current bundle
/// assert_eq!(closed, 0);
/// # Ok(())
/// # }
/// ```
pub struct Rotation<T> {
    pub(crate) of: T,
}

impl<T> Rotation<T> {
    pub(crate) fn of(of: T) -> Self {
        Self { of }
    }
}

impl<P: AcceptingPath> Acceptor<P> {
    /// The handle that replaces what the acceptor was built from, while it is in use.
    #[must_use]
    pub fn rotation(&self) -> Rotation<Self> {
        Rotation::of(self.clone())
    }
}

impl<P: Path> Connector<P> {
    /// The handle that replaces what the connector was built from, while it is in use.
    #[must_use]
    pub fn rotation(&self) -> Rotation<Self> {
        Rotation::of(Self { shared: Arc::clone(&self.shared), only: None })
    }
}

impl<P: AcceptingPath> Rotation<Acceptor<P>> {
    /// Trusts this framework from now on, and closes the connections of clients that it refuses. Gives their number. Our own
    /// certificates, one for each instance, are verified again on this thread.
    ///
    /// # Errors
    /// [`ConfigError`]: of another environment than the deployment, or it refuses a certificate of ours, or lacks a revocation list
    /// that the one in force has.
    pub fn swap_trust(&self, trust: &TrustFramework) -> Result<usize, ConfigError> {
        let shared = &self.of.shared;
        self.swap(|current| current.renewed(&current.basis.trusting(trust, &shared.settings)?, &shared.tls))
    }

    /// Goes by this deployment from now on, and closes the connections of clients that it does not admit. Gives their number.
    ///
    /// # Errors
    /// [`ConfigError`]: of another environment than the trust framework, or it does not have an instance that is served, or our
    /// certificate for one is not the one it registers.
    pub fn swap_deployment(&self, deployment: &Deployment) -> Result<usize, ConfigError> {
        let shared = &self.of.shared;
        self.swap(|current| current.renewed(&current.basis.registering(deployment, &shared.settings)?, &shared.tls))
    }

    fn swap(&self, next: impl FnOnce(&Serving<P>) -> Result<Serving<P>, ConfigError>) -> Result<usize, ConfigError> {
        let shared = &self.of.shared;
        shared
            .serving
            .replace(next, |_| shared.connections.check(|arrival, chain| shared.admit(arrival, chain).map(drop)))
    }
}

impl<P: AcceptingPath<Instance = InstanceId>> Rotation<Acceptor<P>> {
    /// Presents this certificate for an instance from now on. The other instances and their sessions are not touched. An instance of
    /// the deployment that was not served is from now on.
    ///
    /// # Errors
    /// [`ConfigError`]: the deployment does not have the instance, or the certificate is not the instance's.
    pub fn swap_credential(&self, instance: InstanceId, credential: Credential<P::Server>) -> Result<(), ConfigError> {
        let shared = &self.of.shared;
        let next = |current: &Serving<P>| {
            let foundation = current.basis.again(&shared.settings)?;
            current.with_instance(&foundation, &shared.tls, instance, credential)
        };
        shared.serving.replace(next, |_| ())
    }

    /// Serves an instance no longer, and closes the connections of its clients. Gives their number. The other instances, their
    /// connections and their sessions are not touched. The deployment still has the instance: it may be served again by
    /// [`swap_credential`](Self::swap_credential), and its part of the deployment may be swapped away from now on.
    ///
    /// Handshakes with its hosts, and open connections of its clients, fail with
    /// [`HandshakeError::UnknownInstance`](crate::HandshakeError::UnknownInstance).
    ///
    /// # Errors
    /// [`ConfigError::NotServed`], and [`ConfigError::LastInstance`] for the only one.
    pub fn remove_instance(&self, instance: &InstanceId) -> Result<usize, ConfigError> {
        let shared = &self.of.shared;
        let closing = |_: &Serving<P>| {
            shared.connections.check(|arrival, chain| match arrival.instance == *instance {
                true => shared.admit(arrival, chain).map(drop),
                false => Ok(()),
            })
        };
        shared.serving.replace(|current| current.without_instance(instance), closing)
    }
}

impl Rotation<Acceptor<HubToLfi>> {
    /// Presents this certificate from now on.
    ///
    /// # Errors
    /// [`ConfigError`]: the certificate fits no instance of the deployment.
    pub fn swap_credential(&self, credential: Credential<<HubToLfi as Path>::Server>) -> Result<(), ConfigError> {
        let shared = &self.of.shared;
        let next = |current: &Serving<HubToLfi>| {
            let foundation = current.basis.again(&shared.settings)?;
            Serving::ozone_connect(&foundation, &shared.tls, credential)
        };
        shared.serving.replace(next, |_| ())
    }
}

impl<P: Path> Rotation<Connector<P>> {
    /// Presents this certificate from now on.
    ///
    /// # Errors
    /// [`ConfigError`]: the certificate is registered at no instance of the deployment.
    pub fn swap_credential(&self, credential: Credential<P::Client>) -> Result<(), ConfigError> {
        let shared = &self.of.shared;
        let next = |current: &Reaching<P>| {
            let foundation = current.basis.again(&shared.settings)?;
            current.with_credential(&foundation, &shared.tls, credential)
        };
        shared.reaching.replace(next, |_| ())
    }

    /// Trusts this framework from now on, and closes the connections to servers that it refuses. Gives their number.
    ///
    /// # Errors
    /// [`ConfigError`]: of another environment than the deployment, or it refuses our certificate, or lacks a revocation list that
    /// the one in force has.
    pub fn swap_trust(&self, trust: &TrustFramework) -> Result<usize, ConfigError> {
        let shared = &self.of.shared;
        self.swap(|current| current.renewed(&current.basis.trusting(trust, &shared.settings)?, &shared.tls))
    }

    /// Goes by this deployment from now on, and closes the connections to servers that it does not admit. Gives their number.
    ///
    /// # Errors
    /// [`ConfigError`]: of another environment than the trust framework, or our certificate is registered at no instance of it.
    pub fn swap_deployment(&self, deployment: &Deployment) -> Result<usize, ConfigError> {
        let shared = &self.of.shared;
        self.swap(|current| current.renewed(&current.basis.registering(deployment, &shared.settings)?, &shared.tls))
    }

    fn swap(&self, next: impl FnOnce(&Reaching<P>) -> Result<Reaching<P>, ConfigError>) -> Result<usize, ConfigError> {
        let shared = &self.of.shared;
        shared.reaching.replace(next, |_| shared.connections.check(|host, chain| shared.admit(host, chain).map(drop)))
    }
}

impl<T: Clone> Clone for Rotation<T> {
    fn clone(&self) -> Self {
        Self { of: self.of.clone() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Rotation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rotation({:?})", self.of)
    }
}
