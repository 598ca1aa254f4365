//! The rules of a kind of token, as data (FACTS section 4).

use crate::error::IssueProblem;

/// What a kind of token must look like. Each [`Token`](crate::Token) states its own; none is a caller's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// Octets of the compact form.
    pub max_octets: usize,
    /// Octets to which a caller who expects more may raise that; the same where none may.
    pub max_octets_settable: usize,
    /// Values of `typ` accepted beside none.
    pub typ: &'static [&'static str],
    /// `sub`.
    pub sub: Presence,
    /// The form of `aud`.
    pub audience: AudienceForm,
    /// `iat`.
    pub iat: Presence,
    /// `nbf`.
    pub nbf: Presence,
    /// `jti`.
    pub jti: Presence,
    /// How long it may live. Accepted with the clock skew on top.
    pub ceiling: Ceiling,
    /// Claims of other kinds of token, whose presence shows that this is one of those.
    pub forbidden: &'static [&'static str],
    /// Seconds it lives when we issue it.
    pub issued_lifetime: u64,
    /// `typ` when we issue it.
    pub issued_typ: Option<&'static str>,
    /// `cty` when we issue it.
    pub issued_cty: Option<&'static str>,
}

/// Whether a claim has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It must be there.
    Required,
    /// It may be missing, and is checked if it is there; we send it.
    Recommended,
    /// It may be there, and is checked then; we send none.
    Optional,
    /// It shows that the token is of another kind.
    Forbidden,
}

impl Presence {
    pub(crate) const fn is_issued(self) -> bool {
        matches!(self, Self::Required | Self::Recommended)
    }
}

/// How `aud` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudienceForm {
    /// One string, and no array.
    OneString,
    /// One string, or an array with it; we send a string.
    StringOrArray,
    /// One string, or an array with it; we send an array.
    ArrayOrString,
}

/// How long a token may live, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceiling {
    /// As long as its issuer says: FACTS names no limit.
    None,
    /// `exp` at most this long after `iat`.
    FromIssuedAt(u64),
    /// `exp` at most this long after `nbf`, and `nbf` at most this long ago.
    FromNotBefore(u64),
}

impl Rules {
    /// What most kinds have in common: a small token with `iss`, `aud`, `iat` and `exp`.
    pub(crate) const COMMON: Self = Self {
        max_octets: 8 * KIB,
        max_octets_settable: 8 * KIB,
        typ: &["JWT", "JOSE"],
        sub: Presence::Optional,
        audience: AudienceForm::OneString,
        iat: Presence::Required,
        nbf: Presence::Optional,
        jti: Presence::Optional,
        ceiling: Ceiling::None,
        forbidden: &[],
        issued_lifetime: 300,
        issued_typ: None,
        issued_cty: None,
    };

    pub(crate) const fn sized(octets: usize) -> Self {
        Self { max_octets: octets, max_octets_settable: octets, ..Self::COMMON }
    }

    /// Whether a receiver may accept a token of this length.
    pub(crate) fn check_issued(&self, found: usize) -> Result<(), IssueProblem> {
        let limit = self.max_octets_settable;
        if found > limit { Err(IssueProblem::TooLarge { limit, found }) } else { Ok(()) }
    }
}

pub(crate) const KIB: usize = 1024;
pub(crate) const MIB: usize = 1024 * KIB;
