//! Personally identifiable information: Sig1 inside Enc1 (FACTS section 4).
//!
//! It is signed once, when the consent is created, and the same octets come back with every payment. So it is never spent, and what
//! is opened later is judged by the consent's age, not by today's date.

use std::fmt;

use hub_roles::{C4, ClientId, Issuer, Pii, Sig1, VerificationKey};
use hub_tls::Peer;
use rustls_pki_types::UnixTime;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::claims::{self, Names};
use crate::content::Content;
use crate::error::{TokenError, TokenId, TokenRule};
use crate::token::{
    Accepted, AudienceForm, Draft, ExpectedClient, KIB, Opener, Parties, Presence, Rules, SealedToken, Token,
    Unverified, Verified, Vouched, sealed,
};

impl sealed::Sealed for Pii {}

impl Token for Pii {
    type SignedBy = Sig1;
    type Expectation = ExpectedClient;
    type Claims = Content;
    type Outcome = Verified<Self>;
    const ID: TokenId = TokenId::Pii;
    const RULES: Rules = Rules {
        sub: Presence::Required,
        audience: AudienceForm::StringOrArray,
        nbf: Presence::Required,
        jti: Presence::Recommended,
        forbidden: &["Identification", "message", "response_type"],
        ..Rules::sized(256 * KIB)
    };

    fn parties(expectation: &ExpectedClient) -> Parties<'_, ClientId> {
        expectation.parties_with_subject()
    }

    /// The content is all but the registered claims: `Initiation`, `Risk` and whatever else the schema has.
    fn read(accepted: &Accepted<'_>, _: &ExpectedClient) -> Result<Content, TokenRule> {
        claims::read::<Personal>(accepted.payload())?;
        Content::beside_registered_claims(accepted.payload())
    }
}

impl SealedToken for Pii {}

/// PII to be sealed, with content of type `C`: an object with `Initiation`, `Risk` and the like.
///
/// | | |
/// |---|---|
/// | sealed by | the TPP with its Sig1 to Enc1 of the LFI, in a [`Sealer`](crate::Sealer) |
/// | opened by | the LFI, in an [`Opener`], against an [`ExpectedClient`]: [`open`](Opener::open) at consent validation, [`open_later`](Opener::open_later) ever after, [`open_vouched`](Opener::open_vouched) on the Hub's word |
/// | says | `iss` and `sub`: the client; `aud`: the issuer, or an array with it; `iat`, `nbf`, `exp`; `Initiation` and the rest of the content. `jti` may be missing; we send it |
/// | header of the JWE | `cty: JWT` and `kid`, as we send them; `cty` may be missing, and `kid` where the opener holds one key only |
/// | limits | 256 KiB; no ceiling is published; we send 300 s |
///
/// The example of [`Sealer`](crate::Sealer) shows both sides. With a later payment the same octets come back:
///
/// ```
/// use hub_jose::{ExpectedClient, Opener, PiiDraft, Sealer, Signer};
/// use hub_roles::{Enc1, Pii, Sig1};
/// # use hub_testkit::Ecosystem;
/// # use rustls_pki_types::UnixTime;
/// # let created_at = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
/// # let mut eco = Ecosystem::sandbox(created_at)?;
/// # let client = eco.tpp("acme")?.client_id().clone();
/// # let issuer = eco.hub().deployment().instance(&"retail".parse()?)?.issuer()?.clone();
/// # let jwe = Sealer::<Pii>::new(&Signer::new(eco.tpp("acme")?.sig1()), &eco.lfi("bank")?.enc1_public_key()?)
/// #     .seal(&PiiDraft::new(&client, &issuer, serde_json::json!({"Initiation": {}})), created_at)?;
/// # let inactive = [eco.holding::<Sig1>("acme")?.verification_key()?];
/// # eco.rotate::<Sig1>("acme")?;
/// # eco.retire::<Sig1>("acme")?;
/// # eco.rotate::<Enc1>("bank")?;
/// # let active = [eco.holding::<Sig1>("acme")?.verification_key()?];
/// # let enc1_keys = eco.lfi("bank")?.enc1_keys();
///
/// // Since the consent was created, the TPP has replaced its Sig1, and the bank its Enc1, of which it keeps the old key.
/// let opener = Opener::<Pii>::new(enc1_keys);
/// let expected = ExpectedClient::new(&client, &issuer);
/// let pii = opener.open_later(&jwe, &active, &inactive, &expected, created_at)?;
/// # assert!(opener.open(&jwe, &active, &expected, created_at).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct PiiDraft<C> {
    parties: ExpectedClient,
    content: C,
}

