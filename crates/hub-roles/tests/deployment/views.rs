//! One ecosystem as the Hub, an LFI and a TPP see it: what each view answers, and what it says is missing.

use hub_roles::{
    C1, C3, C4, Deployment, Enc1, Enc2, Environment, JwtAuthIdentity, Leg, Own, PathId, RegistrationLevel, S1, S3, S4,
    ServerNameRule, Sig1, Sig2, Sig3, Sig4,
};

use crate::HUB;

/// The LFI's view: its two brands, what it needs of Ozone, no TPP.
const LFI: &str = r#"
environment = "sandbox"
own = { party = "lfi", organisation = "a1000000-0000-4000-8000-000000000001" }
ozone = { organisation = "0f000000-0000-4000-8000-000000000001", sig3_jwks_url = "https://keystore.example/ozone/application.jwks" }

[lfis.alpha]
organisation = "a1000000-0000-4000-8000-000000000001"
c3_application = "a1000000-0000-4000-8000-0000000000c3"
sig4 = { level = "organisation" }

[instances.retail]
lfi = "alpha"
provider_id = "ALPHA-RETAIL"
hosts = { hh = "hh.alpha-retail.example", cm = "cm.alpha-retail.example" }
ozone_connect = { url = "https://ozone-connect.alpha.example/retail" }
jwt_auth = { lfi_to_hub = { request = true }, hub_to_lfi = { request = true } }

[instances.business]
lfi = "alpha"
provider_id = "ALPHA-BUSINESS"
hosts = { hh = "hh.alpha-business.example" }
ozone_connect = { url = "https://ozone-connect.alpha.example/business" }
"#;

/// The TPP's view: the instances it calls, and itself.
const TPP: &str = r#"
environment = "sandbox"
own = { party = "tpp", client_id = "https://rp.example/fintech" }

[lfis.alpha]
organisation = "a1000000-0000-4000-8000-000000000001"
enc1 = { jwks_url = "https://keystore.example/alpha/application.jwks" }

[instances.retail]
lfi = "alpha"
issuer = "https://auth1.alpha-retail.example"
hosts = { as = "as1.alpha-retail.example", rs = "rs1.alpha-retail.example" }
sig2_jwks_url = "https://keystore.example/alpha/application.jwks"

[tpps.registered.fintech]
client_id = "https://rp.example/fintech"
organisation = "f1000000-0000-4000-8000-000000000001"
software_statement = "f1000000-0000-4000-8000-0000000000c1"
"#;

/// Asks for expectations of many roles: `None` where the view can tell, else the place of what it lacks.
macro_rules! lacks {
    ($deployment:expr, $instance:expr, [$($role:ident),*]) => {{
        let instance = $instance.parse().unwrap();
        [$($deployment.expect::<$role>(&instance).err().map(|missing| {
            assert_eq!(missing.needed_for(), stringify!($role));
            missing.place().to_owned()
        })),*]
    }};
}

fn deployment(toml: &str) -> Deployment {
    toml::from_str(toml).unwrap()
}

#[test]
fn the_hub_expects_every_role_of_every_complete_instance() {
    let hub = deployment(HUB);
    assert_eq!((hub.environment(), hub.own()), (&Environment::Sandbox, &Own::Ozone));
    let every = lacks!(hub, "retail", [S1, S3, S4, C1, C3, C4, Sig1, Sig2, Sig3, Sig4, Enc1, Enc2]);
    assert_eq!(every, [const { None }; 12]);
    let lacking = lacks!(hub, "beta", [S1, S3, S4, C3, Sig4]);
    let place = |place: &str| Some(place.to_owned());
    assert_eq!(lacking, [None, place("instances.beta.hosts.hh"), None, None, place("lfis.beta.sig4")]);
    assert!(hub.expect_hub::<C4>().is_ok());
}

#[test]
fn an_lfi_needs_no_tpp_and_no_host_of_the_authorisation_server() {
    let lfi = deployment(LFI);
    assert_eq!(lacks!(lfi, "retail", [S3, S4, C3, C4, Sig2, Sig3, Sig4, Enc1]), [const { None }; 8]);
    let place = |place: &str| Some(place.to_owned());
    assert!(lfi.expect_hub::<Sig3>().is_ok() && lfi.ozone().unwrap().sig3_jwks_url().is_ok(), "without an instance");
    let lacking = lacks!(lfi, "retail", [S1, C1, Sig1, Enc2]);
    let [s1, tpps] = [place("instances.retail.hosts.as"), place("tpps.registered")];
    assert_eq!(lacking, [s1, tpps.clone(), tpps.clone(), tpps]);

    let retail = lfi.instance(&"retail".parse().unwrap()).unwrap();
    assert_eq!(retail.lfi().sig4().unwrap().level(), RegistrationLevel::Organisation);
    let own_key = retail.lfi().sig4().unwrap().jwks_url().unwrap_err();
    assert_eq!((own_key.place(), own_key.code()), ("lfis.alpha.sig4.jwks_url", "deployment.missing-part"));
}

#[test]
fn a_tpp_needs_neither_ozone_nor_ozone_connect() {
    let tpp = deployment(TPP);
    assert_eq!(lacks!(tpp, "retail", [S1, C1, Sig1, Sig2, Enc1, Enc2]), [const { None }; 6]);
    let place = |place: &str| Some(place.to_owned());
    let lacking = lacks!(tpp, "retail", [S3, S4, C3, C4, Sig3, Sig4]);
    let expected = [
        "instances.retail.hosts.hh",
        "instances.retail.ozone_connect.url",
        "lfis.alpha.c3_application",
        "ozone",
        "ozone",
        "lfis.alpha.sig4",
    ];
    assert_eq!(lacking, expected.map(place));
    let missing = tpp.expect_hub::<C4>().unwrap_err();
    assert_eq!(
        missing.to_string(),
        "the deployment has no ozone, which is needed for C4: add it to the deployment file"
    );
    assert_eq!(tpp.expect_hub::<Sig3>().unwrap_err().needed_for(), "Sig3");
    assert_eq!(lacks!(tpp, "business", [S1]), [place("instances.business")]);
}

