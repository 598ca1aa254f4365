//! The three parties of the ecosystem.

use std::fmt;
use std::hash::Hash;

use crate::id::{ClientId, OrganisationId};
use crate::sealed::Sealed;

/// A party: [`Tpp`], [`Lfi`] or [`Ozone`] (seed, "Network Architecture").
pub trait Party: Sealed + 'static {
    /// What names one such party to its counterparts: TPPs are known by their OAuth client ID, organisations by their directory ID.
    ///
    /// A registered key carries this as its owner, so a key of one kind of party cannot be mistaken for another's.
    type Identity: Clone + Eq + Hash + fmt::Debug + fmt::Display + Send + Sync + 'static;
    /// The party as a value.
    const ID: PartyId;
}

macro_rules! parties {
    ($($(#[$doc:meta])* $party:ident is known by $identity:ty;)*) => {
        $(
            $(#[$doc])*
            pub enum $party {}
            impl Sealed for $party {}
            impl Party for $party {
                type Identity = $identity;
                const ID: PartyId = PartyId::$party;
            }
        )*

        /// A [`Party`] as a value.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PartyId {
            $($(#[$doc])* $party,)*
        }
    };
}

parties! {
    /// A third party provider.
    Tpp is known by ClientId;
    /// A licensed financial institution.
    Lfi is known by OrganisationId;
    /// Ozone, which operates the API Hub.
    Ozone is known by OrganisationId;
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tpp => "TPP",
            Self::Lfi => "LFI",
            Self::Ozone => "Ozone",
        })
    }
}
