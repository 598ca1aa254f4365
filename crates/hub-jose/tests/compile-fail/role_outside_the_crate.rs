//! E0277 Mine
//! The seed names all roles.

use hub_roles::{ClientId, OrganisationId, Role, RoleId, Tpp};

pub enum Mine {}

#[cfg(not(twin))]
impl Role for Mine {
    type Holder = Tpp;
    type Registrant = Tpp;
    type Owner = ClientId;
    const ID: RoleId = RoleId::C1;
}

#[cfg(twin)]
const _: fn() -> (RoleId, Option<ClientId>, Option<Tpp>) = || (<hub_roles::C1 as Role>::ID, None, None);

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
