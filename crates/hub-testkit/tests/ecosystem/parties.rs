//! Who the parties are, and what their deployments say.

use hub_roles::{C3, CertificateChain, Deployment, Enc1, InstanceId, Leg, Own, PathId, RoleId, S4, TrustFramework};
use hub_testkit::{Ecosystem, LfiSpec, Profile};
use serde_json::Value;

use crate::{now, sandbox};

#[test]
fn the_sandbox_holds_every_role_and_no_sig4_without_jwt_auth() {
    let eco = sandbox();
    let held: Vec<_> = eco.holdings().iter().map(|holding| (holding.role(), holding.holder().to_owned())).collect();
    let holders = |role| held.iter().filter(|(held, _)| *held == role).map(|(_, holder)| holder.as_str()).collect();
    let cases: [(RoleId, &[&str]); 12] = [
        (RoleId::S1, &["other", "retail", "sme"]),
        (RoleId::S3, &["other", "retail", "sme"]),
        (RoleId::S4, &["bank", "other-bank"]),
        (RoleId::C1, &["acme", "other-tpp"]),
        (RoleId::C3, &["bank", "other-bank"]),
        (RoleId::C4, &["ozone"]),
        (RoleId::Sig1, &["acme", "other-tpp"]),
        (RoleId::Sig2, &["other", "retail", "sme"]),
        (RoleId::Sig3, &["ozone"]),
        (RoleId::Sig4, &["bank"]),
        (RoleId::Enc1, &["bank", "other-bank"]),
        (RoleId::Enc2, &["acme", "other-tpp"]),
    ];
    for (role, expected) in cases {
        let found: Vec<&str> = holders(role);
        assert_eq!(found, expected, "{role}");
    }
    assert_eq!(eco.lfi("other-bank").unwrap().sig4().unwrap_err().code(), "testkit.not-held");
}

#[test]
fn subjects_are_those_of_the_trust_framework() {
    let eco = sandbox();
    let acme = eco.tpp("acme").unwrap();
    let bank = eco.lfi("bank").unwrap();
    let (tpp, application) = (acme.organisation(), acme.software_statement());
    let (lfi, c3) = (bank.organisation(), bank.c3_application());
    let ozone = eco.hub().organisation();
    let of_application = format!("CN={application}, OU={tpp}, O=Acme LLC, C=AE");
    let of_c3 = format!("CN={c3}, OU={lfi}, O=Bank PJSC, C=AE");
    let of_lfi = format!("CN={lfi}, OU={lfi}, O=Bank PJSC, C=AE");
    let of_ozone = format!("OU={ozone}, O=OZONE FINANCIAL TECHNOLOGY LIMITED, C=UK");
    for (found, expected) in [
        (acme.c1().certificate().subject(), &of_application),
        (acme.sig1().certificate().subject(), &of_application),
        (acme.enc2().certificate().subject(), &of_application),
        (bank.c3().certificate().subject(), &of_c3),
        (bank.sig4().unwrap().certificate().subject(), &of_c3),
        (bank.s4().certificate().subject(), &of_lfi),
        (eco.hub().s1("retail").unwrap().certificate().subject(), &of_lfi),
        (eco.hub().s3("retail").unwrap().certificate().subject(), &of_lfi),
        (eco.hub().sig2("retail").unwrap().certificate().subject(), &of_lfi),
        (eco.hub().c4().certificate().subject(), &of_ozone),
        (eco.hub().sig3().unwrap().certificate().subject(), &of_ozone),
    ] {
        assert_eq!(&found.to_string(), expected);
    }
}

#[test]
fn server_certificates_name_the_hosts_of_the_environment() {
    for (profile, domain) in [
        (Profile::sandbox(), "retail.preprod.apihub.openfinance.ae"),
        (Profile::production(), "retail.apihub.openfinance.ae"),
        (Profile::named("in-house"), "retail.apihub.example"),
    ] {
        let bank = LfiSpec::new("bank").brand("retail");
        let eco = Ecosystem::builder(now()).environment(profile).tpp("acme").lfi(bank).build().unwrap();
        let [as1, rs1, hh, cm] = ["as1", "rs1", "hh", "cm"].map(|host| format!("{host}.{domain}"));
        assert_eq!(eco.hub().s1("retail").unwrap().certificate().dns_names(), [as1, rs1]);
        assert_eq!(eco.hub().s3("retail").unwrap().certificate().dns_names(), [hh, cm]);
        assert_eq!(eco.lfi("bank").unwrap().s4().certificate().dns_names(), ["ozone-connect.bank.example"]);
    }
}

