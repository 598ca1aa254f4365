//! A payment with its consent, from the pushed request to the signed response.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, Response};
use hub_jose::{
    AuthorizationRequest, ClientAssertion, CodeChallenge, ExpectedIdToken, ExpectedIssuer, IdToken, PiiDraft,
    RequestObject, Sealer, SignedRequest, SignedResponse, Unverified,
};
use hub_roles::{Enc1, HostName, InstanceId, LfiInstance, Pii, Sig1, Sig2, TppToHub, VerificationKey};
use rustls_pki_types::UnixTime;
use serde::Deserialize;
use serde_json::{Value, from_value};

use super::Tpp;
use crate::ecosystem::failure::Failure;
use crate::ecosystem::http::{form_field, read, send, write_form};
use crate::ecosystem::messages::{
    Consent, ConsentRequest, Creditor, Initiation, Payment, PaymentState, Personal, Pushed, Risk, Tokens,
};
use crate::ecosystem::random::random;

/// A payment that a TPP's customer wants, and what the TPP remembers of it until it is made.
pub(in crate::ecosystem) struct Order {
    instance: InstanceId,
    consent: Consent,
    nonce: String,
    state: String,
    code_verifier: String,
}

impl Order {
    pub(in crate::ecosystem) fn consent_id(&self) -> &str {
        &self.consent.consent_id
    }

    pub(in crate::ecosystem) fn personal_information(&self) -> &str {
        &self.consent.personal_identifiable_information
    }
}

impl Tpp {
    /// Takes the customer's order and seals what only the LFI of this instance may read.
    pub(in crate::ecosystem) async fn order(&self, id: &InstanceId) -> Result<Order, Failure> {
        self.order_sealed_for(id, id).await
    }

    /// As [`Self::order`], with PII that is sealed for the LFI of `recipient`.
    pub(in crate::ecosystem) async fn order_sealed_for(
        &self,
        id: &InstanceId,
        recipient: &InstanceId,
    ) -> Result<Order, Failure> {
        let step = self.story.aside(format!("{id}: TPP fetches Enc1 and seals the PII"), "keystore");
        let issuer = self.deployment.instance(id)?.issuer()?;
        let enc1 = self.keys.encryption_key::<Enc1>(recipient).await?;

        let draft = PiiDraft::new(&self.client, issuer, personal());
        let jwe = Sealer::<Pii>::new(&self.signer(), &enc1).seal(&draft, UnixTime::now())?;
        step.sealed::<Pii>("PII");
        step.done();

        let consent = Consent { consent_id: random()?, personal_identifiable_information: jwe };
        self.consents().insert(consent.consent_id.clone(), id.clone());
        Ok(Order { instance: id.clone(), consent, nonce: random()?, state: random()?, code_verifier: random()? })
    }

    /// Pushes the authorisation request.
    pub(in crate::ecosystem) async fn push(&self, order: &Order) -> Result<Pushed, Failure> {
        let step = self.story.call::<TppToHub>(format!("{}: TPP pushes the request to /par", order.instance));
        step.signed::<Sig1>("request object");
        step.signed::<Sig1>("client assertion");
        let pushed = self.post_par(order, &self.request_object(order)?, &self.assertion(&order.instance)?).await?;
        step.done();
        Ok(pushed)
    }

    /// Trades the code in `redirect` for an access token bound to C1, and learns from the ID token who has logged in.
    pub(in crate::ecosystem) async fn redeem(&self, order: &Order, redirect: &str) -> Result<String, Failure> {
        let step = self.story.call::<TppToHub>(format!("{}: TPP redeems the code at /token", order.instance));
        let query = redirect.split_once('?').map_or("", |(_, query)| query).as_bytes();
        if form_field(query, "state")? != order.state {
            return Err(Failure::new("redirect.state", "the redirect is not an answer to this order"));
        }
        let assertion = self.assertion(&order.instance)?;
        step.signed::<Sig1>("client assertion");
        let tokens = self.post_token(order, &form_field(query, "code")?, &assertion).await?;

        let instance = self.deployment.instance(&order.instance)?;
        let id_token = Unverified::<IdToken>::parse(&tokens.id_token)?;
        let key = self.hub_key(instance, id_token.kid()).await?;
        let issuer = ExpectedIssuer::of(instance, &self.client)?;
        let expected = ExpectedIdToken::new(issuer, &order.nonce).with_access_token(&tokens.access_token);
        id_token.verify(&key, &expected, UnixTime::now())?;
        step.signed::<Sig2>("id_token");
        step.done();
        Ok(tokens.access_token)
    }

    /// Makes the payment. The PII goes along again, octet by octet the same.
    pub(in crate::ecosystem) async fn pay(&self, order: &Order, access_token: &str) -> Result<PaymentState, Failure> {
        let step = self.story.call::<TppToHub>(format!("{}: TPP sends the payment", order.instance));
        let instance = self.deployment.instance(&order.instance)?;
        let payment = Payment {
            consent_id: order.consent.consent_id.clone(),
            amount: "100.00 AED".to_owned(),
            personal_identifiable_information: order.consent.personal_identifiable_information.clone(),
        };
        let body = SignedRequest::new(&self.client, instance.issuer()?, payment);
        let body = self.signer().sign(&body, UnixTime::now())?;
        step.signed::<Sig1>("signed request");

        let request = Request::builder()
            .header(AUTHORIZATION, format!("Bearer {access_token}"))
            .header(CONTENT_TYPE, "application/jwt");
        let response = self.post(instance.hosts().resource()?, "/payments", request, body).await?;
        let state = self.read_signed(instance, &response).await?;
        step.signed::<Sig2>("signed response");
        step.done();
        Ok(state)
    }

