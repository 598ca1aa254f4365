//! E0277 TppToHub
//! JWT Auth exists on the two paths of the LFI only.

use hub_jose::JwtAuth;
use hub_roles::{HubToLfi, OrganisationId, TppToHub};

fn case(organisation: OrganisationId) {
    #[cfg(twin)]
    {
        let _: (Option<JwtAuth<HubToLfi>>, Option<TppToHub>, _) = (None, None, organisation);
    }
    #[cfg(not(twin))]
    {
        let _: (Option<JwtAuth<TppToHub>>, Option<HubToLfi>, _) = (None, None, organisation);
    }
}

fn main() {
    let _ = case;
}