#[test]
fn each_party_has_its_own_view() {
    let eco = sandbox();
    let ids = |deployment: &Deployment| -> Vec<String> {
        deployment.instances().map(|instance| instance.id().to_string()).collect()
    };
    let (acme, bank) = (eco.tpp("acme").unwrap(), eco.lfi("bank").unwrap());
    assert_eq!(acme.deployment().own(), &Own::Tpp(acme.client_id().clone()));
    assert_eq!(ids(acme.deployment()), ["other", "retail", "sme"]);
    assert_eq!(acme.deployment().tpps().count(), 1);
    assert_eq!(bank.deployment().own(), &Own::Lfi(bank.organisation()));
    assert_eq!(ids(bank.deployment()), ["retail", "sme"]);
    assert_eq!(bank.deployment().tpps().count(), 2);
    assert_eq!(eco.hub().deployment().own(), &Own::Ozone);
    assert_eq!(ids(eco.hub().deployment()), ["other", "retail", "sme"]);

    // A TPP has no business with Ozone Connect, and an LFI none with another LFI.
    let retail: InstanceId = "retail".parse().unwrap();
    assert!(acme.deployment().expect::<S4>(&retail).is_err());
    assert!(bank.deployment().expect::<S4>(&retail).is_ok());
    assert!(bank.deployment().expect::<S4>(&"other".parse().unwrap()).is_err());
}

#[test]
fn jwt_auth_is_on_for_every_leg_of_an_lfi_that_uses_it_and_off_for_the_other() {
    let eco = sandbox();
    for (instance, on) in [("retail", true), ("sme", true), ("other", false)] {
        let instance = eco.hub().deployment().instance(&instance.parse().unwrap()).unwrap();
        for path in [PathId::HubToLfi, PathId::LfiToHub] {
            for leg in [Leg::Request, Leg::Response] {
                assert_eq!(instance.jwt_auth().leg(path, leg).is_some(), on, "{path}");
            }
        }
    }
    assert!(eco.lfi("bank").unwrap().uses_jwt_auth());
    assert!(!eco.lfi("other-bank").unwrap().uses_jwt_auth());
}

#[test]
fn without_any_jwt_auth_there_is_no_sig3() {
    let eco = Ecosystem::builder(now()).tpp("acme").lfi(LfiSpec::new("bank").brand("retail")).build().unwrap();
    assert_eq!(eco.hub().sig3().unwrap_err().code(), "testkit.not-held");
    assert!(eco.hub().deployment().ozone().unwrap().sig3_jwks_url().is_err());
}

#[test]
fn both_formats_of_a_file_say_the_same() {
    let eco = sandbox();
    let (acme, bank, hub) = (eco.tpp("acme").unwrap(), eco.lfi("bank").unwrap(), eco.hub());
    for (used, json, toml) in [
        (acme.deployment(), acme.deployment_json(), acme.deployment_toml().unwrap()),
        (bank.deployment(), bank.deployment_json(), bank.deployment_toml().unwrap()),
        (hub.deployment(), hub.deployment_json(), hub.deployment_toml().unwrap()),
    ] {
        assert_eq!(toml::from_str::<Value>(&toml).unwrap(), serde_json::from_str::<Value>(json).unwrap());
        assert_eq!(Deployment::from_json(json.as_bytes()).unwrap().own(), used.own());
        assert_eq!(Deployment::from_toml(&toml).unwrap().own(), used.own());
    }
}

