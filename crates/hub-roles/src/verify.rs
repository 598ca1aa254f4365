//! From a chain to a certificate with a role: path, usage, names, registration, in this order.
//!
//! Paths and signatures are webpki's, called once. The checks that webpki leaves out are made on the path it proposes, so that a
//! path it could replace by a better one is no reason to refuse.

use std::cell::RefCell;

use der::Decode;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage, VerifiedPath};
use x509_cert::Certificate as X509;

use crate::algorithm::ALGORITHMS;
use crate::authority::check_authority;
use crate::certificate::Certificate;
use crate::chain::CertificateChain;
use crate::end_entity::EndEntity;
use crate::environment::Environment;
use crate::expectation::{Expectation, ExtendedKeyUsageRule};
use crate::host::HostName;
use crate::path_validity::PathValidity;
use crate::refusal::Refusal;
use crate::role::{Role, RoleKind};
use crate::rule::{AuthorityCause, CertificateRule, MAX_SHOWN_NAME, UnknownIssuerCause};
use crate::trust::TrustFramework;
use crate::validity::Validity;

impl TrustFramework {
    /// Verifies a chain for role `R` at `now` and gives the certificate its role.
    ///
    /// Checked are: the environment, the path to a trust anchor valid at `now` with its signatures and constraints, the revocation
    /// lists as the [policy](crate::RevocationPolicy) has it, the key (RSA, 2048 to 8192 bits, e = 65537), the usage for the role's kind,
    /// the host names of server roles, and the registration.
    ///
    /// A host is covered by a DNS name of the subject alternative name extension: the same name, or a wildcard in the place of its
    /// first label (RFC 9525 section 6.3), never by the common name. A certificate that allows more than the role needs is accepted; so
    /// where two roles of one party have the same registration, as Sig2 and Enc1 may, the key set and the `kid` keep them apart.
    ///
    /// # Errors
    /// [`Refusal`] with the first rule broken, in that order.
    pub fn verify<R: Role>(
        &self,
        chain: &CertificateChain,
        expectation: &Expectation<R>,
        now: UnixTime,
    ) -> Result<Certificate<R>, Refusal> {
        self.verify_used_at(chain, expectation, now, now)
    }

    /// As [`Self::verify`], for a certificate that was used at an earlier time: to sign what is read only now.
    ///
    /// The certificates of the path have to be valid at `used`, since they have usually expired by `now`. Revocation lists speak of `now`:
    /// what is listed is refused whenever it was revoked, and a list that the [policy](crate::RevocationPolicy) requires has to be current
    /// now. So whoever keeps a revocation list from this side gains nothing from an old date.
    ///
    /// `used` is the caller's word: take it from a record of one's own, never from what the certificate's holder says. A time of use that
    /// is later than `now` is refused ([`CertificateRule::UsedInFuture`]): no clock is read here that could tell which of the two is wrong, and
    /// the two in each other's place would let an old list pass.
    ///
    /// CAs may drop a certificate from their lists once it has expired (RFC 5280 section 3.3): then nothing here knows any more that it was
    /// revoked before.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use rustls_pki_types::UnixTime;
    /// use hub_roles::Sig1;
    ///
    /// # let signed = UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000));
    /// # let eco = hub_testkit::Ecosystem::sandbox(signed)?;
    /// # let (trust, issued) = (eco.trust(), eco.issued::<Sig1>("acme")?);
    /// # let chain = hub_roles::CertificateChain::from_peer(&issued.certificate, &issued.intermediates)?;
    /// # let expected = eco.holding::<Sig1>("acme")?.expectation().clone();
    /// let two_years_later = UnixTime::since_unix_epoch(Duration::from_secs(signed.as_secs() + 2 * 365 * 86_400));
    /// let refused = trust.verify(&chain, &expected, two_years_later).unwrap_err();
    /// assert_eq!(refused.code(), "certificate.expired");
    /// let sig1 = trust.verify_used_at(&chain, &expected, signed, two_years_later)?;
    /// assert!(!sig1.path_validity().holds_at(two_years_later));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::verify`], with [`CertificateRule::UsedInFuture`] behind the environment.
    pub fn verify_used_at<R: Role>(
        &self,
        chain: &CertificateChain,
        expectation: &Expectation<R>,
        used: UnixTime,
        now: UnixTime,
    ) -> Result<Certificate<R>, Refusal> {
        self.check(chain, expectation, Times { used, now })
            .map(|(end_entity, path_validity)| {
                Certificate::new(chain.clone(), self.environment().clone(), end_entity, path_validity)
            })
            .map_err(|rule| Refusal::of(R::ID, chain, rule))
    }

