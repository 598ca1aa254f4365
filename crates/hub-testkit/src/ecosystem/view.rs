//! Deployment files: what each party needs to know, written from the register and read back.

use hub_roles::Deployment;
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
            "tpps": { "registered": self.tpps(tpp) },
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
        let mut content = json!({
            "organisation": organisation,
            "c4_jwks_url": self.key_set_url(&format!("/{organisation}/transport.jwks")),
        });
        if self.uses_jwt_auth() {
            content["sig3_jwks_url"] = self.key_set_url(&format!("/{organisation}/application.jwks")).into();
        }
        content
    }

    fn lfi(&self, lfi: &LfiEntry) -> Value {
        let mut content = json!({
            "organisation": lfi.organisation,
            "c3_application": lfi.application,
            "enc1": self.enc1(lfi),
        });
        if lfi.spec.jwt_auth {
            let path = format!("/{}/{}/application.jwks", lfi.organisation, lfi.application);
            content["sig4"] = json!({ "level": "application", "jwks_url": self.key_set_url(&path) });
        }
        content
    }

    fn enc1(&self, lfi: &LfiEntry) -> Value {
        json!({ "kid": self.kids.get(lfi.name()), "jwks_url": self.organisation_keys(lfi) })
    }

    fn instance(&self, lfi: &LfiEntry, brand: &BrandEntry) -> Value {
        let hosts = &brand.hosts;
        let mut content = json!({
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
        });
        if lfi.spec.jwt_auth {
            let direction = json!({ "request": true, "response": { "header": RESPONSE_HEADER } });
            content["jwt_auth"] = json!({ "hub_to_lfi": direction, "lfi_to_hub": direction });
        }
        content
    }

    /// The organisation-level key set: Sig2 of all brands, and Enc1.
    fn organisation_keys(&self, lfi: &LfiEntry) -> String {
        self.key_set_url(&format!("/{}/application.jwks", lfi.organisation))
    }

    fn tpps(&self, content: impl Fn(&TppEntry) -> Value) -> Map<String, Value> {
        self.tpps.iter().map(|tpp| (tpp.name.clone(), content(tpp))).collect()
    }

    fn tpp_with_enc2(&self, entry: &TppEntry) -> Value {
        let mut content = tpp(entry);
        content["enc2_kid"] = json!(self.kids.get(&entry.name));
        content
    }
}

fn tpp(entry: &TppEntry) -> Value {
    json!({
        "client_id": entry.client_id,
        "organisation": entry.organisation,
        "software_statement": entry.software_statement,
    })
}

/// No page names the header of JWT Auth on responses (FACTS section 4): this is what the kit's parties agreed on.
const RESPONSE_HEADER: &str = "x-jwt-auth";
