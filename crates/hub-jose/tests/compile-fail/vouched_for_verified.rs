//! E0308 Verified Vouched
//! PII opened on the Hub's word is not verified.

use hub_jose::{Verified, Vouched};
use hub_roles::Pii;

fn pay(_: &Verified<Pii>) {}

fn case(right: &Verified<Pii>, wrong: &Vouched<Pii>) {
    #[cfg(twin)]
    {
        pay(right);
        let _ = wrong;
    }
    #[cfg(not(twin))]
    {
        pay(wrong);
        let _ = right;
    }
}

fn main() {
    let _ = case;
}