    fn check<R: Role>(
        &self,
        chain: &CertificateChain,
        expectation: &Expectation<R>,
        times: Times,
    ) -> Result<(EndEntity, PathValidity), CertificateRule> {
        if expectation.environment != *self.environment() {
            return Err(CertificateRule::Environment {
                trusted: self.environment().clone(),
                expected: expectation.environment.clone(),
            });
        }
        if times.used > times.now {
            let (used, now) = (times.used.as_secs(), times.now.as_secs());
            return Err(CertificateRule::UsedInFuture { used, now });
        }
        let webpki_certificate = EndEntityCert::try_from(chain.end_entity()).map_err(|_| CertificateRule::Malformed)?;
        let (authorities, lists_expire) = self.check_path(&webpki_certificate, chain, R::ID.kind(), times)?;
        let end_entity = EndEntity::parse(chain.end_entity())?;
        check_usage(&end_entity, R::ID.kind(), expectation.extended_key_usage)?;
        for host in &expectation.hosts {
            check_host(&webpki_certificate, &end_entity, host)?;
        }
        expectation.check_registration(&end_entity)?;
        let path_validity = PathValidity::new(end_entity.validity.and(authorities), lists_expire);
        Ok((end_entity, path_validity))
    }

    /// Builds the path, and tells the period in which every certificate above the end entity is valid, and when the first revocation
    /// list that was required expires.
    fn check_path(
        &self,
        end_entity: &EndEntityCert<'_>,
        chain: &CertificateChain,
        kind: RoleKind,
        times: Times,
    ) -> Result<(Validity, Option<UnixTime>), CertificateRule> {
        let anchors = self.anchors_at(times.used);
        if anchors.is_empty() {
            return Err(CertificateRule::AnchorValidity);
        }
        let intermediates: Vec<CertificateDer<'_>> =
            chain.others().iter().chain(self.intermediates()).map(|der| CertificateDer::from(der.as_ref())).collect();
        // webpki proposes paths until one is accepted here; its own error type has no place for our reasons.
        let proposed = RefCell::new(None);
        let judge = |path: &VerifiedPath<'_>| {
            let judged = self.judge(path, times);
            let accepted = judged.is_ok();
            proposed.replace(Some(judged));
            if accepted { Ok(()) } else { Err(webpki::Error::UnknownIssuer) }
        };
        let outcome = end_entity.verify_for_usage(
            ALGORITHMS,
            &anchors,
            &intermediates,
            times.used,
            PathUsage::of(kind),
            None,
            Some(&judge),
        );
        match (outcome, proposed.take()) {
            (Ok(_), Some(Ok(found))) => Ok(found),
            (_, Some(Err(rule))) => Err(rule),
            (Err(error), _) => Err(self.rule_of(error, chain, kind)),
            (Ok(_), None) => Err(CertificateRule::Malformed),
        }
    }

    /// Looks at a path for what webpki lets pass, and at its certificates' status. What is listed comes first: an end entity that is
    /// revoked is so on every path, whatever else is wrong with the last one.
    fn judge(&self, path: &VerifiedPath<'_>, times: Times) -> Result<(Validity, Option<UnixTime>), CertificateRule> {
        self.revocation().refuse_listed(path)?;
        let authorities =
            self.check_authorities(path, times.used).map_err(|cause| CertificateRule::Authority { cause })?;
        Ok((authorities, self.revocation().require_current(path, times.now)?))
    }

    fn check_authorities(&self, path: &VerifiedPath<'_>, time: UnixTime) -> Result<Validity, AuthorityCause> {
        let anchor = self.anchor_validity(path.anchor(), time).ok_or(AuthorityCause::NotAnAuthority)?;
        path.intermediate_certificates().try_fold(anchor, |validity, authority| {
            let der = authority.der();
            // The bundle's own, which nearly all paths lead through, need no second look.
            if let Some(known) = self.intermediate_validity(&der) {
                return Ok(validity.and(known));
            }
            let x509 = X509::from_der(&der).map_err(|_| AuthorityCause::Malformed)?;
            check_authority(&x509)?;
            Ok(validity.and(Validity::of(x509.tbs_certificate().validity())))
        })
    }

    fn rule_of(&self, error: webpki::Error, chain: &CertificateChain, kind: RoleKind) -> CertificateRule {
        use webpki::Error;
        match error {
            Error::CertExpired { time, not_after } => {
                CertificateRule::Expired { not_after: not_after.as_secs(), time: time.as_secs() }
            }
            Error::CertNotValidYet { time, not_before } => {
                CertificateRule::NotYetValid { not_before: not_before.as_secs(), time: time.as_secs() }
            }
            Error::CaUsedAsEndEntity => CertificateRule::IsAuthority,
            Error::InvalidSignatureForPublicKey => match unfit_key(chain) {
                Some(cause) => CertificateRule::Authority { cause },
                None => CertificateRule::BadSignature,
            },
            Error::UnsupportedSignatureAlgorithmContext(_)
            | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_)
            | Error::SignatureAlgorithmMismatch => CertificateRule::SignatureAlgorithm,
            Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => {
                CertificateRule::ExtendedKeyUsage { required: purpose(kind) }
            }
            Error::MaximumPathDepthExceeded
            | Error::MaximumPathBuildCallsExceeded
            | Error::MaximumSignatureChecksExceeded => CertificateRule::PathTooLong,
            Error::PathLenConstraintViolated
            | Error::NameConstraintViolation
            | Error::MalformedNameConstraint
            | Error::InvalidNetworkMaskConstraint
            | Error::MaximumNameConstraintComparisonsExceeded => CertificateRule::Constraint,
            Error::EndEntityUsedAsCa => CertificateRule::Authority { cause: AuthorityCause::NotAnAuthority },
            Error::UnknownIssuer => CertificateRule::UnknownIssuer { cause: self.diagnose(chain) },
            _ => CertificateRule::Malformed,
        }
    }

    /// Says what was probably wrong, after the refusal and without changing it.
    fn diagnose(&self, chain: &CertificateChain) -> UnknownIssuerCause {
        let Ok(x509) = X509::from_der(chain.end_entity()) else {
            return UnknownIssuerCause::IssuerNotAtHand { issuer: String::new() };
        };
        let mut issuer = x509.tbs_certificate().issuer().clone();
        if issuer == *x509.tbs_certificate().subject() {
            return UnknownIssuerCause::SelfSigned;
        }
        let sent: Vec<X509> = chain.others().iter().filter_map(|der| X509::from_der(der).ok()).collect();
        let mut at_hand = false;
        // Up the chain that was sent, as far as it goes: every step needs another certificate.
        for _ in 0..=sent.len() {
            if let Some(found) = self.other_environment(&issuer.to_string()) {
                return UnknownIssuerCause::OtherEnvironment { found, trusted: self.environment().clone() };
            }
            match sent.iter().find(|sent| *sent.tbs_certificate().subject() == issuer) {
                Some(next) => {
                    at_hand = true;
                    issuer = next.tbs_certificate().issuer().clone();
                }
                None => break,
            }
        }
        let direct = x509.tbs_certificate().issuer().to_string();
        let issuer = direct.chars().take(MAX_SHOWN_NAME).collect();
        if at_hand || self.has_authority(&direct) {
            UnknownIssuerCause::IssuerNotTrusted { issuer }
        } else {
            UnknownIssuerCause::IssuerNotAtHand { issuer }
        }
    }

    fn other_environment(&self, issuer: &str) -> Option<Environment> {
        let words = issuer.replace([',', '=', '+'], " ");
        Environment::named_by(&words).filter(|named| named != self.environment())
    }
}

