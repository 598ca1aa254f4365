//! Every kind of token: how its sender issues it, and how its receiver accepts it.

use hub_jose::jwe::Jwe;
use hub_jose::{
    AuthorizationRequest, ClientAssertion, CodeChallenge, EventDraft, EventMeta, IdToken, IdTokenClaims,
    IdentificationType, LoginHintDraft, MemoryReplayGuard, Opener, PiiDraft, RequestObject, SignedRequest,
    SignedResponse, Signer, Token, TokenError, Unspent, Unverified, UserIdentification, Verified, nested,
};
use hub_roles::{
    DecryptionKey, Enc1, Enc2, Encryption, EncryptionKey, HubToLfi, LfiToHub, LoginHint, Pii, RoleId, Sig1, Sig2, Sig3,
    Sig4, WebhookEvent,
};
use hub_testkit::Held;
use rustls_pki_types::UnixTime;
use serde_json::{Value, json};

use crate::cast::{
    CONNECTIONS, CONSENT, ECO, NONCE, NOW, acme, at, bank_side, event, from_acme, from_retail, hub_side, issuer, login,
    now, public, sig1, sig2, sig3, sig4, signer1, signer2,
};
use crate::forge;

/// All kinds, JWT Auth by path and leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    RequestObject,
    ClientAssertion,
    SignedRequest,
    SignedResponse,
    IdToken,
    WebhookEvent,
    Pii,
    LoginHint,
    HubToLfiRequest,
    HubToLfiResponse,
    LfiToHubRequest,
    LfiToHubResponse,
}

impl Kind {
    pub(crate) const ALL: [Self; 12] = [
        Self::RequestObject,
        Self::ClientAssertion,
        Self::SignedRequest,
        Self::SignedResponse,
        Self::IdToken,
        Self::WebhookEvent,
        Self::Pii,
        Self::LoginHint,
        Self::HubToLfiRequest,
        Self::HubToLfiResponse,
        Self::LfiToHubRequest,
        Self::LfiToHubResponse,
    ];

    /// Whether it travels inside a JWE.
    pub(crate) fn is_sealed(self) -> bool {
        matches!(self, Self::WebhookEvent | Self::Pii | Self::LoginHint)
    }

    /// The compact JWS as its sender makes it; of sealed kinds the inner one.
    pub(crate) fn issue(self) -> String {
        let connections = &*CONNECTIONS;
        match self {
            Self::RequestObject => signer1().sign(&request_object(), now()).unwrap(),
            Self::ClientAssertion => signer1().sign(&ClientAssertion::new(acme(), issuer("retail")), now()).unwrap(),
            Self::SignedRequest => signer1().sign(&signed_request(), now()).unwrap(),
            Self::SignedResponse => signer2().sign(&signed_response(), now()).unwrap(),
            Self::IdToken => signer2().sign(&id_token(), now()).unwrap(),
            Self::WebhookEvent => taken_out(&sealed_event(), &DecryptionKey::from(&ECO.tpp("acme").unwrap().enc2())),
            Self::Pii => taken_out(&sealed_pii(), &ECO.lfi("bank").unwrap().enc1()),
            Self::LoginHint => taken_out(&sealed_hint(), &ECO.lfi("bank").unwrap().enc1()),
            Self::HubToLfiRequest => {
                let certificate = ECO.hub().c4().certificate().clone();
                token(hub_side::<HubToLfi>().request(&Signer::new(sig3()), &certificate, now()))
            }
            Self::HubToLfiResponse => {
                let certificate = connections.bank_answering.certificate();
                token(bank_side::<HubToLfi>().response(&Signer::new(sig4()), certificate, now()))
            }
            Self::LfiToHubRequest => {
                let certificate = connections.bank_calling.certificate();
                token(bank_side::<LfiToHub>().request(&Signer::new(sig4()), certificate, now()))
            }
            Self::LfiToHubResponse => {
                let certificate = connections.hub_answering.certificate();
                token(hub_side::<LfiToHub>().response(&Signer::new(sig3()), certificate, now()))
            }
        }
    }

    /// As its sender sends it: sealed kinds inside a JWE.
    pub(crate) fn send(self) -> String {
        match self {
            Self::WebhookEvent => sealed_event(),
            Self::Pii => sealed_pii(),
            Self::LoginHint => sealed_hint(),
            _ => self.issue(),
        }
    }

    /// These claims, signed by the one who signs this kind.
    pub(crate) fn sign(self, claims: &Value) -> String {
        self.sign_payload(claims.to_string().as_bytes())
    }

    /// As [`Self::sign`], for what may be no claims at all.
    pub(crate) fn sign_payload(self, payload: &[u8]) -> String {
        self.sign_with(|_| (), payload)
    }

    /// As [`Self::sign_payload`], with a change to the sound header.
    pub(crate) fn sign_with(self, change: impl Fn(&mut Value), payload: &[u8]) -> String {
        let mut header = self.header();
        change(&mut header);
        self.sign_octets(header.to_string().as_bytes(), payload)
    }

