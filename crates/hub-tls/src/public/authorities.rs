//! The authorities that vouch for public certificates, and what is reached under nothing else.

use std::fmt;
use std::sync::Arc;

use hub_roles::MAX_CERTIFICATE_OCTETS;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, SignatureScheme, WantsVerifier};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use thiserror::Error;

use crate::settings::Settings;
use crate::tls::{ClientTls, public_servers};

/// The most roots that are read: the bundles of browsers and operating systems have about 150.
const MAX_ROOTS: usize = 1024;

/// Public certification authorities, for servers that no certificate of the Trust Framework stands for.
///
/// There are two kinds. Webhook receivers and keystores have no role in the Trust Framework at all:
/// [`Self::rustls_config_for_any_host`]. The API Hub's servers may present a public certificate in the place of S1 and S3:
/// [`Connector::rustls_config_for_public_servers`](crate::Connector::rustls_config_for_public_servers).
///
/// What a public authority vouches for is the host name, and nothing more: no organisation, no role. So nothing made from this yields a
/// [`Peer`](crate::Peer). The rules are those of the web: a path to one of the roots, validity, `serverAuth`, and the host among the
/// DNS names; RSA of 2048 to 8192 bits, or ECDSA on P-256 or P-384. Revocation is not looked up, except by an operating system that
/// does so by itself; a stapled OCSP response is not looked at.
///
/// Cloning is cheap. The roots are read once: build another from time to time, as the bundle is updated.
///
/// ```
/// # use hub_testkit::{Authority, KeyPool, Profile};
/// use hub_tls::{PublicAuthorities, Settings};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let bundle = Authority::new(Profile::named("Web"), &KeyPool::new(), rustls_pki_types::UnixTime::now())?.bundle_pem()?;
///
/// // Delivers events to the URL that a TPP registered, say through reqwest.
/// let authorities = PublicAuthorities::from_pem(bundle.as_bytes())?;
/// let webhooks = authorities.rustls_config_for_any_host(&Settings::new())?;
/// assert!(!webhooks.client_auth_cert_resolver.has_certs());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PublicAuthorities {
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    verifier: Arc<dyn ServerCertVerifier>,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Roots(usize),
    #[cfg(feature = "platform-verifier")]
    Platform,
}

