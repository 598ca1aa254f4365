//! E0277 Mine
//! The ecosystem names all tokens.

use hub_jose::BareToken;
use hub_roles::OrganisationId;

pub enum Mine {}

#[cfg(not(twin))]
impl BareToken for Mine {}

#[cfg(twin)]
const _: fn(Mine) = |_| {
    fn bare<T: BareToken>() {}
    bare::<hub_jose::ClientAssertion>();
};

fn case(organisation: OrganisationId) {
    #[cfg(twin)]
    {
        let _ = organisation;
    }
    #[cfg(not(twin))]
    {
        let _ = organisation;
    }
}

fn main() {
    let _ = case;
}
