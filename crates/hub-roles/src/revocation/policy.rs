//! What is asked of revocation lists.

/// What a [`TrustFramework`](crate::TrustFramework) asks of revocation lists.
///
/// Under every policy a certificate that is listed is refused, wherever it stands in the path, on hold or for good, and by a list that
/// has expired as well. Only a newer list ends a hold (RFC 5280 section 5.3.1).
///
/// Lists are judged at the time of the judgement, also where a certificate is judged at the time of an
/// [earlier use](crate::TrustFramework::verify_used_at): what was revoked since then is refused, and a list that was current then is
/// no current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RevocationPolicy {
    /// Nothing more: without a list, or with an expired one, whoever is not listed is accepted. An outage of the place that lists are
    /// fetched from refuses nobody.
    #[default]
    IfPresent,
    /// Certificates down to this depth need a list that covers them and has not expired.
    Required(RevocationDepth),
}

/// Which certificates of a path need a revocation list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RevocationDepth {
    /// The end entity: the list of the issuing CA.
    #[default]
    EndEntity,
    /// Every certificate below the trust anchor: the lists of all CAs, the root's with them.
    Chain,
}

impl RevocationPolicy {
    /// How many certificates of a path need a list, from the end entity up.
    pub(super) const fn depth(self) -> usize {
        match self {
            Self::IfPresent => 0,
            Self::Required(RevocationDepth::EndEntity) => 1,
            Self::Required(RevocationDepth::Chain) => usize::MAX,
        }
    }
}
