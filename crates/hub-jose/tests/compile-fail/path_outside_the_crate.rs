//! E0277 Mine
//! The seed names all paths.

use hub_roles::{C1, OrganisationId, Ozone, Path, PathId, S1, Sig1, Sig2, Tpp};

pub enum Mine {}

#[cfg(not(twin))]
impl Path for Mine {
    type Caller = Tpp;
    type Callee = Ozone;
    type Client = C1;
    type Server = S1;
    type Requests = Sig1;
    type Responses = Sig2;
    const ID: PathId = PathId::TppToHub;
}

#[cfg(twin)]
const _: fn() -> (PathId, Option<(Tpp, Ozone, C1, S1, Sig1, Sig2)>) = || (<hub_roles::TppToHub as Path>::ID, None);

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
