//! Tokens.
mod base64url;
mod claims;
mod compact;
mod content;
mod date;
mod error;
mod header;
pub mod jwe;
pub mod jws;
pub mod nested;
mod replay;
mod token;

pub use claims::{CLOCK_SKEW, RegisteredClaims};
pub use content::Content;
pub use date::NumericDate;
pub use error::{IssueError, Layer, TokenError, TokenId, TokenRule};
pub use header::Header;
pub use replay::{MemoryReplayGuard, ReplayError, ReplayGuard, Use};
pub use token::{
    AudienceForm, AuthorizationRequest, BareToken, Ceiling, ClientAssertion, CodeChallenge, Draft, Event, EventDraft,
    EventMeta, ExpectedClient, ExpectedEvent, ExpectedIdToken, ExpectedIssuer, IdToken, IdTokenClaims, JwtAuth,
    JwtAuthRequest, JwtAuthResponse, MaxAge, MaxAgeTooLong, NamedParties, Opener, Parties, PiiDraft, Presence,
    RequestObject, Rules, SealedToken, Sealer, SignedRequest, SignedResponse, Signer, Token, Unspent, Unverified,
    Verified, Vouched,
};
