//! What can be wrong with a deployment file, and what a view of the ecosystem may lack.

use std::fmt;

use thiserror::Error;

use crate::host::HostError;
use crate::id::IdError;
use crate::role::RoleId;

/// A deployment file was refused: everything that is wrong with it, at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentError {
    problems: Vec<Problem>,
}

impl DeploymentError {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// Every problem, in the order they were found; never empty.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "deployment.invalid"
    }
}

impl From<Problem> for DeploymentError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for DeploymentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the deployment file is refused")?;
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for DeploymentError {}

/// One thing that is wrong with a deployment file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    place: String,
    rule: DeploymentRule,
}

impl Problem {
    pub(super) fn new(place: impl Into<String>, rule: DeploymentRule) -> Self {
        Self { place: place.into(), rule }
    }

    /// Where it stands, from the top of the file: `instances.retail.hosts.as`. Empty for the file as a whole.
    ///
    /// A name that is not made of ASCII letters, digits, `_` and `-` is quoted, and cut to 64 characters.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The rule it breaks.
    #[must_use]
    pub fn rule(&self) -> &DeploymentRule {
        &self.rule
    }

    /// The rule's stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.rule.code()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => self.rule.fmt(f),
            place => write!(f, "{place}: {}", self.rule),
        }
    }
}

/// A rule that deployment files must keep.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DeploymentRule {
    /// Not TOML, not strict JSON, or too long.
    #[error("the file cannot be read: {reason}")]
    Syntax {
        /// What the reader of the format says.
        reason: String,
    },
    /// A name that means nothing here: a typing error, most often.
    #[error("no such member: remove it, or correct its name")]
    UnknownMember,
    /// A member that something else in the file calls for.
    #[error("missing: it is needed for {needed_for}")]
    Missing {
        /// What needs it.
        needed_for: &'static str,
    },
    /// A value of another type.
    #[error("wrong type: expected {expected}")]
    Type {
        /// What belongs here.
        expected: &'static str,
    },
    /// A word that is not among those that mean something here.
    #[error("expected {expected}")]
    Word {
        /// The words there are.
        expected: String,
    },
    /// Not an identifier of its kind.
    #[error("{0}")]
    Identifier(#[from] IdError),
    /// Not a host name, or not an HTTPS URL.
    #[error("{0}")]
    Host(#[from] HostError),
    /// An issuer is an `https` URL without query and fragment (RFC 8414 section 2).
    #[error("an issuer is a URL of the form https://host[:port]/path, without query and fragment")]
    Issuer,
    /// Not the name of an HTTP header field (RFC 9110 section 5.1).
    #[error("not the name of an HTTP header field")]
    HeaderName,
    /// A reference to something that the file does not have.
    #[error("there is no such {what} in the file")]
    UnknownReference {
        /// What is referred to.
        what: &'static str,
    },
    /// A value that must be there once only.
    #[error("the same as {first}: it must differ")]
    Duplicate {
        /// Where it stands already.
        first: String,
    },
    /// A TPP or an LFI in Ozone's organisation: its certificates could not be told from Ozone's.
    #[error("this is Ozone's organisation")]
    OzoneOrganisation,
    /// A TPP's application that is an LFI's C3 application: C1 and C3 could not be told apart.
    #[error("the same as {c3}, the application of an LFI's C3")]
    C3Application {
        /// Where the LFI's application stands.
        c3: String,
    },
    /// Instances that share an Ozone Connect host, but not the certificate that answers there.
    #[error("the same host as {other}, but another {differing}: one server presents one S4")]
    SharedOzoneConnect {
        /// Where the host stands already.
        other: String,
        /// What differs.
        differing: &'static str,
    },
}

impl DeploymentRule {
    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "deployment.syntax",
            Self::UnknownMember => "deployment.unknown-member",
            Self::Missing { .. } => "deployment.missing",
            Self::Type { .. } => "deployment.type",
            Self::Word { .. } => "deployment.word",
            Self::Identifier(_) => "deployment.identifier",
            Self::Host(_) => "deployment.host",
            Self::Issuer => "deployment.issuer",
            Self::HeaderName => "deployment.header-name",
            Self::UnknownReference { .. } => "deployment.unknown-reference",
            Self::Duplicate { .. } => "deployment.duplicate",
            Self::OzoneOrganisation => "deployment.ozone-organisation",
            Self::C3Application { .. } => "deployment.c3-application",
            Self::SharedOzoneConnect { .. } => "deployment.shared-ozone-connect",
        }
    }
}

/// The deployment is sound, but does not hold the part that was asked for: each party's view needs only its own.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the deployment has no {place}, which is needed for {needed_for}: add it to the deployment file")]
pub struct MissingPart {
    place: String,
    needed_for: &'static str,
}

impl MissingPart {
    pub(super) fn new(place: impl Into<String>, needed_for: &'static str) -> Self {
        Self { place: place.into(), needed_for }
    }

    /// The same part, which `role` needs.
    pub(super) fn for_role(self, role: RoleId) -> Self {
        Self { needed_for: role.name(), ..self }
    }

    /// Where in the file it belongs: `instances.retail.hosts.as`.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What needs it: a role, or a step of the work.
    #[must_use]
    pub const fn needed_for(&self) -> &'static str {
        self.needed_for
    }

    /// A stable code for logs and metrics.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "deployment.missing-part"
    }
}

/// A part that a view may leave out, with the place it has in the file.
#[derive(Debug, Clone)]
pub(super) struct Part<T> {
    value: Option<T>,
    written: bool,
    place: String,
    needed_for: &'static str,
}

impl<T> Part<T> {
    /// `member` is `None` if the file leaves it out, and `Some(None)` if what stands there is broken.
    pub(super) fn new(member: Option<Option<T>>, place: String, needed_for: &'static str) -> Self {
        Self { written: member.is_some(), value: member.flatten(), place, needed_for }
    }

    /// The part, for those who cannot do without.
    pub(super) fn get(&self) -> Result<&T, MissingPart> {
        self.value.as_ref().ok_or_else(|| MissingPart::new(self.place.as_str(), self.needed_for))
    }

    /// The part, for those who can.
    pub(super) const fn known(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// Whether the file says nothing here.
    pub(super) const fn is_left_out(&self) -> bool {
        !self.written
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }
}
