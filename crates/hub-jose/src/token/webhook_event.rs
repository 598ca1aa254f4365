//! Webhook events: Sig2 inside Enc2 (FACTS section 4).
//!
//! Whose event it is shows only inside: the consent names the LFI, and the LFI's issuer must have signed. So reading one takes two
//! steps: look up the consent that the event claims to be about, then verify the event against that consent.

use std::fmt;

use hub_roles::{ClientId, Issuer, OrganisationId, Sig2, WebhookEvent};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::claims::{self, Names, object};
use crate::content::Content;
use crate::error::{TokenError, TokenId, TokenRule};
use crate::token::signed_request::Message;
use crate::token::{
    Accepted, AudienceForm, Draft, ExpectedIssuer, KIB, Parties, Presence, Rules, SealedToken, Token, Unverified,
    Verified, sealed,
};

impl sealed::Sealed for WebhookEvent {}

impl Token for WebhookEvent {
    type SignedBy = Sig2;
    type Expectation = ExpectedEvent;
    type Claims = Event;
    type Outcome = Verified<Self>;
    const ID: TokenId = TokenId::WebhookEvent;
    const RULES: Rules =
        Rules { audience: AudienceForm::StringOrArray, iat: Presence::Optional, ..Rules::sized(256 * KIB) };

    fn parties(expectation: &ExpectedEvent) -> Parties<'_, OrganisationId> {
        expectation.issuer.parties()
    }

    fn read(accepted: &Accepted<'_>, expectation: &ExpectedEvent) -> Result<Event, TokenRule> {
        let IncomingMessage { message } = claims::read(accepted.payload())?;
        if message.meta.consent_id != expectation.consent_id {
            return Err(TokenRule::ClaimValue {
                claim: "message.Meta.ConsentId",
                expected: "the consent that it was looked up by".to_owned(),
            });
        }
        let data = Content::object(message.data)
            .ok_or_else(|| TokenRule::ClaimValue { claim: "message.Data", expected: "an object".to_owned() })?;
        Ok(Event { meta: message.meta, data })
    }
}

impl SealedToken for WebhookEvent {}

/// What a webhook event says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// What happened, and to which consent.
    pub meta: EventMeta,
    /// The resource as it is now.
    pub data: Content,
}

/// What happened, when, and to which consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventMeta {
    /// When: an RFC 3339 date and time.
    pub event_date_time: String,
    /// What it is about: the URL or name of a resource.
    pub event_resource: String,
    /// What happened.
    pub event_type: String,
    /// The consent it belongs to.
    pub consent_id: String,
}

/// What a client knows once it has looked up the consent: which instance of which LFI the event must come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedEvent {
    issuer: ExpectedIssuer,
    consent_id: String,
}

impl ExpectedEvent {
    /// About the consent `consent_id`, which was given at the instance of `issuer`.
    #[must_use]
    pub fn new(issuer: ExpectedIssuer, consent_id: &str) -> Self {
        Self { issuer, consent_id: consent_id.to_owned() }
    }
}

impl Unverified<WebhookEvent> {
    /// The consent that the event claims to be about, for looking up whom to expect. Not verified: it becomes true by
    /// [`verify`](Self::verify) with that consent's expectation.
    ///
    /// # Errors
    /// [`TokenRule::Claims`] if there is none.
    pub fn claimed_consent_id(&self) -> Result<String, TokenError> {
        claims::read::<IncomingMessage<'_>>(self.unverified_payload())
            .map(|claims| claims.message.meta.consent_id)
            .map_err(|rule| rule.in_signature(TokenId::WebhookEvent))
    }
}

