//! A UAE Open Finance Trust Framework in memory, for tests.
//!
//! Parties, certificates and deployments of the real ones' shape, and certificates that are wrong in exactly one way,
//! made in milliseconds and the same in every run. It is meant for the tests of any program that speaks to the API Hub, not
//! only for those of these crates.
//!
//! # Guarantee
//!
//! - **Sound means verified.** Every certificate of an [`Ecosystem`] went the road of every program: chain, verification
//!   against an expectation that a deployment file gave, credential. Nothing is typed by hand.
//! - **Broken means broken once.** A [`Defect`] is built from a spec that is sound, so that a test can show the sound
//!   neighbour accepted.
//! - **Nothing surprises.** Time is an argument. Identifiers follow from names. Keys come from a [`KeyPool`] of committed
//!   keys, and nothing is random until that pool is spent. Nothing leaves the loopback interface.
//!
//! **The keys are public.** They stand in the source tree and protect nothing. No real party may trust a certificate
//! of this crate.
//!
//! # Example
//!
//! A bank's Ozone Connect server, judged by what the Hub expects at the bank's retail brand:
//!
//! ```
//! use core::time::Duration;
//! use hub_roles::{CertificateChain, InstanceId, S4};
//! use hub_testkit::{Defect, Ecosystem};
//! use rustls_pki_types::UnixTime;
//!
//! let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000));
//! let eco = Ecosystem::sandbox(now)?;
//! let retail: InstanceId = "retail".parse()?;
//! let expected = eco.hub().deployment().expect::<S4>(&retail)?;
//!
//! let presented = CertificateChain::from_der(eco.issued::<S4>("bank")?.chain())?;
//! let s4 = eco.trust().verify(&presented, &expected, now)?;
//! assert_eq!(&s4, eco.lfi("bank")?.s4().certificate());
//!
//! let broken = Defect::Expired.build(eco.authority(), eco.holding::<S4>("bank")?.spec())?;
//! let presented = CertificateChain::from_der(broken.presented.chain())?;
//! let refused = eco.trust().verify(&presented, &expected, now).unwrap_err();
//! assert_eq!(refused.code(), "certificate.expired");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! FACTS, THREATS and *the seed*, which the documentation cites: `docs/rules.md` in the repository has what they say.
//!
//! # Module map
//!
//! | module | what it holds |
//! |---|---|
//! | `ecosystem` | [`Ecosystem`], its parties ([`TppParty`], [`LfiParty`], [`HubParty`]), what they hold ([`Holding`]), rotation |
//! | `keystore` | [`Keystore`]: the key sets of an ecosystem over HTTPS; its [`Fault`]s, and a [`ClosedGate`] to hold its answers |
//! | `clock` | [`ManualClock`]: a time that stands still until a test moves it |
//! | `authority`, `issued`, `crl` | [`Authority`], [`Issued`], [`CrlSpec`], [`Crl`]: issuing anything, below the model of roles |
//! | `broken` | [`Defect`], [`Broken`] |
//! | `spec` | [`LeafSpec`], [`LeafKind`], [`SubjectSpec`], [`Validity`] |
//! | `profile` | [`Profile`]: names, dates, addresses of a PKI |
//! | `keys` | [`KeyPool`], [`TestKey`] |

mod authority;
mod broken;
mod ca;
mod clock;
mod crl;
mod ecosystem;
mod error;
mod issued;
mod keys;
mod keystore;
mod profile;
mod sign;
mod spec;

pub use authority::Authority;
pub use broken::{Broken, Defect};
pub use clock::ManualClock;
pub use crl::{Crl, CrlDefect, CrlSpec};
pub use ecosystem::{
    AnyHolding, BareKey, Ecosystem, EcosystemBuilder, Generation, Held, Holding, HubParty, LfiParty, LfiSpec, TppParty,
};
pub use error::Error;
pub use issued::Issued;
pub use keys::{KeyAlgorithm, KeyPool, TestKey};
pub use keystore::{ClosedGate, Fault, Keystore};
pub use profile::Profile;
pub use spec::{ExtendedKeyUsagePurpose, KeyUsagePurpose, LeafKind, LeafSpec, SubjectSpec, Validity};
