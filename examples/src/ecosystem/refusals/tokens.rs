//! Tokens and payloads that must not be believed.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use hub_jose::ExpectedClient;
use hub_roles::{HostName, HubToLfi, InstanceId, Leg, LfiInstance, LfiToHub, PathId};
use hub_tls::{Accepted, AcceptingPath, Acceptor, Connected, Connector};
use rustls_pki_types::UnixTime;
use tokio::io::{DuplexStream, duplex};

use super::{Attempts, Must};
use crate::ecosystem::calls::get;
use crate::ecosystem::clock::StoryClock;
use crate::ecosystem::failure::Failure;
use crate::ecosystem::hub::{Hub, S1_LISTENER};
use crate::ecosystem::lfi::Lfi;
use crate::ecosystem::tpp::{RECEIVER, Tpp};
use crate::ecosystem::world::{BRANDS, OTHER, S4_LISTENER, World};

pub(super) async fn tell(world: &mut World) -> Result<(), Failure> {
    let World { story, network, incidents, hub, lfi, other_lfi, tpp, other_tpp, .. } = world;
    let mut attempts = Attempts { story, incidents };
    let cast = Cast {
        hub: Arc::clone(hub),
        lfi: Arc::clone(lfi),
        other_lfi: Arc::clone(other_lfi),
        tpp: Arc::clone(tpp),
        other_tpp: Arc::clone(other_tpp),
        retail: BRANDS[0].parse()?,
        business: BRANDS[1].parse()?,
        other: OTHER.parse()?,
        clock: network.clock().clone(),
    };
    cast.to_the_hub(&mut attempts).await?;
    cast.personal_information(&mut attempts).await?;
    cast.jwt_auth(&mut attempts).await
}

/// Who takes part.
struct Cast {
    hub: Arc<Hub>,
    lfi: Arc<Lfi>,
    other_lfi: Arc<Lfi>,
    tpp: Arc<Tpp>,
    other_tpp: Arc<Tpp>,
    retail: InstanceId,
    business: InstanceId,
    other: InstanceId,
    clock: StoryClock,
}

impl Cast {
    /// Client assertions, request objects, access tokens; and an event about what came of them.
    async fn to_the_hub(&self, attempts: &mut Attempts<'_>) -> Result<(), Failure> {
        let must = |what, rule| Must { what, by: S1_LISTENER, rule };
        let order = self.tpp.order(&self.retail).await?;
        let object = self.tpp.request_object(&order)?;
        let assertion = self.tpp.assertion(&self.retail)?;

        let attempt = self.tpp.post_par(&order, &object, &object);
        attempts.refused(must("a request object sent as client assertion", "token.typ"), attempt).await;
        self.clock.skip(COOLDOWN);
        let forged = self.other_tpp.assertion_for(&self.tpp, &self.retail)?;
        let attempt = self.tpp.post_par(&order, &object, &forged);
        attempts.refused(must("an assertion that another TPP has signed", "keyset.unknown-kid"), attempt).await;
        let meant_for_other = self.tpp.assertion(&self.other)?;
        let attempt = self.tpp.post_par(&order, &object, &meant_for_other);
        attempts.refused(must("an assertion for another instance", "token.audience"), attempt).await;

        let pushed = self.tpp.post_par(&order, &object, &assertion).await?;
        let attempt = self.tpp.post_par(&order, &object, &assertion);
        attempts.refused(must("the same assertion again", "token.replayed"), attempt).await;

        let redirect = self.lfi.authorise(&self.retail, &pushed.request_uri).await?;
        let access_token = self.tpp.redeem(&order, &redirect).await?;
        let attempt = self.other_tpp.pay(&order, &access_token);
        attempts.refused(must("another TPP's access token", "cnf.other-certificate"), attempt).await;
        self.tpp.pay(&order, &access_token).await?;

        let must = Must { what: "an event from another brand's issuer", by: RECEIVER, rule: "token.issuer" };
        let event = self.hub.notify_as(&self.business, &self.retail, order.consent_id());
        attempts.refused_silently(must, event).await?;
        let must = Must { what: "an event from another LFI's issuer", by: RECEIVER, rule: "keyset.unknown-kid" };
        self.clock.skip(COOLDOWN);
        let event = self.hub.notify_as(&self.other, &self.retail, order.consent_id());
        attempts.refused_silently(must, event).await
    }

    /// PII, and the header that says which brand it is for.
    async fn personal_information(&self, attempts: &mut Attempts<'_>) -> Result<(), Failure> {
        let order = self.tpp.order_sealed_for(&self.retail, &self.other).await?;
        let must = Must { what: "PII encrypted to another LFI's Enc1", by: S4_LISTENER, rule: "token.unknown-key" };
        attempts.refused(must, self.tpp.push(&order)).await;

        let order = self.tpp.order(&self.retail).await?;
        let tomorrow = UnixTime::since_unix_epoch(Duration::from_secs(UnixTime::now().as_secs() + 24 * 60 * 60));
        let must = Must { what: "PII of yesterday's consent, opened as if new", by: "the LFI", rule: "token.expired" };
        attempts.refused_here(must, self.open_at(order.personal_information(), tomorrow)).await;
        self.open_at(order.personal_information(), UnixTime::now()).await?;

        let instance = self.hub.deployment().instance(&self.retail)?;
        let host = instance.ozone_connect_url()?.host();
        let must = Must { what: "a request that names no brand", by: S4_LISTENER, rule: "request.provider-id" };
        attempts.refused(must, self.hub.ozone_connect.check_health(host, get(host, "/hello-mtls")?)).await;
        Ok(())
    }

