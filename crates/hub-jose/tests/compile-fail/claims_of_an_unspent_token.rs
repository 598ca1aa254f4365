//! E0599 claims Unspent
//! A single-use token gives its claims to its first use only.

use hub_jose::{ClientAssertion, ReplayGuard, Unspent};
use rustls_pki_types::UnixTime;

fn case(token: Unspent<ClientAssertion>, guard: &dyn ReplayGuard, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = token.spend(guard, now).map(|token| token.claims().clone());
    }
    #[cfg(not(twin))]
    {
        let _ = token.claims().clone();
        let _ = (guard, now);
    }
}

fn main() {
    let _ = case;
}
