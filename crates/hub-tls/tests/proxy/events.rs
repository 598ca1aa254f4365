//! One structured event for each request: what it says, and what it never does.

use hub_roles::{C1, C4};
use tracing::Level;

use crate::log::{Entry, Log};
use crate::world::*;

#[test]
fn every_request_is_one_event_with_its_code_and_without_secrets() {
    const WRONG: &str = "a-secret-that-is-not-the-proxys-own";
    let written = |chain: &[_]| (product("nginx").write)(chain);
    let (hub, tpp) = (issued::<C4>("ozone"), issued::<C1>("acme"));
    let (hubs, tpps) = (written(&hub.chain()), written(&tpp.chain()));
    let damaged = vec![(NAMED, "damaged".to_owned())];
    let warn = |code| (Level::WARN, Some(code));
    for (remote, secret, headers, (level, code), kid, shown) in [
        (PROXY, SECRET, &hubs, (Level::DEBUG, None), Some(hub.kid().to_string()), None),
        (PROXY, SECRET, &tpps, warn("certificate.organisation"), Some(tpp.kid().to_string()), None),
        (PROXY, SECRET, &damaged, warn("proxy.header-pem"), None, None),
        (PROXY, WRONG, &hubs, warn("proxy.hop-secret"), None, Some(PROXY)),
        ("10.0.7.3", SECRET, &hubs, warn("proxy.hop-address"), None, Some("10.0.7.3")),
    ] {
        let entry = logged(remote, secret, headers);
        let field = |name| entry.field(name);
        assert_eq!(entry.level, level, "{entry:?}");
        assert_eq!((field("path"), field("role")), (Some("API Hub to LFI"), Some("C4")), "{entry:?}");
        assert_eq!((field("code"), field("kid"), field("remote")), (code, kid.as_deref(), shown), "{entry:?}");
        assert_eq!(field("reason").is_some(), code.is_some(), "{entry:?}");
        assert_eq!(field("subject").is_some(), code.is_some() && kid.is_some(), "{entry:?}");
        let text = format!("{entry:?}");
        assert!([SECRET, WRONG, "damaged", "MII"].iter().all(|content| !text.contains(content)), "{text}");
    }
}

/// Whoever reaches the back end may send any number of requests.
#[test]
fn a_hop_that_is_not_proven_is_warned_of_once_for_each_cause_and_source() {
    let (log, _guard) = Log::of_this_thread();
    let proxy = behind(&product("nginx").form, ECO.trust());
    let warnings = |remotes: &mut dyn Iterator<Item = String>| {
        let (with, without) = (request(&Vec::new()), http::HeaderMap::new());
        for remote in remotes {
            for headers in [&with, &without] {
                drop(proxy.hop((remote.parse().unwrap(), headers)));
            }
        }
        log.take().iter().filter(|entry| entry.level == Level::WARN).count()
    };
    let from = |remotes: &[&str]| warnings(&mut remotes.iter().map(|&remote| remote.to_owned()));
    assert_eq!(from(&[PROXY, PROXY]), 1, "the secret is missing in every other request");
    assert_eq!(from(&[PROXY, "10.0.7.3", "10.0.7.4", "10.0.7.3"]), 2, "two addresses that are not the proxy's");
    assert_eq!(from(&[PROXY, "10.0.7.3", "10.0.7.4"]), 0);
    assert_eq!(warnings(&mut (0..1000).map(|host| format!("10.9.{}.{}", host / 250, host % 250))), 61);
    proxy.rotation().swap_hop(known_hop());
    assert_eq!(warnings(&mut [PROXY.to_owned()].into_iter()), 1, "another secret, another story");
}

/// What the log has of a request from `remote` with this secret and these headers.
fn logged(remote: &str, secret: &str, headers: &Headers) -> Entry {
    let (log, _guard) = Log::of_this_thread();
    let proxy = behind(&product("nginx").form, ECO.trust());
    let mut request = request(headers);
    request.insert("proxy-secret", secret.parse().unwrap());
    drop(proxy.hop((remote.parse().unwrap(), &request)).and_then(|hop| hop.peer(&request, now())));
    let mut entries = log.take();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}
