//! Tokens of the UAE Open Finance API Hub: PS256, RSA-OAEP-256 with A256GCM, one type per kind of token.
//!
//! # Guarantee
//!
//! - A token is signed with PS256 or refused, encrypted with RSA-OAEP-256 and A256GCM or refused. No other algorithm is in the code.
//! - Claims come out of [`Verified`] only, and a `Verified` comes out of a verification that has applied every rule of its kind:
//!   whose key, parties, dates, lifetimes, what tells it from other kinds. The rules stand with the type ([`Token::RULES`]); there are
//!   no switches.
//! - What may be used once is an [`Unspent`], whose only way on leads past a [`ReplayGuard`] or an [`AsyncReplayGuard`].
//! - The roles are types: a [`Signer`] of Sig2 does not sign a TPP's request, an [`Opener`] of webhook events takes no Enc1 key,
//!   [`JwtAuth`] exists on the two paths that have it, and wants the [`Peer`](hub_tls::Peer) of the connection.
//! - The log is told of each refusal, by `tracing`, with kind, rule and `kid`, and of each acceptance at level debug; never of claims.
//! - Nothing that a token names is fetched, nothing panics, nothing is allocated beyond a kind's size. Whatever does not decrypt ends
//!   in one error after the same work. Errors and `Debug` show no token and no secret.
//!
//! # Tokens
//!
//! Each page says who signs and who verifies, what the token says, its limits, and shows both sides.
//!
//! | type | who signs | who verifies | sent |
//! |---|---|---|---|
//! | [`RequestObject`] | Sig1, the TPP | the Hub | `request` at `/par` |
//! | [`ClientAssertion`], single use | Sig1, the TPP | the Hub | `client_assertion` at `/par` and `/token` |
//! | [`SignedRequest`] | Sig1, the TPP | the Hub | a body, `application/jwt` |
//! | [`SignedResponse`] | Sig2, the Hub | the TPP | a body, errors included |
//! | [`IdToken`] | Sig2, the Hub | the TPP | the token response |
//! | [`WebhookEvent`](hub_roles::WebhookEvent), sealed: [`EventDraft`] | Sig2 inside Enc2 | the TPP | a body, `application/jwe` |
//! | [`Pii`](hub_roles::Pii), sealed: [`PiiDraft`] | Sig1 inside Enc1 | the LFI | in consents and payments |
//! | [`LoginHint`](hub_roles::LoginHint), sealed: [`LoginHintDraft`] | Sig1 inside Enc1 | the LFI | `login_hint` of a request object |
//! | [`JwtAuthRequest`], single use: [`JwtAuth`] | Sig3 or Sig4, the caller | the callee | `Authorization` |
//! | [`JwtAuthResponse`], single use: [`JwtAuth`] | Sig4 or Sig3, the callee | the caller | the header field the deployment names |
//!
//! # Example
//!
//! A TPP proves to the Hub who it is:
//!
//! ```
//! use hub_jose::{ClientAssertion, ExpectedClient, MemoryReplayGuard, Signer, Unverified};
//! use hub_roles::{ClientId, Sig1};
//! # use hub_testkit::Ecosystem;
//! # use rustls_pki_types::UnixTime;
//! # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
//! # let eco = Ecosystem::sandbox(now)?;
//! # let (sig1, client) = (eco.tpp("acme")?.sig1(), eco.tpp("acme")?.client_id().clone());
//! # let instance = eco.hub().deployment().instance(&"retail".parse()?)?;
//! # let registered_key = |_: &ClientId, _: &hub_roles::KeyId| eco.holding::<Sig1>("acme").unwrap().verification_key().unwrap();
//!
//! // The TPP, with its credential for Sig1.
//! let signer = Signer::new(sig1);
//! let assertion = signer.sign(&ClientAssertion::new(&client, instance.issuer()?), now)?;
//!
//! // The Hub, at the instance that was called: whom it expects decides whose keys are looked up.
//! let replay = MemoryReplayGuard::new(100_000.try_into()?);
//! let token = Unverified::<ClientAssertion>::parse(&assertion)?;
//! let expected = ExpectedClient::of(&client, instance)?;
//! let key = registered_key(&client, token.kid());
//! let verified = token.verify(&key, &expected, now)?.spend(&replay, now)?;
//! assert_eq!(verified.registered().issuer(), client.as_str());
//!
//! let again = token.verify(&key, &expected, now)?.spend(&replay, now).unwrap_err();
//! assert_eq!(again.code(), "token.replayed");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Slow keys
//!
//! A private key in a hardware module or a key service takes its time. Which form fits depends on how it is asked:
//!
//! | the key | its [`PrivateKey`](hub_roles::PrivateKey) | tokens |
//! |---|---|---|
//! | in memory | [`SoftwareKey`](hub_roles::SoftwareKey) | in one call: [`Signer::sign`], [`Sealer::seal`], [`JwtAuth::request`], [`Opener::open`] |
//! | behind a library that waits, such as PKCS #11 | one of your own, with `is_remote` | the same calls, on a thread that may wait: `tokio::task::spawn_blocking` |
//! | in a service with an asynchronous client, such as a cloud's | [`RemoteKey`](hub_roles::RemoteKey), the public half | in two steps: [`Signer::prepare`], [`Sealer::prepare`], [`JwtAuth::prepare_request`], [`Opener::prepare`]; then [`PreparedToken::complete`] or [`PreparedOpening::complete`] |
//!
//! No runtime is needed, and none is preferred: what happens between the two steps is the caller's. [`PreparedToken`] and
//! [`PreparedOpening`] have the examples. The calls of the first two rows are the two steps with the key asked in between, so every
//! form ends in the same tokens and the same errors: a signature is verified before a token leaves, and whatever does not decrypt
//! ends in the one error.
//!
//! FACTS, THREATS and *the seed*, which the documentation cites: `docs/rules.md` in the repository has what they say.
//!
//! # Module map
//!
//! | module | what it holds |
//! |---|---|
//! | `cleared` | octets that are cleared when they are dropped |
//! | `base64url`, `compact`, `member`, `header` | the forms that codecs share, in their one spelling |
//! | [`jws`], [`jwe`], [`nested`] | the codecs, for tokens of a caller's own |
//! | `claims`, `date`, `content` | what all tokens say, and the checks on it |
//! | `token` | [`Token`] and one module per kind, [`Signer`] and [`Unverified`], [`Sealer`] and [`Opener`], [`PreparedToken`] and [`PreparedOpening`] |
//! | `confirmation` | [`Confirmation`]: which C1 an access token is bound to |
//! | `replay` | [`ReplayGuard`] and its in-memory form, [`AsyncReplayGuard`] for stores that processes share |
//! | `error` | [`TokenError`] and its [`TokenRule`], [`IssueError`] and its [`IssueProblem`] |

