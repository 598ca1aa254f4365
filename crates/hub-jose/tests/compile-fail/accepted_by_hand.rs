//! E0451 payload
//! Claims are not declared accepted outside.

use hub_jose::{Accepted, RegisteredClaims};

fn case<'a>(accepted: Accepted<'a>, payload: &'a [u8], registered: &'a RegisteredClaims) {
    #[cfg(twin)]
    {
        let _ = (accepted, payload, registered);
    }
    #[cfg(not(twin))]
    {
        let _ = Accepted { payload, registered, ..accepted };
    }
}

fn main() {
    let _ = case;
}
