//! E0277 Enc1
//! A key that payloads are encrypted to never verifies.

use hub_roles::{Enc1, KeyId, Sig4, VerificationKey};

fn case(kid: KeyId) {
    #[cfg(twin)]
    {
        let _: (Option<VerificationKey<Sig4>>, Option<Enc1>, KeyId) = (None, None, kid);
    }
    #[cfg(not(twin))]
    {
        let _: (Option<VerificationKey<Enc1>>, Option<Sig4>, KeyId) = (None, None, kid);
    }
}

fn main() {
    let _ = case;
}
