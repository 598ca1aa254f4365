//! E0277 Enc1
//! An encryption key signs no tokens.

use hub_jose::Signer;
use hub_roles::{Credential, Enc1, Sig1};

fn case(credential: Credential<Enc1>) {
    #[cfg(twin)]
    {
        let _: (Option<Signer<Sig1>>, _) = (None, credential);
    }
    #[cfg(not(twin))]
    {
        let _: (Option<Signer<Enc1>>, Option<Sig1>, _) = (None, None, credential);
    }
}

fn main() {
    let _ = case;
}
