//! Files that are refused, each beside its accepted neighbour.

use std::collections::BTreeSet;

use hub_roles::{Deployment, DeploymentRule};
use serde_json::{Value, json};

use crate::{HUB, read, values};

/// One member of the Hub's file (a JSON Pointer), a value that is refused there, where and why, and a value that is accepted.
struct Case(&'static str, Value, &'static str, &'static str, Value);

/// A member that is not there.
const ABSENT: Value = Value::Null;

const OZONE: &str = "0f000000-0000-4000-8000-000000000001";
const ALPHA: &str = "a1000000-0000-4000-8000-000000000001";
const ALPHA_C3: &str = "a1000000-0000-4000-8000-0000000000c3";
const FINTECH: &str = "f1000000-0000-4000-8000-000000000001";
const FINTECH_C1: &str = "f1000000-0000-4000-8000-0000000000c1";
const OTHER: &str = "0e000000-0000-4000-8000-000000000001";

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    let alpha_tpp = |application: &str| json!({"client_id": "alpha", "organisation": ALPHA, "software_statement": application});
    let fintech = |application: &str| json!({"client_id": "other", "organisation": FINTECH, "software_statement": application});
    vec![
        // One value by itself.
        Case("/environment", ABSENT, "environment", "deployment.missing", json!("production")),
        Case("/environment", json!("two words"), "environment", "deployment.identifier", json!("in-house")),
        Case("/extended_key_usage", json!("optional"), "extended_key_usage", "deployment.word", json!("if-present")),
        Case("/comment", json!("free text"), "comment", "deployment.unknown-member", ABSENT),
        Case("/instances/retail/hosts/ass", json!("x.example"), "instances.retail.hosts.ass", "deployment.unknown-member", ABSENT),
        Case("/ozone", json!([]), "ozone", "deployment.type", json!({"organisation": OZONE, "sig3_jwks_url": "https://k.example/"})),
        Case("/ozone/organisation", ABSENT, "ozone.organisation", "deployment.missing", json!(OTHER)),
        Case("/ozone/organisation", json!("ozone"), "ozone.organisation", "deployment.identifier", json!(OTHER)),
        Case("/ozone/c4_jwks_url", json!("http://keystore.example/"), "ozone.c4_jwks_url", "deployment.host", ABSENT),
        Case("/lfis/alpha/organisation", ABSENT, "lfis.alpha.organisation", "deployment.missing", json!(OTHER)),
        Case("/lfis/alpha/sig4/level", json!("app"), "lfis.alpha.sig4.level", "deployment.word", ABSENT),
        Case("/lfis/alpha/enc1", json!("alpha-enc1"), "lfis.alpha.enc1", "deployment.type", ABSENT),
        Case("/lfis/alpha/enc1/kid", json!(""), "lfis.alpha.enc1.kid", "deployment.type", json!("k")),
        Case("/instances/retail/hosts/as", json!("10.0.0.1"), "instances.retail.hosts.as", "deployment.host", json!("as9.example")),
        Case("/instances/retail/hosts/as", json!(1), "instances.retail.hosts.as", "deployment.type", ABSENT),
        Case("/instances/retail/hosts/as", json!(null), "instances.retail.hosts.as", "deployment.type", ABSENT),
        Case("/instances/retail/issuer", json!("auth1.example"), "instances.retail.issuer", "deployment.issuer", json!("https://a/")),
        Case("/instances/retail/issuer", json!("https://"), "instances.retail.issuer", "deployment.issuer", json!("https://a")),
        Case("/instances/retail/issuer", json!("https://a/?b"), "instances.retail.issuer", "deployment.issuer", json!("https://a/b")),
        Case("/instances/retail/issuer", json!("HTTPS://a/"), "instances.retail.issuer", "deployment.issuer", json!("https://A/")),
        Case("/instances/retail/ozone_connect/server_name", json!("any"), "instances.retail.ozone_connect.server_name", "deployment.word", ABSENT),
        Case("/instances/two words", json!({"lfi": "alpha"}), "instances.\"two words\"", "deployment.identifier", ABSENT),
        Case("/tpps/open", json!("yes"), "tpps.open", "deployment.type", json!(true)),
        Case("/tpps/registered/fintech/client_id", ABSENT, "tpps.registered.fintech.client_id", "deployment.missing", json!("fintech")),

        // JWT Auth.
        Case("/instances/retail/jwt_auth/hub_to_lfi/request", json!("on"), "instances.retail.jwt_auth.hub_to_lfi.request", "deployment.type", json!(false)),
        Case("/instances/retail/jwt_auth/hub_to_lfi/response", json!(true), "instances.retail.jwt_auth.hub_to_lfi.response", "deployment.type", json!(false)),
        Case("/instances/retail/jwt_auth/hub_to_lfi/response/header", ABSENT, "instances.retail.jwt_auth.hub_to_lfi.response.header", "deployment.missing", json!("x-other")),
        Case("/instances/retail/jwt_auth/hub_to_lfi/response/header", json!("a b"), "instances.retail.jwt_auth.hub_to_lfi.response.header", "deployment.header-name", json!("x-other")),
        Case("/instances/retail/jwt_auth/lfi_to_hub/request/identity", json!("certificate"), "instances.retail.jwt_auth.lfi_to_hub.request.identity", "deployment.word", ABSENT),
        Case("/instances/retail/jwt_auth/lfi_to_hub/response/identity/issuer", ABSENT, "instances.retail.jwt_auth.lfi_to_hub.response.identity.issuer", "deployment.missing", json!("Ozone Ltd")),
        Case("/instances/retail/provider_id", ABSENT, "instances.retail.provider_id", "deployment.missing", json!("OTHER")),
        Case("/lfis/alpha/sig4", ABSENT, "lfis.alpha.sig4", "deployment.missing", json!({"level": "organisation", "jwks_url": "https://k.example/"})),
        Case("/lfis/alpha/sig4/jwks_url", ABSENT, "lfis.alpha.sig4.jwks_url", "deployment.missing", json!("https://k.example/")),
        Case("/lfis/alpha/c3_application", ABSENT, "lfis.alpha.c3_application", "deployment.missing", json!(OTHER)),

        // References.
        Case("/instances/retail/lfi", json!("gamma"), "instances.retail.lfi", "deployment.unknown-reference", json!("alpha")),
        Case("/own", json!({"party": "tpp", "client_id": "x"}), "own.client_id", "deployment.unknown-reference", json!({"party": "tpp", "client_id": "lender"})),
        Case("/own", json!({"party": "lfi", "organisation": OTHER}), "own.organisation", "deployment.unknown-reference", json!({"party": "lfi", "organisation": ALPHA})),
        Case("/own", json!({"party": "ozone", "client_id": "x"}), "own.client_id", "deployment.unknown-member", json!({"party": "ozone"})),

        // One of a kind.
        Case("/instances/beta/issuer", json!("https://auth1.alpha-retail.example"), "instances.retail.issuer", "deployment.duplicate", json!("https://AUTH1.alpha-retail.example")),
        Case("/instances/beta/provider_id", json!("ALPHA-RETAIL"), "instances.retail.provider_id", "deployment.duplicate", json!("BETA")),
        Case("/instances/beta/hosts/as", json!("AS1.alpha-retail.example"), "instances.retail.hosts.as", "deployment.duplicate", json!("as1.beta.example")),
        Case("/instances/retail/hosts/hh", json!("as1.alpha-retail.example"), "instances.retail.hosts.hh", "deployment.duplicate", json!("cm.alpha-retail.example")),
        Case("/instances/beta/ozone_connect/url", json!("https://as1.beta.example"), "instances.beta.ozone_connect.url", "deployment.duplicate", json!("https://oc.beta.example")),
        Case("/tpps/registered/lender/client_id", json!("https://rp.example/fintech"), "tpps.registered.lender.client_id", "deployment.duplicate", json!("https://rp.example/FINTECH")),
        Case("/tpps/registered/lender", fintech(FINTECH_C1), "tpps.registered.lender.software_statement", "deployment.duplicate", fintech(OTHER)),

        // Certificates that could not be told apart.
        Case("/lfis/beta/organisation", json!(OZONE), "lfis.beta.organisation", "deployment.ozone-organisation", json!(OTHER)),
        Case("/tpps/registered/lender/organisation", json!(OZONE), "tpps.registered.lender.organisation", "deployment.ozone-organisation", json!(ALPHA)),
        Case("/tpps/registered/lender", alpha_tpp(ALPHA_C3), "tpps.registered.lender.software_statement", "deployment.c3-application", alpha_tpp(FINTECH_C1)),
        Case("/instances/business/lfi", json!("beta"), "instances.retail.ozone_connect.url", "deployment.shared-ozone-connect", json!("alpha")),
        Case("/instances/business/ozone_connect/server_name", json!("organisation-only"), "instances.retail.ozone_connect.url", "deployment.shared-ozone-connect", json!("host")),
        Case("/instances/business/provider_id", ABSENT, "instances.business.provider_id", "deployment.missing", json!("B")),
    ]
}

