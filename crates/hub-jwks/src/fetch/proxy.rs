//! Which forward proxy stands in between.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};

use base64ct::{Base64, Encoding};
use http::Uri;
use http::uri::Authority;
use hub_roles::HostName;
use thiserror::Error;
use zeroize::Zeroizing;

use super::look_up::LookUp;

/// A forward proxy that opens tunnels with `CONNECT`, for networks from which the keystore is reached by a proxy only.
///
/// TLS to the keystore runs inside the tunnel and is verified as ever, so the proxy sees the keystore's name and no more, and can do no
/// more than anybody on the way: a proxy that decrypts is a server whose roots the [`Fetcher`](crate::Fetcher) has to be given. The proxy itself
/// is spoken to in the clear.
///
/// No environment variable is asked for a proxy.
///
/// ```
/// use hub_jwks::HttpProxy;
///
/// let proxy = HttpProxy::new("http://proxy.bank.example:3128")?.with_credentials("hub", "a secret")?;
/// assert_eq!(format!("{proxy:?}"), "HttpProxy(proxy.bank.example:3128, with credentials)");
/// # Ok::<(), hub_jwks::ProxyError>(())
/// ```
#[derive(Clone)]
pub struct HttpProxy {
    host: Host,
    port: u16,
    /// User name and password as the header field has them.
    credentials: Option<Zeroizing<String>>,
}

#[derive(Clone)]
enum Host {
    Name(HostName),
    Address(IpAddr),
}

impl HttpProxy {
    /// The proxy at `url`: `http://host:port` without a path or a user name, where the host may be an IP address, and the port is 80 if
    /// there is none.
    ///
    /// # Errors
    /// [`ProxyError::Url`].
    pub fn new(url: &str) -> Result<Self, ProxyError> {
        let uri: Uri = url.parse().map_err(|_| ProxyError::Url)?;
        let has_no_path = uri.path() == "/" && uri.query().is_none() && !url.contains('#');
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        match (uri.scheme_str(), authority) {
            (Some("http"), Some(authority)) if has_no_path => {
                Ok(Self { host: host(authority.host())?, port: port(authority)?, credentials: None })
            }
            _ => Err(ProxyError::Url),
        }
    }

    /// Sends a user name and a password (RFC 7617). They go to the proxy in the clear, so to one in the own network only; they are
    /// wiped from memory after use and appear in no log and no error.
    ///
    /// # Errors
    /// [`ProxyError::Credentials`]: they cannot be sent.
    pub fn with_credentials(mut self, user: &str, password: &str) -> Result<Self, ProxyError> {
        let unsendable = |text: &str| text.chars().any(char::is_control) || text.len() > MAX_CREDENTIAL_OCTETS;
        if user.contains(':') || unsendable(user) || unsendable(password) {
            return Err(ProxyError::Credentials);
        }
        let plain = Zeroizing::new([user, ":", password].concat());
        self.credentials = Some(Zeroizing::new(Base64::encode_string(plain.as_bytes())));
        Ok(self)
    }

    /// Where the proxy is. It is the operator's choice, so it may be in the own network.
    pub(super) async fn addresses(&self, look_up: &LookUp) -> io::Result<Vec<SocketAddr>> {
        match &self.host {
            Host::Name(name) => look_up.addresses(name, self.port).await,
            Host::Address(address) => Ok(vec![SocketAddr::new(*address, self.port)]),
        }
    }

    pub(super) fn credentials(&self) -> Option<&str> {
        self.credentials.as_ref().map(|credentials| credentials.as_str())
    }
}

impl fmt::Debug for HttpProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = if self.credentials.is_some() { ", with credentials" } else { "" };
        match &self.host {
            Host::Name(name) => write!(f, "HttpProxy({name}:{}{credentials})", self.port),
            Host::Address(address) => {
                write!(f, "HttpProxy({}{credentials})", SocketAddr::new(*address, self.port))
            }
        }
    }
}

/// Why a forward proxy cannot be used. What was given is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// No URL of a forward proxy.
    #[error("no URL of a forward proxy: expected http://host:port, without a path; credentials are given apart")]
    Url,
    /// A user name or password that cannot be sent.
    #[error(
        "the proxy's credentials cannot be sent: no control characters, no colon in the user name, at most {MAX_CREDENTIAL_OCTETS} octets each"
    )]
    Credentials,
}

impl ProxyError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Url => "proxy.url",
            Self::Credentials => "proxy.credentials",
        }
    }
}

fn host(text: &str) -> Result<Host, ProxyError> {
    let literal = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match literal.unwrap_or(text).parse() {
        Ok(address) => Ok(Host::Address(address)),
        Err(_) => text.parse().map(Host::Name).map_err(|_| ProxyError::Url),
    }
}

/// A port in digits alone (RFC 3986 section 3.2.3): number parsers take a sign as well.
fn port(authority: &Authority) -> Result<u16, ProxyError> {
    let behind_host = authority.as_str().strip_prefix(authority.host()).ok_or(ProxyError::Url)?;
    if behind_host.is_empty() {
        return Ok(80);
    }
    let digits = behind_host.strip_prefix(':').filter(|digits| digits.bytes().all(|octet| octet.is_ascii_digit()));
    digits.and_then(|digits| digits.parse().ok()).filter(|&port| port != 0).ok_or(ProxyError::Url)
}

/// Long enough for tokens in the place of passwords, and short enough for the 8 KiB that proxies read of a head.
const MAX_CREDENTIAL_OCTETS: usize = 2048;
