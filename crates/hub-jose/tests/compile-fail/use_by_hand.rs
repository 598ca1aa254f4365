//! E0624 new
//! What a guard remembers comes from a verified token, so nobody can use up another's.

use hub_jose::{ReplayError, ReplayGuard, Use};
use rustls_pki_types::UnixTime;

fn case(guard: &dyn ReplayGuard, token: &Use, now: UnixTime) -> Result<(), ReplayError> {
    #[cfg(twin)]
    {
        guard.insert(token, now)
    }
    #[cfg(not(twin))]
    {
        guard.insert(&Use::new(token.issuer().to_owned(), token.jti().to_owned(), now), now)
    }
}

fn main() {
    let _ = case;
}
