//! Deployment files: what each party needs to know, written from the register and read back.

use hub_roles::{Deployment, HttpsUrl, KeyId};
use serde_json::{Map, Value, json};

use super::register::{BrandEntry, LfiEntry, Register, TppEntry};
use crate::Error;

/// One party's deployment: the file, and what it reads as.
#[derive(Clone, Debug)]
pub(super) struct View {
    content: Value,
    json: String,
    deployment: Deployment,
}

impl View {
    fn new(whose: &str, content: Value) -> Result<Self, Error> {
        let content = existing(content);
        let what = || format!("the deployment file of {whose}");
        let json = serde_json::to_string_pretty(&content).map_err(|reason| Error::rejected(&what(), reason))?;
        let deployment = Deployment::from_json(json.as_bytes()).map_err(|reason| Error::rejected(&what(), reason))?;
        Ok(Self { content, json, deployment })
    }

    pub(super) fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    pub(super) fn json(&self) -> &str {
        &self.json
    }

    pub(super) fn toml(&self) -> Result<String, Error> {
        toml::to_string_pretty(&self.content).map_err(|reason| Error::rejected("a deployment file as TOML", reason))
    }
}

/// What a party shows of its view.
macro_rules! party_with_view {
    ($party:ident) => {
        impl $party {
            /// Its view of the ecosystem.
            #[must_use]
            pub fn deployment(&self) -> &hub_roles::Deployment {
                self.view.deployment()
            }

            /// Its view as a deployment file in JSON: what [`Self::deployment`] was read from.
            #[must_use]
            pub fn deployment_json(&self) -> &str {
                self.view.json()
            }

            /// Its view as a deployment file in TOML.
            ///
            /// # Errors
            /// [`Error::Rejected`](crate::Error::Rejected) if TOML cannot hold it, which it can.
            pub fn deployment_toml(&self) -> Result<String, crate::Error> {
                self.view.toml()
            }
        }
    };
}
pub(super) use party_with_view;

impl Register {
    /// What the Hub knows: everything.
    pub(super) fn hub_view(&self) -> Result<View, Error> {
        let instances = self.brands().map(|(lfi, brand)| (brand.instance.to_string(), self.instance(lfi, brand)));
        let content = json!({
            "environment": self.environment.to_string(),
            "own": { "party": "ozone" },
            "ozone": self.ozone(),
            "lfis": self.lfis.iter().map(|lfi| (lfi.name().to_owned(), self.lfi(lfi))).collect::<Map<_, _>>(),
            "instances": instances.collect::<Map<_, _>>(),
            "tpps": { "registered": self.tpps(|tpp| self.tpp_with_enc2(tpp)) },
        });
        View::new("the hub", content)
    }

    /// What an LFI knows: Ozone, its own registrations, and who the TPPs are.
    pub(super) fn lfi_view(&self, lfi: &LfiEntry) -> Result<View, Error> {
        let instances = lfi.brands.iter().map(|brand| (brand.instance.to_string(), self.instance(lfi, brand)));
        let content = json!({
            "environment": self.environment.to_string(),
            "own": { "party": "lfi", "organisation": lfi.organisation },
            "ozone": self.ozone(),
            "lfis": { lfi.name(): self.lfi(lfi) },
            "instances": instances.collect::<Map<_, _>>(),
            "tpps": { "registered": self.tpps(|tpp| registration(tpp, None)) },
        });
        View::new(lfi.name(), content)
    }

