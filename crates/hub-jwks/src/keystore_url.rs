//! Where the Trust Framework publishes whose keys (FACTS section 3).

use std::fmt;

use hub_roles::{Environment, HostName, HttpsUrl, OrganisationId, SoftwareStatementId, Subject};

/// The keystore of one environment: a base URL, from which the URLs of all key sets follow.
///
/// ```
/// use hub_jwks::KeystoreUrl;
/// use hub_roles::Environment;
///
/// let keystore = KeystoreUrl::of(&Environment::Sandbox).ok_or("only a custom environment has none")?;
/// let lfi = "9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11".parse()?;
/// let keys = keystore.organisation_keys(&lfi);
/// assert_eq!(
///     keys.active().as_str(),
///     "https://keystore.sandbox.directory.openfinance.ae/9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11/application.jwks",
/// );
/// assert_eq!(
///     keys.inactive().to_string(),
///     "https://keystore.sandbox.directory.openfinance.ae/9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11/inactive/application.jwks",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeystoreUrl {
    base: HttpsUrl,
}

impl KeystoreUrl {
    /// The keystore of the Sandbox or the Production environment. A custom environment has none: see [`Self::at`].
    #[must_use]
    pub fn of(environment: &Environment) -> Option<Self> {
        let host = match environment {
            Environment::Sandbox => "keystore.sandbox.directory.openfinance.ae",
            Environment::Production => "keystore.directory.openfinance.ae",
            Environment::Custom(_) => return None,
        };
        let host: HostName = host.parse().ok()?;
        Some(Self::at(host.into()))
    }

    /// A keystore of the same layout at another place.
    #[must_use]
    pub fn at(base: HttpsUrl) -> Self {
        Self { base }
    }

    /// Its host: what a [`Fetcher`](crate::Fetcher) of the environment is allowed to speak to.
    #[must_use]
    pub fn host(&self) -> &HostName {
        self.base.host()
    }

    /// Signing and encryption keys of an application: Sig1, Enc2, Sig4.
    #[must_use]
    pub fn application_keys(&self, organisation: &OrganisationId, application: &SoftwareStatementId) -> KeyLocation {
        self.location(&[&organisation.to_string(), &application.to_string()], APPLICATION)
    }

    /// Signing and encryption keys that an organisation holds outside of any application: Enc1, Sig2, a Sig4 registered so.
    #[must_use]
    pub fn organisation_keys(&self, organisation: &OrganisationId) -> KeyLocation {
        self.location(&[&organisation.to_string()], APPLICATION)
    }

    /// Transport keys of an organisation.
    #[must_use]
    pub fn transport_keys(&self, organisation: &OrganisationId) -> KeyLocation {
        self.location(&[&organisation.to_string()], TRANSPORT)
    }

    /// The other place of a TPP's retired keys, below its software statement ID alone.
    #[must_use]
    pub fn inactive_keys_of(&self, application: &SoftwareStatementId) -> RetiredKeysUrl {
        self.location(&[&application.to_string()], APPLICATION).inactive()
    }

    /// Where the keys that sign JWT Auth requests are, told from the caller's TLS client certificate: below OU and CN.
    ///
    /// `None` where CN is no software statement ID, as C4's may be. A cross-check only, and for requests only: the
    /// deployment's registered URL is the source (FACTS section 3). See [`Self::confirms`].
    #[must_use]
    pub fn request_keys(&self, caller: &Subject) -> Option<KeyLocation> {
        caller.software_statement().map(|application| self.application_keys(&caller.organisation(), &application))
    }

    /// Whether a registered URL for keys that sign JWT Auth requests agrees with the caller's TLS client certificate: below OU and CN, or
    /// below OU alone where the key is registered for the organisation.
    #[must_use]
    pub fn confirms(&self, caller: &Subject, registered: &HttpsUrl) -> bool {
        self.request_keys(caller)
            .into_iter()
            .chain([self.organisation_keys(&caller.organisation())])
            // UUIDs and host names compare without letter case; nothing else in these URLs varies.
            .any(|location| location.active().as_str().eq_ignore_ascii_case(registered.as_str()))
    }

    fn location(&self, directory: &[&str], file: &'static str) -> KeyLocation {
        KeyLocation { directory: self.base.below(directory), file }
    }
}

/// One place of the keystore: the keys in use, and the retired ones on a parallel path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLocation {
    directory: HttpsUrl,
    file: &'static str,
}

impl KeyLocation {
    /// The set of the keys in use.
    #[must_use]
    pub fn active(&self) -> HttpsUrl {
        self.directory.below(&[self.file])
    }

