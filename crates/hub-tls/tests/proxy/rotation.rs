//! What is swapped counts from the next request on, on connections that are open as well.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use http::HeaderMap;
use hub_roles::{C3, C4, Deployment, HubToLfi, LfiToHub, RevocationDepth, RevocationPolicy, TrustFramework};
use hub_testkit::{CrlSpec, Issued};
use hub_tls::{AddressAndSecret, Peer, ProvenHop, TrustedProxy};
use rustls_pki_types::UnixTime;

use crate::world::*;

const ELSEWHERE: &str = "0d6a7f2e-2f0a-4a73-9a52-3d1f9be3c0aa";
const NEW_SECRET: &str = "FEDCBA9876543210fedcba9876543210";

/// The bank's Ozone Connect behind nginx, with a connection of nginx' that stays open, and the Hub's request on it.
struct Open {
    proxy: TrustedProxy<HubToLfi, AddressAndSecret>,
    hop: ProvenHop<HubToLfi>,
    request: HeaderMap,
}

impl Open {
    fn new(trust: &TrustFramework) -> Self {
        let nginx = product("nginx");
        let request = request(&(nginx.write)(&issued::<C4>("ozone").chain()));
        let proxy = behind(&nginx.form, trust);
        let hop = proxy.hop((address(), &request)).unwrap();
        Self { proxy, hop, request }
    }

    fn judged(&self) -> Result<String, &'static str> {
        self.judged_at(now())
    }

    fn judged_at(&self, time: UnixTime) -> Result<String, &'static str> {
        kid_or_code(self.hop.peer(&self.request, time))
    }

    fn peer(&self) -> Peer<C4> {
        self.hop.peer(&self.request, now()).unwrap()
    }
}

fn hub() -> Result<String, &'static str> {
    Ok(issued::<C4>("ozone").kid().to_string())
}

#[test]
fn every_request_goes_by_what_is_current() {
    let bank = ECO.lfi("bank").unwrap().deployment();
    let [hubs, banks] = [issued::<C4>("ozone").serial, issued::<C3>("bank").serial];
    let open = Open::new(ECO.trust());
    let rotation = open.proxy.rotation();
    assert_eq!(open.judged(), hub());

    rotation.swap_trust(&listing(1, hubs)).unwrap();
    assert_eq!(open.judged(), Err("certificate.revoked"));
    rotation.swap_deployment(bank).unwrap();
    assert_eq!(open.judged(), Err("certificate.revoked"), "trust stays when the deployment is swapped");
    rotation.swap_trust(&listing(2, banks)).unwrap();
    assert_eq!(open.judged(), hub(), "another certificate is revoked");

    rotation.swap_deployment(&other_hub()).unwrap();
    assert_eq!(open.judged(), Err("certificate.organisation"));
    rotation.swap_trust(&listing(3, banks)).unwrap();
    assert_eq!(open.judged(), Err("certificate.organisation"), "the deployment stays when trust is swapped");
    rotation.swap_deployment(bank).unwrap();
    assert_eq!(open.judged(), hub());
}

#[test]
fn a_swap_that_is_refused_changes_nothing() {
    let open = Open::new(ECO.trust());
    let rotation = open.proxy.rotation();
    let production =
        edited(ECO.lfi("bank").unwrap().deployment_json(), |file| file["environment"] = "production".into());
    let code = |outcome: Result<(), hub_tls::ConfigError>| outcome.unwrap_err().code();
    rotation.swap_trust(&listing(2, 1)).unwrap();
    assert_eq!(code(rotation.swap_trust(&of_production())), "config.environment");
    assert_eq!(code(rotation.swap_trust(ECO.trust())), "revocation-list.lost");
    assert_eq!(code(rotation.swap_trust(&listing(1, 1))), "revocation-list.older");
    assert_eq!(code(rotation.swap_deployment(&production)), "config.environment");
    assert_eq!(code(rotation.swap_deployment(ECO.tpp("acme").unwrap().deployment())), "deployment.missing-part");
    assert_eq!(open.judged(), hub());

    let at_hub = AtHub::new(&["retail", "other"]);
    let rotation = at_hub.0.rotation();
    let other_alone = edited(ECO.hub().deployment_json(), |file| {
        file["instances"].as_object_mut().unwrap().retain(|id, _| id == "other");
    });
    assert_eq!(code(rotation.swap_deployment(&other_alone)), "deployment.missing-part");
    assert_eq!(code(rotation.swap_instances(["nowhere"].map(id))), "deployment.missing-part");
    assert_eq!(code(rotation.swap_instances([])), "config.no-instance");
    let bank = issued::<C3>("bank");
    assert_eq!(at_hub.judged("retail", bank), Ok(bank.kid().to_string()));

    rotation.swap_instances(["other"].map(id)).unwrap();
    rotation.swap_deployment(&other_alone).unwrap();
    assert_eq!(at_hub.judged("retail", bank), Err("proxy.unknown-instance"));
}

#[test]
fn instances_come_and_go() {
    let at_hub = AtHub::new(&["retail"]);
    let (bank, other) = (issued::<C3>("bank"), issued::<C3>("other-bank"));
    assert_eq!(at_hub.judged("retail", bank), Ok(bank.kid().to_string()));
    assert_eq!(at_hub.judged("other", other), Err("proxy.unknown-instance"));

    at_hub.0.rotation().swap_instances(["other", "sme"].map(id)).unwrap();
    assert_eq!(at_hub.judged("retail", bank), Err("proxy.unknown-instance"));
    assert_eq!(at_hub.judged("sme", bank), Ok(bank.kid().to_string()));
    assert_eq!(at_hub.judged("other", other), Ok(other.kid().to_string()));
    assert_eq!(at_hub.judged("other", bank), Err("certificate.organisation"));
}

