//! ID tokens: Sig2, from the token endpoint (FACTS section 4, OpenID Connect Core section 2).

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use hub_roles::{ClientId, Issuer, OrganisationId, Sig2};
use rustls_pki_types::UnixTime;
use serde::{Deserialize, Serialize};

use crate::base64url;
use crate::claims::{self, CLOCK_SKEW, Names, present};
use crate::date::NumericDate;
use crate::error::{TokenId, TokenRule};
use crate::token::{
    Accepted, AudienceForm, BareToken, Draft, ExpectedIssuer, MaxAge, Parties, Presence, Rules, Token, Verified, sealed,
};

/// An ID token: the API Hub tells a client who logged in.
///
/// | | |
/// |---|---|
/// | signed by | Sig2 of the LFI's instance, by the Hub, in a [`Signer`](crate::Signer) |
/// | verified by | the TPP, against an [`ExpectedIdToken`] |
/// | says | `iss`: the issuer; `sub`: the user; `aud`: the client, or an array with it and `azp`; `iat`, `exp`, `nonce`; what was asked for |
/// | limits | 8 KiB; no ceiling is published; we send 300 s |
///
/// ```
/// use hub_jose::{ExpectedIdToken, ExpectedIssuer, IdToken, IdTokenClaims, Signer, Unverified};
/// use hub_roles::Sig2;
/// # use hub_testkit::Ecosystem;
/// # use rustls_pki_types::UnixTime;
/// # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
/// # let eco = Ecosystem::sandbox(now)?;
/// # let (sig2, client) = (eco.hub().sig2("retail")?, eco.tpp("acme")?.client_id());
/// # let issuer = eco.hub().deployment().instance(&"retail".parse()?)?.issuer()?;
/// # let instance = eco.tpp("acme")?.deployment().instance(&"retail".parse()?)?;
/// # let key = eco.holding::<Sig2>("retail")?.verification_key()?;
/// # let (nonce, state) = ("n-0S6_WzA2Mj", "af0ifjsldkj");
/// # let access_token = "opaque";
///
/// // The Hub, with nonce and state of the request object.
/// let claims = IdTokenClaims::new(nonce).with_state(state).with_access_token(access_token);
/// let jwt = Signer::new(sig2).sign(&IdToken::new(issuer, client, "user-7", claims), now)?;
///
/// // The TPP, which sent them.
/// let issuer = ExpectedIssuer::of(instance, client)?;
/// let expected = ExpectedIdToken::new(issuer, nonce).with_state(state).with_access_token(access_token);
/// let verified = Unverified::<IdToken>::parse(&jwt)?.verify(&key, &expected, now)?;
/// assert_eq!(verified.registered().subject(), Some("user-7"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
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
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Hash of `state`: see [`Self::with_state`].
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub s_hash: Option<String>,
    /// Hash of the access token: see [`Self::with_access_token`].
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub at_hash: Option<String>,
    /// Hash of the authorisation code: see [`Self::with_code`].
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

    /// With the hash of the request object's `state`: the left half of its SHA-256, in base64url.
    #[must_use]
    pub fn with_state(self, state: &str) -> Self {
        Self { s_hash: Some(half_hash(state)), ..self }
    }

    /// With the hash of the access token that it comes with.
    #[must_use]
    pub fn with_access_token(self, access_token: &str) -> Self {
        Self { at_hash: Some(half_hash(access_token)), ..self }
    }

    /// With the hash of the authorisation code that it is given for.
    #[must_use]
    pub fn with_code(self, code: &str) -> Self {
        Self { c_hash: Some(half_hash(code)), ..self }
    }

    /// With how the user was authenticated.
    #[must_use]
    pub fn with_acr(self, acr: &str) -> Self {
        Self { acr: Some(acr.to_owned()), ..self }
    }

    /// With when the user was authenticated.
    #[must_use]
    pub fn with_auth_time(self, time: UnixTime) -> Self {
        Self { auth_time: Some(time.into()), ..self }
    }
}

/// What a client knows beforehand: who answers it, the nonce it sent, what it asked for, and what it holds.
///
/// What it asked for becomes required: `s_hash`, `acr`, `auth_time`. The hashes of what it holds are optional at a token endpoint
/// (OpenID Connect Core section 3.1.3.6), so they are checked where they are there.
#[derive(Clone, PartialEq, Eq)]
pub struct ExpectedIdToken {
    issuer: ExpectedIssuer,
    claims: IdTokenClaims,
    max_age: Option<MaxAge>,
}

