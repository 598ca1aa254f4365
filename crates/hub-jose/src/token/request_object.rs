//! Request objects: Sig1, `request` at `/par` (FACTS section 4, RFC 9101, RFC 9396).

use std::fmt;

use hub_roles::{ClientId, Issuer, Sig1};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::claims::{self, Names, present};
use crate::error::{TokenId, TokenRule};
use crate::token::{
    Accepted, BareToken, Ceiling, CodeChallenge, Draft, ExpectedClient, KIB, Parties, Presence, Rules, Token, Verified,
    sealed,
};

/// A request object: what a TPP asks of the authorisation server, with authorisation details of type `A` (the caller's own, or
/// [`serde_json::Value`]).
///
/// | | |
/// |---|---|
/// | signed by | Sig1 of the TPP, in a [`Signer`](crate::Signer) |
/// | verified by | the Hub, against an [`ExpectedClient`] |
/// | says | `iss` and `client_id`: the client; `aud`: the issuer, one string; `nbf`, `exp`; an [`AuthorizationRequest`]; no `sub`. `iat` and `jti` may be missing |
/// | header | `typ: oauth-authz-req+jwt`, as we send it, or `JWT`, `JOSE`, or none |
/// | limits | 512 KiB; `nbf` at most 600 s ago and `exp` at most 600 s after it, plus the clock skew; we send 300 s |
///
/// ```
/// use hub_jose::{AuthorizationRequest, CodeVerifier, ExpectedClient, RequestObject, Signer, Unverified};
/// use hub_roles::Sig1;
/// use serde_json::{Value, json};
/// # use hub_testkit::Ecosystem;
/// # use rustls_pki_types::UnixTime;
/// # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
/// # let eco = Ecosystem::sandbox(now)?;
/// # let (sig1, client) = (eco.tpp("acme")?.sig1(), eco.tpp("acme")?.client_id());
/// # let issuer = eco.hub().deployment().instance(&"retail".parse()?)?.issuer()?;
/// # let key = eco.holding::<Sig1>("acme")?.verification_key()?;
///
/// // The TPP. It keeps the verifier for the token endpoint.
/// let verifier = CodeVerifier::random()?;
/// let request = AuthorizationRequest {
///     scope: "payments openid".to_owned(),
///     redirect_uri: "https://acme.example/callback".to_owned(),
///     nonce: "n-0S6_WzA2Mj".to_owned(),
///     state: "af0ifjsldkj".to_owned(),
///     code_challenge: verifier.challenge(),
///     authorization_details: vec![json!({"type": "urn:openfinanceuae:service-initiation-consent:v2.1"})],
///     max_age: None,
///     login_hint: None,
/// };
/// let jwt = Signer::new(sig1).sign(&RequestObject::new(client, issuer, request), now)?;
///
/// // The Hub.
/// let token = Unverified::<RequestObject<Value>>::parse(&jwt)?;
/// let verified = token.verify(&key, &ExpectedClient::new(client, issuer), now)?;
/// assert_eq!(verified.claims().scope, "payments openid");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RequestObject<A> {
    parties: ExpectedClient,
    request: AuthorizationRequest<A>,
}

/// What a request object asks for.
///
/// `response_type` is always `code` and `code_challenge_method` always `S256`, so neither is a field.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationRequest<A> {
    /// `scope`, space-separated: `payments openid`.
    pub scope: String,
    /// Where the user is sent back to.
    pub redirect_uri: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Comes back with the redirect.
    pub state: String,
    /// The PKCE challenge.
    pub code_challenge: CodeChallenge,
    /// The consents asked for (RFC 9396).
    pub authorization_details: Vec<A>,
    /// Seconds since the user's last login, at most.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub max_age: Option<MaxAge>,
    /// Who the user is, for the LFI alone: a [`LoginHintDraft`](crate::LoginHintDraft), sealed.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
}

impl<A> RequestObject<A> {
    /// A request of `client` to the instance whose issuer is `issuer`.
    #[must_use]
    pub fn new(client: &ClientId, issuer: &Issuer, request: AuthorizationRequest<A>) -> Self {
        Self { parties: ExpectedClient::new(client, issuer), request }
    }
}

