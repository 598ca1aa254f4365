//! What a party fetches before anybody asks for it.

use core::time::Duration;
use std::sync::Arc;

use http::StatusCode;
use hub_jwks::{Keystore, KeystoreSettings, LookupError, Preloaded};
use hub_roles::{Deployment, RoleId, Sig1, Sig3, Sig4};
use hub_testkit::Fault;

use crate::process::Site;

fn keystore_of(site: &Site, deployment: &Deployment) -> Keystore {
    let transport = Arc::new(site.served.fetcher().unwrap());
    Keystore::new(deployment, site.eco.keystore(), transport, &KeystoreSettings::new()).unwrap()
}

fn failures(preloaded: &Preloaded) -> Vec<(RoleId, &str, &'static str)> {
    let mut failures: Vec<_> =
        preloaded.failed.iter().map(|failed| (failed.role, failed.of.as_str(), failed.error.code())).collect();
    failures.sort_by_key(|(role, of, _)| (role.to_string(), *of));
    failures
}

#[tokio::test]
async fn each_party_preloads_what_it_verifies_with_or_encrypts_to() {
    let site = Site::new("preload").await;
    let (acme, bank, other) =
        (site.eco.tpp("acme").unwrap(), site.eco.lfi("bank").unwrap(), site.eco.lfi("other-bank").unwrap());
    // Two TPPs; two LFIs, whose organisations' sets have Sig2 and Enc1; Sig4 of the one that uses JWT Auth; Ozone's Sig3.
    for (name, deployment, sets) in [
        ("a TPP", acme.deployment(), 2),
        ("an LFI with JWT Auth", bank.deployment(), 2 + 1),
        ("an LFI without", other.deployment(), 2),
        ("the Hub", site.eco.hub().deployment(), 2 + 1),
    ] {
        let before = site.served.requests();
        let keystore = keystore_of(&site, deployment);
        let preloaded = keystore.preload().await;
        assert_eq!((preloaded.sets, failures(&preloaded)), (sets, vec![]), "{name}");
        assert_eq!(site.served.requests() - before, sets, "{name}: each set once");
        // Nothing is fetched a second time.
        assert_eq!(keystore.preload().await.sets, sets, "{name}");
        assert_eq!(site.served.requests() - before, sets, "{name}");
    }

    let before = site.served.requests();
    let hub = keystore_of(&site, site.eco.hub().deployment());
    assert!(hub.preload().await.failed.is_empty());
    let preloaded = site.served.requests();
    assert!(hub.key::<Sig1>(acme.client_id(), acme.sig1().kid()).await.is_ok());
    assert!(hub.key::<Sig4>(&"retail".parse().unwrap(), bank.sig4().unwrap().kid()).await.is_ok());
    assert_eq!(site.served.requests(), preloaded);
    assert!(preloaded > before);
    // What is not preloaded is not out of reach.
    let lfi = keystore_of(&site, bank.deployment());
    assert!(lfi.preload().await.failed.is_empty());
    assert!(lfi.key::<Sig3>(&(), site.eco.hub().sig3().unwrap().kid()).await.is_ok());
}

#[tokio::test]
async fn what_fails_is_said_and_keeps_the_rest_from_nothing() {
    let site = Site::new("preload-fails").await;
    let [acme, other] = ["acme", "other-tpp"].map(|tpp| site.eco.tpp(tpp).unwrap().client_id().clone());
    site.served.fail(site.url("acme").path(), Fault::Status(StatusCode::INTERNAL_SERVER_ERROR));
    let keystore = keystore_of(&site, site.eco.hub().deployment());
    let preloaded = keystore.preload().await;
    assert_eq!(preloaded.sets, 2);
    assert_eq!(failures(&preloaded), [(RoleId::Sig1, acme.as_str(), "lookup.unavailable")]);
    assert!(keystore.key::<Sig1>(&other, site.eco.tpp("other-tpp").unwrap().sig1().kid()).await.is_ok());
}

