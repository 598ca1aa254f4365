//! E0277 RegisteredClaims
//! Registered claims come out of a verification, not out of JSON.

use hub_jose::{Content, RegisteredClaims};
use hub_roles::ClientId;

fn case(content: &Content, claims: &RegisteredClaims) {
    let _ = claims;
    #[cfg(twin)]
    {
        let _ = content.read::<ClientId>();
    }
    #[cfg(not(twin))]
    {
        let _ = content.read::<RegisteredClaims>();
    }
}

fn main() {
    let _ = case;
}
