//! E0277 Enc1 Enc2
//! The TPP's Enc2 key is not the LFI's Enc1 key.

use hub_roles::{Credential, DecryptionKey, Enc1, Enc2};

fn case(right: &Credential<Enc1>, wrong: &Credential<Enc2>) {
    #[cfg(twin)]
    {
        let _ = (DecryptionKey::<Enc1>::from(right), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (DecryptionKey::<Enc1>::from(wrong), right);
    }
}

fn main() {
    let _ = case;
}
