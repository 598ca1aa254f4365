//! E0308 Peer Certificate
//! An access token bound to a certificate that nobody has proven to hold.

use hub_jose::Confirmation;
use hub_roles::{C1, Certificate};
use hub_tls::Peer;

fn case(right: &Peer<C1>, wrong: &Certificate<C1>) {
    #[cfg(twin)]
    {
        let _ = (Confirmation::of(right), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (Confirmation::of(wrong), right);
    }
}

fn main() {
    let _ = case;
}
