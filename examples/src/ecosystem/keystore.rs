//! The Trust Framework's keystore: who may read whose keys, and where.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, HeaderValue};
use http::{Request, Response, StatusCode};
use hub_jwks::{AddressPolicy, Fetcher, KeyLocation, KeySet, Publication};
use hub_roles::{ClientId, Deployment, HttpsUrl, TppRegistration};

use super::failure::Failure;
use super::http::{empty, serve, typed};
use super::material::Material;
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

/// One party's way to the keystore. It fetches a set whenever it is asked; a real program keeps sets for as long as the keystore allows.
#[derive(Clone)]
pub(super) struct Keys {
    fetcher: Fetcher,
    keystore: hub_jwks::KeystoreUrl,
}

impl Keys {
    /// A real party trusts the public web's roots and asks the DNS; nothing else would differ.
    pub(super) fn new(material: &Material, deployment: &Deployment, network: &Network) -> Result<Self, Failure> {
        let environment = deployment.environment();
        let unknown = || Failure::new("keystore.unknown", format!("environment {environment} has no keystore"));
        let keystore = hub_jwks::KeystoreUrl::of(environment).ok_or_else(unknown)?;
        let fetcher = Fetcher::builder(environment, material.file("web-root.pem")?)
            .address_policy(AddressPolicy::IncludingLocal)
            .resolve(keystore.host().clone(), network.address(keystore.host())?)
            .build()?;
        Ok(Self { fetcher, keystore })
    }

    /// The keys at `url`, which are `owner`'s.
    pub(super) async fn at<O: Display>(&self, url: &HttpsUrl, owner: O) -> Result<KeySet<O>, Failure> {
        Ok(self.fetcher.fetch(url, owner).await?.key_set)
    }

    /// The keys that a TPP uses now.
    pub(super) async fn of_tpp(&self, tpp: &TppRegistration) -> Result<KeySet<ClientId>, Failure> {
        self.at(&self.location(tpp).active(), tpp.client_id().clone()).await
    }

    /// The keys that a TPP used before.
    pub(super) async fn retired_of_tpp(&self, tpp: &TppRegistration) -> Result<KeySet<ClientId>, Failure> {
        self.at(&self.location(tpp).inactive(), tpp.client_id().clone()).await
    }

    fn location(&self, tpp: &TppRegistration) -> KeyLocation {
        self.keystore.application_keys(&tpp.organisation(), &tpp.software_statement())
    }
}

/// The path of a URL, without query.
fn path(url: &HttpsUrl) -> &str {
    let after_scheme = url.as_str().trim_start_matches("https://");
    let path = after_scheme.find('/').and_then(|start| after_scheme.get(start..)).unwrap_or("/");
    path.split_once('?').map_or(path, |(path, _)| path)
}