impl<C> PiiDraft<C> {
    /// Content from `client` for the LFI whose instance has the issuer `issuer`.
    #[must_use]
    pub fn new(client: &ClientId, issuer: &Issuer, content: C) -> Self {
        Self { parties: ExpectedClient::new(client, issuer), content }
    }
}

/// Without the content.
impl<C> fmt::Debug for PiiDraft<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PiiDraft({:?})", self.parties)
    }
}

impl<C> sealed::Sealed for PiiDraft<C> {}

impl<C: Serialize> Draft for PiiDraft<C> {
    type Token = Pii;

    fn names(&self) -> Names<'_> {
        self.parties.names_with_subject()
    }

    fn body(&self) -> impl Serialize {
        &self.content
    }
}

impl Opener<Pii> {
    /// As [`open`](Self::open), for PII that comes back after the consent was created: its dates are judged at `created_at`, the
    /// consent's CreationDateTime, and its key may be one of the `inactive` set of the client.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_later(
        &self,
        jwe: &str,
        active: &[VerificationKey<Sig1>],
        inactive: &[VerificationKey<Sig1>],
        expectation: &ExpectedClient,
        created_at: UnixTime,
    ) -> Result<Verified<Pii>, TokenError> {
        self.decrypt(jwe)?.verify_later(active, inactive, expectation, created_at)
    }

    /// Opens PII without verifying its signature, because the Hub verified the request around it and passed it on over the
    /// connection of `hub`. Everything else is checked, the dates at `at`.
    ///
    /// # Errors
    /// As [`open`](Self::open), without the rules on keys and signatures.
    pub fn open_vouched(
        &self,
        hub: &Peer<C4>,
        jwe: &str,
        expectation: &ExpectedClient,
        at: UnixTime,
    ) -> Result<Vouched<Pii>, TokenError> {
        self.decrypt(jwe)?.accept_vouched(hub, expectation, at)
    }
}

impl Unverified<Pii> {
    /// Verifies PII that comes back after the consent was created: the second half of [`Opener::open_later`].
    ///
    /// # Errors
    /// As [`verify_with_one_of`](Self::verify_with_one_of).
    pub fn verify_later(
        &self,
        active: &[VerificationKey<Sig1>],
        inactive: &[VerificationKey<Sig1>],
        expectation: &ExpectedClient,
        created_at: UnixTime,
    ) -> Result<Verified<Pii>, TokenError> {
        self.verify_with_first_of(&[active, inactive], expectation, created_at)
    }

    /// Accepts PII on the word of the Hub about its signature: the second half of [`Opener::open_vouched`].
    ///
    /// # Errors
    /// As [`verify`](Self::verify), without the rules on keys and signatures.
    pub fn accept_vouched(
        &self,
        _hub: &Peer<C4>,
        expectation: &ExpectedClient,
        at: UnixTime,
    ) -> Result<Vouched<Pii>, TokenError> {
        self.accept_unverified(expectation, at).map(Vouched::new)
    }
}

/// What all PII has, and no other token.
#[derive(Deserialize)]
struct Personal {
    #[serde(rename = "Initiation")]
    _initiation: IgnoredAny,
}
