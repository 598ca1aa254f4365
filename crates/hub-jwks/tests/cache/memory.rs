//! What a cached set takes, as `RemoteKeySet` documents it.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use allocation_counter::measure;
use hub_jwks::{
    CacheSettings, FetchCause, Freshness, KeySetAnswer, KeySetRequest, Publication, RemoteKeySet, Transport,
};
use hub_roles::{ClientId, Enc2, Sig1};
use hub_testkit::Ecosystem;
use rustls_pki_types::UnixTime;
use tokio::runtime::{Builder, Handle};

use crate::keys::{Served, owner, url};

/// Serves one set, at once.
#[derive(Debug)]
struct Always(Vec<u8>);

impl Transport for Always {
    fn get(&self, _: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
        let freshness = Freshness::new().with_max_age(Duration::from_secs(300)).with_etag("\"5f3c9a1e\"");
        Box::pin(ready(Ok(KeySetAnswer::Document { body: self.0.clone(), freshness })))
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        Handle::current().spawn(work);
    }
}

#[test]
fn a_set_takes_no_more_than_is_documented() {
    let bare = Served { sound: [0, 1].into(), ..Served::default() }.to_json();
    for (name, document, most) in [("bare", bare, 6 * 1024), ("with x5c", certified(), 9 * 1024)] {
        for sets in [100, 10_000] {
            let (each, peak) = taken(&document, sets);
            println!("{name}, {sets} sets of {} octets: {each} octets each, {peak} while one is read", document.len());
            assert!(each <= most, "{name}: {each} octets each of {sets} sets");
            assert!(peak <= 64 * 1024, "{name}: {peak} octets while one of {sets} sets is read");
        }
    }
}

/// Octets for each of so many sets, in use and kept fresh, and how many more there were at the worst moment.
fn taken(document: &[u8], sets: u64) -> (u64, u64) {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let (transport, settings) = (Arc::new(Always(document.to_vec())), CacheSettings::new());
    let mut kept: Vec<RemoteKeySet<ClientId>> = Vec::with_capacity(usize::try_from(sets).unwrap());
    let taken = measure(|| {
        runtime.block_on(async {
            for _ in 0..sets {
                let keys = RemoteKeySet::new(url(), owner(), transport.clone(), &settings).unwrap();
                // Both keys are used, and so made ready.
                assert!(!keys.verification_keys::<Sig1>().await.unwrap().is_empty());
                let set = keys.held().unwrap();
                for key in set.keys() {
                    assert!(
                        keys.verification_key::<Sig1>(key.kid()).await.is_ok()
                            || keys.encryption_key::<Enc2>(Some(key.kid())).await.is_ok()
                    );
                }
                assert_eq!(set.keys().len(), 2);
                kept.push(keys);
            }
        });
    });
    let current = u64::try_from(taken.bytes_current).unwrap();
    (current / sets, taken.bytes_max - current)
}

/// A client's set as the keystore publishes it: a key for signing and one for encryption, each with its chain.
fn certified() -> Vec<u8> {
    let eco = Ecosystem::sandbox(UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000))).unwrap();
    Publication::new("https://keystore.sandbox.directory.openfinance.ae/of".parse().unwrap())
        .certificate(eco.holding::<Sig1>("acme").unwrap().credential().certificate())
        .certificate(eco.holding::<Enc2>("acme").unwrap().credential().certificate())
        .to_json()
}
