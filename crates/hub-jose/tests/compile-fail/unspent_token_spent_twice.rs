//! E0382 token
//! Spending takes the token away.

use hub_jose::{ClientAssertion, ReplayGuard, Unspent};
use rustls_pki_types::UnixTime;

fn case(token: Unspent<ClientAssertion>, guard: &dyn ReplayGuard, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = token.spend(guard, now);
    }
    #[cfg(not(twin))]
    {
        let _ = token.spend(guard, now);
        let _ = token.spend(guard, now);
    }
}

fn main() {
    let _ = case;
}
