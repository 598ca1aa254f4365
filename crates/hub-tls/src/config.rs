//! The checks that acceptors and connectors make before they exist.

use std::cell::RefCell;
use std::collections::HashSet;

use hub_roles::{
    CertificateRule, Credential, Deployment, Environment, Expectation, HostName, KeyId, LfiInstance, MissingPart,
    PathId, Refusal, ServerTransport, Transport, TrustFramework,
};
use rustls_pki_types::UnixTime;

use crate::error::ConfigError;
use crate::settings::Settings;

/// What a configuration of one path is built from.
pub(crate) struct Foundation<'a> {
    pub(crate) path: PathId,
    pub(crate) trust: &'a TrustFramework,
    pub(crate) deployment: &'a Deployment,
    pub(crate) now: UnixTime,
    /// Whether our own certificates are in use already.
    serving: bool,
    /// Those of them that the log was told have lapsed.
    lapsed: RefCell<HashSet<KeyId>>,
}

impl<'a> Foundation<'a> {
    /// Trust framework and deployment, if they are of one environment, and settings that can be kept.
    pub(crate) fn new(
        path: PathId,
        trust: &'a TrustFramework,
        deployment: &'a Deployment,
        settings: &Settings,
    ) -> Result<Self, ConfigError> {
        let (now, lapsed) = (settings.clock.now(), RefCell::default());
        let foundation = Self { path, trust, deployment, now, serving: false, lapsed };
        foundation.check_environment("trust framework", trust.environment())?;
        settings.check().map_err(|reason| ConfigError::Settings { path, reason: reason.to_owned() })?;
        Ok(foundation)
    }

    /// The same in the place of what is in use, trust framework `in_force` included: no revocation list is lost or goes back.
    ///
    /// Our own certificates stay in use. That one of them has expired or is revoked is no fault of a new trust framework or
    /// deployment, and keeps neither from taking effect on peers.
    pub(crate) fn succeeding(self, in_force: &TrustFramework) -> Result<Self, ConfigError> {
        let check = self.trust.check_succession(in_force);
        check.map_err(|error| ConfigError::RevocationList { path: self.path, error })?;
        Ok(Self { serving: true, ..self })
    }

    /// Our own certificate, judged as the peer will judge it. That it has lapsed is told once, of however many instances it is.
    pub(crate) fn check_own<R: Transport>(
        &self,
        credential: &Credential<R>,
        instance: &LfiInstance,
        expectation: &Expectation<R>,
    ) -> Result<(), ConfigError> {
        let certificate = credential.certificate();
        self.check_environment("credential", certificate.environment())?;
        match self.trust.verify(certificate.chain(), expectation, self.now) {
            Ok(_) => Ok(()),
            Err(refusal) if self.serving && lapsed(&refusal) => {
                if self.lapsed.borrow_mut().insert(credential.kid().clone()) {
                    tracing::warn!(
                        path = %self.path, role = %R::ID, kid = %credential.kid(), instance = %instance.id(),
                        code = refusal.code(), reason = %refusal.rule(), "our own certificate has lapsed",
                    );
                }
                Ok(())
            }
            Err(refusal) => {
                Err(ConfigError::OwnCertificate { path: self.path, instance: instance.id().clone(), refusal })
            }
        }
    }

    /// The hosts at which an instance's server answers: those its certificate must name, or the Ozone Connect host where the
    /// deployment asks for the organisation only.
    pub(crate) fn hosts<R: ServerTransport>(
        &self,
        instance: &LfiInstance,
        expectation: &Expectation<R>,
    ) -> Result<Vec<HostName>, ConfigError> {
        match expectation.hosts() {
            [] => Ok(vec![self.found(instance.ozone_connect_url())?.host().clone()]),
            hosts => Ok(hosts.to_vec()),
        }
    }

    /// What `check` gives for the first instance it succeeds for, though it is asked for all of them; if for none, the first one's
    /// fault is the one to tell.
    pub(crate) fn any_instance<T>(
        &self,
        mut check: impl FnMut(&LfiInstance) -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        let (mut first, mut first_fault) = (None, None);
        for instance in self.deployment.instances() {
            match check(instance) {
                Ok(found) => {
                    first.get_or_insert(found);
                }
                Err(fault) => {
                    tracing::debug!(path = %self.path, instance = %instance.id(), reason = %fault, "instance left out");
                    first_fault.get_or_insert(fault);
                }
            }
        }
        let none = || ConfigError::NoInstance { path: self.path, need: "add the instances to the deployment" };
        first.ok_or_else(|| first_fault.unwrap_or_else(none))
    }

    /// A part of the deployment, for those who cannot do without.
    pub(crate) fn found<T>(&self, part: Result<T, MissingPart>) -> Result<T, ConfigError> {
        part.map_err(|missing| ConfigError::Missing { path: self.path, missing })
    }

    /// The error for settings that rustls refuses.
    pub(crate) fn settings_refused(&self, error: &rustls::Error) -> ConfigError {
        ConfigError::Settings { path: self.path, reason: error.to_string() }
    }

    fn check_environment(&self, what: &'static str, found: &Environment) -> Result<(), ConfigError> {
        let expected = self.deployment.environment();
        if found == expected {
            return Ok(());
        }
        Err(ConfigError::Environment { path: self.path, what, found: found.clone(), expected: expected.clone() })
    }
}

/// Whether a certificate was right, and ceased to be without anybody's doing here.
fn lapsed(refusal: &Refusal) -> bool {
    use CertificateRule as Rule;
    matches!(
        refusal.rule(),
        Rule::Expired { .. } | Rule::NotYetValid { .. } | Rule::Revoked { .. } | Rule::RevocationListExpired { .. }
    )
}
