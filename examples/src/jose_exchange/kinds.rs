//! Each kind of token: who signs it, how it is issued here, and how it is accepted here.

use std::num::NonZeroUsize;

use hub_jose::{
    ClientAssertion, EventDraft, ExpectedClient, ExpectedEvent, ExpectedIdToken, ExpectedIssuer, IdToken,
    IdTokenClaims, IdentificationType, JwtAuth, JwtAuthRequest, LoginHintDraft, MemoryReplayGuard, Opener, PiiDraft,
    RequestObject, Sealer, SignedRequest, SignedResponse, Signer, Token, TokenError, Unverified, UserIdentification,
};
use hub_roles::{
    DecryptionKey, Deployment, Enc2, HubToLfi, KeyId, LoginHint, Pii, RoleId, Sig1, Sig2, Sig3, WebhookEvent,
};
use hub_testkit::Ecosystem;
use rustls_pki_types::UnixTime;
use serde_json::{Value, json};

use super::Fault;
use super::answer::Answer;
use super::cast::Cast;
use super::content::{
    CONSENT, EMIRATES_ID, NONCE, STATE, authorization_request, event_meta, payment, personal_information,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    RequestObject,
    ClientAssertion,
    SignedRequest,
    SignedResponse,
    IdToken,
    JwtAuthRequest,
    WebhookEvent,
    Pii,
    LoginHint,
}

impl Kind {
    pub(super) const ALL: [Self; 9] = [
        Self::RequestObject,
        Self::ClientAssertion,
        Self::SignedRequest,
        Self::SignedResponse,
        Self::IdToken,
        Self::JwtAuthRequest,
        Self::WebhookEvent,
        Self::Pii,
        Self::LoginHint,
    ];

    /// Who signs it.
    pub(super) fn signer(self) -> RoleId {
        match self {
            Self::RequestObject | Self::ClientAssertion | Self::SignedRequest | Self::Pii | Self::LoginHint => {
                RoleId::Sig1
            }
            Self::SignedResponse | Self::IdToken | Self::WebhookEvent => RoleId::Sig2,
            Self::JwtAuthRequest => RoleId::Sig3,
        }
    }

    /// To whom it is encrypted, if it is.
    pub(super) fn recipient(self) -> Option<RoleId> {
        match self {
            Self::WebhookEvent => Some(RoleId::Enc2),
            Self::Pii | Self::LoginHint => Some(RoleId::Enc1),
            _ => None,
        }
    }

    /// The header of one from there.
    pub(super) fn header(self, kid: &KeyId) -> Value {
        match self {
            Self::RequestObject => json!({"alg": "PS256", "kid": kid, "typ": "oauth-authz-req+jwt"}),
            Self::JwtAuthRequest => json!({"alg": "PS256", "kid": kid, "typ": "JOSE", "cty": "json"}),
            _ => json!({"alg": "PS256", "kid": kid}),
        }
    }

    /// How large one may be.
    pub(super) fn max_octets(self) -> usize {
        let rules = match self {
            Self::RequestObject => RequestObject::<Value>::RULES,
            Self::ClientAssertion => ClientAssertion::RULES,
            Self::SignedRequest => SignedRequest::<Value>::RULES,
            Self::SignedResponse => SignedResponse::<Value>::RULES,
            Self::IdToken => IdToken::RULES,
            Self::JwtAuthRequest => JwtAuthRequest::<HubToLfi>::RULES,
            Self::WebhookEvent => WebhookEvent::RULES,
            Self::Pii => Pii::RULES,
            Self::LoginHint => LoginHint::RULES,
        };
        rules.max_octets
    }

    /// `iss` and `aud`.
    pub(super) fn parties(self, cast: &Cast) -> Result<(String, String), Fault> {
        let (client, issuer) = (cast.client()?.to_string(), cast.retail()?.issuer()?.to_string());
        Ok(match self.signer() {
            RoleId::Sig1 => (client, issuer),
            RoleId::Sig2 => (issuer, client),
            _ => (cast.hub.subject().organisation_name().to_owned(), cast.retail()?.provider_id()?.to_string()),
        })
    }