#[test]
fn a_broken_file_is_refused_for_its_one_problem_and_its_neighbour_is_read() {
    for Case(pointer, broken, place, code, accepted) in cases() {
        // A case whose value is the JSON null itself: only absence is accepted there.
        let literal_null = broken.is_null() && code == "deployment.type";
        let refused = read(&with(pointer, &broken, literal_null)).expect_err(pointer);
        let found: Vec<_> = refused.problems().iter().map(|problem| (problem.place(), problem.code())).collect();
        assert_eq!(found, [(place, code)], "{pointer} = {broken}: {refused}");
        assert!(refused.to_string().contains(place), "{refused}");
        if let Err(error) = read(&with(pointer, &accepted, false)) {
            panic!("{pointer} = {accepted} should be read: {error}");
        }
    }
}

#[test]
fn all_problems_of_a_file_are_reported_at_once() {
    let mut file = values(HUB);
    file["environment"] = json!(7);
    file["own"] = json!({"party": "bank"});
    file["ozone"]["sig3_jwks_url"] = json!("keystore");
    file["lfis"]["beta"]["organisation"] = json!("beta");
    file["instances"]["beta"]["hosts"] = json!({"as": "as1.alpha-retail.example", "hh": "::1"});
    file["instances"]["retail"]["lfi"] = json!("gamma");
    file["instances"]["retail"]["typo"] = json!(1);
    file["tpps"]["registered"]["lender"] = json!({});
    let refused = read(&file).unwrap_err();
    let found: BTreeSet<_> = refused.problems().iter().map(|problem| (problem.place(), problem.code())).collect();
    let expected = [
        ("environment", "deployment.type"),
        ("own.party", "deployment.word"),
        ("ozone.sig3_jwks_url", "deployment.host"),
        ("lfis.beta.organisation", "deployment.identifier"),
        ("instances.beta.hosts.hh", "deployment.host"),
        // The host is also beta's, and the `lfi` of either is broken.
        ("instances.retail.hosts.as", "deployment.duplicate"),
        ("instances.retail.lfi", "deployment.unknown-reference"),
        ("instances.retail.typo", "deployment.unknown-member"),
        ("tpps.registered.lender.client_id", "deployment.missing"),
        ("tpps.registered.lender.organisation", "deployment.missing"),
        ("tpps.registered.lender.software_statement", "deployment.missing"),
    ];
    assert_eq!(found, BTreeSet::from(expected), "{refused}");
    assert_eq!(refused.to_string().lines().count(), 1 + expected.len());
}

