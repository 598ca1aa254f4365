//! The three connection paths, each naming the four roles that work on it (seed, "Connection Paths").
//!
//! The bounds of [`Path`] make the compiler check every row: a client certificate is held by the caller, a server certificate
//! by the callee, requests are signed by the caller and responses by the callee.

use std::fmt;

use crate::id::OrganisationId;
use crate::party::{Lfi, Ozone, Party, Tpp};
use crate::role::{
    C1, C3, C4, ClientTransport, Role, RoleId, S1, S3, S4, ServerTransport, Sig1, Sig2, Sig3, Sig4, Signing,
};
use crate::sealed::Sealed;

/// A connection path: who calls whom, and the roles that secure it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connection path",
    note = "the connection paths are `TppToHub`, `HubToLfi` and `LfiToHub`"
)]
pub trait Path: Sealed + Send + Sync + 'static {
    /// The party that opens the connection.
    type Caller: Party;
    /// The party that accepts it.
    type Callee: Party;
    /// The certificate the caller presents.
    type Client: ClientTransport<Holder = Self::Caller>;
    /// The certificate the callee presents.
    type Server: ServerTransport<Holder = Self::Callee>;
    /// The role that signs requests.
    type Requests: Signing<Holder = Self::Caller>;
    /// The role that signs responses.
    type Responses: Signing<Holder = Self::Callee>;
    /// The path as a value.
    const ID: PathId;
}

/// A path whose requests and responses may carry JWT Auth tokens: [`HubToLfi`] and [`LfiToHub`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no JWT Auth",
    note = "JWT Auth exists on `HubToLfi` and `LfiToHub` only; on `TppToHub` the payloads themselves are signed"
)]
pub trait JwtAuthPath: Path<Requests: Role<Owner = OrganisationId>, Responses: Role<Owner = OrganisationId>> {}

macro_rules! paths {
    ($($(#[$doc:meta])* $path:ident: $caller:ident -> $callee:ident, $client:ident / $server:ident, $requests:ident / $responses:ident, $text:literal;)*) => {
        $(
            $(#[$doc])*
            pub enum $path {}
            impl Sealed for $path {}
            impl Path for $path {
                type Caller = $caller;
                type Callee = $callee;
                type Client = $client;
                type Server = $server;
                type Requests = $requests;
                type Responses = $responses;
                const ID: PathId = PathId::$path;
            }
        )*

        /// A [`Path`] as a value.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PathId {
            $($(#[$doc])* $path,)*
        }

        impl PathId {
            /// All three.
            pub const ALL: [Self; 3] = [$(Self::$path),*];

            /// The roles on this path: client, server, requests, responses.
            #[must_use]
            pub const fn roles(self) -> [RoleId; 4] {
                match self {
                    $(Self::$path => [$client::ID, $server::ID, $requests::ID, $responses::ID],)*
                }
            }
        }

        impl fmt::Display for PathId {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$path => $text,)*
                })
            }
        }
    };
}

paths! {
    /// TPP to API Hub: C1 calls S1, Sig1 signs requests, Sig2 signs responses.
    TppToHub: Tpp -> Ozone, C1 / S1, Sig1 / Sig2, "TPP to API Hub";
    /// API Hub to the LFI's Ozone Connect: C4 calls S4, Sig3 signs requests, Sig4 signs responses.
    HubToLfi: Ozone -> Lfi, C4 / S4, Sig3 / Sig4, "API Hub to LFI";
    /// LFI to the API Hub's Consent Manager and Headless Heimdall: C3 calls S3, Sig4 signs requests, Sig3 signs responses.
    LfiToHub: Lfi -> Ozone, C3 / S3, Sig4 / Sig3, "LFI to API Hub";
}

impl JwtAuthPath for HubToLfi {}
impl JwtAuthPath for LfiToHub {}

impl PathId {
    /// The path a transport role belongs to; `None` for signing and encryption roles.
    #[must_use]
    pub fn of_transport(role: RoleId) -> Option<Self> {
        Self::ALL.into_iter().find(|path| path.roles().into_iter().take(2).any(|on_path| on_path == role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::RoleKind;

    #[test]
    fn every_transport_role_is_on_exactly_one_path_and_no_other_role_is() {
        for role in RoleId::ALL {
            let paths = PathId::ALL.into_iter().filter(|path| path.roles()[..2].contains(&role)).count();
            let transport = matches!(role.kind(), RoleKind::ClientTransport | RoleKind::ServerTransport);
            assert_eq!(paths, usize::from(transport), "{role}");
            assert_eq!(PathId::of_transport(role).is_some(), transport, "{role}");
        }
    }
}
