//! On which legs JWT Auth is on, and what its tokens say (FACTS section 4, "JWT Auth").

use http::HeaderName;

use crate::id::OrganisationId;
use crate::path::PathId;

/// Which requests and responses of an instance carry JWT Auth tokens. All are off until the file turns them on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JwtAuthSettings {
    hub_to_lfi: Direction,
    lfi_to_hub: Direction,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Direction {
    request: Option<JwtAuthLeg>,
    response: Option<JwtAuthLeg>,
}

impl JwtAuthSettings {
    /// The settings of one leg; `None` where JWT Auth is off, and always on [`PathId::TppToHub`], which has none.
    #[must_use]
    pub fn leg(&self, path: PathId, leg: Leg) -> Option<&JwtAuthLeg> {
        let direction = match path {
            PathId::TppToHub => return None,
            PathId::HubToLfi => &self.hub_to_lfi,
            PathId::LfiToHub => &self.lfi_to_hub,
        };
        match leg {
            Leg::Request => direction.request.as_ref(),
            Leg::Response => direction.response.as_ref(),
        }
    }
}

/// One half of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Leg {
    /// From caller to callee.
    Request,
    /// From callee to caller.
    Response,
}

/// How tokens travel on one leg, and whom they name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtAuthLeg {
    header: HeaderName,
    identity: JwtAuthIdentity,
}

impl JwtAuthLeg {
    /// The header field that carries the token, in lower case: `authorization` on requests; on responses what the deployment says,
    /// since no page names one.
    #[must_use]
    pub fn header(&self) -> &str {
        self.header.as_str()
    }

    /// Whom the tokens name.
    #[must_use]
    pub fn identity(&self) -> &JwtAuthIdentity {
        &self.identity
    }
}

/// What `iss` and `sub` of the tokens on a leg are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum JwtAuthIdentity {
    /// O and OU of the certificate that the token's sender presents on the connection: the literal reading, and the default.
    #[default]
    ConnectionCertificate,
    /// What was agreed instead.
    Registered {
        /// `iss`, compared octet by octet.
        issuer: String,
        /// `sub`.
        subject: OrganisationId,
    },
}
