//! A UAE Open Finance Trust Framework in memory, for tests.
//!
//! Certificates of the real ones' shape, and certificates that are wrong in exactly one way, made in milliseconds and
//! the same in every run. It is meant for the tests of any program that speaks to the API Hub, not only for those of
//! these crates.
//!
//! - An [`Authority`] is a root CA and an issuing CA with the names, dates and pointers of the Sandbox or Production
//!   PKI (or of one of your own: [`Profile`]). It issues what a [`LeafSpec`] says, and CRLs.
//! - A [`Defect`] is a way to be wrong: expired, another environment's, a second OU, RSA-1024, SHA-1 and many more.
//!   Each is built from a spec that is sound, so a test can show the sound neighbour accepted.
//! - Time is an argument. Keys come from a [`KeyPool`] of committed keys. Nothing is random until that pool is spent.
//!
//! **The keys are public.** They stand in the source tree and protect nothing. No real party may trust a certificate
//! of this crate.
//!
//! ```
//! use core::time::Duration;
//! use hub_testkit::{Authority, Defect, KeyPool, LeafSpec, SubjectSpec};
//! use rustls_pki_types::UnixTime;
//!
//! let now = UnixTime::since_unix_epoch(Duration::from_secs(1_780_000_000));
//! let authority = Authority::sandbox(&KeyPool::new(), now)?;
//!
//! let bank = SubjectSpec::new("Example Bank PJSC", "9b3c0e52-64ea-4b0c-8f6c-1f2d8a7b1c11");
//! let spec = LeafSpec::server_transport(bank).with_dns_name("ozone-connect.bank.example");
//! let sound = authority.issue(&spec)?;
//! let expired = Defect::Expired.build(&authority, &spec)?;
//! assert_ne!(sound.certificate, expired.presented.certificate);
//! # Ok::<(), hub_testkit::Error>(())
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `keys` | [`KeyPool`], [`TestKey`] |
//! | `spec` | [`LeafSpec`], [`LeafKind`], [`SubjectSpec`], [`Validity`] |
//! | `profile` | [`Profile`]: names, dates, addresses |
//! | `authority`, `issued`, `crl` | [`Authority`], [`Issued`], [`CrlSpec`], [`Crl`] |
//! | `broken` | [`Defect`], [`Broken`] |

mod authority;
mod broken;
mod ca;
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
pub use crl::{Crl, CrlSpec};
pub use ecosystem::{
    AnyHolding, BareKey, Ecosystem, EcosystemBuilder, Generation, Held, Holding, HubParty, LfiParty, LfiSpec, TppParty,
};
pub use error::Error;
pub use issued::Issued;
pub use keys::{KeyAlgorithm, KeyPool, TestKey};
pub use keystore::Keystore;
pub use profile::Profile;
pub use spec::{ExtendedKeyUsagePurpose, KeyUsagePurpose, LeafKind, LeafSpec, SubjectSpec, Validity};
