//! Signed request bodies: Sig1, `application/jwt` (FACTS section 4).

use std::fmt;

use hub_roles::{ClientId, Issuer, Sig1};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::claims::{self, Names};
use crate::error::{TokenId, TokenRule};
use crate::token::{
    Accepted, AudienceForm, BareToken, Draft, ExpectedClient, KIB, MIB, Parties, Presence, Rules, Token, Verified,
    sealed,
};

/// A signed request body with a message of type `M`: a payment, a file payment, a confirmation of payee, a consent's patch.
///
/// | | |
/// |---|---|
/// | signed by | Sig1 of the TPP, in a [`Signer`](crate::Signer) |
/// | verified by | the Hub, against an [`ExpectedClient`] |
/// | says | `iss`: the client; `aud`: an array with the issuer (a string occurs and is accepted); `nbf`, `exp`; `message`: an object or array. `iat` may be missing |
/// | limits | 1 MiB, for bodies with a file up to 16 MiB by [`Unverified::parse_up_to`](crate::Unverified::parse_up_to); no ceiling is published, `nbf` may be 0; we send 300 s |
///
/// ```
/// use hub_jose::{ExpectedClient, SignedRequest, Signer, Unverified};
/// use hub_roles::Sig1;
/// use serde_json::{Value, json};
/// # use hub_testkit::Ecosystem;
/// # use rustls_pki_types::UnixTime;
/// # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
/// # let eco = Ecosystem::sandbox(now)?;
/// # let (sig1, client) = (eco.tpp("acme")?.sig1(), eco.tpp("acme")?.client_id());
/// # let issuer = eco.hub().deployment().instance(&"retail".parse()?)?.issuer()?;
/// # let key = eco.holding::<Sig1>("acme")?.verification_key()?;
///
/// // The TPP.
/// let payment = json!({"Data": {"ConsentId": "b8f42378-10ac-46a1-8d20-4e020484216d"}});
/// let body = Signer::new(sig1).sign(&SignedRequest::new(client, issuer, &payment), now)?;
///
/// // The Hub.
/// let token = Unverified::<SignedRequest<Value>>::parse(&body)?;
/// let verified = token.verify(&key, &ExpectedClient::new(client, issuer), now)?;
/// assert_eq!(verified.claims(), &payment);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SignedRequest<M> {
    parties: ExpectedClient,
    message: M,
}

impl<M> SignedRequest<M> {
    /// `message` from `client` to the instance whose issuer is `issuer`.
    #[must_use]
    pub fn new(client: &ClientId, issuer: &Issuer, message: M) -> Self {
        Self { parties: ExpectedClient::new(client, issuer), message }
    }
}

/// Without the message.
impl<M> fmt::Debug for SignedRequest<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedRequest({:?})", self.parties)
    }
}

impl<M> sealed::Sealed for SignedRequest<M> {}

impl<M: DeserializeOwned> Token for SignedRequest<M> {
    type SignedBy = Sig1;
    type Expectation = ExpectedClient;
    type Claims = M;
    type Outcome = Verified<Self>;
    const ID: TokenId = TokenId::SignedRequest;
    const RULES: Rules = BODY_RULES;

    fn parties(expectation: &ExpectedClient) -> Parties<'_, ClientId> {
        expectation.parties()
    }

    fn read(accepted: &Accepted<'_>, _: &ExpectedClient) -> Result<M, TokenRule> {
        Message::read(accepted).map(|body| body.message)
    }
}

impl<M: DeserializeOwned> BareToken for SignedRequest<M> {}

/// A sender's type need not be one that can be read.
impl<M: Serialize> Draft for SignedRequest<M> {
    type Token = SignedRequest<IgnoredAny>;

    fn names(&self) -> Names<'_> {
        self.parties.names()
    }

    fn body(&self) -> impl Serialize {
        Message { message: &self.message }
    }
}

/// The envelope of signed bodies: an object or array in `message`.
#[derive(Serialize, Deserialize)]
pub(super) struct Message<M> {
    pub(super) message: M,
}

impl<M: DeserializeOwned> Message<M> {
    pub(super) fn read(accepted: &Accepted<'_>) -> Result<Self, TokenRule> {
        let Message { message }: Message<&RawValue> = claims::read(accepted.payload())?;
        if !message.get().starts_with(['{', '[']) {
            return Err(TokenRule::ClaimValue { claim: "message", expected: "an object or array".to_owned() });
        }
        claims::read(accepted.payload())
    }
}

/// The rules of signed bodies, requests and responses alike. No ceiling is published, and `nbf` 0 occurs.
pub(super) const BODY_RULES: Rules = Rules {
    max_octets_settable: 16 * MIB,
    audience: AudienceForm::ArrayOrString,
    iat: Presence::Optional,
    nbf: Presence::Required,
    ..Rules::sized(1024 * KIB)
};
