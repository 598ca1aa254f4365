//! E0308 C1 C3
//! A certificate verified as C1 by the expectation of a C3.

use hub_roles::{C1, C3, CertificateChain, Expectation, TrustFramework};
use rustls_pki_types::UnixTime;

fn case(
    trust: &TrustFramework,
    chain: &CertificateChain,
    right: &Expectation<C1>,
    wrong: &Expectation<C3>,
    now: UnixTime,
) {
    #[cfg(twin)]
    {
        let _ = trust.verify::<C1>(chain, right, now);
        let _ = wrong;
    }
    #[cfg(not(twin))]
    {
        let _ = trust.verify::<C1>(chain, wrong, now);
        let _ = right;
    }
}

fn main() {
    let _ = case;
}