    /// What a TPP knows: itself, and of every instance what it needs to call it and to encrypt PII.
    pub(super) fn tpp_view(&self, own: &TppEntry) -> Result<View, Error> {
        let lfis = self
            .lfis
            .iter()
            .map(|lfi| (lfi.name().to_owned(), json!({ "organisation": lfi.organisation, "enc1": self.enc1(lfi) })));
        let instances = self.brands().map(|(lfi, brand)| {
            let content = json!({
                "lfi": lfi.name(),
                "issuer": brand.issuer,
                "hosts": { "as": brand.hosts.authorisation, "rs": brand.hosts.resource },
                "sig2_jwks_url": self.organisation_keys(lfi),
            });
            (brand.instance.to_string(), content)
        });
        let content = json!({
            "environment": self.environment.to_string(),
            "own": { "party": "tpp", "client_id": own.client_id },
            "lfis": lfis.collect::<Map<_, _>>(),
            "instances": instances.collect::<Map<_, _>>(),
            "tpps": { "registered": { own.name.as_str(): self.tpp_with_enc2(own) } },
        });
        View::new(&own.name, content)
    }

    fn ozone(&self) -> Value {
        let organisation = self.hub.organisation;
        let keys = |file| self.keystore.below(&[&organisation.to_string(), file]);
        json!({
            "organisation": organisation,
            "c4_jwks_url": keys("transport.jwks"),
            "sig3_jwks_url": self.uses_jwt_auth().then(|| keys("application.jwks")),
        })
    }

    fn lfi(&self, lfi: &LfiEntry) -> Value {
        let application = [&lfi.organisation.to_string(), &lfi.application.to_string(), "application.jwks"];
        let sig4 = json!({ "level": "application", "jwks_url": self.keystore.below(&application) });
        json!({
            "organisation": lfi.organisation,
            "c3_application": lfi.application,
            "sig4": lfi.spec.jwt_auth.then_some(sig4),
            "enc1": self.enc1(lfi),
        })
    }

    fn enc1(&self, lfi: &LfiEntry) -> Value {
        json!({ "kid": self.kids.get(lfi.name()), "jwks_url": self.organisation_keys(lfi) })
    }

    fn instance(&self, lfi: &LfiEntry, brand: &BrandEntry) -> Value {
        let hosts = &brand.hosts;
        let direction = || json!({ "request": true, "response": { "header": RESPONSE_HEADER } });
        json!({
            "lfi": lfi.name(),
            "provider_id": brand.provider,
            "issuer": brand.issuer,
            "hosts": {
                "as": hosts.authorisation,
                "rs": hosts.resource,
                "hh": hosts.headless_heimdall,
                "cm": hosts.consent_manager,
            },
            "ozone_connect": { "url": format!("https://{}", lfi.ozone_connect_host) },
            "sig2_jwks_url": self.organisation_keys(lfi),
            "jwt_auth": lfi.spec.jwt_auth.then(|| json!({ "hub_to_lfi": direction(), "lfi_to_hub": direction() })),
        })
    }

    /// The organisation-level key set: Sig2 of all brands, and Enc1.
    fn organisation_keys(&self, lfi: &LfiEntry) -> HttpsUrl {
        self.keystore.below(&[&lfi.organisation.to_string(), "application.jwks"])
    }

    fn tpps(&self, content: impl Fn(&TppEntry) -> Value) -> Map<String, Value> {
        self.tpps.iter().map(|tpp| (tpp.name.clone(), content(tpp))).collect()
    }

    /// A TPP as the Hub, which encrypts to it, knows it.
    fn tpp_with_enc2(&self, tpp: &TppEntry) -> Value {
        registration(tpp, self.kids.get(&tpp.name))
    }
}

fn registration(tpp: &TppEntry, enc2_kid: Option<&KeyId>) -> Value {
    json!({
        "client_id": tpp.client_id,
        "organisation": tpp.organisation,
        "software_statement": tpp.software_statement,
        "enc2_kid": enc2_kid,
    })
}

/// Leaves out what is null: parts that do not exist.
fn existing(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            members.map(|(name, value)| (name, existing(value))).collect()
        }
        other => other,
    }
}

/// No page names the header of JWT Auth on responses (FACTS section 4): this is what the kit's parties agreed on.
const RESPONSE_HEADER: &str = "x-jwt-auth";