#[test]
fn the_proof_of_the_hop_changes_for_what_comes_next() {
    let open = Open::new(ECO.trust());
    let hop = |secrets: &[&str]| {
        let header = http::HeaderName::from_static("proxy-secret");
        AddressAndSecret::new([PROXY.parse().unwrap()], header, secrets).unwrap()
    };
    let proven = || open.proxy.hop((address(), &open.request)).map(drop).map_err(|error| error.code());
    let rotation = open.proxy.rotation();
    rotation.swap_hop(hop(&[SECRET, NEW_SECRET]));
    assert_eq!(proven(), Ok(()), "both count while it is changed");
    rotation.swap_hop(hop(&[NEW_SECRET]));
    assert_eq!(proven(), Err("proxy.hop-secret"));
    assert_eq!(open.judged(), hub(), "what was proven stays so");
}

/// A certificate is shared by all clones of it: where two peers have the same one, one path was built.
#[test]
fn a_chain_that_comes_back_costs_no_second_path_building() {
    let same = |one: &Peer<C4>, other: &Peer<C4>| std::ptr::eq(one.subject(), other.subject());
    let open = Open::new(ECO.trust());
    let first = open.peer();
    assert!(same(&first, &open.peer()));
    let on_another_connection = open.proxy.clone().hop((address(), &open.request)).unwrap();
    assert!(same(&first, &on_another_connection.peer(&open.request, now()).unwrap()));

    let elsewhere = Open::new(ECO.trust());
    assert!(!same(&first, &elsewhere.peer()), "a proxy shares nothing with another one");
    open.proxy.rotation().swap_trust(ECO.trust()).unwrap();
    let second = open.peer();
    assert!(!same(&first, &second), "what one trust framework accepted is not known to the next");
    open.proxy.rotation().swap_deployment(ECO.lfi("bank").unwrap().deployment()).unwrap();
    assert!(!same(&second, &open.peer()), "nor to the next deployment");
}

#[test]
fn a_chain_that_comes_back_is_refused_once_it_or_a_list_it_needs_has_expired() {
    let day = Duration::from_secs(86_400);
    let policy = RevocationPolicy::Required(RevocationDepth::EndEntity);
    let required = listing(1, 1).with_revocation_policy(policy);
    for (trust, later, code) in
        [(ECO.trust(), 800 * day, "certificate.expired"), (&required, 2 * day, "certificate.revocation-list-expired")]
    {
        let open = Open::new(trust);
        assert_eq!(open.judged(), hub());
        let later = UnixTime::since_unix_epoch(Duration::from_secs(now().as_secs()) + later);
        assert_eq!(open.judged_at(later), Err(code));
        assert_eq!(open.judged(), hub(), "next to {code}");
    }
}

/// Requests go on while a certificate is revoked and taken back: those that lie within one state have its verdict.
#[test]
fn requests_under_way_see_one_state_or_the_other() {
    const SWAPS: usize = 60;
    let open = Open::new(ECO.trust());
    let [revoked, another] = [issued::<C4>("ozone").serial, issued::<C3>("bank").serial];
    // Counted up before each swap and when it has returned: odd while one is under way.
    let (state, judged) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let before = state.load(Ordering::SeqCst);
                    if before == 4 * SWAPS {
                        break;
                    }
                    let verdict = open.judged();
                    judged.fetch_add(1, Ordering::SeqCst);
                    let expected = [hub(), Err("certificate.revoked")];
                    if state.load(Ordering::SeqCst) == before && before % 2 == 0 {
                        assert_eq!(verdict, expected[before / 2 % 2]);
                    }
                }
            });
        }
        for swap in 0..2 * SWAPS {
            let so_far = judged.load(Ordering::SeqCst);
            while judged.load(Ordering::SeqCst) < so_far + 5 {
                thread::yield_now();
            }
            let trust = listing(swap as u64 + 1, if swap % 2 == 0 { revoked } else { another });
            state.fetch_add(1, Ordering::SeqCst);
            open.proxy.rotation().swap_trust(&trust).unwrap();
            state.fetch_add(1, Ordering::SeqCst);
        }
    });
    assert!(judged.into_inner() >= 10 * SWAPS);
}

/// The Hub behind nginx, called by LFIs.
struct AtHub(TrustedProxy<LfiToHub, AddressAndSecret>);

impl AtHub {
    fn new(instances: &[&str]) -> Self {
        let instances = instances.iter().map(|instance| id(instance));
        let (form, deployment) = (product("nginx").form, ECO.hub().deployment());
        Self(TrustedProxy::<LfiToHub, _>::new(ECO.trust(), deployment, instances, form, known_hop()).unwrap())
    }

    fn judged(&self, instance: &str, presented: &Issued) -> Result<String, &'static str> {
        let request = request(&(product("nginx").write)(&presented.chain()));
        let hop = self.0.hop((address(), &request)).unwrap();
        kid_or_code(hop.peer(&id(instance), &request, now()))
    }
}

/// The bank's deployment with another organisation for Ozone.
fn other_hub() -> Deployment {
    edited(ECO.lfi("bank").unwrap().deployment_json(), |file| file["ozone"]["organisation"] = ELSEWHERE.into())
}

/// The trust framework, with the revocation list of this number, which lists one certificate.
fn listing(number: u64, serial: u64) -> TrustFramework {
    let list = ECO.authority().crl(&CrlSpec::current(now()).revoking(serial).with_number(number)).unwrap();
    ECO.trust().with_revocation_lists(&[list.der()], now()).unwrap()
}
