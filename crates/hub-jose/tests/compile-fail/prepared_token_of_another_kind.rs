//! E0308 ClientAssertion JwtAuthRequest
//! A JWT Auth token where an assertion waits for its signature.

use hub_jose::{ClientAssertion, JwtAuthRequest, PreparedToken};
use hub_roles::HubToLfi;

fn case(right: PreparedToken<ClientAssertion>, wrong: PreparedToken<JwtAuthRequest<HubToLfi>>) {
    #[cfg(twin)]
    {
        let _: (PreparedToken<ClientAssertion>, _) = (right, wrong);
    }
    #[cfg(not(twin))]
    {
        let _: (PreparedToken<ClientAssertion>, _) = (wrong, right);
    }
}

fn main() {
    let _ = case;
}