    /// Tokens of JWT Auth in places that are not theirs, on connections of their own.
    async fn jwt_auth(&self, attempts: &mut Attempts<'_>) -> Result<(), Failure> {
        let instance = self.hub.deployment().instance(&self.retail)?;
        let manager = instance.hosts().consent_manager()?;
        let (ours, at_hub) = meet(&self.lfi.hub.connector, manager, &self.hub.s3).await?;
        let mut request = HeaderMap::new();
        self.lfi.jwt_auth.attach_to_request::<LfiToHub>(instance, ours.local_certificate(), &mut request)?;

        let other_manager = self.hub.deployment().instance(&self.other)?.hosts().consent_manager()?;
        let (_theirs, other_at_hub) = meet(&self.other_lfi.hub.connector, other_manager, &self.hub.s3).await?;
        let must = Must {
            what: "a JWT Auth token on another organisation's connection",
            by: "the Hub",
            rule: "token.peer-organisation",
        };
        let attempt = self.hub.jwt_auth.check_request::<LfiToHub>(instance, other_at_hub.peer(), &request);
        attempts.refused_here(must, attempt).await;
        self.hub.jwt_auth.check_request::<LfiToHub>(instance, at_hub.peer(), &request).await?;
        let must = Must { what: "the same JWT Auth token again", by: "the Hub", rule: "token.replayed" };
        let attempt = self.hub.jwt_auth.check_request::<LfiToHub>(instance, at_hub.peer(), &request);
        attempts.refused_here(must, attempt).await;

        let host = instance.ozone_connect_url()?.host();
        let (to_lfi, _) = meet(&self.hub.ozone_connect.connector, host, &self.lfi.s4).await?;
        let check =
            async |response| self.hub.jwt_auth.check_response::<HubToLfi>(instance, to_lfi.peer(), &response).await;
        let must =
            Must { what: "the LFI's used request token, sent as response", by: "the Hub", rule: "token.replayed" };
        attempts.refused_here(must, check(as_response(instance, &request)?)).await;
        self.clock.skip(COOLDOWN);
        let mut request = HeaderMap::new();
        self.hub.jwt_auth.attach_to_request::<HubToLfi>(instance, to_lfi.local_certificate(), &mut request)?;
        let must = Must {
            what: "the Hub's own request token, sent back as response",
            by: "the Hub",
            rule: "keyset.unknown-kid",
        };
        attempts.refused_here(must, check(as_response(instance, &request)?)).await;
        Ok(())
    }

    /// What the LFI does at consent validation, at another time.
    async fn open_at(&self, jwe: &str, now: UnixTime) -> Result<(), Failure> {
        let instance = self.hub.deployment().instance(&self.retail)?;
        let tpp = self.tpp.registration()?;
        let sealed = self.lfi.pii.decrypt(jwe)?;
        let key = self.lfi.keys.key(tpp.client_id(), sealed.kid()).await?;
        sealed.verify(&key, &ExpectedClient::of(tpp.client_id(), instance)?, now)?;
        Ok(())
    }
}

/// A connection in memory, seen from both its ends.
async fn meet<P: AcceptingPath>(
    connector: &Connector<P>,
    host: &HostName,
    acceptor: &Acceptor<P>,
) -> Result<(Connected<P, DuplexStream>, Accepted<P, DuplexStream>), Failure> {
    let (near, far) = duplex(WIRE);
    Ok(tokio::try_join!(connector.connect(host, near), acceptor.accept(far))?)
}

/// The token of a request in the header field of responses.
fn as_response(instance: &LfiInstance, request: &HeaderMap) -> Result<HeaderMap, Failure> {
    let legs = [Leg::Request, Leg::Response].map(|leg| instance.jwt_auth().leg(PathId::HubToLfi, leg));
    let [Some(from), Some(to)] = legs else {
        return Err(Failure::new("jwt-auth.off", "JWT Auth is off at this instance"));
    };
    let token = request.get(from.header()).cloned().unwrap_or(HeaderValue::from_static(""));
    let mut response = HeaderMap::new();
    response.insert(http::HeaderName::try_from(to.header()).map_err(http::Error::from)?, token);
    Ok(response)
}

/// Octets that a wire in memory holds.
const WIRE: usize = 64 << 10;

/// How long a key set is not asked for again for a `kid` that it does not have: within it, the answer would be to try again.
const COOLDOWN: Duration = Duration::from_secs(10);
