//! E0271 Enc1 Enc2
//! PII opened with the TPP's key.

use hub_jose::Opener;
use hub_roles::{DecryptionKey, Enc1, Enc2, Pii};

fn case(right: DecryptionKey<Enc1>, wrong: DecryptionKey<Enc2>) {
    #[cfg(twin)]
    {
        let _ = (Opener::<Pii>::new([right]), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (Opener::<Pii>::new([wrong]), right);
    }
}

fn main() {
    let _ = case;
}