    pub(in crate::ecosystem) fn request_object(&self, order: &Order) -> Result<String, Failure> {
        let details = ConsentRequest {
            kind: "urn:openfinanceuae:service-initiation-consent:v2.1".to_owned(),
            consent: order.consent.clone(),
        };
        let request = AuthorizationRequest {
            scope: "payments openid".to_owned(),
            redirect_uri: "https://tpp.example/redirect".to_owned(),
            nonce: order.nonce.clone(),
            state: order.state.clone(),
            code_challenge: CodeChallenge::of_verifier(&order.code_verifier),
            authorization_details: vec![details],
            max_age: None,
            login_hint: None,
        };
        let issuer = self.deployment.instance(&order.instance)?.issuer()?;
        Ok(self.signer().sign(&RequestObject::new(&self.client, issuer, request), UnixTime::now())?)
    }

    pub(in crate::ecosystem) fn assertion(&self, id: &InstanceId) -> Result<String, Failure> {
        self.assertion_for(self, id)
    }

    /// An assertion in another client's name.
    pub(in crate::ecosystem) fn assertion_for(&self, client: &Self, id: &InstanceId) -> Result<String, Failure> {
        let issuer = self.deployment.instance(id)?.issuer()?;
        Ok(self.signer().sign(&ClientAssertion::new(&client.client, issuer), UnixTime::now())?)
    }

    pub(in crate::ecosystem) async fn post_par(
        &self,
        order: &Order,
        request: &str,
        assertion: &str,
    ) -> Result<Pushed, Failure> {
        let form = [("client_id", self.client.as_str()), ("request", request)];
        let host = self.deployment.instance(&order.instance)?.hosts().authorisation()?;
        read(succeeded(self.post_form(host, "/par", &form, assertion).await?)?.body())
    }

    pub(in crate::ecosystem) async fn post_token(
        &self,
        order: &Order,
        code: &str,
        assertion: &str,
    ) -> Result<Tokens, Failure> {
        let form =
            [("grant_type", "authorization_code"), ("code", code), ("code_verifier", order.code_verifier.as_str())];
        let host = self.deployment.instance(&order.instance)?.hosts().authorisation()?;
        read(succeeded(self.post_form(host, "/token", &form, assertion).await?)?.body())
    }

    async fn post_form(
        &self,
        host: &HostName,
        path: &str,
        fields: &[(&str, &str)],
        assertion: &str,
    ) -> Result<Response<Bytes>, Failure> {
        let authentication = [("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)];
        let form = write_form(&[fields, &authentication].concat());
        let request = Request::builder().header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.post(host, path, request, form).await
    }

    /// One request to the Hub: C1 presented, S1 verified.
    async fn post(
        &self,
        host: &HostName,
        path: &str,
        request: http::request::Builder,
        body: String,
    ) -> Result<Response<Bytes>, Failure> {
        let connection = self.hub.connect(host, self.network.connect(host).await?).await?;
        let (_s1, stream) = connection.into_parts();
        let request = request.method(Method::POST).uri(path).header(HOST, host.as_str()).body(body.into())?;
        send(stream, request).await
    }

    /// Payments are answered in signed bodies, errors too.
    async fn read_signed(&self, instance: &LfiInstance, response: &Response<Bytes>) -> Result<PaymentState, Failure> {
        let body = str::from_utf8(response.body()).map_err(|_| Failure::new("http.body", "not UTF-8"))?;
        let signed = Unverified::<SignedResponse<Value>>::parse(body)?;
        let key = self.hub_key(instance, signed.kid()).await?;
        let expected = ExpectedIssuer::of(instance, &self.client)?;
        let message = signed.verify(&key, &expected, UnixTime::now())?.into_claims();
        if response.status().is_success() {
            from_value(message).map_err(|reason| Failure::new("http.json", reason.to_string()))
        } else {
            Err(from_value::<Errors>(message).map_or_else(|_| unexplained(response), Errors::first))
        }
    }

    /// The Hub's key of one instance: from the set of the LFI's organisation, where Sig2 is registered.
    pub(super) async fn hub_key(
        &self,
        instance: &LfiInstance,
        kid: &hub_roles::KeyId,
    ) -> Result<VerificationKey<Sig2>, Failure> {
        Ok(self.keys.key(instance.id(), kid).await?)
    }
}

/// The Hub's error body (FACTS section 4).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Errors {
    errors: Vec<HubError>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HubError {
    code: String,
    message: String,
}

impl Errors {
    fn first(self) -> Failure {
        match self.errors.into_iter().next() {
            Some(error) => Failure::new(error.code, format!("the Hub answered: {}", error.message)),
            None => Failure::new("hub.error", "the Hub gave no reason"),
        }
    }
}

/// The response, if it is not an error.
fn succeeded(response: Response<Bytes>) -> Result<Response<Bytes>, Failure> {
    if response.status().is_success() {
        return Ok(response);
    }
    Err(read::<Errors>(response.body()).map_or_else(|_| unexplained(&response), Errors::first))
}

fn unexplained(response: &Response<Bytes>) -> Failure {
    Failure::new("hub.error", format!("the Hub answered {} without a reason", response.status().as_u16()))
}

fn personal() -> Personal {
    Personal {
        initiation: Initiation {
            creditor: Creditor { name: "Amna Example".to_owned(), account: "AE070331234567890123456".to_owned() },
        },
        risk: Risk { channel: "Mobile".to_owned() },
    }
}

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
