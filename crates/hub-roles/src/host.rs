//! Host names and HTTPS URLs, as deployments state them.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use http::Uri;
use rustls_pki_types::{DnsName, ServerName};
use thiserror::Error;

use crate::text::serde_as_text;

/// A fully qualified DNS name in lower case: never an IP address, a wildcard or a name with a trailing dot.
#[derive(Clone, Eq)]
pub struct HostName(DnsName<'static>);

impl HostName {
    /// The name in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    /// The name in the form TLS libraries take.
    #[must_use]
    pub fn to_server_name(&self) -> ServerName<'static> {
        ServerName::DnsName(self.0.clone())
    }
}

impl FromStr for HostName {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        if text.ends_with('.') {
            return Err(HostError::NotADnsName);
        }
        match ServerName::try_from(text.to_ascii_lowercase()) {
            Ok(ServerName::DnsName(name)) => Ok(Self(name)),
            Ok(ServerName::IpAddress(_)) => Err(HostError::IpAddress),
            _ => Err(HostError::NotADnsName),
        }
    }
}

/// In lower case as both are, their octets decide: a [`DnsName`] would look at one letter after the other.
impl PartialEq for HostName {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// Of all octets at once, as they are compared.
impl Hash for HostName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostName({self})")
    }
}

/// An `https` URL with a DNS name for a host, no user information and no fragment.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HttpsUrl {
    text: String,
    host: HostName,
    port: u16,
}

impl HttpsUrl {
    /// The URL as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &HostName {
        &self.host
    }

    /// The port, 443 where none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The path, without the query; `/` where none is written.
    ///
    /// ```
    /// use hub_roles::HttpsUrl;
    ///
    /// let url: HttpsUrl = "https://keystore.example/keys/application.jwks?page=1".parse()?;
    /// assert_eq!(url.path(), "/keys/application.jwks");
    /// # Ok::<(), hub_roles::HostError>(())
    /// ```
    #[must_use]
    pub fn path(&self) -> &str {
        let before_query = self.text.split_once('?').map_or(self.text.as_str(), |(before, _query)| before);
        let authority = before_query.split_once("://").map_or("", |(_scheme, authority)| authority);
        authority.find('/').map_or("/", |start| authority.split_at(start).1)
    }

    /// The URL with `segments` below its path, each percent-encoded where it must be (RFC 3986 section 3.3); without its query.
    ///
    /// No encoding keeps a server from climbing by a segment `.` or `..`: a stranger's text is no segment by itself.
    ///
    /// ```
    /// use hub_roles::HttpsUrl;
    ///
    /// let base: HttpsUrl = "https://keystore.example/keys/?page=1".parse()?;
    /// assert_eq!(base.below(&["a/b", "application.jwks"]).as_str(), "https://keystore.example/keys/a%2Fb/application.jwks");
    /// # Ok::<(), hub_roles::HostError>(())
    /// ```
    #[must_use]
    pub fn below(&self, segments: &[&str]) -> Self {
        let path = self.text.split_once('?').map_or(self.text.as_str(), |(path, _query)| path);
        let mut text = path.trim_end_matches('/').to_owned();
        for segment in segments {
            text.push('/');
            percent_encode(segment, &mut text);
        }
        Self { text, host: self.host.clone(), port: self.port }
    }
}

/// The root of the host: `https://host`.
impl From<HostName> for HttpsUrl {
    fn from(host: HostName) -> Self {
        Self { text: format!("https://{host}"), host, port: 443 }
    }
}

impl FromStr for HttpsUrl {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let uri: Uri = text.parse().map_err(|_| HostError::NotAUrl)?;
        if uri.scheme_str() != Some("https") {
            return Err(HostError::NotHttps);
        }
        let authority = uri.authority().ok_or(HostError::NotAUrl)?;
        // `http::Uri` drops fragments without a word and allows user information.
        if authority.as_str().contains('@') || text.contains('#') {
            return Err(HostError::NotAUrl);
        }
        let port = match authority.as_str().rsplit_once(':') {
            Some((_, digits)) => port(digits).ok_or(HostError::NotAUrl)?,
            None => 443,
        };
        Ok(Self { text: text.to_owned(), host: authority.host().parse()?, port })
    }
}

