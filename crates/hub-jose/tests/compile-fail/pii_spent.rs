//! E0599 spend Pii
//! PII comes back with each payment, so it is never spent.

use hub_jose::{ReplayGuard, Verified};
use hub_roles::Pii;
use rustls_pki_types::UnixTime;

fn case(pii: Verified<Pii>, guard: &dyn ReplayGuard, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = (pii.claims().as_bytes(), guard, now);
    }
    #[cfg(not(twin))]
    {
        let _ = pii.spend(guard, now);
    }
}

fn main() {
    let _ = case;
}
