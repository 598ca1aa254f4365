//! E0624 new
//! A verified token is not put together outside.

use hub_jose::{SignedResponse, Verified};

fn case(token: Verified<SignedResponse<u8>>) {
    #[cfg(twin)]
    {
        let _ = token.registered().clone();
    }
    #[cfg(not(twin))]
    {
        let _ = Verified::<SignedResponse<u8>>::new(token.registered().clone(), 1);
    }
}

fn main() {
    let _ = case;
}
