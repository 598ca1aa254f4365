//! Any octets as a file of revocation lists, in PEM and DER: only what the bundle's CAs signed is taken, and what it lists is refused.

#![no_main]

use std::sync::LazyLock;

use hub_fuzz::{ECO, instance, now, seeds};
use hub_roles::{CertificateChain, Expectation, S4};
use hub_testkit::CrlSpec;
use libfuzzer_sys::fuzz_target;

static LISTED: LazyLock<(CertificateChain, Expectation<S4>)> = LazyLock::new(|| {
    let chain = CertificateChain::from_der(ECO.issued::<S4>("bank").unwrap().chain()).unwrap();
    (chain, ECO.hub().deployment().expect(instance().id()).unwrap())
});

fuzz_target!(init: seeds::check("revocation_list", read), |file: &[u8]| {
    read(file);
});

fn read(file: &[u8]) -> Vec<&'static str> {
    let Ok(lists) = ECO.trust().read_revocation_lists(file, now()) else { return Vec::new() };
    let spec = CrlSpec::current(now());
    for list in &lists {
        assert_eq!((list.this_update(), list.next_update()), (spec.this_update, spec.next_update));
    }
    let Ok(trust) = ECO.trust().holding_revocation_lists(lists) else { return Vec::new() };
    let (chain, s4) = &*LISTED;
    match trust.verify(chain, s4, now()) {
        Ok(_) => vec!["unlisted"],
        Err(refusal) => {
            assert_eq!(refusal.code(), "certificate.revoked");
            vec!["revoked"]
        }
    }
}