#[test]
fn an_instance_is_found_by_host_provider_and_issuer() {
    let hub = deployment(HUB);
    for host in
        ["as1.alpha-retail.example", "rs1.alpha-retail.example", "hh.alpha-retail.example", "CM.alpha-retail.example"]
    {
        let instance = hub.instance_of_host(&host.parse().unwrap()).map(|instance| instance.id().as_str());
        assert_eq!(instance, Some("retail"), "{host}");
    }
    let provider = hub.instance_of_provider(&"ALPHA-BUSINESS".parse().unwrap());
    assert_eq!(provider.unwrap().id().as_str(), "business");
    let issuer = hub.instance_of_issuer(&"https://auth1.beta.example".parse().unwrap());
    assert_eq!(issuer.unwrap().id().as_str(), "beta");

    for other in ["ozone-connect.alpha.example", "as1.gamma.example", "alpha-retail.example"] {
        assert!(hub.instance_of_host(&other.parse().unwrap()).is_none(), "{other}");
    }
    assert!(hub.instance_of_provider(&"alpha-business".parse().unwrap()).is_none());
    assert!(hub.instance_of_issuer(&"https://auth1.beta.example/".parse().unwrap()).is_none());
}

#[test]
fn two_brands_share_one_set_of_lfi_certificates_and_one_ozone_connect() {
    let hub = deployment(HUB);
    let [retail, business] = ["retail", "business"].map(|id| hub.instance(&id.parse().unwrap()).unwrap());
    assert!(std::ptr::eq(retail.lfi(), business.lfi()));
    let host = "ozone-connect.alpha.example".parse().unwrap();
    let sharing = hub.instances_of_ozone_connect(&host);
    assert_eq!(sharing.map(|instance| instance.id().as_str()).collect::<Vec<_>>(), ["business", "retail"]);
    assert_ne!(retail.ozone_connect_url().unwrap().as_str(), business.ozone_connect_url().unwrap().as_str());
}

#[test]
fn a_tpp_is_found_by_client_id_and_by_application() {
    let hub = deployment(HUB);
    let lender = hub.tpp(&"lender".parse().unwrap()).unwrap();
    let found = hub.tpp_of(lender.organisation(), lender.software_statement()).unwrap();
    assert_eq!(found.client_id(), lender.client_id());
    assert_eq!(hub.tpps().count(), 2);
    assert!(lender.enc2_kid().is_err());

    let fintech = hub.tpp(&"https://rp.example/fintech".parse().unwrap()).unwrap();
    assert_eq!(fintech.enc2_kid().unwrap().as_str(), "fintech-enc2");
    assert!(hub.tpp_of(lender.organisation(), fintech.software_statement()).is_none());
    let missing = hub.tpp(&"broker".parse().unwrap()).unwrap_err();
    assert!(missing.place().contains("broker"), "{missing}");
}

#[test]
fn jwt_auth_is_off_until_a_leg_is_turned_on() {
    let hub = deployment(HUB);
    let [retail, business] = ["retail", "business"].map(|id| hub.instance(&id.parse().unwrap()).unwrap().jwt_auth());
    for path in PathId::ALL {
        for leg in [Leg::Request, Leg::Response] {
            assert_eq!(retail.leg(path, leg).is_some(), path != PathId::TppToHub, "{path} {leg:?}");
            assert!(business.leg(path, leg).is_none(), "{path} {leg:?}");
        }
    }
    let request = retail.leg(PathId::HubToLfi, Leg::Request).unwrap();
    assert_eq!((request.header(), request.identity()), ("authorization", &JwtAuthIdentity::ConnectionCertificate));
    assert_eq!(retail.leg(PathId::LfiToHub, Leg::Request), Some(request));
    let response = retail.leg(PathId::LfiToHub, Leg::Response).unwrap();
    let subject = hub.ozone().unwrap().organisation();
    let agreed = JwtAuthIdentity::Registered { issuer: "Ozone".to_owned(), subject };
    assert_eq!((response.header(), response.identity()), ("x-jwt-auth", &agreed));
}

#[test]
fn one_host_may_be_authorisation_and_resource_server_and_is_expected_once() {
    let hub = deployment(HUB);
    let beta = "beta".parse().unwrap();
    let hosts = hub.instance(&beta).unwrap().hosts();
    assert_eq!(hosts.authorisation(), hosts.resource());
    assert_eq!(hub.expect::<S1>(&beta).unwrap().hosts(), std::slice::from_ref(hosts.resource().unwrap()));
}

#[test]
fn the_name_rule_of_s4_decides_whether_a_host_is_expected() {
    let hub = deployment(HUB);
    let [retail, beta] = ["retail", "beta"].map(|id| hub.instance(&id.parse().unwrap()).unwrap());
    assert_eq!(retail.server_name_rule(), ServerNameRule::Host);
    let host = retail.ozone_connect_url().unwrap().host();
    assert_eq!(hub.expect::<S4>(retail.id()).unwrap().hosts(), std::slice::from_ref(host));
    assert_eq!(beta.server_name_rule(), ServerNameRule::OrganisationOnly);
    assert!(hub.expect::<S4>(beta.id()).unwrap().hosts().is_empty());
}
