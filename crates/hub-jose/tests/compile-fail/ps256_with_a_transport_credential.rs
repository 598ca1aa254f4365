//! E0599 sign_ps256 C1 Signing
//! A transport key does not sign tokens.

use hub_roles::{C1, Credential, Sig1};

fn case(right: &Credential<Sig1>, wrong: &Credential<C1>) {
    #[cfg(twin)]
    {
        let _ = right.sign_ps256(b"message");
        let _ = wrong;
    }
    #[cfg(not(twin))]
    {
        let _ = wrong.sign_ps256(b"message");
        let _ = right;
    }
}

fn main() {
    let _ = case;
}
