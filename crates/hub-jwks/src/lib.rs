//! JWK sets of the UAE Open Finance Trust Framework: parse, select, publish, fetch, cache.
//!
//! # Guarantee
//!
//! A key that this crate hands out was published by the party it names as owner, has one reading only, is an RSA key within
//! the limits of [`RsaPublicKey`](hub_roles::RsaPublicKey), and says nothing against the role it is handed out for.
//!
//! - **A set belongs to one owner.** [`KeySet<O>`] is parsed *for* a client or an organisation, and selecting a key of role `R` asks
//!   for `R: Role<Owner = O>`. So a TPP's set never yields an LFI's key, and every key carries whose it is.
//! - **Strict, key by key.** A key with a fault is recorded with the rule it broke ([`RejectedKey`]) and never used; the
//!   others stay usable. What stands around the keys must be sound, or the whole set is refused.
//! - **No choice is made in silence.** No candidate and two candidates for one `kid` are errors of their own.
//! - **Nothing a key names is fetched.** `x5u` is never read. `x5c` must agree with the key.
//! - **Certificates are judged** by the Trust Framework, for the role and for exactly the party, where a [`Keystore`] is
//!   [told to](KeystoreSettings::with_trust): once each, and again when what was found has run out. [`CertificatePolicy`] says what becomes of keys without.
//! - **A set is kept fresh, and no longer than allowed.** [`Keystore`] and [`RemoteKeySet`] fetch in the background, once for all who wait, at most once
//!   per cooldown, and serve a set beyond its lifetime only while its server is out, never later than 1200 s after it was fetched or confirmed.
//! - **Fetching is bounded**: `https` to hosts on a list and to global addresses only, no redirects, 64 KiB, 2 s to connect, 5 s in all.
//!
//! # Example
//!
//! ```
//! use hub_jwks::{KeySet, Publication};
//! use hub_roles::{EncryptionKey, Enc1, KeyId, OrganisationId, RsaPublicKey};
//!
//! # let mut modulus = [0xC3; 256];
//! # modulus[255] = 0x55;
//! let lfi: OrganisationId = "9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11".parse()?;
//! let kid: KeyId = "enc1-2026".parse()?;
//! let key = RsaPublicKey::from_components(&modulus, &[1, 0, 1])?;
//! let published = Publication::new("https://keystore.example".parse()?).bare::<Enc1>(&kid, &key).to_json();
//!
//! let set = KeySet::parse(lfi, &published)?;
//! let enc1: EncryptionKey<Enc1> = set.encryption_key(Some(&kid))?;
//! assert_eq!((enc1.owner(), enc1.kid()), (&lfi, &kid));
//!
//! let other: KeyId = "enc1-2025".parse()?;
//! let refused = set.encryption_key::<Enc1>(Some(&other)).unwrap_err();
//! assert_eq!(refused.code(), "keyset.unknown-kid");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Module map
//!
//! | module | holds |
//! |---|---|
//! | `set` | [`KeySet`]: parsing a set, selecting by role and `kid` |
//! | `jwk` | [`Jwk`]: one key, and what it says of itself |
//! | `ready` | a key made ready for its role once |
//! | `members` | the rules a key must keep to be read at all |
//! | `publication` | [`Publication`]: writing a set from certificates and bare keys |
//! | `signing_schedule` | [`SigningSchedule`]: when a new key may sign, and how long the old one stays published |
//! | `keystore_url` | [`KeystoreUrl`], [`KeyLocation`], [`RetiredKeysUrl`]: where the Trust Framework publishes whose keys |
//! | `fetch` | [`Fetcher`]: one HTTPS request with limits, by way of an [`HttpProxy`] if need be |
//! | `keystore` | [`Keystore`]: all the sets that a party needs, by role and party, carried over from one process to the next; [`KeySource`] |
//! | `remote` | [`RemoteKeySet`]: a set kept fresh, its [`CacheSettings`], [`LookupError`], [`KeySetHealth`] |
//! | `trust` | [`CertificatePolicy`], and what was found of the certificates in a set |
//! | `transport` | [`Transport`]: what a cache asks of whoever speaks HTTP |
//! | `clock` | [`Clock`], [`SystemClock`] |
//! | `limits` | [`MAX_KEYS`], [`MAX_SET_OCTETS`], [`WAIT_BEFORE_SIGNING`] |
//! | `error` | [`KeySetError`], [`JwkError`], [`SelectError`] with its [`SelectCause`] |
//!
//! FACTS and THREATS, which the documentation cites: `docs/rules.md` in the repository has what they say.
//!
//! # Features
//!
//! Both are off by default:
//!
//! - `jose-jwk` converts [`Jwk`] to and from the type of that crate, which has no place for `"alg": "RSA-OAEP-256"`.
//! - `platform-verifier` lets a [`Fetcher`] trust whom the operating system trusts.

mod clock;
#[cfg(feature = "jose-jwk")]
mod conversion;
mod error;
mod fetch;
mod jwk;
mod keystore;
mod keystore_url;
mod limits;
mod members;
mod publication;
mod ready;
mod remote;
mod set;
mod signing_schedule;
mod transport;
mod trust;

pub use clock::{Clock, SystemClock};
#[cfg(feature = "jose-jwk")]
pub use conversion::NotExpressible;
pub use error::{JwkError, KeySetError, SelectCause, SelectError};
pub use fetch::{
    AddressPolicy, FetchCause, FetchError, Fetched, Fetcher, FetcherBuilder, FetcherError, Freshness, HttpProxy,
    ProxyError, RetryAfter,
};
pub use jwk::{Jwk, KeyUse};
pub use keystore::{
    EntryFault, KeySource, Keystore, KeystoreSettings, KeystoreSettingsError, KeystoreSwapError, Loaded, NotPreloaded,
    Preloaded, Published, RefusedEntry, SnapshotError,
};
pub use keystore_url::{KeyLocation, KeystoreUrl, RetiredKeysUrl};
pub use limits::{MAX_KEYS, MAX_SET_OCTETS, WAIT_BEFORE_SIGNING};
pub use publication::Publication;
pub use remote::{CacheSettings, CacheSettingsError, KeySetHealth, LookupError, RemoteKeySet, Standing};
pub use set::{KeyOwner, KeySet, RejectedKey};
pub use signing_schedule::SigningSchedule;
pub use transport::{KeySetAnswer, KeySetRequest, Transport};
pub use trust::CertificatePolicy;
