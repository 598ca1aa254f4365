//! E0308 C1 C3
//! An access token of a TPP, checked against the connection of an LFI.

use hub_jose::Confirmation;
use hub_roles::{C1, C3};
use hub_tls::Peer;

fn case(cnf: &Confirmation, right: &Peer<C1>, wrong: &Peer<C3>) {
    #[cfg(twin)]
    {
        let _ = (cnf.check(right), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (cnf.check(wrong), right);
    }
}

fn main() {
    let _ = case;
}
