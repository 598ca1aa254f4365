//! What TPPs call, over connections that present S1 and demand C1: `/par`, `/token`, `/payments`.

use std::sync::Arc;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Method, Request, Response, StatusCode};
use hub_jose::{
    ClientAssertion, CodeChallenge, Confirmation, ExpectedClient, IdToken, IdTokenClaims, RequestObject, SignedRequest,
    SignedResponse, Unverified,
};
use hub_roles::{C1, InstanceId, LfiInstance, TppRegistration};
use hub_tls::Peer;
use rustls_pki_types::UnixTime;
use serde_json::{Value, json};

use super::Hub;
use super::consents::{AccessToken, Entry, Status};
use crate::ecosystem::failure::Failure;
use crate::ecosystem::http::{form_field, header, json as json_response, serve, typed};
use crate::ecosystem::messages::{ConsentRequest, Payment, Pushed, Tokens};
use crate::ecosystem::network::{Incidents, Port};
use crate::ecosystem::random::random;

pub(in crate::ecosystem) const S1_LISTENER: &str = "the Hub's S1";

impl Hub {
    /// Answers TPPs at `port`: the server name chooses the instance, and with it the S1.
    pub(in crate::ecosystem) fn serve_tpps(self: &Arc<Self>, port: Port, incidents: Incidents) {
        let (hub, reports) = (Arc::clone(self), incidents.clone());
        port.serve(S1_LISTENER, incidents, move |tcp| {
            let (hub, reports) = (Arc::clone(&hub), reports.clone());
            async move {
                let accepted = hub.s1.accept(tcp).await?;
                let instance = accepted.instance().clone();
                let (peer, stream) = accepted.into_parts();
                serve(stream, async |request| match hub.answer_tpp(&peer, &instance, &request).await {
                    Ok(response) => response,
                    Err(failure) => {
                        let response = hub.refuse_tpp(&peer, &instance, &request, &failure);
                        reports.report(S1_LISTENER, failure);
                        response
                    }
                })
                .await
            }
        });
    }

