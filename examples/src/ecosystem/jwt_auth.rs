//! JWT Auth as the Hub and the LFIs use it: attached to what goes out, checked on what comes in, where the deployment says so.

use std::num::NonZeroUsize;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use hub_jose::{JwtAuth, MemoryReplayGuard, Signer};
use hub_jwks::{Keystore, Published};
use hub_roles::{
    Certificate, Deployment, InstanceId, JwtAuthPath, KeyId, Leg, LfiInstance, Role, Sig3, Sig4, Signing,
    VerificationKey,
};
use hub_tls::Peer;
use rustls_pki_types::UnixTime;

use super::failure::Failure;

/// One party's side of JWT Auth: it signs with `Own` and verifies what `Theirs` has signed.
///
/// The Hub's is `JwtAuthSide<Sig3, Sig4>`, an LFI's `JwtAuthSide<Sig4, Sig3>`. Both are caller on one path and callee on the other.
pub(super) struct JwtAuthSide<Own: Signing, Theirs: Registered> {
    deployment: Deployment,
    /// Nothing where JWT Auth is off everywhere: then there is no such certificate (seed, "Sig3 and Sig4").
    signer: Option<Signer<Own>>,
    keys: Keystore,
    /// One for requests and responses: an LFI's request and its response cannot be told apart by their claims.
    used: MemoryReplayGuard,
    theirs: std::marker::PhantomData<fn() -> Theirs>,
}

/// A role of JWT Auth, and what tells whose key of it is meant.
pub(super) trait Registered: Signing + Published {
    /// Who signs for an instance.
    fn of(instance: &LfiInstance) -> &Self::Of;
}

impl Registered for Sig3 {
    fn of(_: &LfiInstance) -> &() {
        &()
    }
}

impl Registered for Sig4 {
    fn of(instance: &LfiInstance) -> &InstanceId {
        instance.id()
    }
}

impl<Own: Signing, Theirs: Registered> JwtAuthSide<Own, Theirs> {
    pub(super) fn new(deployment: &Deployment, signer: Option<Signer<Own>>, keys: Keystore) -> Self {
        Self {
            deployment: deployment.clone(),
            signer,
            keys,
            used: MemoryReplayGuard::new(ROOM),
            theirs: std::marker::PhantomData,
        }
    }

    /// Attaches a token to a request that goes out on a connection on which we presented `certificate`. Says whether one was due.
    pub(super) fn attach_to_request<P>(
        &self,
        instance: &LfiInstance,
        certificate: &Certificate<P::Client>,
        headers: &mut HeaderMap,
    ) -> Result<bool, Failure>
    where
        P: JwtAuthPath<Requests = Own, Responses = Theirs>,
    {
        let agreed = JwtAuth::<P>::of(&self.deployment, instance)?;
        if let Some(name) = agreed.header(Leg::Request) {
            let token = agreed.request(self.signer()?, certificate, UnixTime::now())?;
            attach(headers, name, &token)?;
        }
        Ok(agreed.header(Leg::Request).is_some())
    }

    /// Checks the token of a response that came over the connection to `peer`. Says whether one was due.
    pub(super) async fn check_response<P>(
        &self,
        instance: &LfiInstance,
        peer: &Peer<P::Server>,
        headers: &HeaderMap,
    ) -> Result<bool, Failure>
    where
        P: JwtAuthPath<Requests = Own, Responses = Theirs>,
    {
        let agreed = JwtAuth::<P>::of(&self.deployment, instance)?;
        if let Some(name) = agreed.header(Leg::Response) {
            let token = agreed.parse_response(headers.get_all(name))?;
            let key = self.key(instance, token.kid()).await?;
            let now = UnixTime::now();
            agreed.verify_response(&token, peer, &key, now)?.spend(&self.used, now)?;
        }
        Ok(agreed.header(Leg::Response).is_some())
    }

    /// Checks the token of a request that came over the connection from `peer`.
    pub(super) async fn check_request<P>(
        &self,
        instance: &LfiInstance,
        peer: &Peer<P::Client>,
        headers: &HeaderMap,
    ) -> Result<(), Failure>
    where
        P: JwtAuthPath<Requests = Theirs, Responses = Own>,
    {
        let agreed = JwtAuth::<P>::of(&self.deployment, instance)?;
        if let Some(name) = agreed.header(Leg::Request) {
            let token = agreed.parse_request(headers.get_all(name))?;
            let key = self.key(instance, token.kid()).await?;
            let now = UnixTime::now();
            agreed.verify_request(&token, peer, &key, now)?.spend(&self.used, now)?;
        }
        Ok(())
    }

    /// Attaches a token to a response on a connection on which we presented `certificate`.
    pub(super) fn attach_to_response<P>(
        &self,
        instance: &LfiInstance,
        certificate: &Certificate<P::Server>,
        headers: &mut HeaderMap,
    ) -> Result<(), Failure>
    where
        P: JwtAuthPath<Requests = Theirs, Responses = Own>,
    {
        let agreed = JwtAuth::<P>::of(&self.deployment, instance)?;
        if let Some(name) = agreed.header(Leg::Response) {
            attach(headers, name, &agreed.response(self.signer()?, certificate, UnixTime::now())?)?;
        }
        Ok(())
    }

    fn signer(&self) -> Result<&Signer<Own>, Failure> {
        let missing = || {
            let role = <Own as Role>::ID;
            Failure::new("jwt-auth.no-signer", format!("the deployment asks for JWT Auth, and there is no {role}"))
        };
        self.signer.as_ref().ok_or_else(missing)
    }

    async fn key(&self, instance: &LfiInstance, kid: &KeyId) -> Result<VerificationKey<Theirs>, Failure> {
        self.keys.key::<Theirs>(Theirs::of(instance), kid).await.map_err(|reason| match reason.hub_code() {
            Some(_) => Failure::from(reason).status(StatusCode::UNAUTHORIZED),
            // The token is not to blame.
            None => reason.into(),
        })
    }
}

fn attach(headers: &mut HeaderMap, name: &str, token: &str) -> Result<(), Failure> {
    let malformed = || Failure::new("http.header", format!("{name} cannot carry a token"));
    let name = HeaderName::try_from(name).map_err(|_| malformed())?;
    let mut value = HeaderValue::try_from(token).map_err(|_| malformed())?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

/// How many unexpired tokens are remembered: they live for half a minute.
const ROOM: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
