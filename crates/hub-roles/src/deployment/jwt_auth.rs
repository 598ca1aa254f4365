//! On which legs JWT Auth is on, and what its tokens say (FACTS section 4, "JWT Auth").

use http::HeaderName;
use http::header::AUTHORIZATION;

use crate::deployment::problem::DeploymentRule;
use crate::deployment::read::{Node, Table};
use crate::id::OrganisationId;
use crate::path::PathId;
use crate::role::RoleId;

/// Which requests and responses of an instance carry JWT Auth tokens. All are off until the file turns them on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtAuthSettings {
    hub_to_lfi: Direction,
    lfi_to_hub: Direction,
}

impl JwtAuthSettings {
    pub(super) fn read(table: &mut Table<'_>) -> Self {
        Self {
            hub_to_lfi: table.section("hub_to_lfi", Direction::read),
            lfi_to_hub: table.section("lfi_to_hub", Direction::read),
        }
    }

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

    /// Whether any leg that is on is signed by `role`: [`RoleId::Sig3`] or [`RoleId::Sig4`].
    #[must_use]
    pub fn is_signed_by(&self, role: RoleId) -> bool {
        PathId::ALL.into_iter().any(|path| {
            let [_, _, requests, responses] = path.roles();
            [(Leg::Request, requests), (Leg::Response, responses)]
                .into_iter()
                .any(|(leg, signer)| signer == role && self.leg(path, leg).is_some())
        })
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
    fn read_request(node: &Node<'_>) -> Option<Self> {
        match node.as_flag() {
            Some(on) => on.then(|| Self { header: AUTHORIZATION, identity: JwtAuthIdentity::default() }),
            None => node
                .table(|table| Some(Self { header: AUTHORIZATION, identity: JwtAuthIdentity::read_in(table)? }))
                .flatten(),
        }
    }

    fn read_response(node: &Node<'_>) -> Option<Self> {
        match node.as_flag() {
            Some(false) => None,
            // No page names the header field of responses: there is nothing that `true` could mean.
            Some(true) => node.refuse(DeploymentRule::Type { expected: "false, or a table with a `header`" }),
            None => node
                .table(|table| {
                    let header = table.required("header", "JWT Auth on responses").and_then(|node| {
                        let name = node.text()?.parse().ok();
                        name.or_else(|| node.refuse(DeploymentRule::HeaderName))
                    });
                    let identity = JwtAuthIdentity::read_in(table);
                    Some(Self { header: header?, identity: identity? })
                })
                .flatten(),
        }
    }

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

impl JwtAuthIdentity {
    fn read_in(leg: &mut Table<'_>) -> Option<Self> {
        leg.optional("identity").map_or_else(|| Some(Self::default()), |node| Self::read(&node))
    }

    fn read(node: &Node<'_>) -> Option<Self> {
        if node.as_text().is_some() {
            return node.word(&[("connection-certificate", ())]).map(|()| Self::ConnectionCertificate);
        }
        node.table(|table| {
            let issuer = table.required("issuer", "an agreed identity").and_then(|node| node.text());
            let subject = table.required("subject", "an agreed identity").and_then(|node| node.parse());
            Some(Self::Registered { issuer: issuer?.to_owned(), subject: subject? })
        })
        .flatten()
    }
}

/// Both legs of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Direction {
    request: Option<JwtAuthLeg>,
    response: Option<JwtAuthLeg>,
}

impl Direction {
    fn read(table: &mut Table<'_>) -> Self {
        Self {
            request: table.optional("request").and_then(|node| JwtAuthLeg::read_request(&node)),
            response: table.optional("response").and_then(|node| JwtAuthLeg::read_response(&node)),
        }
    }
}
