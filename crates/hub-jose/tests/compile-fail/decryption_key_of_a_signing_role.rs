//! E0277 Sig1
//! A signing key does not decrypt.

use hub_roles::{DecryptionKey, Enc1, KeyId, Sig1};

fn case(kid: KeyId) {
    #[cfg(twin)]
    {
        let _: (Option<DecryptionKey<Enc1>>, Option<Sig1>, KeyId) = (None, None, kid);
    }
    #[cfg(not(twin))]
    {
        let _: (Option<DecryptionKey<Sig1>>, Option<Enc1>, KeyId) = (None, None, kid);
    }
}

fn main() {
    let _ = case;
}
