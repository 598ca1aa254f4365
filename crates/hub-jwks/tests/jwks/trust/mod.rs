//! What a keystore that knows the Trust Framework makes of keys, by their certificates (THREATS section 3, "identity").

mod certificates;
mod remembered;
mod retired;
mod swaps;

use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use hub_jwks::{CacheSettings, CertificatePolicy, Keystore, KeystoreSettings, LookupError, SelectCause};
use hub_roles::{ClientId, Deployment, RsaPublicKey, Sig1, TrustFramework};
use hub_testkit::{Ecosystem, Issued, ManualClock};
use rustls_pki_types::UnixTime;
use serde_json::{Value, json};

use crate::world::{certificate, now};

const POLICIES: [CertificatePolicy; 2] = [CertificatePolicy::IfPresent, CertificatePolicy::Required];

/// An ecosystem's keys over HTTPS, and a clock.
struct Scene<'e> {
    eco: &'e Ecosystem,
    served: hub_testkit::Keystore,
    clock: ManualClock,
}

impl<'e> Scene<'e> {
    async fn of(eco: &'e Ecosystem) -> Self {
        Self { eco, served: hub_testkit::Keystore::serve(eco).await.unwrap(), clock: ManualClock::new(now()) }
    }

    /// The Hub's keystore, with nothing fetched.
    fn keystore(&self, trust: &TrustFramework, policy: CertificatePolicy) -> Keystore {
        self.keystore_of(self.eco.hub().deployment(), trust, policy)
    }

    fn keystore_of(&self, deployment: &Deployment, trust: &TrustFramework, policy: CertificatePolicy) -> Keystore {
        let settings = self.settings().with_trust(trust, policy);
        let transport = Arc::new(self.served.fetcher().unwrap());
        Keystore::new(deployment, self.eco.keystore(), transport, &settings).unwrap()
    }

    fn settings(&self) -> KeystoreSettings {
        KeystoreSettings::new().with_cache(CacheSettings::new().with_clock(Arc::new(self.clock.clone())))
    }

    fn client(&self) -> &'e ClientId {
        self.eco.tpp("acme").unwrap().client_id()
    }

    /// Publishes these keys as those of acme's application, and nothing else.
    fn put(&self, keys: &[Value]) {
        let acme = self.eco.tpp("acme").unwrap();
        let location = self.eco.keystore().application_keys(&acme.organisation(), &acme.software_statement());
        self.served.put(location.active().path(), json!({ "keys": keys }).to_string());
    }
}

/// A key with any chain.
fn raw(issued: &Issued, key_use: &str) -> Value {
    let own = RsaPublicKey::from_spki_der(&issued.key.public_key());
    let key = own.unwrap_or_else(|_| certificate::<Sig1>("acme").public_key().clone());
    let x5c: Vec<String> = issued.chain().iter().map(|der| Base64::encode_string(der)).collect();
    json!({
        "kty": "RSA", "use": key_use, "kid": issued.kid(), "x5c": x5c,
        "n": Base64UrlUnpadded::encode_string(key.modulus()),
        "e": Base64UrlUnpadded::encode_string(key.exponent()),
    })
}

/// The rule that a lookup was refused by.
fn rule<K>(outcome: Result<K, LookupError>) -> Result<(), &'static str> {
    outcome.map(drop).map_err(|error| {
        assert!(!error.is_retryable(), "{error}");
        match &error {
            LookupError::Select(select) => match select.cause() {
                SelectCause::Rejected(reason) => reason.code(),
                SelectCause::Certificate(refusal) => {
                    assert_eq!((select.refusal(), refusal.role()), (Some(&**refusal), select.role()));
                    refusal.code()
                }
                _ => error.code(),
            },
            _ => error.code(),
        }
    })
}

fn later(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(now().as_secs() + seconds))
}

const DAY: u64 = 86_400;