#[test]
fn an_enc1_may_do_without_a_certificate() {
    let bank = LfiSpec::new("bank").brand("retail").bare_enc1();
    let eco = Ecosystem::builder(now()).tpp("acme").lfi(bank).build().unwrap();
    let bank = eco.lfi("bank").unwrap();
    assert_eq!(eco.holding::<Enc1>("bank").unwrap_err().code(), "testkit.not-held");
    assert_eq!(bank.bare_enc1().unwrap().kid(), bank.enc1().kid());
    let sealed = bank.enc1_public_key().unwrap().encrypt_oaep(b"content encryption key").unwrap();
    assert_eq!(bank.enc1().decrypt_oaep(&sealed).unwrap().as_slice(), b"content encryption key");
    let retail: InstanceId = "retail".parse().unwrap();
    let registered = eco.tpp("acme").unwrap().deployment().instance(&retail).unwrap().lfi();
    assert_eq!(registered.enc1_kid().unwrap(), bank.enc1().kid());
}

#[test]
fn the_same_names_make_the_same_ecosystem() {
    let [first, second] = [sandbox(), sandbox()];
    assert_eq!(first.authority().bundle(), second.authority().bundle());
    let [certificates, deployments] =
        [issued, files].map(|of: fn(&Ecosystem) -> Vec<Vec<u8>>| [&first, &second].map(of));
    for [one, other] in [certificates, deployments] {
        assert!(!one.is_empty());
        assert_eq!(one, other);
    }

    /// Every certificate and its key.
    fn issued(eco: &Ecosystem) -> Vec<Vec<u8>> {
        let issued = eco.holdings().into_iter().flat_map(|holding| holding.issued());
        issued.flat_map(|issued| [issued.certificate.to_vec(), issued.private_key().secret_der().to_vec()]).collect()
    }

    /// Every party's deployment file.
    fn files(eco: &Ecosystem) -> Vec<Vec<u8>> {
        let tpps = eco.tpps().map(|tpp| tpp.deployment_json());
        let lfis = eco.lfis().map(|lfi| lfi.deployment_json());
        tpps.chain(lfis).chain([eco.hub().deployment_json()]).map(|file| file.as_bytes().to_vec()).collect()
    }
}

#[test]
fn no_two_holdings_share_a_key() {
    let eco = sandbox();
    let mut kids: Vec<_> = eco.holdings().iter().map(|holding| holding.issued()[0].key.public_key()).collect();
    let held = kids.len();
    kids.sort_unstable();
    kids.dedup();
    assert_eq!(kids.len(), held);
}

#[test]
fn pem_files_lead_to_the_same_certificate() {
    let eco = sandbox();
    let issued = eco.issued::<C3>("bank").unwrap();
    let bundle = eco.authority().bundle_pem().unwrap();
    let trust = TrustFramework::from_pem(eco.environment().clone(), bundle.as_bytes()).unwrap();
    let chain = CertificateChain::from_pem(issued.chain_pem().unwrap().as_bytes()).unwrap();
    let expected = eco.holding::<C3>("bank").unwrap().expectation();
    let verified = trust.verify(&chain, expected, now()).unwrap();
    assert_eq!(&verified, eco.lfi("bank").unwrap().c3().certificate());
}

#[test]
fn mistakes_in_a_test_are_told_by_name() {
    let eco = sandbox();
    let unknown = eco.tpp("acne").unwrap_err();
    assert_eq!(unknown.code(), "testkit.unknown");
    assert_eq!(unknown.to_string(), "the ecosystem has no TPP named \"acne\"; it has acme, other-tpp");
    assert_eq!(eco.hub().s1("retial").unwrap_err().code(), "testkit.unknown");

    let bank = || LfiSpec::new("bank").brand("retail");
    let builder = || Ecosystem::builder(now()).tpp("acme");
    let code = |builder: hub_testkit::EcosystemBuilder| builder.build().map_err(|error| error.code()).err();
    assert_eq!(code(builder().lfi(bank())), None);
    assert_eq!(code(builder().lfi(bank()).tpp("acme")), Some("testkit.name-taken"));
    assert_eq!(code(builder().lfi(bank()).tpp(Ecosystem::HUB)), Some("testkit.name-taken"));
    assert_eq!(code(builder().lfi(bank()).lfi(LfiSpec::new("next").brand("retail"))), Some("testkit.name-taken"));
    assert_eq!(code(builder().lfi(LfiSpec::new("bank"))), Some("testkit.no-brand"));
    assert_eq!(code(builder().lfi(LfiSpec::new("bank").brand("not a label"))), Some("testkit.rejected"));
}
