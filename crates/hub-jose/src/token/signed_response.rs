//! Signed response bodies, errors included: Sig2, `application/jwt` (FACTS section 4).

use hub_roles::{ClientId, Issuer, OrganisationId, Sig2};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use crate::claims::{self, object};
use crate::error::{TokenId, TokenRule};
use crate::token::signed_request::{BODY_RULES, Message};
use crate::token::{Accepted, BareToken, Draft, ExpectedIssuer, Parties, Rules, Token, Verified, sealed};

/// A signed response body with a message of type `M`: a payment, or the errors of a refused one (400 and 403 are signed too).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedResponse<M> {
    issuer: Issuer,
    client: ClientId,
    message: M,
}

impl<M> SignedResponse<M> {
    /// `message` from the instance whose issuer is `issuer` to `client`.
    #[must_use]
    pub fn new(issuer: &Issuer, client: &ClientId, message: M) -> Self {
        Self { issuer: issuer.clone(), client: client.clone(), message }
    }
}

impl<M> sealed::Sealed for SignedResponse<M> {}

impl<M: DeserializeOwned> Token for SignedResponse<M> {
    type SignedBy = Sig2;
    type Expectation = ExpectedIssuer;
    type Claims = M;
    type Outcome = Verified<Self>;
    const ID: TokenId = TokenId::SignedResponse;
    const RULES: Rules = BODY_RULES;

    fn parties(expectation: &ExpectedIssuer) -> Parties<'_, OrganisationId> {
        expectation.parties()
    }

    fn read(accepted: &Accepted<'_>, _: &ExpectedIssuer) -> Result<M, TokenRule> {
        if claims::read::<EventLike>(accepted.payload()).is_ok() {
            return Err(TokenRule::ClaimForbidden { claim: "message.Meta.EventType" });
        }
        Message::read(accepted).map(|body| body.message)
    }
}

impl<M: DeserializeOwned> BareToken for SignedResponse<M> {}

/// A sender's type need not be one that can be read.
impl<M: Serialize> Draft for SignedResponse<M> {
    type Token = SignedResponse<IgnoredAny>;

    fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    fn audience(&self) -> &str {
        self.client.as_str()
    }

    fn body(&self) -> impl Serialize {
        Message { message: &self.message }
    }
}

/// What only a webhook event has. Whatever does not read as this is none.
#[derive(Deserialize)]
struct EventLike {
    #[serde(rename = "message", deserialize_with = "object")]
    _message: EventLikeMessage,
}

#[derive(Deserialize)]
struct EventLikeMessage {
    #[serde(rename = "Meta", deserialize_with = "object")]
    _meta: EventLikeMeta,
}

#[derive(Deserialize)]
struct EventLikeMeta {
    #[serde(rename = "EventType")]
    _event_type: IgnoredAny,
}
