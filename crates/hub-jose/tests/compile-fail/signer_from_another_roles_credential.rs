//! E0308 Sig1 Sig2
//! A Sig1 signer from a Sig2 credential.

use hub_jose::Signer;
use hub_roles::{Credential, Sig1, Sig2};

fn case(right: Credential<Sig1>, wrong: Credential<Sig2>) {
    #[cfg(twin)]
    {
        let _ = (Signer::<Sig1>::new(right), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (Signer::<Sig1>::new(wrong), right);
    }
}

fn main() {
    let _ = case;
}