    /// As it is sent from here; sealed if it travels sealed.
    pub(super) fn issue(self, cast: &Cast) -> Result<String, Fault> {
        let (eco, client, issuer) = (&cast.eco, cast.client()?, cast.retail()?.issuer()?);
        let now = UnixTime::now();
        let sig1 = Signer::<Sig1>::new(eco.tpp("acme")?.sig1());
        let sig2 = Signer::<Sig2>::new(eco.hub().sig2("retail")?);
        let enc1 = eco.lfi("bank")?.enc1_public_key()?;
        Ok(match self {
            Self::RequestObject => sig1.sign(&RequestObject::new(client, issuer, authorization_request()), now)?,
            Self::ClientAssertion => sig1.sign(&ClientAssertion::new(client, issuer), now)?,
            Self::SignedRequest => sig1.sign(&SignedRequest::new(client, issuer, payment()), now)?,
            Self::SignedResponse => sig2.sign(&SignedResponse::new(issuer, client, payment()), now)?,
            Self::IdToken => {
                let claims = IdTokenClaims::new(NONCE).with_state(STATE);
                sig2.sign(&IdToken::new(issuer, client, "user-7", claims), now)?
            }
            Self::JwtAuthRequest => {
                let sig3 = Signer::<Sig3>::new(eco.hub().sig3()?);
                let value = agreed(eco.hub().deployment())?.request(&sig3, eco.hub().c4().certificate(), now)?;
                value.trim_start_matches(BEARER).to_owned()
            }
            Self::WebhookEvent => {
                let event = EventDraft::new(issuer, client, event_meta(), payment());
                let enc2 = eco.holding::<Enc2>("acme")?.encryption_key()?;
                Sealer::<WebhookEvent>::new(&sig2, &enc2).seal(&event, now)?
            }
            Self::Pii => {
                let draft = PiiDraft::new(client, issuer, personal_information());
                Sealer::<Pii>::new(&sig1, &enc1).seal(&draft, now)?
            }
            Self::LoginHint => {
                let user = UserIdentification::new(IdentificationType::EmiratesId, EMIRATES_ID);
                Sealer::<LoginHint>::new(&sig1, &enc1).seal(&LoginHintDraft::new(client, issuer, user), now)?
            }
        })
    }

    /// As its receiver here accepts it.
    pub(super) fn accept(self, cast: &Cast, token: &str) -> Result<Answer<()>, Fault> {
        let (eco, retail, bank) = (&cast.eco, cast.retail()?, cast.eco.lfi("bank")?);
        let now = UnixTime::now();
        let sig1 = eco.holding::<Sig1>("acme")?.verification_key()?;
        let sig2 = eco.holding::<Sig2>("retail")?.verification_key()?;
        let sig3 = eco.holding::<Sig3>(Ecosystem::HUB)?.verification_key()?;
        let enc2 = DecryptionKey::from(&eco.tpp("acme")?.enc2());
        let from_client = ExpectedClient::of(cast.client()?, retail)?;
        let from_issuer = ExpectedIssuer::of(retail, cast.client()?)?;
        let jwt_auth = agreed(bank.deployment())?;
        let used = MemoryReplayGuard::new(NonZeroUsize::MIN);

        let accept = || -> Result<(), TokenError> {
            match self {
                Self::RequestObject => {
                    Unverified::<RequestObject<Value>>::parse(token)?.verify(&sig1, &from_client, now).map(drop)
                }
                Self::ClientAssertion => {
                    let unspent = Unverified::<ClientAssertion>::parse(token)?.verify(&sig1, &from_client, now)?;
                    unspent.spend(&used, now).map(drop)
                }
                Self::SignedRequest => {
                    Unverified::<SignedRequest<Value>>::parse(token)?.verify(&sig1, &from_client, now).map(drop)
                }
                Self::SignedResponse => {
                    Unverified::<SignedResponse<Value>>::parse(token)?.verify(&sig2, &from_issuer, now).map(drop)
                }
                Self::IdToken => {
                    let expected = ExpectedIdToken::new(from_issuer, NONCE).with_state(STATE);
                    Unverified::<IdToken>::parse(token)?.verify(&sig2, &expected, now).map(drop)
                }
                Self::JwtAuthRequest => {
                    let token = jwt_auth.parse_request([format!("{BEARER}{token}")])?;
                    jwt_auth.verify_request(&token, &cast.hub, &sig3, now)?.spend(&used, now).map(drop)
                }
                Self::WebhookEvent => {
                    let expected = ExpectedEvent::new(from_issuer, CONSENT);
                    Opener::<WebhookEvent>::new([enc2]).open(token, &[sig2], &expected, now).map(drop)
                }
                Self::Pii => Opener::<Pii>::new([bank.enc1()]).open(token, &[sig1], &from_client, now).map(drop),
                Self::LoginHint => {
                    Opener::<LoginHint>::new([bank.enc1()]).open(token, &[sig1], &from_client, now).map(drop)
                }
            }
        };
        Ok(Answer::of(accept(), TokenError::code))
    }
}

/// What the Hub and the bank agreed on JWT Auth for `retail`, as either of them knows it.
fn agreed(deployment: &Deployment) -> Result<JwtAuth<HubToLfi>, Fault> {
    Ok(JwtAuth::of(deployment, deployment.instance(&"retail".parse()?)?)?)
}

const BEARER: &str = "Bearer ";
