//! E0382 prepared
//! Completing a token takes it away.

use hub_jose::{ClientAssertion, PreparedToken};

fn case(prepared: PreparedToken<ClientAssertion>, signature: &[u8]) {
    #[cfg(twin)]
    {
        let _ = prepared.complete(signature);
    }
    #[cfg(not(twin))]
    {
        let _ = prepared.complete(signature);
        let _ = prepared.complete(signature);
    }
}

fn main() {
    let _ = case;
}
