//! What the sets of ten thousand tenants take, as `KeystoreSettings` documents it.

use core::time::Duration;
use std::collections::HashSet;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use allocation_counter::measure;
use hub_jwks::{
    CertificatePolicy, FetchCause, Freshness, KeySetAnswer, KeySetRequest, KeySource, Keystore, KeystoreSettings,
    Publication, Transport,
};
use hub_roles::{ClientId, Deployment, Enc2, HttpsUrl, OrganisationId, Sig1, SoftwareStatementId};
use hub_testkit::Ecosystem;
use rustls_pki_types::UnixTime;
use tokio::runtime::{Builder, Handle};

/// Serves one set everywhere, at once.
#[derive(Debug)]
struct Everywhere(Vec<u8>);

impl Transport for Everywhere {
    fn get(&self, _: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
        let freshness = Freshness::new().with_max_age(Duration::from_secs(300)).with_etag("\"5f3c9a1e\"");
        Box::pin(ready(Ok(KeySetAnswer::Document { body: self.0.clone(), freshness })))
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        Handle::current().spawn(work);
    }
}

/// The tenants differ in name, place and owner, and have the keys of one: making ten thousand keys is not what is measured.
struct Tenants {
    eco: Ecosystem,
    document: Vec<u8>,
}

impl Tenants {
    fn new() -> Self {
        let eco = Ecosystem::sandbox(UnixTime::now()).unwrap();
        let acme = eco.tpp("acme").unwrap();
        let document = Publication::new("https://keystore.sandbox.directory.openfinance.ae/of".parse().unwrap())
            .certificate(acme.sig1().certificate())
            .certificate(acme.enc2().certificate())
            .to_json();
        Self { document, eco }
    }

    fn keystore(&self, settings: &KeystoreSettings) -> Keystore {
        let transport = Arc::new(Everywhere(self.document.clone()));
        Keystore::new(self.deployment(), self.eco.keystore(), transport, settings).unwrap()
    }

    /// Octets for each of so many sets, in use and kept fresh.
    fn measured(&self, settings: &KeystoreSettings, sets: u64) -> u64 {
        let (runtime, keystore) =
            (Builder::new_current_thread().enable_time().build().unwrap(), self.keystore(settings));
        let taken = measure(|| {
            runtime.block_on(async {
                for number in 0..sets {
                    self.look_up(&keystore, number).await;
                }
            });
        });
        let health = keystore.health();
        let urls: HashSet<_> = health.iter().map(|set| &set.url).collect();
        assert_eq!((urls.len() as u64, health.iter().map(|set| set.keys as u64).sum()), (sets, 2 * sets));
        u64::try_from(taken.bytes_current).unwrap() / sets
    }

    /// Looks up both keys of a tenant.
    async fn look_up(&self, keystore: &Keystore, number: u64) {
        let acme = self.eco.tpp("acme").unwrap();
        let (owner, url) = self.tenant(number);
        let expected = self.deployment().expect_tpp(acme.client_id()).unwrap();
        let sig1 = KeySource::<Sig1>::new(owner.clone(), url.clone()).with_expectation(expected);
        assert_eq!(keystore.key_at(&sig1, acme.sig1().kid()).await.unwrap().owner(), &owner);
        let expected = self.deployment().expect_tpp(acme.client_id()).unwrap();
        let enc2 = KeySource::<Enc2>::new(owner.clone(), url).with_expectation(expected);
        assert_eq!(keystore.encryption_key_at(&enc2).await.unwrap().owner(), &owner);
    }

    /// Named and placed as the Trust Framework does it.
    fn tenant(&self, number: u64) -> (ClientId, HttpsUrl) {
        let [organisation, application] =
            ["4a73", "4f57"].map(|part| format!("0d6a7f2e-2f0a-{part}-9a52-{number:012}"));
        let client = format!("https://rp.sandbox.directory.openfinance.ae/openid_relying_party/{application}");
        let (organisation, application) =
            (organisation.parse::<OrganisationId>(), application.parse::<SoftwareStatementId>());
        let location = self.eco.keystore().application_keys(&organisation.unwrap(), &application.unwrap());
        (client.parse().unwrap(), location.active())
    }

    fn deployment(&self) -> &Deployment {
        self.eco.hub().deployment()
    }
}

#[test]
fn the_sets_of_ten_thousand_tenants_take_no_more_than_is_documented() {
    const SETS: u64 = 10_000;
    let (tenants, plain) = (Tenants::new(), KeystoreSettings::new());
    let judged = plain.clone().with_trust(tenants.eco.trust(), CertificatePolicy::Required);
    let document = tenants.document.len();
    let measured = [("plain", &plain), ("with snapshots", &plain.clone().with_snapshots()), ("judged", &judged)].map(
        |(name, settings)| {
            let each = tenants.measured(settings, SETS);
            println!("{name}: {each} octets for each of {SETS} sets of {document} octets");
            each
        },
    );
    let [plain, with_snapshots, judged] = measured;
    assert!(plain <= 8 * 1024, "{plain} octets each");
    assert!(with_snapshots - plain <= document as u64 + 256, "{} octets more", with_snapshots - plain);
    assert!(judged - plain <= 2 * 1024, "{} octets more", judged - plain);
}