    async fn answer_tpp(
        &self,
        peer: &Peer<C1>,
        instance: &InstanceId,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Failure> {
        let tpp = self.tpp(peer)?;
        let instance = self.deployment.instance(instance)?;
        match (request.method(), request.uri().path()) {
            (&Method::POST, "/par") => self.push(tpp, instance, request.body()).await,
            (&Method::POST, "/token") => self.issue_tokens(peer, tpp, instance, request.body()).await,
            (&Method::POST, "/payments") => self.pay(peer, tpp, instance, request).await,
            _ => Err(Failure::new("http.not-found", "no such resource").status(StatusCode::NOT_FOUND)),
        }
    }

    /// The client behind a connection: C1's OU and CN say which application it is, the deployment which client ID that has.
    fn tpp(&self, peer: &Peer<C1>) -> Result<&TppRegistration, Failure> {
        let unknown =
            || Failure::new("tpp.unknown", "this application is not registered").status(StatusCode::FORBIDDEN);
        let application = peer.subject().software_statement().ok_or_else(unknown)?;
        self.deployment.tpp_of(peer.organisation(), application).ok_or_else(unknown)
    }

    /// `/par`: client assertion, request object, and the LFI's word on the PII, which the Hub cannot read.
    async fn push(
        &self,
        tpp: &TppRegistration,
        instance: &LfiInstance,
        form: &[u8],
    ) -> Result<Response<Bytes>, Failure> {
        self.authenticate(tpp, instance, form).await?;

        let object = form_field(form, "request")?;
        let object = Unverified::<RequestObject<ConsentRequest>>::parse(&object)?;
        let key = self.keys.key(tpp.client_id(), object.kid()).await?;
        let expected = ExpectedClient::of(tpp.client_id(), instance)?;
        let request = object.verify(&key, &expected, UnixTime::now())?.into_claims();

        let none = || Failure::new("par.consent", "authorization_details holds no consent");
        let consent = request.authorization_details.first().ok_or_else(none)?.consent.clone();
        self.validate_consent(tpp, instance, &consent).await?;

        let pushed = Pushed { request_uri: format!("urn:ietf:params:oauth:request_uri:{}", random()?), expires_in: 60 };
        self.consents.add(Entry {
            instance: instance.id().clone(),
            client: tpp.client_id().clone(),
            consent,
            request,
            status: Status::AwaitingAuthorization,
            request_uri: pushed.request_uri.clone(),
            interaction: random()?,
            code: None,
            access: None,
        })?;
        Ok(json_response(StatusCode::CREATED, &json!(pushed)))
    }

    /// `/token`: an access token that works with this C1 only, and an ID token signed with the instance's Sig2.
    async fn issue_tokens(
        &self,
        peer: &Peer<C1>,
        tpp: &TppRegistration,
        instance: &LfiInstance,
        form: &[u8],
    ) -> Result<Response<Bytes>, Failure> {
        self.authenticate(tpp, instance, form).await?;

        let (code, verifier) = (form_field(form, "code")?, form_field(form, "code_verifier")?);
        let is_meant = |entry: &Entry| entry.client == *tpp.client_id() && entry.code.as_ref() == Some(&code);
        let access_token = random()?;
        let nonce = self.consents.with(instance.id(), is_meant, |entry| {
            entry.code = None;
            if entry.request.code_challenge != CodeChallenge::of_verifier(&verifier) {
                return Err(Failure::new("token.pkce", "the code verifier does not belong to the challenge"));
            }
            entry.access = Some(AccessToken { value: access_token.clone(), cnf: Confirmation::of(peer) });
            Ok(entry.request.nonce.clone())
        })?;

        let claims = IdTokenClaims::new(&nonce).with_access_token(&access_token);
        let id_token = IdToken::new(instance.issuer()?, tpp.client_id(), "user-of-the-lfi", claims);
        let tokens = Tokens {
            id_token: self.sig2(instance.id())?.sign(&id_token, UnixTime::now())?,
            access_token,
            token_type: "Bearer".to_owned(),
            expires_in: 600,
        };
        Ok(json_response(StatusCode::OK, &json!(tokens)))
    }

    /// `/payments`: a signed request, passed on to the LFI, answered in a signed response.
    async fn pay(
        &self,
        peer: &Peer<C1>,
        tpp: &TppRegistration,
        instance: &LfiInstance,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Failure> {
        let consent_id = self.authorised_consent(peer, tpp, instance, request)?;

        let body = str::from_utf8(request.body()).map_err(|_| Failure::new("http.body", "not UTF-8"))?;
        let signed = Unverified::<SignedRequest<Payment>>::parse(body)?;
        let key = self.keys.key(tpp.client_id(), signed.kid()).await?;
        let expected = ExpectedClient::of(tpp.client_id(), instance)?;
        let payment = signed.verify(&key, &expected, UnixTime::now())?.into_claims();
        if payment.consent_id != consent_id {
            return Err(Failure::new("payment.consent", "the access token is for another consent"));
        }

        let state = self.pass_on_payment(tpp, instance, &payment).await?;
        self.signed(tpp, instance, StatusCode::CREATED, json!(state))
    }

    /// Who sent the form, whatever it says: the client whose C1 the connection has shown, by an assertion that is used once.
    async fn authenticate(&self, tpp: &TppRegistration, instance: &LfiInstance, form: &[u8]) -> Result<(), Failure> {
        let assertion = form_field(form, "client_assertion")?;
        let assertion = Unverified::<ClientAssertion>::parse(&assertion)?;
        let key = self.keys.key(tpp.client_id(), assertion.kid()).await?;
        let expected = ExpectedClient::of(tpp.client_id(), instance)?;
        let now = UnixTime::now();
        assertion.verify(&key, &expected, now)?.spend(&self.used_assertions, now)?;
        Ok(())
    }

    /// The consent that the request's access token is for. The token must have been issued over this same C1.
    fn authorised_consent(
        &self,
        peer: &Peer<C1>,
        tpp: &TppRegistration,
        instance: &LfiInstance,
        request: &Request<Bytes>,
    ) -> Result<String, Failure> {
        let refused = || Failure::new("access-token", "no valid access token").status(StatusCode::UNAUTHORIZED);
        let value = header(request.headers(), AUTHORIZATION.as_str())?.ok_or_else(refused)?;
        let value = value.strip_prefix("Bearer ").ok_or_else(refused)?;
        let is_meant = |entry: &Entry| entry.access.as_ref().is_some_and(|access| access.value == value);
        let outcome = self.consents.with(instance.id(), is_meant, |entry| {
            let access = entry.access.as_ref().ok_or_else(refused)?;
            access.cnf.check(peer).map_err(|reason| Failure::from(reason).status(StatusCode::UNAUTHORIZED))?;
            if entry.client == *tpp.client_id() { Ok(entry.consent.consent_id.clone()) } else { Err(refused()) }
        });
        outcome.map_err(|failure| if failure.code() == "consent.unknown" { refused() } else { failure })
    }

    /// An error response; those of payments are signed as well.
    fn refuse_tpp(
        &self,
        peer: &Peer<C1>,
        instance: &InstanceId,
        request: &Request<Bytes>,
        failure: &Failure,
    ) -> Response<Bytes> {
        let answer = failure.answer();
        let errors = json!({ "Errors": [{ "Code": answer.code, "Message": failure.to_string() }] });
        if request.uri().path() == "/payments"
            && let Ok(tpp) = self.tpp(peer)
            && let Ok(instance) = self.deployment.instance(instance)
            && let Ok(response) = self.signed(tpp, instance, answer.status, errors.clone())
        {
            return response;
        }
        json_response(answer.status, &errors)
    }

    fn signed(
        &self,
        tpp: &TppRegistration,
        instance: &LfiInstance,
        status: StatusCode,
        message: Value,
    ) -> Result<Response<Bytes>, Failure> {
        let response = SignedResponse::new(instance.issuer()?, tpp.client_id(), message);
        let body = self.sig2(instance.id())?.sign(&response, UnixTime::now())?;
        Ok(typed(status, "application/jwt", body))
    }
}
