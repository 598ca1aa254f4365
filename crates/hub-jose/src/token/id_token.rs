//! ID tokens: Sig2, from the token endpoint (FACTS section 4, OpenID Connect Core section 2).

use hub_roles::{ClientId, Issuer, OrganisationId, Sig2};
use serde::{Deserialize, Serialize};

use crate::claims::{self, RegisteredClaims, present};
use crate::date::NumericDate;
use crate::error::{TokenId, TokenRule};
use crate::token::{AudienceForm, BareToken, Draft, ExpectedIssuer, Parties, Presence, Rules, Token, Verified, sealed};

/// An ID token: the API Hub tells a client who logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdToken {
    issuer: Issuer,
    client: ClientId,
    subject: String,
    claims: IdTokenClaims,
}

impl IdToken {
    /// From the instance whose issuer is `issuer` to `client`, about the user `subject`.
    #[must_use]
    pub fn new(issuer: &Issuer, client: &ClientId, subject: &str, claims: IdTokenClaims) -> Self {
        Self { issuer: issuer.clone(), client: client.clone(), subject: subject.to_owned(), claims }
    }
}

/// What an ID token says about the login, beyond issuer, subject (the user), audience and dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IdTokenClaims {
    /// The nonce of the request object.
    pub nonce: String,
    /// How the user was authenticated.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// When the user was authenticated.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<NumericDate>,
    /// Hash of `state`.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub s_hash: Option<String>,
    /// Hash of the access token.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// Hash of the authorisation code.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub c_hash: Option<String>,
    /// The party it was issued to, which must be the client if it is named.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub azp: Option<String>,
}

impl IdTokenClaims {
    /// Those of an answer to a request with this nonce.
    #[must_use]
    pub fn new(nonce: &str) -> Self {
        Self {
            nonce: nonce.to_owned(),
            acr: None,
            auth_time: None,
            s_hash: None,
            at_hash: None,
            c_hash: None,
            azp: None,
        }
    }
}

/// What a client knows beforehand: who answers it, and the nonce it sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedIdToken {
    issuer: ExpectedIssuer,
    nonce: String,
}

impl ExpectedIdToken {
    /// From `issuer`, with the nonce of the request object.
    #[must_use]
    pub fn new(issuer: ExpectedIssuer, nonce: &str) -> Self {
        Self { issuer, nonce: nonce.to_owned() }
    }
}

impl sealed::Sealed for IdToken {}

impl Token for IdToken {
    type SignedBy = Sig2;
    type Expectation = ExpectedIdToken;
    type Claims = IdTokenClaims;
    type Outcome = Verified<Self>;
    const ID: TokenId = TokenId::IdToken;
    const RULES: Rules = Rules {
        sub: Presence::Required,
        audience: AudienceForm::StringOrArray,
        forbidden: &["message"],
        ..Rules::COMMON
    };

    fn parties(expectation: &ExpectedIdToken) -> Parties<'_, OrganisationId> {
        expectation.issuer.parties()
    }

    fn read(
        payload: &[u8],
        registered: &RegisteredClaims,
        expectation: &ExpectedIdToken,
    ) -> Result<IdTokenClaims, TokenRule> {
        let claims: IdTokenClaims = claims::read(payload)?;
        if claims.nonce != expectation.nonce {
            return Err(TokenRule::ClaimValue { claim: "nonce", expected: "the nonce that was sent".to_owned() });
        }
        // OpenID Connect Core section 3.1.3.7, items 4 and 5.
        match claims.azp.as_deref() {
            None if registered.audience().len() > 1 => Err(TokenRule::ClaimMissing { claim: "azp" }),
            Some(azp) if azp != expectation.issuer.client().as_str() => {
                Err(TokenRule::ClaimValue { claim: "azp", expected: expectation.issuer.client().to_string() })
            }
            _ => Ok(claims),
        }
    }
}

impl BareToken for IdToken {}

impl Draft for IdToken {
    type Token = Self;

    fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    fn subject(&self) -> Option<&str> {
        Some(&self.subject)
    }

    fn audience(&self) -> &str {
        self.client.as_str()
    }

    fn body(&self) -> impl Serialize {
        &self.claims
    }
}
