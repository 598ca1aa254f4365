//! The Trust Framework's keystore: who may read whose keys, and where.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, HeaderValue};
use http::{Request, Response, StatusCode};
use hub_jwks::{AddressPolicy, CacheSettings, CertificatePolicy, Fetcher, KeystoreSettings, Publication};
use hub_roles::HttpsUrl;

use super::failure::Failure;
use super::http::{empty, serve, typed};
use super::material::{Material, Party};
use super::network::{Incidents, Network, Port};
use super::web::WebServer;

/// The keystore's content: key sets by the path of their URL. Cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Keystore(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Keystore {
    /// Publishes a set at `url`, in place of what was there.
    pub(super) fn publish(&self, url: &HttpsUrl, set: &Publication) {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sets.insert(path(url).to_owned(), set.to_json());
    }

    /// Answers at `port`.
    pub(super) fn serve(&self, material: &Material, port: Port, incidents: Incidents) -> Result<(), Failure> {
        let server = WebServer::new(material, "keystore")?;
        let keystore = self.clone();
        port.serve("the keystore", incidents, move |tcp| {
            let (server, keystore) = (server.clone(), keystore.clone());
            async move { serve(server.accept(tcp).await?, async |request| keystore.answer(&request)).await }
        });
        Ok(())
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(set) = sets.get(request.uri().path()) else {
            return empty(StatusCode::NOT_FOUND);
        };
        let mut response = typed(StatusCode::OK, "application/jwk-set+json", set.clone());
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("max-age=300"));
        response
    }
}

/// The keys of others, as one party keeps them: by role and party, fresh, and with certificates that hold.
///
/// A real party trusts the public web's roots and asks the DNS; nothing else would differ.
pub(super) fn keys_of_others(
    material: &Material,
    party: &Party<'_>,
    network: &Network,
) -> Result<hub_jwks::Keystore, Failure> {
    let (deployment, keystore) = (party.deployment(), party.keystore()?);
    let fetcher = Fetcher::builder(deployment.environment(), material.file("web-root.pem")?)
        .address_policy(AddressPolicy::IncludingLocal)
        .resolve(keystore.host().clone(), network.address(keystore.host())?)
        .build()?;
    let settings = KeystoreSettings::new()
        .with_cache(CacheSettings::new().with_clock(Arc::new(network.clock().clone())))
        .with_trust(party.trust(), CertificatePolicy::Required);
    Ok(hub_jwks::Keystore::new(deployment, keystore, Arc::new(fetcher), &settings)?)
}

/// The path of a URL, without query.
fn path(url: &HttpsUrl) -> &str {
    let after_scheme = url.as_str().trim_start_matches("https://");
    let path = after_scheme.find('/').and_then(|start| after_scheme.get(start..)).unwrap_or("/");
    path.split_once('?').map_or(path, |(path, _)| path)
}
