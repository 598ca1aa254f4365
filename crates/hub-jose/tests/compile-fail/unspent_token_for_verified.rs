//! E0308 Unspent Verified
//! What asks for a verified token takes no unspent one.

use hub_jose::{ClientAssertion, ReplayGuard, Unspent, Verified};
use rustls_pki_types::UnixTime;

fn act(_: &Verified<ClientAssertion>) {}

fn case(token: Unspent<ClientAssertion>, guard: &dyn ReplayGuard, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = token.spend(guard, now).map(|token| act(&token));
    }
    #[cfg(not(twin))]
    {
        let _ = (guard, now);
        act(&token);
    }
}

fn main() {
    let _ = case;
}
