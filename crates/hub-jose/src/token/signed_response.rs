//! Signed response bodies, errors included: Sig2, `application/jwt` (FACTS section 4).

use std::fmt;

use hub_roles::{ClientId, Issuer, OrganisationId, Sig2};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use crate::claims::{self, Names, object};
use crate::error::{TokenId, TokenRule};
use crate::token::signed_request::{BODY_RULES, Message};
use crate::token::{Accepted, BareToken, Draft, ExpectedIssuer, Parties, Rules, Token, Verified, sealed};

/// A signed response body with a message of type `M`: a payment, or the errors of a refused one (400 and 403 are signed too).
///
/// | | |
/// |---|---|
/// | signed by | Sig2 of the LFI's instance, by the Hub, in a [`Signer`](crate::Signer) |
/// | verified by | the TPP, against an [`ExpectedIssuer`] |
/// | says | `iss`: the issuer; `aud`: an array with the client (a string occurs and is accepted); `nbf`, `exp`; `message`: an object or array, but no event. `iat` may be missing |
/// | limits | as those of a [`SignedRequest`](crate::SignedRequest) |
///
/// ```
/// use hub_jose::{ExpectedIssuer, SignedResponse, Signer, Unverified};
/// use hub_roles::Sig2;
/// use serde_json::{Value, json};
/// # use hub_testkit::Ecosystem;
/// # use rustls_pki_types::UnixTime;
/// # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
/// # let eco = Ecosystem::sandbox(now)?;
/// # let (sig2, client) = (eco.hub().sig2("retail")?, eco.tpp("acme")?.client_id());
/// # let issuer = eco.hub().deployment().instance(&"retail".parse()?)?.issuer()?;
/// # let instance = eco.tpp("acme")?.deployment().instance(&"retail".parse()?)?;
/// # let key = eco.holding::<Sig2>("retail")?.verification_key()?;
///
/// // The Hub.
/// let refusal = json!({"Errors": [{"Code": "JWS.InvalidClaim", "Message": "`exp` has passed"}]});
/// let body = Signer::new(sig2).sign(&SignedResponse::new(issuer, client, &refusal), now)?;
///
/// // The TPP.
/// let token = Unverified::<SignedResponse<Value>>::parse(&body)?;
/// let verified = token.verify(&key, &ExpectedIssuer::of(instance, client)?, now)?;
/// assert_eq!(verified.claims(), &refusal);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
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

/// Without the message.
impl<M> fmt::Debug for SignedResponse<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedResponse(from {} to {})", self.issuer, self.client)
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

    fn names(&self) -> Names<'_> {
        Names::of_instance(&self.issuer, &self.client)
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
