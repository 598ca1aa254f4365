//! E0599 open_vouched LoginHint
//! A login hint whose signature is left to the Hub: that is for PII alone.

use hub_jose::{ExpectedClient, Opener};
use hub_roles::{C4, LoginHint, Pii};
use hub_tls::Peer;
use rustls_pki_types::UnixTime;

fn case(right: &Opener<Pii>, wrong: &Opener<LoginHint>, hub: &Peer<C4>, expected: &ExpectedClient, now: UnixTime) {
    #[cfg(twin)]
    {
        let _ = (right.open_vouched(hub, "", expected, now), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (wrong.open_vouched(hub, "", expected, now), right);
    }
}

fn main() {
    let _ = case;
}
