//! E0451 PreparedToken
//! A token to be completed comes from a signer, a sealer or JWT Auth.

use hub_jose::{ClientAssertion, PreparedToken};

fn case(prepared: PreparedToken<ClientAssertion>) {
    #[cfg(twin)]
    {
        let _ = prepared.sign();
    }
    #[cfg(not(twin))]
    {
        let _ = PreparedToken::<ClientAssertion> { ..prepared };
    }
}

fn main() {
    let _ = case;
}
