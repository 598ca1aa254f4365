//! The Trust Framework: an environment, its trust anchors, its issuing CAs and their revocation lists, as one immutable snapshot.

mod lists;
mod steady;

use std::fmt;
use std::sync::Arc;

use der::Decode;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use thiserror::Error;
use webpki::{EndEntityCert, anchor_from_trusted_cert, spki_for_anchor};
use x509_cert::Certificate as X509;
use x509_cert::ext::pkix::KeyUsage;

use crate::authority::{Authority, MAX_BUNDLE, check_authority};
use crate::end_entity::extension;
use crate::environment::Environment;
use crate::revocation::Revocation;
use crate::rule::AuthorityCause;
use crate::validity::Validity;

/// The PKI of one environment: the only way from a [`CertificateChain`](crate::CertificateChain) to a
/// [`Certificate`](crate::Certificate).
///
/// A snapshot never changes; a new bundle makes a new one, and so do [new revocation lists](Self::with_revocation_lists). A new bundle
/// begins without lists, unless it is made the [successor](Self::succeeding) of another. Cloning shares the snapshot.
#[derive(Clone)]
pub struct TrustFramework(Arc<Snapshot>);

#[derive(Clone)]
struct Snapshot {
    environment: Environment,
    anchors: Vec<Anchor>,
    intermediates: Vec<Intermediate>,
    authorities: Vec<Authority>,
    revocation: Revocation,
}

#[derive(Clone)]
struct Anchor {
    anchor: TrustAnchor<'static>,
    validity: Validity,
}

/// A CA of the bundle that is no anchor: found acceptable when it was loaded, but for the time.
#[derive(Clone)]
struct Intermediate {
    der: CertificateDer<'static>,
    validity: Validity,
}

impl TrustFramework {
    /// From a PEM bundle as the Trust Framework publishes it: issuing CA and root, in any order (FACTS section 2).
    ///
    /// Certificates that are their own issuer become trust anchors, the others intermediates: a leaf sent without its issuing CA
    /// verifies when the bundle holds it. The environment must agree with what the anchors' common names say: an anchor that says
    /// Sandbox makes no Production framework, and a custom environment has anchors that name neither.
    ///
    /// # Errors
    /// [`TrustError`], naming the certificate's subject.
    pub fn from_pem(environment: Environment, bundle: &[u8]) -> Result<Self, TrustError> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bundle).take(MAX_BUNDLE + 1).collect();
        Self::from_der(environment, certificates.map_err(|_| TrustError::Pem)?)
    }

    /// From DER certificates; as [`Self::from_pem`].
    ///
    /// # Errors
    /// [`TrustError`], naming the certificate's subject.
    pub fn from_der(environment: Environment, bundle: Vec<CertificateDer<'static>>) -> Result<Self, TrustError> {
        if bundle.len() > MAX_BUNDLE {
            return Err(TrustError::TooMany);
        }
        let mut snapshot = Snapshot {
            environment,
            anchors: Vec::new(),
            intermediates: Vec::new(),
            authorities: Vec::new(),
            revocation: Revocation::default(),
        };
        for der in bundle {
            snapshot.add(der)?;
        }
        if snapshot.anchors.is_empty() {
            return Err(TrustError::NoAnchor);
        }
        Ok(Self(Arc::new(snapshot)))
    }

    /// The environment.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.0.environment
    }

    /// Whether a certificate names a CA of the bundle as its issuer.
    ///
    /// A name proves nothing. This is for whoever must keep certificates of the Trust Framework out, because they count only with what
    /// [`Self::verify`] checks: one that the framework issued cannot do without the name.
    #[must_use]
    pub fn names_issuer_of(&self, certificate: &CertificateDer<'_>) -> bool {
        EndEntityCert::try_from(certificate).is_ok_and(|certificate| {
            self.0.authorities.iter().any(|authority| authority.subject == certificate.issuer())
        })
    }

    /// The trust anchors that are within their own validity, which webpki does not look at.
    pub(crate) fn anchors_at(&self, time: UnixTime) -> Vec<TrustAnchor<'_>> {
        self.0
            .anchors
            .iter()
            .filter(|anchor| anchor.validity.contains(time))
            .map(|anchor| anchor.anchor.clone())
            .collect()
    }

    /// How long the anchor that a path ended in is valid, seen from `time`. A root that was issued anew with its old key is the same
    /// anchor with another validity: the one that lasts counts.
    pub(crate) fn anchor_validity(&self, anchor: &TrustAnchor<'_>, time: UnixTime) -> Option<Validity> {
        self.0
            .anchors
            .iter()
            .filter(|known| known.anchor == *anchor && known.validity.contains(time))
            .map(|known| known.validity)
            .max_by_key(Validity::not_after)
    }

    pub(crate) fn intermediates(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.0.intermediates.iter().map(|intermediate| &intermediate.der)
    }

    /// The validity of an intermediate, if it is of the bundle.
    pub(crate) fn intermediate_validity(&self, der: &CertificateDer<'_>) -> Option<Validity> {
        self.0
            .intermediates
            .iter()
            .find(|intermediate| intermediate.der == *der)
            .map(|intermediate| intermediate.validity)
    }

    /// Whether the bundle has a CA of this name.
    pub(crate) fn has_authority(&self, name: &str) -> bool {
        self.0.authorities.iter().any(|authority| authority.name == name)
    }

    fn authorities(&self) -> &[Authority] {
        &self.0.authorities
    }

    pub(crate) fn revocation(&self) -> &Revocation {
        &self.0.revocation
    }

    fn with_revocation(&self, revocation: Revocation) -> Self {
        Self(Arc::new(Snapshot { revocation, ..Snapshot::clone(&self.0) }))
    }
}

