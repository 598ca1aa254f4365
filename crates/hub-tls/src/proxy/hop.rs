//! What shows that a request comes from the proxy.

use std::fmt;
use std::net::IpAddr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use http::{HeaderMap, HeaderName};
use hub_roles::KeyId;
use rustls::ServerConnection;
use rustls_pki_types::CertificateDer;
#[cfg(unix)]
use tokio::net::UnixStream;
use zeroize::Zeroizing;

use super::error::{HopConfigError, HopError};
use super::limits::MIN_SECRET_OCTETS;
use super::network::Network;

/// How a proxy proves itself to us: [`UnixSocket`], [`MutualTls`] or [`AddressAndSecret`].
///
/// A program chooses one when it builds its [`TrustedProxy`](crate::TrustedProxy); evidence of another kind does not compile.
pub trait Hop: Sealed + fmt::Debug + Send + Sync + 'static {
    /// What it takes to prove the hop of one connection or request.
    type Evidence<'e>;

    /// Whether the evidence shows that the proxy is at the other end.
    ///
    /// # Errors
    /// [`HopError`].
    fn prove(&self, evidence: Self::Evidence<'_>) -> Result<(), HopError>;
}

#[expect(unnameable_types, reason = "a hop that is no proof would make peers of anyone's headers")]
pub trait Sealed {}

/// The proxy runs on the same machine, as a user of its own, and connects through a Unix socket.
///
/// The evidence is the accepted stream: the system itself tells whose process connected. Who may open the socket's file does not
/// matter. In a container that does not know the user, it shows as the system's overflow user (mostly 65534), which is not to be named
/// here.
#[cfg(unix)]
#[derive(Debug, Clone)]
pub struct UnixSocket {
    users: Vec<u32>,
}

#[cfg(unix)]
impl UnixSocket {
    /// With the user IDs that the proxy's processes run as: those that connect to us, not the one that starts them.
    ///
    /// # Errors
    /// [`HopConfigError::Nothing`].
    pub fn of_users(users: impl IntoIterator<Item = u32>) -> Result<Self, HopConfigError> {
        Ok(Self { users: at_least_one("user", users)? })
    }
}

#[cfg(unix)]
impl Sealed for UnixSocket {}

#[cfg(unix)]
impl Hop for UnixSocket {
    type Evidence<'e> = &'e UnixStream;

    fn prove(&self, stream: &UnixStream) -> Result<(), HopError> {
        let found = stream.peer_cred().map_err(|error| HopError::NoUser { reason: error.to_string() })?.uid();
        if self.users.contains(&found) { Ok(()) } else { Err(HopError::User { found }) }
    }
}

/// The proxy connects by TLS and presents a certificate of its own, known by its octets.
///
/// The evidence is rustls' connection, as `stream.get_ref().1` of tokio-rustls gives it, once the handshake has finished. The
/// certificate belongs to the operator's own PKI: no role of the ecosystem covers it. The listener's configuration must require a client
/// certificate and verify it with a verifier of rustls; one that was put in through rustls' `dangerous()` may leave out the proof of
/// the key, and then nothing is proven here either.
#[derive(Debug, Clone)]
pub struct MutualTls {
    certificates: Vec<CertificateDer<'static>>,
}

impl MutualTls {
    /// With the proxy's end-entity certificates: one, or the old and the new one while it is renewed.
    ///
    /// # Errors
    /// [`HopConfigError::Nothing`].
    pub fn of_certificates(
        certificates: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Result<Self, HopConfigError> {
        Ok(Self { certificates: at_least_one("certificate", certificates)? })
    }
}

impl Sealed for MutualTls {}

impl Hop for MutualTls {
    type Evidence<'e> = &'e ServerConnection;

    fn prove(&self, connection: &ServerConnection) -> Result<(), HopError> {
        if connection.is_handshaking() {
            return Err(HopError::HandshakeUnfinished);
        }
        let presented = connection.peer_certificates().and_then(<[_]>::first).ok_or(HopError::NoCertificate)?;
        if self.certificates.contains(presented) {
            return Ok(());
        }
        Err(HopError::Certificate { kid: KeyId::of_certificate(presented) })
    }
}

/// The proxy connects from known addresses and sends a secret with every request.
///
/// The evidence is, for each request, the address at the other end of the connection (never one that a header tells) and the headers.
/// The weakest of the three: who can read the network between the two learns the secret, so it is for a network where nobody else
/// listens.
#[derive(Clone)]
pub struct AddressAndSecret {
    networks: Vec<Network>,
    header: HeaderName,
    secrets: Vec<Zeroizing<Vec<u8>>>,
}

impl AddressAndSecret {
    /// With the proxy's addresses, the header that carries the secret, and the secret: one, or the old and the new one while it is
    /// changed.
    ///
    /// # Errors
    /// [`HopConfigError::Nothing`], [`HopConfigError::Secret`].
    pub fn new(
        networks: impl IntoIterator<Item = Network>,
        header: HeaderName,
        secrets: impl IntoIterator<Item: AsRef<[u8]>>,
    ) -> Result<Self, HopConfigError> {
        let secrets = secrets.into_iter().map(|secret| Zeroizing::new(secret.as_ref().to_vec()));
        let secrets = at_least_one("secret", secrets)?;
        if !secrets.iter().all(|secret| secret.len() >= MIN_SECRET_OCTETS && secret.iter().all(u8::is_ascii_graphic)) {
            return Err(HopConfigError::Secret);
        }
        Ok(Self { networks: at_least_one("address", networks)?, header, secrets })
    }

    /// Compares with every secret, each in constant time.
    fn is_secret(&self, presented: &[u8]) -> bool {
        self.secrets.iter().fold(false, |found, secret| found | verify_slices_are_equal(secret, presented).is_ok())
    }
}

impl Sealed for AddressAndSecret {}

impl Hop for AddressAndSecret {
    type Evidence<'e> = (IpAddr, &'e HeaderMap);

    fn prove(&self, (remote, headers): (IpAddr, &HeaderMap)) -> Result<(), HopError> {
        if !self.networks.iter().any(|network| network.contains(remote)) {
            return Err(HopError::Address { found: remote });
        }
        let mut presented = headers.get_all(&self.header).iter();
        match (presented.next(), presented.next()) {
            (Some(only), None) if self.is_secret(only.as_bytes()) => Ok(()),
            _ => Err(HopError::Secret { remote, header: self.header.to_string() }),
        }
    }
}

impl fmt::Debug for AddressAndSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AddressAndSecret({:?}, {} secrets in {})", self.networks, self.secrets.len(), self.header)
    }
}

fn at_least_one<T>(what: &'static str, items: impl IntoIterator<Item = T>) -> Result<Vec<T>, HopConfigError> {
    let items: Vec<_> = items.into_iter().collect();
    if items.is_empty() { Err(HopConfigError::Nothing { what }) } else { Ok(items) }
}