/// An event to be sealed, with data of type `D`.
///
/// | | |
/// |---|---|
/// | sealed by | the Hub with Sig2 of the LFI's instance to Enc2 of the TPP, in a [`Sealer`](crate::Sealer) |
/// | opened by | the TPP, in an [`Opener`](crate::Opener), against an [`ExpectedEvent`] |
/// | says | `iss`: the issuer; `aud`: the client, or an array with it; `exp`; `message` with [`EventMeta`] and data, an object. `iat`, `nbf` and `jti` may be missing |
/// | header of the JWE | `cty: JWT` and `kid`, as we send them; `cty` may be missing, and `kid` where the opener holds one key only |
/// | limits | 256 KiB; no ceiling is published; we send 300 s |
///
/// ```
/// use hub_jose::{EventDraft, EventMeta, ExpectedEvent, ExpectedIssuer, Opener, Sealer, Signer};
/// use hub_roles::{DecryptionKey, Enc2, Sig2, WebhookEvent};
/// # use hub_testkit::Ecosystem;
/// # use rustls_pki_types::UnixTime;
/// # let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_000_000));
/// # let eco = Ecosystem::sandbox(now)?;
/// # let (sig2, client) = (eco.hub().sig2("retail")?, eco.tpp("acme")?.client_id());
/// # let issuer = eco.hub().deployment().instance(&"retail".parse()?)?.issuer()?;
/// # let instance = eco.tpp("acme")?.deployment().instance(&"retail".parse()?)?;
/// # let key = eco.holding::<Sig2>("retail")?.verification_key()?;
/// # let (enc2, enc2_public) = (eco.tpp("acme")?.enc2(), eco.holding::<Enc2>("acme")?.encryption_key()?);
/// # let data = serde_json::json!({"Status": "Authorized"});
/// # let consent = "b8f42378-10ac-46a1-8d20-4e020484216d";
/// # let (instance_of_consent, key_of) = (|_: &str| instance, |_: &hub_roles::KeyId| key.clone());
///
/// // The Hub.
/// let meta = EventMeta {
///     event_date_time: "2026-05-28T20:26:40Z".to_owned(),
///     event_resource: "payment-consents".to_owned(),
///     event_type: "Resource.Updated".to_owned(),
///     consent_id: consent.to_owned(),
/// };
/// let event = EventDraft::new(issuer, client, meta, &data);
/// let jwe = Sealer::<WebhookEvent>::new(&Signer::new(sig2), &enc2_public).seal(&event, now)?;
///
/// // The TPP: the consent tells which instance the event must come from, and so whose keys count.
/// let token = Opener::<WebhookEvent>::new([DecryptionKey::from(&enc2)]).decrypt(&jwe)?;
/// let consent = token.claimed_consent_id()?;
/// let issuer = ExpectedIssuer::of(instance_of_consent(&consent), client)?;
/// let verified = token.verify(&key_of(token.kid()), &ExpectedEvent::new(issuer, &consent), now)?;
/// assert_eq!(verified.claims().meta.event_type, "Resource.Updated");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct EventDraft<D> {
    issuer: Issuer,
    client: ClientId,
    message: OutgoingEvent<D>,
}

impl<D> EventDraft<D> {
    /// An event from the instance whose issuer is `issuer` for `client`.
    #[must_use]
    pub fn new(issuer: &Issuer, client: &ClientId, meta: EventMeta, data: D) -> Self {
        Self { issuer: issuer.clone(), client: client.clone(), message: OutgoingEvent { meta, data } }
    }
}

/// Without the data.
impl<D> fmt::Debug for EventDraft<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventDraft(from {} to {}, {:?})", self.issuer, self.client, self.message.meta)
    }
}

impl<D> sealed::Sealed for EventDraft<D> {}

impl<D: Serialize> Draft for EventDraft<D> {
    type Token = WebhookEvent;

    fn names(&self) -> Names<'_> {
        Names::of_instance(&self.issuer, &self.client)
    }

    fn body(&self) -> impl Serialize {
        Message { message: &self.message }
    }
}

#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct OutgoingEvent<D> {
    meta: EventMeta,
    data: D,
}

#[derive(Deserialize)]
struct IncomingMessage<'a> {
    #[serde(borrow, deserialize_with = "object")]
    message: IncomingEvent<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct IncomingEvent<'a> {
    #[serde(deserialize_with = "object")]
    meta: EventMeta,
    #[serde(borrow)]
    data: &'a RawValue,
}
