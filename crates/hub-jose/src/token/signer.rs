//! Issuing tokens.

use std::fmt;
use std::io;

use aws_lc_rs::rand;
use hub_roles::{Credential, KeyId, Signing};
use rustls_pki_types::UnixTime;
use serde::Serialize;
use uuid::Builder;
use zeroize::Zeroizing;

use crate::claims;
use crate::cleared::Cleared;
use crate::error::{IssueError, IssueProblem};
use crate::jws::{self, PreparedJws};
use crate::token::{AudienceForm, BareToken, Draft, PreparedToken, Rules, Token};

/// Issues tokens of one signing role.
///
/// It fills in `kid` from the credential, `iat`, `nbf` and `exp` from the clock and the kind's recommended lifetime, and a random `jti`
/// where the kind has one. A draft of another role's token does not fit.
///
/// However large the token is, signing allocates as often, as a test counts and bounds it: 11 times for a client assertion, 10 for a signed request
/// whose message is one text. What a body of one's own allocates while it is serialised comes on top.
///
/// ```no_run
/// use hub_jose::{ClientAssertion, Signer};
/// use hub_roles::{ClientId, Credential, Issuer, Sig1};
/// use rustls_pki_types::UnixTime;
///
/// # fn example(sig1: Credential<Sig1>, client: ClientId, issuer: Issuer) -> Result<(), hub_jose::IssueError> {
/// let signer = Signer::new(sig1);
/// let assertion = signer.sign(&ClientAssertion::new(&client, &issuer), UnixTime::now())?;
/// # Ok(())
/// # }
/// ```
pub struct Signer<R: Signing> {
    credential: Credential<R>,
}

impl<R: Signing> Signer<R> {
    /// A signer with this credential.
    #[must_use]
    pub fn new(credential: Credential<R>) -> Self {
        Self { credential }
    }

    /// The `kid` that its tokens name.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        self.credential.kid()
    }

    /// Issues a token at `now`.
    ///
    /// # Errors
    /// As [`Self::prepare`] and [`PreparedToken::sign`].
    pub fn sign<D: Draft>(&self, draft: &D, now: UnixTime) -> Result<String, IssueError>
    where
        D::Token: BareToken + Token<SignedBy = R>,
    {
        self.prepare(draft, now)?.sign()
    }

    /// Issues a token at `now`, up to its signature: for a key that takes its time.
    ///
    /// # Errors
    /// [`IssueProblem::Serialise`], [`IssueProblem::Claims`] and [`IssueProblem::TooLarge`] for what no receiver would accept,
    /// [`IssueProblem::Module`].
    pub fn prepare<D: Draft>(&self, draft: &D, now: UnixTime) -> Result<PreparedToken<D::Token>, IssueError>
    where
        D::Token: BareToken + Token<SignedBy = R>,
    {
        self.prepare_any(draft, now)
    }

    pub(super) fn prepare_any<D: Draft>(&self, draft: &D, now: UnixTime) -> Result<PreparedToken<D::Token>, IssueError>
    where
        D::Token: Token<SignedBy = R>,
    {
        self.prepare_jws(draft, now).map(PreparedToken::new).map_err(|problem| problem.of(<D::Token as Token>::ID))
    }

    fn prepare_jws<D: Draft>(&self, draft: &D, now: UnixTime) -> Result<PreparedJws<R>, IssueProblem> {
        let rules = <D::Token as Token>::RULES;
        let payload = payload(draft, &rules, now.as_secs())?;
        let jws = jws::prepare(&self.credential, rules.issued_typ, rules.issued_cty, &payload)?;
        rules.check_issued(jws.octets())?;
        Ok(jws)
    }
}

impl<R: Signing> Clone for Signer<R> {
    fn clone(&self) -> Self {
        Self { credential: self.credential.clone() }
    }
}

impl<R: Signing> fmt::Debug for Signer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer<{}>(kid {})", R::ID, self.kid())
    }
}

/// The claims as they are sent.
#[derive(Serialize)]
struct Outgoing<'a, B> {
    iss: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    aud: OutgoingAudience<'a>,
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<u64>,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(flatten)]
    body: B,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OutgoingAudience<'a> {
    String(&'a str),
    Array([&'a str; 1]),
}

fn payload<D: Draft>(draft: &D, rules: &Rules, now: u64) -> Result<Cleared<Vec<u8>>, IssueProblem> {
    let names = draft.names();
    let claims = Outgoing {
        iss: names.issuer,
        sub: names.subject,
        aud: match rules.audience {
            AudienceForm::ArrayOrString => OutgoingAudience::Array([names.audience]),
            AudienceForm::OneString | AudienceForm::StringOrArray => OutgoingAudience::String(names.audience),
        },
        iat: now,
        nbf: rules.nbf.is_issued().then_some(now),
        exp: now.saturating_add(rules.issued_lifetime),
        jti: rules.jti.is_issued().then(random_jti).transpose()?,
        body: draft.body(),
    };
    let payload = Cleared::from(to_json(&claims).map_err(|_| IssueProblem::Serialise)?);
    // What a receiver of ours would refuse is not sent: a body may repeat `iss`, or be too deep.
    hub_json::check(&payload, claims::limits(&payload)).map_err(IssueProblem::Claims)?;
    Ok(payload)
}

/// Serialises twice, the first time for the length: a buffer that grew would leave copies behind.
fn to_json(claims: &impl Serialize) -> serde_json::Result<Zeroizing<Vec<u8>>> {
    let mut length = Length(0);
    serde_json::to_writer(&mut length, claims)?;
    let mut json = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *json, claims)?;
    Ok(json)
}

/// Octets written so far.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0 += octets.len();
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A version 4 UUID (FACTS section 4, "JWT Auth").
fn random_jti() -> Result<String, IssueProblem> {
    let mut octets = [0; 16];
    rand::fill(&mut octets).map_err(|_| IssueProblem::Module)?;
    Ok(Builder::from_random_bytes(octets).into_uuid().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_of_the_claims_is_allocated_once() {
        let json = to_json(&serde_json::json!({"Initiation": "x".repeat(5000)})).unwrap();
        assert_eq!((json.len(), json.capacity()), (5017, 5017));
    }
}
