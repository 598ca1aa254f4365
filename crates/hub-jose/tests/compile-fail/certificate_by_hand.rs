//! E0451 Certificate
//! A certificate with a role comes from verification only.

use hub_roles::{C1, Certificate, CertificateChain, Expectation, TrustFramework};
use rustls_pki_types::UnixTime;
#[cfg(not(twin))]
use std::marker::PhantomData;

fn case(
    trust: &TrustFramework,
    chain: &CertificateChain,
    expectation: &Expectation<C1>,
    now: UnixTime,
    verified: Certificate<C1>,
) {
    #[cfg(twin)]
    {
        let _: Result<Certificate<C1>, _> = trust.verify(chain, expectation, now);
        drop(verified);
    }
    #[cfg(not(twin))]
    {
        let _ = Certificate::<C1> { role: PhantomData, ..verified };
        let _ = (trust, chain, expectation, now);
    }
}

fn main() {
    let _ = case;
}
