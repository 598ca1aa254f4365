//! `private_key_jwt` client assertions: Sig1, at `/par` and `/token` (FACTS section 4, RFC 7523).

use hub_roles::{ClientId, Issuer, Sig1};
use serde::Serialize;

use crate::claims::{self, Names};
use crate::error::{TokenError, TokenId, TokenRule};
use crate::token::{
    Accepted, BareToken, Ceiling, Draft, ExpectedClient, NoBody, Parties, Presence, Rules, Token, Unspent, Unverified,
    sealed,
};

/// A client assertion: the TPP proves to one API Hub instance that it is its client. It may be used once.
///
/// | | |
/// |---|---|
/// | signed by | Sig1 of the TPP, in a [`Signer`](crate::Signer) |
/// | verified by | the Hub, against an [`ExpectedClient`] |
/// | says | `iss` and `sub`: the client; `aud`: the issuer, one string and never the URL of an endpoint; `iat`, `exp`, `jti`. `nbf` may be there, and is kept to |
/// | header | no `typ`, as we send it, or `JWT`, `JOSE`, `client-authentication+jwt` |
/// | limits | 8 KiB; `exp` at most 300 s after `iat`, plus the clock skew; we send 60 s |
/// | yields | an [`Unspent`], to be spent on a [`ReplayGuard`](crate::ReplayGuard) |
///
/// The example of the [crate](crate#example) shows both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientAssertion {
    parties: ExpectedClient,
}

impl ClientAssertion {
    /// An assertion of `client` for the instance whose issuer is `issuer` (never the endpoint's URL).
    #[must_use]
    pub fn new(client: &ClientId, issuer: &Issuer) -> Self {
        Self { parties: ExpectedClient::new(client, issuer) }
    }
}

impl sealed::Sealed for ClientAssertion {}

impl Token for ClientAssertion {
    type SignedBy = Sig1;
    type Expectation = ExpectedClient;
    type Claims = ();
    type Outcome = Unspent<Self>;
    const ID: TokenId = TokenId::ClientAssertion;
    const RULES: Rules = Rules {
        typ: &["JWT", "JOSE", "client-authentication+jwt"],
        sub: Presence::Required,
        jti: Presence::Required,
        ceiling: Ceiling::FromIssuedAt(300),
        forbidden: &["Identification", "Initiation", "Risk", "message", "response_type"],
        issued_lifetime: 60,
        ..Rules::COMMON
    };

    fn parties(expectation: &ExpectedClient) -> Parties<'_, ClientId> {
        expectation.parties_with_subject()
    }

    fn read(_: &Accepted<'_>, _: &ExpectedClient) -> Result<(), TokenRule> {
        Ok(())
    }
}

impl BareToken for ClientAssertion {}

impl Draft for ClientAssertion {
    type Token = Self;

    fn names(&self) -> Names<'_> {
        self.parties.names_with_subject()
    }

    fn body(&self) -> impl Serialize {
        NoBody {}
    }
}

impl Unverified<ClientAssertion> {
    /// The client that it claims to come from, for looking up whom to expect where the request does not say so elsewhere. Not
    /// verified: it becomes true by [`verify`](Self::verify) with that client's expectation and key.
    ///
    /// # Errors
    /// [`TokenRule::Claims`] if there is none.
    pub fn claimed_client(&self) -> Result<ClientId, TokenError> {
        #[derive(serde::Deserialize)]
        struct Claimed {
            iss: ClientId,
        }

        claims::read::<Claimed>(self.unverified_payload())
            .map(|claimed| claimed.iss)
            .map_err(|rule| rule.in_signature(TokenId::ClientAssertion))
    }
}
