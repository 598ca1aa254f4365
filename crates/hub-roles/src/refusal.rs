//! Why a certificate is not accepted in a role.

use std::fmt;

use crate::chain::CertificateChain;
use crate::id::KeyId;
use crate::path::PathId;
use crate::role::RoleId;
use crate::rule::CertificateRule;

/// A certificate was refused for a role, by one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    role: RoleId,
    kid: Option<KeyId>,
    subject: Option<Box<str>>,
    rule: CertificateRule,
}

impl Refusal {
    /// A refusal by whoever checked a certificate before or instead of
    /// [`TrustFramework::verify`](crate::TrustFramework::verify): because none was presented, or a chain over the limits.
    #[must_use]
    pub fn new(role: RoleId, kid: Option<KeyId>, rule: CertificateRule) -> Self {
        Self { role, kid, subject: None, rule }
    }

    /// A refusal of this chain.
    pub(crate) fn of(role: RoleId, chain: &CertificateChain, rule: CertificateRule) -> Self {
        let subject = chain.claimed_subject().ok().map(String::into_boxed_str);
        Self { role, kid: Some(chain.kid()), subject, rule }
    }

    /// The role the certificate should have had.
    #[must_use]
    pub fn role(&self) -> RoleId {
        self.role
    }

    /// The path the role belongs to, for transport roles.
    #[must_use]
    pub fn path(&self) -> Option<PathId> {
        PathId::of_transport(self.role)
    }

    /// The `kid` of the refused certificate, if one was presented.
    #[must_use]
    pub fn kid(&self) -> Option<&KeyId> {
        self.kid.as_ref()
    }

    /// The subject that the refused certificate claims, as far as it could be read:
    /// [`CertificateChain::claimed_subject`], a stranger's text.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// The rule it broke.
    #[must_use]
    pub fn rule(&self) -> &CertificateRule {
        &self.rule
    }

    /// The rule's stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.rule.code()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path() {
            Some(path) => write!(f, "certificate refused as {} ({path}): {}", self.role, self.rule),
            None => write!(f, "certificate refused as {}: {}", self.role, self.rule),
        }
    }
}

impl std::error::Error for Refusal {}
