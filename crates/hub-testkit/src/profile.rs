//! The names, dates and addresses of an authority.

use core::time::Duration;

use rcgen::date_time_ymd;
use rustls_pki_types::UnixTime;

use crate::TestKey;
use crate::ca::CaSpec;
use crate::spec::Validity;

/// How an authority is named, how long its CAs live, and where it says it publishes (FACTS section 2).
///
/// ```
/// use hub_testkit::Profile;
///
/// assert_eq!(Profile::production().issuing_name(), "Al Tareq Production Trust Framework Issuing CA - G1");
/// assert_eq!(Profile::sandbox().rebranded().issuing_name(), "Open Finance UAE Sandbox Issuing CA - G1");
/// assert_eq!(Profile::sandbox().crl_url(), "http://crl.sandbox.pki.openfinance.ae/issuer.crl");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Profile {
    environment: String,
    brand: Brand,
    domain: String,
    not_before: UnixTime,
    root_not_after: UnixTime,
    issuing_not_after: UnixTime,
}

impl Profile {
    /// The Sandbox PKI: the real one's names, dates and addresses.
    #[must_use]
    pub fn sandbox() -> Self {
        Self {
            environment: "Sandbox".to_owned(),
            brand: Brand::AlTareq,
            domain: "sandbox.pki.openfinance.ae".to_owned(),
            not_before: midnight(2024, 8, 22),
            root_not_after: midnight(2039, 8, 19),
            issuing_not_after: midnight(2034, 8, 20),
        }
    }

    /// The Production PKI: the real one's names, dates and addresses.
    #[must_use]
    pub fn production() -> Self {
        Self {
            environment: "Production".to_owned(),
            brand: Brand::AlTareq,
            domain: "pki.openfinance.ae".to_owned(),
            not_before: midnight(2024, 10, 1),
            root_not_after: midnight(2039, 9, 28),
            issuing_not_after: midnight(2034, 9, 29),
        }
    }

    /// A PKI of no real environment, valid from 2020 to 2049, naming addresses that do not exist.
    #[must_use]
    pub fn named(environment: impl Into<String>) -> Self {
        Self {
            environment: environment.into(),
            brand: Brand::AlTareq,
            domain: "pki.example".to_owned(),
            not_before: midnight(2020, 1, 1),
            root_not_after: midnight(2049, 12, 31),
            issuing_not_after: midnight(2049, 12, 31),
        }
    }

    /// The same under the newer brand, `Open Finance UAE`.
    #[must_use]
    pub fn rebranded(self) -> Self {
        Self { brand: Brand::OpenFinanceUae, ..self }
    }

    /// The word that names the environment: `Sandbox`, `Production` or another.
    #[must_use]
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// The root's CN.
    #[must_use]
    pub fn root_name(&self) -> String {
        self.ca_name("Root")
    }

    /// The issuing CA's CN.
    #[must_use]
    pub fn issuing_name(&self) -> String {
        self.ca_name("Issuing")
    }

    /// Where certificates say their CRL is.
    #[must_use]
    pub fn crl_url(&self) -> String {
        format!("http://crl.{}/issuer.crl", self.domain)
    }

    /// Where certificates say their OCSP responder is.
    #[must_use]
    pub fn ocsp_url(&self) -> String {
        format!("http://ocsp.{}", self.domain)
    }

    /// Where certificates say the issuing CA's certificate is.
    #[must_use]
    pub fn issuer_url(&self) -> String {
        format!("https://crl.{}/issuer-ca.pem", self.domain)
    }

    pub(crate) fn root(&self, serial: u64, key: TestKey) -> CaSpec {
        self.ca(self.root_name(), self.root_not_after, serial, key)
    }

    pub(crate) fn issuing(&self, serial: u64, key: TestKey) -> CaSpec {
        self.ca(self.issuing_name(), self.issuing_not_after, serial, key)
    }

    /// The issuing CA's: the longest that a participant's certificate can be valid.
    pub(crate) fn issuing_validity(&self) -> Validity {
        Validity { not_before: self.not_before, not_after: self.issuing_not_after }
    }

    fn ca(&self, common_name: String, not_after: UnixTime, serial: u64, key: TestKey) -> CaSpec {
        CaSpec::new(common_name, Validity { not_before: self.not_before, not_after }, serial, key)
    }

    fn ca_name(&self, level: &str) -> String {
        let environment = &self.environment;
        match self.brand {
            Brand::AlTareq => format!("Al Tareq {environment} Trust Framework {level} CA - G1"),
            Brand::OpenFinanceUae => format!("Open Finance UAE {environment} {level} CA - G1"),
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Brand {
    AlTareq,
    OpenFinanceUae,
}

/// The first second of a day after 1970.
fn midnight(year: i32, month: u8, day: u8) -> UnixTime {
    let seconds = date_time_ymd(year, month, day).unix_timestamp().unsigned_abs();
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}