    /// As [`Self::sign_payload`], with a header that may be none.
    pub(crate) fn sign_octets(self, header: &[u8], payload: &[u8]) -> String {
        match self.signer() {
            RoleId::Sig1 => forge::jws(&sig1(), header, payload),
            RoleId::Sig2 => forge::jws(&sig2(), header, payload),
            RoleId::Sig3 => forge::jws(&sig3(), header, payload),
            _ => forge::jws(&sig4(), header, payload),
        }
    }

    /// A sound header, without what may be missing.
    pub(crate) fn header(self) -> Value {
        let kid = match self.signer() {
            RoleId::Sig1 => sig1().kid().clone(),
            RoleId::Sig2 => sig2().kid().clone(),
            RoleId::Sig3 => sig3().kid().clone(),
            _ => sig4().kid().clone(),
        };
        json!({"alg": "PS256", "kid": kid})
    }

    /// Who signs it.
    pub(crate) fn signer(self) -> RoleId {
        match self {
            Self::RequestObject | Self::ClientAssertion | Self::SignedRequest => RoleId::Sig1,
            Self::Pii | Self::LoginHint => RoleId::Sig1,
            Self::SignedResponse | Self::IdToken | Self::WebhookEvent => RoleId::Sig2,
            Self::HubToLfiRequest | Self::LfiToHubResponse => RoleId::Sig3,
            Self::HubToLfiResponse | Self::LfiToHubRequest => RoleId::Sig4,
        }
    }

    /// Verifies a token as its receiver does, when it is sent as this kind is.
    pub(crate) fn receive(self, sent: &str) -> Result<(), TokenError> {
        self.verify(sent, now()).map(drop)
    }

    /// As [`Self::receive`], for a JWS; sealed kinds are sealed first.
    pub(crate) fn accept(self, jws: &str) -> Result<(), TokenError> {
        self.accept_at(jws, NOW)
    }

    /// As [`Self::accept`], at `seconds`.
    pub(crate) fn accept_at(self, jws: &str, seconds: u64) -> Result<(), TokenError> {
        let sealed = match self {
            Self::WebhookEvent => nested::seal(jws, &enc2_public()).unwrap(),
            Self::Pii | Self::LoginHint => nested::seal(jws, &enc1_public()).unwrap(),
            _ => return self.verify(jws, at(seconds)).map(drop),
        };
        self.verify(&sealed, at(seconds)).map(drop)
    }

    /// Accepts a token of a single-use kind, and spends it.
    pub(crate) fn spend(self, jws: &str, guard: &MemoryReplayGuard) -> Result<(), TokenError> {
        let spend = self.verify(jws, now())?.expect("of a single-use kind");
        spend(guard)
    }

    fn verify(self, sent: &str, now: UnixTime) -> Result<Option<Spend>, TokenError> {
        let (sig1, sig2) = (public::<Sig1>("acme"), public::<Sig2>("retail"));
        let (sig3, sig4) = (public::<Sig3>("ozone"), public::<Sig4>("bank"));
        let value = format!("Bearer {sent}");
        let to = &*CONNECTIONS;
        match self {
            Self::RequestObject => {
                Unverified::<RequestObject<Value>>::parse(sent)?.verify(&sig1, &from_acme(), now).map(again)
            }
            Self::ClientAssertion => {
                Unverified::<ClientAssertion>::parse(sent)?.verify(&sig1, &from_acme(), now).map(once)
            }
            Self::SignedRequest => {
                Unverified::<SignedRequest<Value>>::parse(sent)?.verify(&sig1, &from_acme(), now).map(again)
            }
            Self::SignedResponse => {
                Unverified::<SignedResponse<Value>>::parse(sent)?.verify(&sig2, &from_retail(), now).map(again)
            }
            Self::IdToken => Unverified::<IdToken>::parse(sent)?.verify(&sig2, &login(), now).map(again),
            Self::WebhookEvent => event_opener().open(sent, &[sig2], &event(), now).map(again),
            Self::Pii => pii_opener().open(sent, &[sig1], &from_acme(), now).map(again),
            Self::LoginHint => hint_opener().open(sent, &[sig1], &from_acme(), now).map(again),
            Self::HubToLfiRequest => {
                let agreed = bank_side::<HubToLfi>();
                agreed.verify_request(&agreed.parse_request([&value])?, &to.hub_calling, &sig3, now).map(once)
            }
            Self::HubToLfiResponse => {
                let agreed = hub_side::<HubToLfi>();
                agreed.verify_response(&agreed.parse_response([&value])?, &to.bank_answering, &sig4, now).map(once)
            }
            Self::LfiToHubRequest => {
                let agreed = hub_side::<LfiToHub>();
                agreed.verify_request(&agreed.parse_request([&value])?, &to.bank_calling, &sig4, now).map(once)
            }
            Self::LfiToHubResponse => {
                let agreed = bank_side::<LfiToHub>();
                agreed.verify_response(&agreed.parse_response([&value])?, &to.hub_answering, &sig3, now).map(once)
            }
        }
    }
}

