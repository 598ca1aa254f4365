//! E0308 Accepted
//! What a kind of token reads claims from is made by a verification alone.

use hub_jose::{Accepted, ExpectedClient, SignedRequest, Token};

fn case(octets: &[u8], accepted: &Accepted<'_>, expected: &ExpectedClient) {
    #[cfg(twin)]
    {
        let _ = octets;
        let _ = <SignedRequest<u8> as Token>::read(accepted, expected);
    }
    #[cfg(not(twin))]
    {
        let _ = accepted;
        let _ = <SignedRequest<u8> as Token>::read(octets, expected);
    }
}

fn main() {
    let _ = case;
}
