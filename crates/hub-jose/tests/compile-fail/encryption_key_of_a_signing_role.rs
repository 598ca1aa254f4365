//! E0277 Sig4
//! Nothing is encrypted to a signing key.

use hub_roles::{Enc1, EncryptionKey, KeyId, Sig4};

fn case(kid: KeyId) {
    #[cfg(twin)]
    {
        let _: (Option<EncryptionKey<Enc1>>, Option<Sig4>, KeyId) = (None, None, kid);
    }
    #[cfg(not(twin))]
    {
        let _: (Option<EncryptionKey<Sig4>>, Option<Enc1>, KeyId) = (None, None, kid);
    }
}

fn main() {
    let _ = case;
}