impl Snapshot {
    fn add(&mut self, der: CertificateDer<'static>) -> Result<(), TrustError> {
        let x509 = X509::from_der(&der).map_err(|_| TrustError::Malformed)?;
        let certificate = x509.tbs_certificate();
        let subject = certificate.subject().to_string();
        check_authority(&x509).map_err(|cause| TrustError::Authority { subject: subject.clone(), cause })?;
        let anchor = anchor_from_trusted_cert(&der).map_err(|_| TrustError::Malformed)?.to_owned();
        let usage: Option<KeyUsage> = extension(&x509).map_err(|_| TrustError::Malformed)?;
        let authority = Authority {
            name: subject,
            subject: anchor.subject.to_vec(),
            key: spki_for_anchor(&anchor),
            signs_lists: usage.is_none_or(|usage| usage.crl_sign()),
        };
        if certificate.issuer() == certificate.subject() {
            self.check_environment(&x509, &authority.name)?;
            self.anchors.push(Anchor { anchor, validity: Validity::of(certificate.validity()) });
        } else {
            let validity = Validity::of(certificate.validity());
            self.intermediates.push(Intermediate { der, validity });
        }
        self.authorities.push(authority);
        Ok(())
    }

    fn check_environment(&self, anchor: &X509, subject: &str) -> Result<(), TrustError> {
        let common_name = anchor.tbs_certificate().subject().common_name().ok().flatten();
        let named = common_name.and_then(|name| Environment::named_by(&name.value()));
        let agrees = match (&self.environment, &named) {
            (Environment::Custom(_), named) => named.is_none(),
            (environment, named) => named.as_ref() == Some(environment),
        };
        if agrees {
            return Ok(());
        }
        Err(TrustError::OtherEnvironment {
            subject: subject.to_owned(),
            expected: self.environment.clone(),
            found: named,
        })
    }
}

impl fmt::Debug for TrustFramework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "TrustFramework({}, {} anchors, {} intermediates, {:?})",
            self.0.environment,
            self.0.anchors.len(),
            self.0.intermediates.len(),
            self.0.revocation
        )
    }
}

/// Why a bundle makes no trust framework.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrustError {
    /// Damaged PEM.
    #[error("the trust bundle is damaged PEM")]
    Pem,
    /// Not X.509.
    #[error("a certificate in the trust bundle is malformed")]
    Malformed,
    /// No certificate that is its own issuer.
    #[error("the trust bundle has no root: expected the issuing CA and the root of the Trust Framework")]
    NoAnchor,
    /// More than 64 certificates.
    #[error(
        "the trust bundle has more than {MAX_BUNDLE} certificates: expected the issuing CA and the root of one environment"
    )]
    TooMany,
    /// A certificate that may not issue others.
    #[error("{subject:?} in the trust bundle is not acceptable as a CA: {cause}")]
    Authority {
        /// Its subject.
        subject: String,
        /// What is wrong.
        cause: AuthorityCause,
    },
    /// An anchor whose name speaks of another environment, or of none where one is expected.
    #[error("the root {subject:?} does not belong to environment {expected}: its CN {}", match found { Some(found) => format!("says {found}"), None => "says neither Sandbox nor Production".to_owned() })]
    OtherEnvironment {
        /// Its subject.
        subject: String,
        /// The environment asked for.
        expected: Environment,
        /// The environment its CN names.
        found: Option<Environment>,
    },
}

impl TrustError {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pem => "trust.pem",
            Self::Malformed => "trust.malformed",
            Self::NoAnchor => "trust.no-anchor",
            Self::TooMany => "trust.too-many",
            Self::Authority { .. } => "trust.authority",
            Self::OtherEnvironment { .. } => "trust.other-environment",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_root_issued_anew_lasts_as_long_as_its_newest_certificate() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let anchor = TrustAnchor {
            subject: b"root".as_slice().into(),
            subject_public_key_info: b"key".as_slice().into(),
            name_constraints: None,
        };
        let known = |not_before, not_after| Anchor {
            anchor: anchor.clone(),
            validity: Validity::between(not_before, not_after),
        };
        let trust = TrustFramework(Arc::new(Snapshot {
            environment: Environment::Sandbox,
            anchors: vec![known(0, 100), known(50, 200), known(60, 150)],
            intermediates: Vec::new(),
            authorities: Vec::new(),
            revocation: Revocation::default(),
        }));
        let not_after = |time| trust.anchor_validity(&anchor, at(time)).map(|validity| validity.not_after());
        assert_eq!(not_after(10), Some(at(100)), "the new ones are not valid yet");
        assert_eq!(not_after(70), Some(at(200)));
        assert_eq!(not_after(180), Some(at(200)), "the old ones have expired");
        assert_eq!(not_after(201), None);
    }
}