impl<A> fmt::Debug for RequestObject<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RequestObject({:?}, {:?})", self.parties, self.request)
    }
}

/// Without what binds it to one login, and without the consents.
impl<A> fmt::Debug for AuthorizationRequest<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("scope", &self.scope)
            .field("redirect_uri", &self.redirect_uri)
            .field("max_age", &self.max_age)
            .finish_non_exhaustive()
    }
}

impl<A> sealed::Sealed for RequestObject<A> {}

impl<A: DeserializeOwned> Token for RequestObject<A> {
    type SignedBy = Sig1;
    type Expectation = ExpectedClient;
    type Claims = AuthorizationRequest<A>;
    type Outcome = Verified<Self>;
    const ID: TokenId = TokenId::RequestObject;
    const RULES: Rules = Rules {
        typ: &["JWT", "JOSE", "oauth-authz-req+jwt"],
        sub: Presence::Forbidden,
        iat: Presence::Optional,
        nbf: Presence::Required,
        ceiling: Ceiling::FromNotBefore(600),
        forbidden: &["message"],
        issued_typ: Some("oauth-authz-req+jwt"),
        ..Rules::sized(512 * KIB)
    };

    fn parties(expectation: &ExpectedClient) -> Parties<'_, ClientId> {
        expectation.parties()
    }

    fn read(accepted: &Accepted<'_>, expectation: &ExpectedClient) -> Result<AuthorizationRequest<A>, TokenRule> {
        let fixed: Fixed = claims::read(accepted.payload())?;
        fixed.check("response_type", &fixed.response_type, RESPONSE_TYPE)?;
        fixed.check("client_id", &fixed.client_id, expectation.client().as_str())?;
        fixed.check("code_challenge_method", &fixed.code_challenge_method, CHALLENGE_METHOD)?;
        claims::read(accepted.payload())
    }
}

impl<A: DeserializeOwned> BareToken for RequestObject<A> {}

/// A sender's type need not be one that can be read.
impl<A: Serialize> Draft for RequestObject<A> {
    type Token = RequestObject<IgnoredAny>;

    fn names(&self) -> Names<'_> {
        self.parties.names()
    }

    fn body(&self) -> impl Serialize {
        Body {
            client_id: self.parties.client().as_str(),
            response_type: RESPONSE_TYPE,
            code_challenge_method: CHALLENGE_METHOD,
            request: &self.request,
        }
    }
}

/// `max_age`: 0 to 3600 seconds (FACTS section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32")]
pub struct MaxAge(u32);

impl MaxAge {
    /// The longest that the API Hub accepts.
    pub const LONGEST: Self = Self(3600);

    /// `seconds`, if at most 3600.
    #[must_use]
    pub fn from_seconds(seconds: u32) -> Option<Self> {
        (seconds <= Self::LONGEST.0).then_some(Self(seconds))
    }

    /// Seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for MaxAge {
    type Error = MaxAgeTooLong;

    fn try_from(seconds: u32) -> Result<Self, MaxAgeTooLong> {
        Self::from_seconds(seconds).ok_or(MaxAgeTooLong)
    }
}

/// More than 3600 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("`max_age` is more than 3600 seconds, the longest that the API Hub accepts")]
pub struct MaxAgeTooLong;

impl MaxAgeTooLong {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "max-age.too-long"
    }

    /// Whether the same may succeed later: never.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        false
    }
}

#[derive(Serialize)]
struct Body<'a, A> {
    client_id: &'a str,
    response_type: &'static str,
    code_challenge_method: &'static str,
    #[serde(flatten)]
    request: &'a AuthorizationRequest<A>,
}

/// The claims that have one value only.
#[derive(Deserialize)]
struct Fixed {
    client_id: String,
    response_type: String,
    code_challenge_method: String,
}

impl Fixed {
    fn check(&self, claim: &'static str, found: &str, expected: &str) -> Result<(), TokenRule> {
        if found == expected { Ok(()) } else { Err(TokenRule::ClaimValue { claim, expected: expected.to_owned() }) }
    }
}

const RESPONSE_TYPE: &str = "code";
const CHALLENGE_METHOD: &str = "S256";