#[tokio::test]
async fn what_the_deployment_does_not_say_is_a_failure_of_its_own() {
    let site = Site::new("preload-missing").await;
    let file = br#"{
        "environment": "sandbox",
        "own": {"party": "tpp", "client_id": "fintech"},
        "lfis": {"alpha": {"organisation": "a1000000-0000-4000-8000-000000000001"}},
        "instances": {"retail": {"lfi": "alpha"}},
        "tpps": {"registered": {"fintech": {
            "client_id": "fintech",
            "organisation": "f1000000-0000-4000-8000-000000000001",
            "software_statement": "f1000000-0000-4000-8000-0000000000c1"
        }}}
    }"#;
    let preloaded = keystore_of(&site, &Deployment::from_json(file).unwrap()).preload().await;
    assert_eq!(preloaded.sets, 0);
    let missing = "deployment.missing-part";
    assert_eq!(failures(&preloaded), [(RoleId::Enc1, "retail", missing), (RoleId::Sig2, "retail", missing)]);
    assert!(matches!(preloaded.failed[0].error, LookupError::MissingPart(_)));
}

#[test]
fn where_nothing_can_be_run_everything_fails() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let site = runtime.block_on(Site::new("preload-nowhere"));
    let keystore = keystore_of(&site, site.eco.hub().deployment());
    // No runtime: the fetcher has nowhere to work.
    let mut preload = core::pin::pin!(keystore.preload());
    let mut context = core::task::Context::from_waker(core::task::Waker::noop());
    let core::task::Poll::Ready(preloaded) = preload.as_mut().poll(&mut context) else {
        panic!("it waits for what cannot come")
    };
    assert_eq!((preloaded.sets, preloaded.failed.len()), (0, 3));
    assert!(preloaded.failed.iter().all(|failed| failed.error.is_retryable()));
}

#[tokio::test]
async fn a_runtime_that_is_not_driven_holds_up_nobody_for_ever() {
    let site = Site::new("preload-not-driven").await;
    let idle = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let process = {
        let _on_it = idle.enter();
        site.start(0)
    };
    let keystore = process.keystore.clone();
    let preload = tokio::spawn(async move { keystore.preload().await });
    // The limit of an attempt.
    process.clock.sleepers(3).await;
    process.clock.advance(Duration::from_secs(10));
    let preloaded = preload.await.unwrap();
    assert_eq!((preloaded.sets, preloaded.failed.len()), (0, 3));
    assert!(preloaded.failed.iter().all(|failed| failed.error.is_retryable()));
    assert_eq!(site.served.requests(), 0);
    idle.shutdown_background();
}

#[tokio::test]
async fn a_caller_that_goes_takes_the_rest_along() {
    let site = Site::new("preload-dropped").await;
    let process = site.start(0);
    drop(process.keystore.preload());
    assert!(process.keystore.health().is_empty());
    let mut preload = Box::pin(process.keystore.preload());
    assert!(
        core::future::poll_fn(|context| core::task::Poll::Ready(preload.as_mut().poll(context))).await.is_pending()
    );
    drop(preload);
    // The attempts that had begun go on.
    while process.keystore.health().iter().any(|set| set.fetched_at.is_none()) {
        tokio::task::yield_now().await;
    }
    assert_eq!((process.keystore.health().len(), site.served.requests()), (3, 3));
}

#[tokio::test]
async fn sets_from_disk_are_refreshed_by_preloading() {
    let site = Site::new("preload-warm").await;
    site.save(&["acme"]).await;
    let (process, loaded) = site.restart(100);
    assert_eq!(loaded.sets, 1);
    assert_eq!(process.keystore.preload().await.sets, 3);
    site.served.requested(site.url("acme").path(), 2).await;
    assert_eq!(site.served.conditional_requests_for(site.url("acme").path()), 0);
}
