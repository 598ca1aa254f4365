//! E0451 Verified
//! A verified token comes from verification only.

use hub_jose::{SignedResponse, Verified};

fn case(token: Verified<SignedResponse<u8>>) {
    #[cfg(twin)]
    {
        let _ = token.into_claims();
    }
    #[cfg(not(twin))]
    {
        let _ = Verified::<SignedResponse<u8>> { claims: 1, ..token };
    }
}

fn main() {
    let _ = case;
}
