//! The lanes to a host, when those who have them are left alone.

use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hub_jwks::{
    CacheSettings, FetchCause, Freshness, KeySetAnswer, KeySetRequest, KeySource, Keystore, KeystoreSettings,
    LookupError, Transport,
};
use hub_roles::{Sig1, VerificationKey};
use hub_testkit::{Ecosystem, ManualClock};
use rustls_pki_types::UnixTime;

use crate::executor::Executor;
use crate::keys::{Served, kid, owner};

/// A host that hangs until it is told to answer, and the runtime of whoever asks now.
#[derive(Debug, Default)]
struct Host {
    answers: bool,
    requests: usize,
    runtime: Executor,
}

#[derive(Debug, Clone, Default)]
struct ToHost(Arc<Mutex<Host>>);

impl Transport for ToHost {
    fn get(&self, _: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
        let host = Arc::clone(&self.0);
        Box::pin(async move {
            let answers = {
                let mut host = host.lock().unwrap();
                host.requests += 1;
                host.answers
            };
            if !answers {
                pending::<()>().await;
            }
            let body = Served { sound: [0].into(), ..Served::default() }.to_json();
            Ok(KeySetAnswer::Document { body, freshness: Freshness::new() })
        })
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.0.lock().unwrap().runtime.spawn(work);
    }
}

type Found = Arc<Mutex<Option<Result<VerificationKey<Sig1>, LookupError>>>>;

/// Looks the key of one of many tenants up, on a runtime.
fn look_up(keystore: &Keystore, tenant: usize, runtime: &Executor) -> (usize, Found) {
    let (keystore, found) = (keystore.clone(), Found::default());
    let (answer, url) = (Arc::clone(&found), format!("https://keystore.example/{tenant}").parse().unwrap());
    let task = runtime.spawn(async move {
        let key = keystore.key_at(&KeySource::<Sig1>::new(owner(), url), &kid(0)).await;
        *answer.lock().unwrap() = Some(key);
    });
    runtime.run();
    (task, found)
}

#[test]
fn attempts_on_a_runtime_that_nobody_drives_leave_their_lanes_at_their_limit() {
    const AT_ONE_HOST: usize = 64;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000));
    let (eco, clock, transport) = (Ecosystem::sandbox(now).unwrap(), ManualClock::new(now), ToHost::default());
    let cache = CacheSettings::new().with_clock(Arc::new(clock.clone()));
    let settings = KeystoreSettings::new().with_cache(cache);
    let keystore =
        Keystore::new(eco.hub().deployment(), eco.keystore(), Arc::new(transport.clone()), &settings).unwrap();

    // As many as there are lanes, and as many in the queue. All who asked give up, and nobody drives the runtime any more.
    let parked = transport.0.lock().unwrap().runtime.clone();
    for tenant in 0..2 * AT_ONE_HOST {
        let (task, found) = look_up(&keystore, tenant, &parked);
        assert!(found.lock().unwrap().is_none());
        parked.drop_task(task);
    }
    assert_eq!(transport.0.lock().unwrap().requests, AT_ONE_HOST);

    let driven = Executor::default();
    {
        let mut host = transport.0.lock().unwrap();
        (host.runtime, host.answers) = (driven.clone(), true);
    }
    clock.advance(Duration::from_secs(5));
    let (_, waits) = look_up(&keystore, 1000, &driven);
    assert!(waits.lock().unwrap().is_none());
    // Their limit; that of who waits is later.
    clock.advance(Duration::from_secs(5));
    driven.run();
    assert!(waits.lock().unwrap().take().unwrap().is_ok());
    let (_, found) = look_up(&keystore, 1001, &driven);
    assert!(found.lock().unwrap().take().unwrap().is_ok());
    assert_eq!(transport.0.lock().unwrap().requests, AT_ONE_HOST + 2);
    parked.drop_others(&[]);
    driven.drop_others(&[]);
}
