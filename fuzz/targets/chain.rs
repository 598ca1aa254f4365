//! Any octets as a certificate chain, in PEM and as one certificate in DER: only the bank's own S4 passes for it.

#![no_main]

use std::sync::LazyLock;

use hub_fuzz::{ECO, instance, now, seeds};
use hub_roles::{CertificateChain, Expectation, S4};
use libfuzzer_sys::fuzz_target;

static S4: LazyLock<Expectation<S4>> = LazyLock::new(|| ECO.hub().deployment().expect(instance().id()).unwrap());

fuzz_target!(init: seeds::check("chain", read), |octets: &[u8]| {
    read(octets);
});

fn read(octets: &[u8]) -> Vec<&'static str> {
    let pem = CertificateChain::from_pem(octets);
    let der = CertificateChain::from_der(vec![octets.to_vec().into()]);
    let mut readings = Vec::new();
    for (reading, chain) in [("pem", pem), ("der", der)] {
        let Ok(chain) = chain else { continue };
        let _ = (chain.kid(), chain.claimed_key(), chain.claimed_validity(), chain.claimed_subject());
        if let Ok(s4) = ECO.trust().verify(&chain, &S4, now()) {
            assert_eq!(s4.kid(), ECO.lfi("bank").unwrap().s4().certificate().kid());
            readings.push(reading);
        }
    }
    readings
}