impl PublicAuthorities {
    /// From PEM `CERTIFICATE` blocks, at most 1024 of 16 KiB; blocks of other kinds are passed over.
    ///
    /// Each is trusted as a root, whatever it says of itself (RFC 5280 section 6.1.1): give roots, and no server's certificate. A root
    /// that does not parse is left out and logged, since bundles of operating systems have such: fewer servers are trusted, not more.
    ///
    /// # Errors
    /// [`AuthoritiesError::Pem`], [`AuthoritiesError::TooMany`], [`AuthoritiesError::TooLarge`], and
    /// [`AuthoritiesError::NoRoots`] if none is left.
    pub fn from_pem(roots: &[u8]) -> Result<Self, AuthoritiesError> {
        let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(roots).take(MAX_ROOTS + 1).collect();
        let roots = roots.map_err(|_| AuthoritiesError::Pem)?;
        if roots.len() > MAX_ROOTS {
            return Err(AuthoritiesError::TooMany);
        }
        if let Some(found) = roots.iter().map(|root| root.len()).find(|&octets| octets > MAX_CERTIFICATE_OCTETS) {
            return Err(AuthoritiesError::TooLarge { found });
        }
        let mut store = RootCertStore::empty();
        let (_, left_out) = store.add_parsable_certificates(roots);
        if store.is_empty() {
            return Err(AuthoritiesError::NoRoots);
        }
        if left_out > 0 {
            tracing::warn!(left_out, "roots of public authorities that do not parse");
        }
        let (builder, source) = (builder()?, Source::Roots(store.len()));
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(builder.crypto_provider()))
                .build()
                .map_err(|error| AuthoritiesError::Tls { reason: error.to_string() })?;
        Ok(Self { builder, verifier, source })
    }

    /// Those that the operating system trusts, the company's own included where it manages the machine. On Linux these are the files
    /// that OpenSSL would read, so the variables `SSL_CERT_FILE` and `SSL_CERT_DIR` say otherwise; on macOS and Windows the system
    /// verifies. Needs the feature `platform-verifier`.
    ///
    /// # Errors
    /// [`AuthoritiesError::Platform`]: the system has none.
    #[cfg(feature = "platform-verifier")]
    pub fn from_platform() -> Result<Self, AuthoritiesError> {
        let builder = builder()?;
        let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(builder.crypto_provider()))
            .map_err(|error| AuthoritiesError::Platform { reason: error.to_string() })?;
        Ok(Self { builder, verifier: Arc::new(verifier), source: Source::Platform })
    }

    /// A configuration that presents no certificate and connects to any host that these authorities vouch for: for the delivery of
    /// webhook events, whose authenticity is Sig2 inside Enc2 (FACTS section 4), and for key sets where the caller fetches them.
    ///
    /// TLS 1.3, or TLS 1.2 with ECDHE, AES-GCM and extended master secret; no session is resumed. Which addresses may be connected
    /// to is for the caller to limit: the URL of a webhook is the TPP's choice.
    ///
    /// # Errors
    /// [`AuthoritiesError::Tls`]: the settings name an application protocol that cannot be sent.
    pub fn rustls_config_for_any_host(&self, settings: &Settings) -> Result<Arc<ClientConfig>, AuthoritiesError> {
        settings.check().map_err(|reason| AuthoritiesError::Tls { reason: reason.to_owned() })?;
        Ok(Arc::new(self.tls(settings).plain(Arc::clone(&self.verifier), Arc::new(NoCertificate))))
    }

    /// What configurations under these authorities have in common.
    pub(crate) fn tls(&self, settings: &Settings) -> ClientTls {
        ClientTls::on(&self.builder, settings)
    }

    pub(crate) fn verifier(&self) -> &dyn ServerCertVerifier {
        self.verifier.as_ref()
    }
}

impl fmt::Debug for PublicAuthorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Source::Roots(roots) => write!(f, "PublicAuthorities({roots} roots)"),
            #[cfg(feature = "platform-verifier")]
            Source::Platform => f.write_str("PublicAuthorities(the operating system's)"),
        }
    }
}

/// Why there are no public authorities, or no configuration under them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuthoritiesError {
    /// Damaged PEM.
    #[error("the roots of the public authorities are damaged PEM")]
    Pem,
    /// More than 1024 roots.
    #[error("more than {MAX_ROOTS} roots of public authorities: is this a bundle of roots?")]
    TooMany,
    /// A root larger than [`MAX_CERTIFICATE_OCTETS`].
    #[error("a root of {found} octets: at most {MAX_CERTIFICATE_OCTETS} are read")]
    TooLarge {
        /// Octets found.
        found: usize,
    },
    /// No root that can be used.
    #[error("no root of a public authority: give the system's bundle, or that of your proxy")]
    NoRoots,
    /// The operating system has no authorities to offer.
    #[error("the operating system has no public authorities, install its bundle of roots: {reason}")]
    Platform {
        /// What it says.
        reason: String,
    },
    /// No TLS can be spoken with the settings.
    #[error("the TLS settings for public servers cannot be kept: {reason}")]
    Tls {
        /// What is wrong.
        reason: String,
    },
}

impl AuthoritiesError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pem => "authorities.pem",
            Self::TooMany => "authorities.too-many",
            Self::TooLarge { .. } => "authorities.too-large",
            Self::NoRoots => "authorities.no-roots",
            Self::Platform { .. } => "authorities.platform",
            Self::Tls { .. } => "authorities.tls",
        }
    }
}

/// Presents nothing to servers that ask.
#[derive(Debug)]
struct NoCertificate;

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, AuthoritiesError> {
    public_servers().map_err(|error| AuthoritiesError::Tls { reason: error.to_string() })
}
