//! E0308 ClientAssertion RequestObject
//! An assertion where a request object is due.

use hub_jose::{ClientAssertion, RequestObject, Unverified};

fn case(token: Unverified<ClientAssertion>) {
    #[cfg(twin)]
    {
        let _: Unverified<ClientAssertion> = token;
    }
    #[cfg(not(twin))]
    {
        let _: (Unverified<RequestObject<()>>, _) = (token, None::<Unverified<ClientAssertion>>);
    }
}

fn main() {
    let _ = case;
}
