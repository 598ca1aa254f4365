//! E0599 sign_handshake Sig1 Transport
//! A signing key does not sign handshakes.

use hub_roles::{C1, Credential, Sig1, SignatureScheme};

fn case(right: &Credential<C1>, wrong: &Credential<Sig1>) {
    #[cfg(twin)]
    {
        let _ = right.sign_handshake(SignatureScheme::RsaPssSha256, b"transcript");
        let _ = wrong;
    }
    #[cfg(not(twin))]
    {
        let _ = wrong.sign_handshake(SignatureScheme::RsaPssSha256, b"transcript");
        let _ = right;
    }
}

fn main() {
    let _ = case;
}