impl fmt::Display for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for HttpsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpsUrl({self})")
    }
}

serde_as_text!(HostName);
serde_as_text!(HttpsUrl);

/// Why a text is not a host name or an HTTPS URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HostError {
    /// Not a DNS name.
    #[error("not a DNS name")]
    NotADnsName,
    /// An IP address: certificates of the Trust Framework name hosts.
    #[error("an IP address, where a DNS name is expected")]
    IpAddress,
    /// Not a URL, or one with user information or a fragment.
    #[error("not a URL of the form https://host[:port]/path")]
    NotAUrl,
    /// Another scheme than `https`.
    #[error("not an https URL")]
    NotHttps,
}

/// A port in digits alone (RFC 3986 section 3.2.3): number parsers take a sign as well.
fn port(digits: &str) -> Option<u16> {
    let in_digits = digits.bytes().all(|octet| octet.is_ascii_digit());
    digits.parse().ok().filter(|&port| in_digits && port != 0)
}

/// Appends `segment`, everything but the unreserved characters encoded (RFC 3986 section 2.3).
fn percent_encode(segment: &str, text: &mut String) {
    for octet in segment.bytes() {
        if octet.is_ascii_alphanumeric() || b"-._~".contains(&octet) {
            text.push(char::from(octet));
        } else {
            text.push_str(&format!("%{octet:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_dns_name_in_lower_case() {
        assert_eq!("AS1.Bank.Example".parse::<HostName>().unwrap().as_str(), "as1.bank.example");
        for ip in ["127.0.0.1", "::1"] {
            assert_eq!(ip.parse::<HostName>(), Err(HostError::IpAddress), "{ip}");
        }
        for other in ["", "a b", "*.bank.example", "bank.example.", "bank..example", "bänk.example"] {
            assert_eq!(other.parse::<HostName>(), Err(HostError::NotADnsName), "{other}");
        }
    }

    #[test]
    fn a_url_is_https_to_a_dns_name() {
        let url: HttpsUrl = "https://OC.bank.example:8443/base".parse().unwrap();
        assert_eq!((url.host().as_str(), url.port()), ("oc.bank.example", 8443));
        assert_eq!("https://oc.bank.example".parse::<HttpsUrl>().unwrap().port(), 443);
        let refused = [
            ("http://oc.bank.example/", HostError::NotHttps),
            ("https://10.0.0.1/", HostError::IpAddress),
            ("https://user@oc.bank.example/", HostError::NotAUrl),
            ("https://oc.bank.example/#part", HostError::NotAUrl),
            ("https://oc.bank.example:99999/", HostError::NotAUrl),
            ("https://oc.bank.example:+443/", HostError::NotAUrl),
            ("https://oc.bank.example:0/", HostError::NotAUrl),
            ("https://oc.bank.example:/", HostError::NotAUrl),
            ("oc.bank.example", HostError::NotHttps),
            ("https:///path", HostError::NotAUrl),
        ];
        for (text, reason) in refused {
            assert_eq!(text.parse::<HttpsUrl>(), Err(reason), "{text}");
        }
    }

    #[test]
    fn what_is_below_a_url_is_the_url_it_reads_as() {
        for base in ["https://keystore.example", "https://keystore.example/", "https://keystore.example?x=1"] {
            let below = base.parse::<HttpsUrl>().unwrap().below(&["a~b", "é?#", "application.jwks"]);
            assert_eq!(below.as_str(), "https://keystore.example/a~b/%C3%A9%3F%23/application.jwks", "{base}");
            assert_eq!(below.as_str().parse(), Ok(below));
        }
        assert_eq!(
            "https://keystore.example".parse(),
            Ok(HttpsUrl::from("keystore.example".parse::<HostName>().unwrap()))
        );
    }
}
