//! E0308 Sig1 Sig2
//! PII signed with the Hub's key.

use hub_jose::{Sealer, Signer};
use hub_roles::{Enc1, EncryptionKey, Pii, Sig1, Sig2};

fn case(right: &Signer<Sig1>, wrong: &Signer<Sig2>, recipient: &EncryptionKey<Enc1>) {
    #[cfg(twin)]
    {
        let _ = (Sealer::<Pii>::new(right, recipient), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (Sealer::<Pii>::new(wrong, recipient), right);
    }
}

fn main() {
    let _ = case;
}
