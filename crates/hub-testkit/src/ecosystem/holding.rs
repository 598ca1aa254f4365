//! What a party holds of one role: the certificate in use, and those before it.

use core::fmt;
use std::sync::Arc;

use hub_roles::{Credential, DecryptionKey, Encryption, EncryptionKey, Expectation, Role, Signing, VerificationKey};

use super::foundation::{Foundation, rejected};
use super::generation::Generation;
use crate::{Error, Issued, LeafSpec};

/// The certificates a party has had issued for one role.
///
/// A rotation adds a generation with a new key and the same subject; the one before stays published beside it until it
/// is retired (FACTS section 6). [`Ecosystem::rotate`](crate::Ecosystem::rotate) and
/// [`Ecosystem::retire`](crate::Ecosystem::retire) do both.
#[derive(Clone)]
pub struct Holding<R: Role> {
    entry: Entry<R>,
    current: Generation<R>,
    overlapping: Vec<Generation<R>>,
    retired: Vec<Generation<R>>,
}

impl<R: Role> Holding<R> {
    /// The name of the holder in the ecosystem.
    #[must_use]
    pub fn holder(&self) -> &str {
        &self.entry.holder
    }

    /// Whose keys these are registered as.
    #[must_use]
    pub fn owner(&self) -> &R::Owner {
        &self.entry.owner
    }

    /// What the holder's deployment expects of the role.
    #[must_use]
    pub fn expectation(&self) -> &Expectation<R> {
        &self.entry.expectation
    }

    /// What the certificates say, but for validity and key.
    #[must_use]
    pub fn spec(&self) -> &LeafSpec {
        &self.entry.spec
    }

    /// The generation in use.
    #[must_use]
    pub fn current(&self) -> &Generation<R> {
        &self.current
    }

    /// Earlier generations that are still published, the newest first.
    #[must_use]
    pub fn overlapping(&self) -> &[Generation<R>] {
        &self.overlapping
    }

    /// Generations that stand in the inactive key set, the newest first.
    #[must_use]
    pub fn retired(&self) -> &[Generation<R>] {
        &self.retired
    }

    /// Certificate and key in use.
    #[must_use]
    pub fn credential(&self) -> Credential<R> {
        self.current.credential().clone()
    }

    /// What the authority issued for the generation in use, for PEM files and foreign libraries.
    #[must_use]
    pub fn issued(&self) -> &Issued {
        self.current.issued()
    }

    /// What is published: the current and the overlapping generations.
    pub fn published(&self) -> impl Iterator<Item = &Generation<R>> {
        [&self.current].into_iter().chain(&self.overlapping)
    }

    pub(super) fn new(entry: Entry<R>, first: Generation<R>) -> Self {
        Self { entry, current: first, overlapping: Vec::new(), retired: Vec::new() }
    }

    /// The generation after the current one. It is not in use yet.
    pub(super) fn next(&self, foundation: &Foundation) -> Result<Generation<R>, Error> {
        let number = 1 + self.overlapping.len() + self.retired.len();
        foundation.accept(
            &self.entry.holder,
            foundation.issue::<R>(&self.entry.holder, &self.entry.spec, number)?,
            &self.entry.expectation,
        )
    }

    /// Puts a generation to use; the one before overlaps.
    pub(super) fn cut_over(&mut self, next: Generation<R>) {
        self.overlapping.insert(0, core::mem::replace(&mut self.current, next));
    }

    /// Moves what overlaps to the inactive set.
    pub(super) fn retire(&mut self) {
        self.retired.splice(..0, self.overlapping.drain(..));
    }
}

impl<R: Signing> Holding<R> {
    /// The public key in use, registered for its owner.
    ///
    /// # Errors
    /// [`Error::Rejected`] if the key is unfit, which the kit's keys are not.
    pub fn verification_key(&self) -> Result<VerificationKey<R>, Error> {
        VerificationKey::of_certificate(self.entry.owner.clone(), self.current.certificate())
            .map_err(|reason| rejected::<R>(&self.entry.holder, reason))
    }
}

impl<R: Encryption> Holding<R> {
    /// The public key in use, registered for its owner.
    ///
    /// # Errors
    /// [`Error::Rejected`] if the key is unfit, which the kit's keys are not.
    pub fn encryption_key(&self) -> Result<EncryptionKey<R>, Error> {
        EncryptionKey::of_certificate(self.entry.owner.clone(), self.current.certificate())
            .map_err(|reason| rejected::<R>(&self.entry.holder, reason))
    }

    /// Every private key that may still open something: current, overlapping, retired.
    #[must_use]
    pub fn decryption_keys(&self) -> Vec<DecryptionKey<R>> {
        let published = self.published().map(|generation| DecryptionKey::from(generation.credential()));
        let retired = self
            .retired
            .iter()
            .map(|generation| DecryptionKey::retired(generation.kid().clone(), Arc::clone(&generation.key)));
        published.chain(retired).collect()
    }
}

impl<R: Role> fmt::Debug for Holding<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Holding<{}>({}, kid {}, {} overlapping, {} retired)",
            R::ID,
            self.entry.holder,
            self.current.kid(),
            self.overlapping.len(),
            self.retired.len()
        )
    }
}

/// What is registered of one role of one holder.
#[derive(Clone)]
pub(super) struct Entry<R: Role> {
    /// The holder's name in the ecosystem.
    pub(super) holder: String,
    /// Whose keys they are registered as.
    pub(super) owner: R::Owner,
    /// What the certificates say, but for validity and key.
    pub(super) spec: LeafSpec,
    /// What the holder's deployment expects of them.
    pub(super) expectation: Expectation<R>,
}
