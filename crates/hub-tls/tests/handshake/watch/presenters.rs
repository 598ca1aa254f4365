//! Whose files: connectors, acceptors, instances, and a C1 with access tokens.

use std::time::Duration;

use hub_roles::{C1, C3, Role, S1};
use hub_testkit::Held;
use hub_tls::{Connector, Reload, WatchSettings};

use super::*;

/// Another certificate of what somebody holds, with a key of its own.
fn another<R: Role + Held>(holder: &str) -> Issued {
    let spec = ECO.holding::<R>(holder).unwrap().spec().clone();
    let key = ECO.authority().keys().named(&format!("another {}", R::ID)).unwrap();
    ECO.authority().issue(&spec.with_key(key)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_connector_follows_its_files() {
    let (folder, connector, acceptor) = (Folder::new("c3"), of_lfi(ECO.trust()), for_lfis(ECO.trust()));
    let (old, new) = (issued::<C3>("bank"), another::<C3>("bank"));
    folder.write_pair(old);
    let watcher = connector.rotation().watch(folder.pem_files(), &WatchSettings::new()).await;
    folder.write_pair(issued::<C1>("acme"));
    assert_eq!(code(watcher.check().await), Err("certificate.organisation"), "a C1 is no C3");
    for expected in [old, &new] {
        folder.write_pair(expected);
        watcher.check().await.unwrap();
        assert_eq!(seen(&acceptor, &connector, RETAIL_CM).await, expected.kid().to_string());
    }
    assert_eq!(told(&watcher), Ok(replaced(old, &new)));
}

#[tokio::test(start_paused = true)]
async fn each_instance_follows_files_of_its_own_and_none_brings_back_what_was_removed() {
    let (acceptor, rotation) = {
        let acceptor = for_tpps(ECO.trust());
        (acceptor.clone(), acceptor.rotation())
    };
    let (retail, sme) = (Folder::new("retail"), Folder::new("sme"));
    let (old, new) = (issued::<S1>("retail"), another::<S1>("retail"));
    retail.write_pair(old);
    sme.write_pair(issued::<S1>("sme"));
    let settings = WatchSettings::new();
    let of_retail = rotation.watch(id("retail"), retail.pem_files(), &settings).await;
    let of_sme = rotation.watch(id("sme"), sme.pem_files(), &settings).await;
    assert_eq!([told(&of_retail), told(&of_sme)], [Ok(Reload::Unchanged), Ok(Reload::Unchanged)]);

    retail.write_pair(&new);
    sme.write_pair(&new);
    assert_eq!(code(of_retail.check().await), Ok(replaced(old, &new)));
    assert_eq!(code(of_sme.check().await), Err("certificate.host-name"), "it is the certificate of another instance");

    rotation.remove_instance(&id("retail")).unwrap();
    retail.write_pair(old);
    assert_eq!(code(of_retail.check().await), Err("config.not-served"));
    assert!(acceptor.rustls_config(&id("retail")).is_none());
    rotation.swap_credential(id("retail"), ECO.hub().s1("retail").unwrap()).unwrap();
    assert_eq!(code(of_retail.check().await), Ok(Reload::Unchanged), "they hold what is presented again");
    let nowhere = rotation.watch(id("nowhere"), retail.pem_files(), &settings).await;
    assert_eq!(told(&nowhere), Err("config.not-served"));
}

#[tokio::test(start_paused = true)]
async fn a_c1_that_its_files_replace_is_kept_for_its_access_tokens() {
    let (folder, connector, acceptor) = (Folder::new("c1"), of_tpp(ECO.trust()), for_tpps(ECO.trust()));
    let (old, new) = (issued::<C1>("acme"), another::<C1>("acme"));
    folder.write_pair(old);
    let (files, period) = (folder.pem_files(), Duration::from_secs(600));
    let watcher = connector.rotation().watch_keeping_old(files, period, &WatchSettings::new()).await;
    let bound = connector.presenting(&old.kid()).unwrap();
    folder.write_pair(&new);
    assert_eq!(code(watcher.check().await), Ok(replaced(old, &new)));
    for (connector, expected) in [(&connector, &new), (&bound, old)] {
        assert_eq!(seen(&acceptor, connector, RETAIL_AS).await, expected.kid().to_string());
    }
}

/// The thumbprint of the client that the acceptor sees.
async fn seen<P: hub_tls::AcceptingPath>(acceptor: &Acceptor<P>, connector: &Connector<P>, name: &str) -> String {
    let (accepted, _) = meet(
        async |io| acceptor.accept(io).await.unwrap(),
        async |io| connector.connect(&host(name), io).await.unwrap(),
    )
    .await;
    accepted.peer().kid().to_string()
}
