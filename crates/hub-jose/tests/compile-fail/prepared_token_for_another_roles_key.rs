//! E0271 Sig1 Sig2
//! A response handed to the service that has Sig1.

use hub_jose::{ClientAssertion, PreparedToken, SignedResponse, Token};
use hub_roles::Sig1;

fn case(right: PreparedToken<ClientAssertion>, wrong: PreparedToken<SignedResponse<u8>>) {
    #[cfg(twin)]
    {
        let _ = (signed_with_sig1(right), wrong);
    }
    #[cfg(not(twin))]
    {
        let _ = (signed_with_sig1(wrong), right);
    }
}

fn signed_with_sig1<T: Token<SignedBy = Sig1>>(prepared: PreparedToken<T>) -> PreparedToken<T> {
    prepared
}

fn main() {
    let _ = case;
}