#[test]
fn a_problem_says_what_would_be_right() {
    let refused = read(&with("/extended_key_usage", &json!("optional"), false)).unwrap_err();
    assert_eq!(refused.problems()[0].to_string(), "extended_key_usage: expected \"required\" or \"if-present\"");
}

#[test]
fn long_and_strange_names_stay_readable_and_distinct() {
    let tpp = |application: &str| json!({"client_id": application, "organisation": FINTECH, "software_statement": application});
    let [first, second] = ["1", "2"].map(|end| "long\n".repeat(20) + end);
    let mut file = values(HUB);
    file["tpps"]["registered"] = json!({&first: tpp(ALPHA), &second: tpp(OTHER)});
    assert!(read(&file).is_ok());
    file["tpps"]["registered"][&second] = tpp(ALPHA);
    let refused = read(&file).unwrap_err();
    assert!(refused.problems().iter().all(|problem| problem.code() == "deployment.duplicate"), "{refused}");
    assert!(refused.problems().iter().all(|problem| problem.place().len() < 128 && !problem.place().contains('\n')));
}

#[test]
fn a_text_that_is_no_file_at_all_is_one_problem() {
    for text in ["", "{", "environment = \"sandbox\"", r#"{"own": {}, "own": {}}"#] {
        let refused = Deployment::from_json(text.as_bytes()).unwrap_err();
        assert!(matches!(refused.problems(), [problem] if problem.code() == "deployment.syntax"), "{text}: {refused}");
    }
    let refused = Deployment::from_json(b"[]").unwrap_err();
    assert!(matches!(refused.problems()[0].rule(), DeploymentRule::Type { .. }));
}

#[cfg(feature = "toml")]
#[test]
fn toml_is_read_by_the_same_rules() {
    assert!(Deployment::from_toml(HUB).is_ok());
    let refused =
        Deployment::from_toml("environment = \"sandbox\"\n[own]\nparty = \"ozone\"\nparty = \"lfi\"\n").unwrap_err();
    assert_eq!(refused.problems()[0].code(), "deployment.syntax");
    assert!(refused.to_string().contains("line 4"), "{refused}");
    let refused = Deployment::from_toml("environment = 2024-01-01").unwrap_err();
    assert_eq!(refused.problems()[0].place(), "environment");
}

/// The Hub's file with another value at `pointer`; without the member, if the value is null and not meant literally.
fn with(pointer: &str, value: &Value, literal_null: bool) -> Value {
    let mut file = values(HUB);
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let table = file.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() && !literal_null {
        table.remove(name);
    } else {
        table.insert(name.to_owned(), value.clone());
    }
    file
}