/// When the certificate was used, which its dates and those of its path are judged by, and when it is judged.
#[derive(Clone, Copy)]
struct Times {
    used: UnixTime,
    now: UnixTime,
}

/// A CA of the chain whose key is outside the limits: webpki says of its signatures that they do not verify.
fn unfit_key(chain: &CertificateChain) -> Option<AuthorityCause> {
    let authorities = chain.others().iter().filter_map(|der| X509::from_der(der).ok());
    authorities.filter_map(|x509| check_authority(&x509).err()).find(|cause| matches!(cause, AuthorityCause::Key(_)))
}

/// What webpki asks of extended key usages along the path.
enum PathUsage {
    /// In transport roles: the purpose, wherever the extension is present. Requiring it here would refuse issuing CAs without it.
    Transport(KeyUsage),
    /// In other roles: nothing.
    Any,
}

impl PathUsage {
    const fn of(kind: RoleKind) -> Self {
        match kind {
            RoleKind::ClientTransport => Self::Transport(KeyUsage::client_auth()),
            RoleKind::ServerTransport => Self::Transport(KeyUsage::server_auth()),
            RoleKind::Signing | RoleKind::Encryption => Self::Any,
        }
    }
}

impl ExtendedKeyUsageValidator for PathUsage {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        match self {
            Self::Transport(usage) => usage.validate(purposes),
            Self::Any => Ok(()),
        }
    }
}

fn check_usage(end_entity: &EndEntity, kind: RoleKind, rule: ExtendedKeyUsageRule) -> Result<(), CertificateRule> {
    let transport = matches!(kind, RoleKind::ClientTransport | RoleKind::ServerTransport);
    if transport && rule == ExtendedKeyUsageRule::Required && end_entity.extended_key_usage.is_none() {
        return Err(CertificateRule::ExtendedKeyUsageMissing { required: purpose(kind) });
    }
    let Some(usage) = &end_entity.key_usage else {
        return Ok(());
    };
    let (allowed, required) = match kind {
        RoleKind::ClientTransport | RoleKind::ServerTransport => (usage.digital_signature(), "digitalSignature"),
        RoleKind::Signing => {
            (usage.digital_signature() || usage.non_repudiation(), "digitalSignature or contentCommitment")
        }
        RoleKind::Encryption => (usage.key_encipherment(), "keyEncipherment"),
    };
    if allowed { Ok(()) } else { Err(CertificateRule::KeyUsage { required }) }
}

fn check_host(certificate: &EndEntityCert<'_>, end_entity: &EndEntity, host: &HostName) -> Result<(), CertificateRule> {
    if end_entity.dns_names.is_empty() {
        return Err(CertificateRule::NoDnsName { expected: host.clone() });
    }
    let name: ServerName<'_> = host.to_server_name();
    certificate
        .verify_is_valid_for_subject_name(&name)
        .map_err(|_| CertificateRule::HostName { expected: host.clone() })
}

const fn purpose(kind: RoleKind) -> &'static str {
    match kind {
        RoleKind::ServerTransport => "serverAuth",
        _ => "clientAuth",
    }
}
