//! Certificate revocation lists of the issuing CA.

use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber};
use rustls_pki_types::{CertificateRevocationListDer, UnixTime};

use crate::Error;
use crate::ca::{self, Ca};
use crate::keys::pem;
use crate::spec::{DAY, HOUR, Validity};

/// What a CRL is to say.
///
/// ```
/// use core::time::Duration;
/// use hub_testkit::{Authority, CrlSpec, KeyPool};
/// use rustls_pki_types::UnixTime;
///
/// let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000));
/// let authority = Authority::sandbox(&KeyPool::new(), now)?;
/// let crl = authority.crl(&CrlSpec::current(now).revoking(0x1002))?;
/// assert!(crl.pem()?.starts_with("-----BEGIN X509 CRL-----"));
/// # Ok::<(), hub_testkit::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CrlSpec {
    /// The serial numbers it lists, revoked at `this_update`.
    pub revoked: Vec<u64>,
    /// When it says it was made.
    pub this_update: UnixTime,
    /// When it says the next one is due.
    pub next_update: UnixTime,
    /// Its CRL number.
    pub number: u64,
}

impl CrlSpec {
    /// CRL number 1, made an hour before `now`, the next due in a day, listing nothing.
    #[must_use]
    pub fn current(now: UnixTime) -> Self {
        let Validity { not_before, not_after } = Validity::around(now, HOUR, DAY);
        Self { revoked: Vec::new(), this_update: not_before, next_update: not_after, number: 1 }
    }

    /// Lists a serial number as well.
    #[must_use]
    pub fn revoking(mut self, serial: u64) -> Self {
        self.revoked.push(serial);
        self
    }

    /// Uses this CRL number instead of 1.
    #[must_use]
    pub fn with_number(mut self, number: u64) -> Self {
        self.number = number;
        self
    }

    /// Uses these dates instead of an hour ago and in a day.
    #[must_use]
    pub fn with_updates(mut self, this_update: UnixTime, next_update: UnixTime) -> Self {
        self.this_update = this_update;
        self.next_update = next_update;
        self
    }
}

/// A signed CRL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Crl(CertificateRevocationListDer<'static>);

impl Crl {
    pub(crate) fn new(issuer: &Ca, spec: &CrlSpec) -> Result<Self, Error> {
        let revocation_time = ca::date(spec.this_update)?;
        let revoked_certs = spec
            .revoked
            .iter()
            .map(|&serial| RevokedCertParams {
                serial_number: SerialNumber::from(serial),
                revocation_time,
                reason_code: None,
                invalidity_date: None,
            })
            .collect();
        let params = CertificateRevocationListParams {
            this_update: revocation_time,
            next_update: ca::date(spec.next_update)?,
            crl_number: SerialNumber::from(spec.number),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(Self(params.signed_by(&issuer.issuer())?.into()))
    }

    /// The CRL, in the form rustls takes.
    #[must_use]
    pub fn der(&self) -> &CertificateRevocationListDer<'static> {
        &self.0
    }

    /// The CRL as a PEM file.
    ///
    /// # Errors
    /// [`Error::Encoding`] if it is too long for PEM.
    pub fn pem(&self) -> Result<String, Error> {
        pem("X509 CRL", &self.0)
    }
}
