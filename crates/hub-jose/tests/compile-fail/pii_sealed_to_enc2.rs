//! E0308 Enc1 Enc2
//! PII sealed to the TPP's key.

use hub_jose::{Sealer, Signer};
use hub_roles::{Enc1, Enc2, EncryptionKey, Pii, Sig1};

fn case(signer: &Signer<Sig1>, right: &EncryptionKey<Enc1>, wrong: &EncryptionKey<Enc2>) {
    #[cfg(twin)]
    {
        let _ = (Sealer::<Pii>::new(signer, right), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (Sealer::<Pii>::new(signer, wrong), right);
    }
}

fn main() {
    let _ = case;
}