impl ExpectedIdToken {
    /// From `issuer`, with the nonce of the request object.
    #[must_use]
    pub fn new(issuer: ExpectedIssuer, nonce: &str) -> Self {
        Self { issuer, claims: IdTokenClaims::new(nonce), max_age: None }
    }

    /// With the `s_hash` of the request object's `state` (FAPI 1.0 part 2 section 5.1).
    #[must_use]
    pub fn with_state(self, state: &str) -> Self {
        Self { claims: self.claims.with_state(state), ..self }
    }

    /// With an `at_hash`, if any, of this access token: the one it came with.
    #[must_use]
    pub fn with_access_token(self, access_token: &str) -> Self {
        Self { claims: self.claims.with_access_token(access_token), ..self }
    }

    /// With a `c_hash`, if any, of this authorisation code: the one that was redeemed.
    #[must_use]
    pub fn with_code(self, code: &str) -> Self {
        Self { claims: self.claims.with_code(code), ..self }
    }

    /// With this `acr`.
    #[must_use]
    pub fn with_acr(self, acr: &str) -> Self {
        Self { claims: self.claims.with_acr(acr), ..self }
    }

    /// With an `auth_time` at most as long ago as the request object's `max_age` asked for, give or take the clock skew.
    #[must_use]
    pub fn with_max_age(self, max_age: MaxAge) -> Self {
        Self { max_age: Some(max_age), ..self }
    }

    fn check(&self, claims: &IdTokenClaims, now: u64) -> Result<(), TokenRule> {
        let expected = &self.claims;
        let wrong = |claim, expected: &str| TokenRule::ClaimValue { claim, expected: expected.to_owned() };
        if claims.nonce != expected.nonce {
            return Err(wrong("nonce", "the nonce that was sent"));
        }
        if let Some(s_hash) = &expected.s_hash
            && asked_for("s_hash", &claims.s_hash)? != s_hash
        {
            return Err(wrong("s_hash", "the hash of the state that was sent"));
        }
        if differs(&expected.at_hash, &claims.at_hash) {
            return Err(wrong("at_hash", "the hash of the access token that came with it"));
        }
        if differs(&expected.c_hash, &claims.c_hash) {
            return Err(wrong("c_hash", "the hash of the code that was redeemed"));
        }
        if let Some(acr) = &expected.acr
            && asked_for("acr", &claims.acr)? != acr
        {
            return Err(wrong("acr", acr));
        }
        if let Some(max_age) = self.max_age {
            let (oldest, newest) =
                (now.saturating_sub(u64::from(max_age.seconds()) + CLOCK_SKEW), now.saturating_add(CLOCK_SKEW));
            let auth_time = asked_for("auth_time", &claims.auth_time)?;
            if auth_time.floor() < oldest || auth_time.ceil() > newest {
                return Err(wrong("auth_time", "within the `max_age` that was asked for"));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ExpectedIdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExpectedIdToken").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// Without the nonce and the hashes, which bind the token to one login.
impl fmt::Debug for IdTokenClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdTokenClaims")
            .field("acr", &self.acr)
            .field("auth_time", &self.auth_time)
            .finish_non_exhaustive()
    }
}

/// Without the subject, who is a person.
impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken")
            .field("issuer", &self.issuer)
            .field("client", &self.client)
            .field("claims", &self.claims)
            .finish_non_exhaustive()
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

    fn read(accepted: &Accepted<'_>, expectation: &ExpectedIdToken) -> Result<IdTokenClaims, TokenRule> {
        let claims: IdTokenClaims = claims::read(accepted.payload())?;
        expectation.check(&claims, accepted.now())?;
        // OpenID Connect Core section 3.1.3.7, items 4 and 5.
        match claims.azp.as_deref() {
            None if accepted.registered().audience().len() > 1 => Err(TokenRule::ClaimMissing { claim: "azp" }),
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

    fn names(&self) -> Names<'_> {
        Names { subject: Some(&self.subject), ..Names::of_instance(&self.issuer, &self.client) }
    }

    fn body(&self) -> impl Serialize {
        &self.claims
    }
}

fn asked_for<'a, T>(claim: &'static str, found: &'a Option<T>) -> Result<&'a T, TokenRule> {
    found.as_ref().ok_or(TokenRule::ClaimMissing { claim })
}

/// Whether both are there, and are not the same.
fn differs(held: &Option<String>, found: &Option<String>) -> bool {
    held.is_some() && found.is_some() && held != found
}

/// The left half of the hash that goes with PS256 (OpenID Connect Core section 3.3.2.11).
fn half_hash(text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    let (left, _) = digest.as_ref().split_at(digest.as_ref().len() / 2);
    base64url::encode(left)
}
