//! One type per kind of token (FACTS section 4): who signs it, what it says, and its rules.

mod authorization;
mod client_assertion;
mod expectation;
mod id_token;
mod jwt_auth;
mod login_hint;
mod opener;
mod pii;
mod pkce;
mod prepared;
mod request_object;
pub(crate) mod rules;
mod sealer;
mod signed_request;
mod signed_response;
mod signer;
mod unverified;
mod verified;
mod webhook_event;

use hub_roles::{Payload, Role, Signing};
use serde::Serialize;

pub use client_assertion::ClientAssertion;
pub use expectation::{ExpectedClient, ExpectedIssuer};
pub use id_token::{ExpectedIdToken, IdToken, IdTokenClaims};
pub use jwt_auth::{JwtAuth, JwtAuthRequest, JwtAuthResponse, NamedParties};
pub use login_hint::{IdentificationType, LoginHintDraft, UserIdentification};
pub use opener::Opener;
pub use pii::PiiDraft;
pub use pkce::{CodeChallenge, CodeVerifier};
pub use prepared::{PreparedOpening, PreparedToken};
pub use request_object::{AuthorizationRequest, MaxAge, MaxAgeTooLong, RequestObject};
pub use rules::{AudienceForm, Ceiling, Presence, Rules};
pub(crate) use rules::{KIB, MIB};
pub use sealer::Sealer;
pub use signed_request::SignedRequest;
pub use signed_response::SignedResponse;
pub use signer::Signer;
pub use unverified::{Accepted, Unverified};
pub use verified::{Unspent, Verified, Vouched};
pub use webhook_event::{Event, EventDraft, EventMeta, ExpectedEvent};

use crate::claims::Names;
use crate::error::{TokenId, TokenRule};

pub(crate) mod sealed {
    /// Closes the token traits: the ecosystem names all their implementations.
    #[allow(unnameable_types)]
    pub trait Sealed {}
}

/// A kind of token. Its rules are stated with it, so that no caller can forget one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a kind of token",
    note = "see the table of tokens in the documentation of hub-jose"
)]
pub trait Token: sealed::Sealed + Sized {
    /// Who signs it.
    type SignedBy: Signing;
    /// What its receiver knows beforehand, and holds it to.
    type Expectation;
    /// What it says beyond the registered claims.
    type Claims;
    /// What verification yields: [`Verified`], or [`Unspent`] for what may be used once only.
    type Outcome: From<Verified<Self>>;
    /// Its name.
    const ID: TokenId;
    /// Its rules.
    const RULES: Rules;

    /// Whom `expectation` asks it to name.
    fn parties(expectation: &Self::Expectation) -> Parties<'_, <Self::SignedBy as Role>::Owner>;

    /// Reads what it says beyond the registered claims. Only a verification gets here: nothing else has an [`Accepted`].
    ///
    /// # Errors
    /// The rule it breaks.
    fn read(accepted: &Accepted<'_>, expectation: &Self::Expectation) -> Result<Self::Claims, TokenRule>;
}

/// Whom a token has to name, and whose key has to sign it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parties<'a, O> {
    /// Whose key: the owner it is registered for.
    pub owner: &'a O,
    /// What it has to say.
    pub names: Names<'a>,
}

/// A token that travels signed, but not encrypted.
#[diagnostic::on_unimplemented(
    message = "`{Self}` never travels without encryption",
    note = "PII, login hints and webhook events are sealed by a `Sealer` and opened by an `Opener`"
)]
pub trait BareToken: Token {}

/// A token that travels inside a JWE: [`Pii`](hub_roles::Pii), [`LoginHint`](hub_roles::LoginHint) and
/// [`WebhookEvent`](hub_roles::WebhookEvent).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not travel encrypted",
    note = "the encrypted payloads are `Pii` and `LoginHint` (Sig1 inside Enc1) and `WebhookEvent` (Sig2 inside Enc2)"
)]
pub trait SealedToken: Payload + Token<SignedBy = <Self as Payload>::SignedBy> {}

/// A token to be issued: whom it names, and what it says beyond the registered claims.
pub trait Draft: sealed::Sealed {
    /// The kind of token.
    type Token: Token;

    /// `iss`, `sub` and `aud`.
    fn names(&self) -> Names<'_>;

    /// The other claims: a JSON object without registered claims.
    fn body(&self) -> impl Serialize;
}

/// The body of a token that says nothing beyond the registered claims.
#[derive(Serialize)]
pub(crate) struct NoBody {}