/// What is still to be done with a token that may be used once.
type Spend = Box<dyn FnOnce(&MemoryReplayGuard) -> Result<(), TokenError>>;

fn once<T: Token + 'static>(token: Unspent<T>) -> Option<Spend> {
    Some(Box::new(|guard| token.spend(guard, now()).map(drop)))
}

fn again<T: Token>(_: Verified<T>) -> Option<Spend> {
    None
}

pub(crate) fn authorization_request() -> AuthorizationRequest<Value> {
    AuthorizationRequest {
        scope: "payments openid".to_owned(),
        redirect_uri: "https://acme.example/callback".to_owned(),
        nonce: NONCE.to_owned(),
        state: "af0ifjsldkj".to_owned(),
        code_challenge: CodeChallenge::of_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        authorization_details: vec![json!({"type": "urn:openfinanceuae:service-initiation-consent:v2.1"})],
        max_age: None,
        login_hint: None,
    }
}

pub(crate) fn request_object() -> RequestObject<Value> {
    RequestObject::new(acme(), issuer("retail"), authorization_request())
}

pub(crate) fn signed_request() -> SignedRequest<Value> {
    SignedRequest::new(acme(), issuer("retail"), json!({"Data": {"ConsentId": CONSENT}}))
}

pub(crate) fn signed_response() -> SignedResponse<Value> {
    SignedResponse::new(issuer("retail"), acme(), json!({"Data": {"PaymentId": "p1"}}))
}

pub(crate) fn id_token() -> IdToken {
    IdToken::new(issuer("retail"), acme(), "user-7", IdTokenClaims::new(NONCE))
}

pub(crate) fn event_draft() -> EventDraft<Value> {
    let meta = EventMeta {
        event_date_time: "2026-05-28T20:26:40Z".to_owned(),
        event_resource: "payment-consents".to_owned(),
        event_type: "Resource.Updated".to_owned(),
        consent_id: CONSENT.to_owned(),
    };
    EventDraft::new(issuer("retail"), acme(), meta, json!({"Status": "Authorized"}))
}

pub(crate) fn pii_draft() -> PiiDraft<Value> {
    let content = json!({"Initiation": {"Creditor": [{"Name": "Ivan England"}]}, "Risk": {}});
    PiiDraft::new(acme(), issuer("retail"), content)
}

pub(crate) fn hint_draft() -> LoginHintDraft {
    let user = UserIdentification::new(IdentificationType::EmiratesId, "784-1980-1234567-1");
    LoginHintDraft::new(acme(), issuer("retail"), user)
}

pub(crate) fn sealed_event() -> String {
    let (signer, recipient) = (signer2(), enc2_public());
    hub_jose::Sealer::<WebhookEvent>::new(&signer, &recipient).seal(&event_draft(), now()).unwrap()
}

pub(crate) fn sealed_pii() -> String {
    let (signer, recipient) = (signer1(), enc1_public());
    hub_jose::Sealer::<Pii>::new(&signer, &recipient).seal(&pii_draft(), now()).unwrap()
}

pub(crate) fn sealed_hint() -> String {
    let (signer, recipient) = (signer1(), enc1_public());
    hub_jose::Sealer::<LoginHint>::new(&signer, &recipient).seal(&hint_draft(), now()).unwrap()
}

pub(crate) fn enc1_public() -> EncryptionKey<Enc1> {
    encryption_key("bank")
}

pub(crate) fn enc2_public() -> EncryptionKey<Enc2> {
    encryption_key("acme")
}

pub(crate) fn pii_opener() -> Opener<Pii> {
    Opener::new([ECO.lfi("bank").unwrap().enc1()])
}

pub(crate) fn hint_opener() -> Opener<LoginHint> {
    Opener::new([ECO.lfi("bank").unwrap().enc1()])
}

pub(crate) fn event_opener() -> Opener<WebhookEvent> {
    Opener::new([DecryptionKey::from(&ECO.tpp("acme").unwrap().enc2())])
}

pub(crate) fn encryption_key<R: Held + Encryption>(holder: &str) -> EncryptionKey<R> {
    ECO.holding::<R>(holder).unwrap().encryption_key().unwrap()
}

/// The JWS inside a JWE.
pub(crate) fn taken_out<R: Encryption>(jwe: &str, key: &DecryptionKey<R>) -> String {
    let content = Jwe::parse(jwe, 1 << 20).unwrap().decrypt(std::slice::from_ref(key)).unwrap();
    String::from_utf8(content.to_vec()).unwrap()
}

fn token(value: Result<String, hub_jose::IssueError>) -> String {
    value.unwrap().strip_prefix("Bearer ").unwrap().to_owned()
}
