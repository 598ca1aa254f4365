//! A distribution point: where the lists of a CA are published.

use std::fmt;
use std::sync::Arc;

use http::Uri;

use super::error::RefresherError;

/// A URL that the lists of one CA are fetched from, chosen by who configures it: no certificate is asked for one.
///
/// ```
/// use hub_tls::DistributionPoint;
///
/// let point = DistributionPoint::new("http://crl.sandbox.pki.openfinance.ae/issuer.crl")?;
/// assert!(DistributionPoint::new("ldap://directory.example/cn=ca").is_err());
/// # let _ = point;
/// # Ok::<(), hub_tls::RefresherError>(())
/// ```
#[derive(Clone)]
pub struct DistributionPoint {
    pub(super) url: Uri,
    pub(super) shown: Arc<str>,
    pub(super) issuer: Option<String>,
    pub(super) saved: Option<Vec<u8>>,
}

impl DistributionPoint {
    /// At a URL of the scheme `http`, as CAs publish their lists, or `https`. What is served there is a list in DER, or lists in PEM:
    /// of one CA, whichever its first list is of, unless [`with_issuer`](Self::with_issuer) says of which.
    ///
    /// # Errors
    /// [`RefresherError::Url`].
    pub fn new(url: &str) -> Result<Self, RefresherError> {
        let shown = url.rsplit('@').next().unwrap_or_default();
        let parsed = absolute(url).ok_or_else(|| RefresherError::Url { url: shown.to_owned() })?;
        Ok(Self { shown: parsed.to_string().into(), url: parsed, issuer: None, saved: None })
    }

    /// Takes lists of the CA of this name only, from the first one on: in the form of
    /// [`RevocationList::issuer`](hub_roles::RevocationList::issuer), such as `CN=Issuing CA - G1,O=Example,C=AE`.
    /// Without, whoever answers in the place of the CA's server at the first fetch could begin with another CA's list.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Begins with a list that was fetched from here before (see [`RefreshSettings::with_store`](super::RefreshSettings::with_store)):
    /// checked as one that is fetched. One that is not taken is reported, and hinders nothing.
    #[must_use]
    pub fn with_saved(mut self, list: impl Into<Vec<u8>>) -> Self {
        self.saved = Some(list.into());
        self
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shown
    }
}

impl fmt::Debug for DistributionPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DistributionPoint({:?})", self.shown)
    }
}

/// An absolute URL of `http` or `https` that names a host and no user.
pub(super) fn absolute(url: &str) -> Option<Uri> {
    let url: Uri = url.parse().ok()?;
    let host = url.authority()?;
    let of_http = matches!(url.scheme_str(), Some("http" | "https"));
    (of_http && !host.as_str().contains('@') && !host.host().is_empty()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_urls_of_http_are_fetched_from() {
        for url in ["http://crl.example/issuer.crl", "https://crl.example:8443/", "http://127.0.0.1:1/x?y=z"] {
            assert_eq!(DistributionPoint::new(url).unwrap().url(), url);
        }
        for url in [
            "",
            "/issuer.crl",
            "crl.example/issuer.crl",
            "crl.example",
            "http:///issuer.crl",
            "http://:80/",
            "ldap://crl.example/ca",
            "file:///etc/passwd",
            "http://user@crl.example/",
            "http://user:word@crl.example/",
            "http://crl.example/ x",
        ] {
            let error = DistributionPoint::new(url).unwrap_err();
            assert_eq!(error.code(), "refresher.url", "{url}");
            assert!(!error.to_string().contains("word"), "{error}");
        }
    }
}