mod base64url;
mod claims;
mod cleared;
mod compact;
mod confirmation;
mod content;
mod date;
mod error;
mod header;
pub mod jwe;
pub mod jws;
mod member;
pub mod nested;
mod replay;
mod token;

pub use claims::{CLOCK_SKEW, Names, RegisteredClaims};
pub use confirmation::{Confirmation, ConfirmationError};
pub use content::Content;
pub use date::NumericDate;
pub use error::{IssueError, IssueProblem, Layer, TokenError, TokenId, TokenRule};
pub use header::Header;
pub use replay::{AsyncReplayGuard, MemoryReplayGuard, ReplayError, ReplayGuard, Use};
pub use token::{
    Accepted, AudienceForm, AuthorizationRequest, BareToken, Ceiling, ClientAssertion, CodeChallenge, CodeVerifier,
    Draft, Event, EventDraft, EventMeta, ExpectedClient, ExpectedEvent, ExpectedIdToken, ExpectedIssuer, IdToken,
    IdTokenClaims, IdentificationType, JwtAuth, JwtAuthRequest, JwtAuthResponse, LoginHintDraft, MaxAge, MaxAgeTooLong,
    NamedParties, Opener, Parties, PiiDraft, PreparedOpening, PreparedToken, Presence, RequestObject, Rules,
    SealedToken, Sealer, SignedRequest, SignedResponse, Signer, Token, Unspent, Unverified, UserIdentification,
    Verified, Vouched,
};
