//! E0599 claims Unverified
//! An unverified token shows its kid and nothing it claims.

use hub_jose::{ClientAssertion, Unverified};

fn case(token: &Unverified<ClientAssertion>) {
    #[cfg(twin)]
    {
        let _ = token.kid();
    }
    #[cfg(not(twin))]
    {
        let _ = token.claims();
    }
}

fn main() {
    let _ = case;
}
