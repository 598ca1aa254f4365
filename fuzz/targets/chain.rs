//! Any octets as a certificate chain, in PEM and as one certificate in DER: only the bank's own S4 passes for it.

#![no_main]

use std::sync::LazyLock;

use hub_fuzz::{ECO, instance, now};
use hub_roles::{CertificateChain, Expectation, S4};
use libfuzzer_sys::fuzz_target;

static S4: LazyLock<Expectation<S4>> = LazyLock::new(|| ECO.hub().deployment().expect(instance().id()).unwrap());

fuzz_target!(|octets: &[u8]| {
    let pem = CertificateChain::from_pem(octets);
    let der = CertificateChain::from_der(vec![octets.to_vec().into()]);
    for chain in [pem, der].into_iter().flatten() {
        let _ = (chain.kid(), chain.claimed_key(), chain.claimed_validity(), chain.claimed_subject());
        if let Ok(s4) = ECO.trust().verify(&chain, &S4, now()) {
            assert_eq!(s4.kid(), ECO.lfi("bank").unwrap().s4().certificate().kid());
        }
    }
});