    /// The set of the retired keys. That a key is there does not say whether it expired, was replaced or was revoked.
    #[must_use]
    pub fn inactive(&self) -> RetiredKeysUrl {
        RetiredKeysUrl::at(self.directory.below(&["inactive", self.file]))
    }

    /// What both are below: where a [`Publication`](crate::Publication) says the certificates are.
    #[must_use]
    pub fn directory(&self) -> &HttpsUrl {
        &self.directory
    }
}

/// Where retired keys are: for [`KeySource::with_retired`](crate::KeySource::with_retired), and never where keys in use are asked for.
///
/// ```compile_fail,E0308
/// # use hub_jwks::{KeyLocation, KeySource};
/// # use hub_roles::{ClientId, Sig1};
/// fn confused(client: ClientId, location: &KeyLocation) -> KeySource<Sig1> {
///     KeySource::new(client, location.inactive())
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use hub_jwks::{CacheSettings, CacheSettingsError, Fetcher, KeyLocation, RemoteKeySet};
/// # use hub_roles::ClientId;
/// # use std::sync::Arc;
/// fn confused(client: ClientId, location: &KeyLocation, fetcher: Fetcher) -> Result<RemoteKeySet<ClientId>, CacheSettingsError> {
///     RemoteKeySet::new(location.inactive(), client, Arc::new(fetcher), &CacheSettings::new())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RetiredKeysUrl(HttpsUrl);

impl RetiredKeysUrl {
    /// A place of retired keys that is not in the Trust Framework's keystore, or not in its layout.
    #[must_use]
    pub fn at(url: HttpsUrl) -> Self {
        Self(url)
    }

    /// Where the set is published: for whoever publishes it, and for logs.
    #[must_use]
    pub fn published_at(&self) -> &HttpsUrl {
        &self.0
    }
}

impl fmt::Display for RetiredKeysUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

const APPLICATION: &str = "application.jwks";
const TRANSPORT: &str = "transport.jwks";

#[cfg(test)]
mod tests {
    use super::*;

    const ORGANISATION: &str = "9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11";
    const APPLICATION_ID: &str = "5e1c9a44-8a1e-4f57-8f6e-0c54a8b0a001";

    #[test]
    fn the_urls_are_those_of_the_trust_framework() {
        let organisation = ORGANISATION.to_uppercase().parse().unwrap();
        let application = APPLICATION_ID.parse().unwrap();
        let retired = |url: RetiredKeysUrl| url.published_at().clone();
        for (environment, host) in [
            (Environment::Sandbox, "keystore.sandbox.directory.openfinance.ae"),
            (Environment::Production, "keystore.directory.openfinance.ae"),
        ] {
            let keystore = KeystoreUrl::of(&environment).unwrap();
            assert_eq!(keystore.host().as_str(), host);
            let of_application = keystore.application_keys(&organisation, &application);
            let of_organisation = keystore.organisation_keys(&organisation);
            let transport = keystore.transport_keys(&organisation);
            for (url, path) in [
                (of_application.active(), format!("{ORGANISATION}/{APPLICATION_ID}/application.jwks")),
                (
                    retired(of_application.inactive()),
                    format!("{ORGANISATION}/{APPLICATION_ID}/inactive/application.jwks"),
                ),
                (of_organisation.active(), format!("{ORGANISATION}/application.jwks")),
                (retired(of_organisation.inactive()), format!("{ORGANISATION}/inactive/application.jwks")),
                (transport.active(), format!("{ORGANISATION}/transport.jwks")),
                (retired(transport.inactive()), format!("{ORGANISATION}/inactive/transport.jwks")),
                (
                    retired(keystore.inactive_keys_of(&application)),
                    format!("{APPLICATION_ID}/inactive/application.jwks"),
                ),
            ] {
                assert_eq!(url.as_str(), format!("https://{host}/{path}"));
                assert_eq!(url.as_str().parse(), Ok(url));
            }
        }
    }

    #[test]
    fn a_custom_environment_says_where_its_keystore_is() {
        assert_eq!(KeystoreUrl::of(&"in-house".parse().unwrap()), None);
        let keystore = KeystoreUrl::at("https://keys.bank.example:8443/of/".parse().unwrap());
        let url = keystore.organisation_keys(&ORGANISATION.parse().unwrap()).active();
        assert_eq!(url.as_str(), format!("https://keys.bank.example:8443/of/{ORGANISATION}/application.jwks"));
    }
}
