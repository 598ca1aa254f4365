//! Who holds certificates, while they are issued for the first time.

use hub_roles::{Expectation, MissingPart, Role};

use super::foundation::{Foundation, rejected};
use super::holding::{Entry, Holding};
use crate::{Error, Issued, LeafSpec};

/// Somebody who holds certificates of one or more roles, all registered for `owner`.
pub(super) struct Holder<'a, O> {
    foundation: &'a Foundation,
    name: &'a str,
    owner: O,
}

impl<'a, O: Clone> Holder<'a, O> {
    pub(super) fn new(foundation: &'a Foundation, name: &'a str, owner: O) -> Self {
        Self { foundation, name, owner }
    }

    /// The holding of a role, its first generation issued now.
    pub(super) fn first<R: Role<Owner = O>>(
        &self,
        spec: LeafSpec,
        expectation: Result<Expectation<R>, MissingPart>,
    ) -> Result<Holding<R>, Error> {
        self.first_of(self.foundation.issue::<R>(self.name, &spec, 0)?, spec, expectation)
    }

    /// The holding of a role, its first generation issued before the deployment was written, which names its `kid`.
    pub(super) fn first_of<R: Role<Owner = O>>(
        &self,
        issued: Issued,
        spec: LeafSpec,
        expectation: Result<Expectation<R>, MissingPart>,
    ) -> Result<Holding<R>, Error> {
        let expectation = expectation.map_err(|reason| rejected::<R>(self.name, reason))?;
        let first = self.foundation.accept(self.name, issued, &expectation)?;
        let entry = Entry { holder: self.name.to_owned(), owner: self.owner.clone(), spec, expectation };
        Ok(Holding::new(entry, first))
    }
}
