//! Login hints: Sig1 inside Enc1, `login_hint` of a request object (FACTS section 4, OpenID Connect Core section 3.1.2.1).

use std::fmt;

use hub_roles::{ClientId, Issuer, LoginHint, Sig1};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::claims::{self, Names};
use crate::error::{TokenId, TokenRule};
use crate::token::{
    Accepted, AudienceForm, Draft, ExpectedClient, Parties, Presence, Rules, SealedToken, Token, Verified, sealed,
};

impl sealed::Sealed for LoginHint {}

impl Token for LoginHint {
    type SignedBy = Sig1;
    type Expectation = ExpectedClient;
    type Claims = UserIdentification;
    type Outcome = Verified<Self>;
    const ID: TokenId = TokenId::LoginHint;
    const RULES: Rules = Rules {
        audience: AudienceForm::StringOrArray,
        iat: Presence::Optional,
        nbf: Presence::Recommended,
        jti: Presence::Recommended,
        forbidden: &["Initiation", "Risk", "message", "response_type"],
        ..Rules::COMMON
    };

    fn parties(expectation: &ExpectedClient) -> Parties<'_, ClientId> {
        expectation.parties_with_subject()
    }

    fn read(accepted: &Accepted<'_>, _: &ExpectedClient) -> Result<UserIdentification, TokenRule> {
        claims::read(accepted.payload())
    }
}

impl SealedToken for LoginHint {}

/// A login hint to be sealed: the TPP tells the LFI whom to expect, so that the LFI can look the customer up before the login.
///
/// | | |
/// |---|---|
/// | sealed by | the TPP with its Sig1 to Enc1 of the LFI, in a [`Sealer`](crate::Sealer) |
/// | opened by | the LFI, in an [`Opener`](crate::Opener), against an [`ExpectedClient`] |
/// | says | `iss`: the client; `aud`: the issuer, or an array with it; `exp`; a [`UserIdentification`]. `sub`, the client, may be missing, and so may `iat`, `nbf` and `jti`; we send them |
/// | header of the JWE | `cty: JWT` and `kid`, as we send them; `cty` may be missing, and `kid` where the opener holds one key only |
/// | limits | 8 KiB; no ceiling is published; we send 300 s |
///
/// It is optional, and a hint: it replaces no authentication of the user, and one that is refused counts as none.
///
/// ```
/// use hub_jose::{ExpectedClient, IdentificationType, LoginHintDraft, Opener, Sealer, Signer, UserIdentification};
/// use hub_roles::{LoginHint, Sig1};
/// # use hub_testkit::Ecosystem;
/// # use rustls_pki_types::UnixTime;
/// # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
/// # let eco = Ecosystem::sandbox(now)?;
/// # let (acme, bank) = (eco.tpp("acme")?, eco.lfi("bank")?);
/// # let (sig1, client, enc1) = (acme.sig1(), acme.client_id(), bank.enc1_public_key()?);
/// # let issuer = eco.hub().deployment().instance(&"retail".parse()?)?.issuer()?;
/// # let sig1_keys = [eco.holding::<Sig1>("acme")?.verification_key()?];
///
/// // The TPP. The result is `login_hint` of its request object.
/// let user = UserIdentification::new(IdentificationType::EmiratesId, "784-1980-1234567-1");
/// let draft = LoginHintDraft::new(client, issuer, user);
/// let jwe = Sealer::<LoginHint>::new(&Signer::new(sig1), &enc1).seal(&draft, now)?;
///
/// // The bank.
/// let opener = Opener::<LoginHint>::new([bank.enc1()]);
/// let hint = opener.open(&jwe, &sig1_keys, &ExpectedClient::new(client, issuer), now)?;
/// assert_eq!(hint.claims().identification(), "784-1980-1234567-1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginHintDraft {
    parties: ExpectedClient,
    user: UserIdentification,
}

impl LoginHintDraft {
    /// Who the user is, from `client` for the LFI whose instance has the issuer `issuer`.
    #[must_use]
    pub fn new(client: &ClientId, issuer: &Issuer, user: UserIdentification) -> Self {
        Self { parties: ExpectedClient::new(client, issuer), user }
    }
}

impl sealed::Sealed for LoginHintDraft {}

impl Draft for LoginHintDraft {
    type Token = LoginHint;

    fn names(&self) -> Names<'_> {
        self.parties.names_with_subject()
    }

    fn body(&self) -> impl Serialize {
        &self.user
    }
}

/// Who a user is: a number, and of which kind. The number is cleared when dropped, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserIdentification {
    #[serde(rename = "Type")]
    kind: IdentificationType,
    #[serde(rename = "Identification", serialize_with = "write", deserialize_with = "read")]
    identification: Zeroizing<String>,
}

impl UserIdentification {
    /// A user with this number.
    #[must_use]
    pub fn new(kind: IdentificationType, identification: &str) -> Self {
        Self { kind, identification: identification.to_owned().into() }
    }

    /// The kind of number.
    #[must_use]
    pub fn kind(&self) -> IdentificationType {
        self.kind
    }

    /// The number. As the client says: nobody has authenticated the user.
    #[must_use]
    pub fn identification(&self) -> &str {
        &self.identification
    }
}

impl fmt::Debug for UserIdentification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserIdentification({:?})", self.kind())
    }
}

/// What kind of number identifies a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum IdentificationType {
    /// A person's Emirates ID.
    #[serde(rename = "EmiratesID")]
    EmiratesId,
    /// A company's trade licence number.
    TradeLicenseNumber,
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(deserializer).map(Zeroizing::new)
}

fn write<S: Serializer>(text: &Zeroizing<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}
