//! What an acceptor or a connector is not built from.

use hub_roles::{C1, C4, Credential, HubToLfi, LfiToHub, PathId, RoleId, S4, TppToHub, TrustFramework};
use hub_testkit::{Defect, Ecosystem, KeyPool, LfiSpec, Profile};
use hub_tls::{Acceptor, ConfigError, Connector, Settings};

use crate::world::*;

#[test]
fn what_belongs_to_two_environments_is_not_joined() {
    let production = Ecosystem::builder(now())
        .environment(Profile::production())
        .keys(&KeyPool::new())
        .tpp("acme")
        .lfi(LfiSpec::new("bank").brand("retail"))
        .build()
        .unwrap();
    let (tpp, other) = (ECO.tpp("acme").unwrap(), production.tpp("acme").unwrap());
    let build = |trust: &TrustFramework, deployment, c1: Credential<C1>| {
        Connector::<TppToHub>::with_settings(trust, deployment, c1, &settings()).map(drop)
    };
    build(ECO.trust(), tpp.deployment(), tpp.c1()).unwrap();
    build(production.trust(), other.deployment(), other.c1()).unwrap();
    for (error, text) in [
        (build(production.trust(), tpp.deployment(), tpp.c1()), "the trust framework belongs to production"),
        (build(ECO.trust(), other.deployment(), other.c1()), "the trust framework belongs to sandbox"),
        (build(ECO.trust(), tpp.deployment(), other.c1()), "the credential belongs to production"),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.code(), "config.environment");
        assert!(error.to_string().starts_with(&format!("TPP to API Hub: {text}")), "{error}");
    }
}

#[test]
fn an_instance_is_served_with_its_own_certificate_once() {
    let hub = ECO.hub();
    let build = |served: &[(&str, &str)]| {
        let served = served.iter().map(|(instance, holder)| (id(instance), hub.s1(*holder).unwrap()));
        Acceptor::<TppToHub>::with_settings(ECO.trust(), hub.deployment(), served, &settings())
            .map(drop)
            .map_err(|error| (error.code(), error.to_string()))
    };
    assert_eq!(build(&[("retail", "retail"), ("sme", "sme"), ("other", "other")]), Ok(()));

    let (code, text) = build(&[("retail", "retail"), ("sme", "retail")]).unwrap_err();
    assert_eq!(code, "certificate.host-name");
    assert!(text.contains("instance sme") && text.contains("S1"), "{text}");

    let (code, _) = build(&[("sme", "sme"), ("retail", "retail"), ("sme", "sme")]).unwrap_err();
    assert_eq!(code, "config.instance-twice");

    let (code, text) = build(&[("nowhere", "retail")]).unwrap_err();
    assert_eq!(code, "deployment.missing-part");
    assert!(text.contains("nowhere"), "{text}");

    let (code, _) = build(&[]).unwrap_err();
    assert_eq!(code, "config.no-instance");
}

/// One bank's certificate in another bank's view: the instance does not matter, the organisation does.
#[test]
fn an_s4_serves_only_where_it_is_registered() {
    let (bank, other) = (ECO.lfi("bank").unwrap(), ECO.lfi("other-bank").unwrap());
    let build = |deployment, s4: Credential<S4>| {
        Acceptor::<HubToLfi>::with_settings(ECO.trust(), deployment, s4, &settings()).map(drop)
    };
    build(bank.deployment(), bank.s4()).unwrap();
    build(ECO.hub().deployment(), bank.s4()).unwrap();
    build(ECO.hub().deployment(), other.s4()).unwrap();
    let error = build(bank.deployment(), other.s4()).unwrap_err();
    let ConfigError::OwnCertificate { path: PathId::HubToLfi, refusal, .. } = &error else { panic!("{error}") };
    assert_eq!((refusal.role(), refusal.code()), (RoleId::S4, "certificate.host-name"));
}

#[test]
fn a_view_without_what_the_path_needs_says_what_is_missing() {
    // A TPP knows nothing of Consent Managers, nor of Ozone's organisation.
    let tpp = ECO.tpp("acme").unwrap().deployment();
    let c3 = ECO.lfi("bank").unwrap().c3();
    let error = Connector::<LfiToHub>::with_settings(ECO.trust(), tpp, c3, &settings()).unwrap_err();
    assert_eq!(error.code(), "deployment.missing-part");
    assert!(error.to_string().starts_with("LFI to API Hub: "), "{error}");

    let error = Connector::<HubToLfi>::with_settings(ECO.trust(), tpp, ECO.hub().c4(), &settings()).unwrap_err();
    assert_eq!(error.code(), "deployment.missing-part");
}

#[test]
fn an_own_certificate_that_is_not_valid_now_is_noticed_at_once() {
    let hub = ECO.hub();
    let years = 3 * 365 * 24 * 3600;
    for (time, code) in [
        (now(), None),
        (at(now().as_secs() + years), Some("certificate.expired")),
        (at(now().as_secs() - years / 10), Some("certificate.not-yet-valid")),
    ] {
        let settings = Settings::new().with_clock(Standing::at(time));
        let built = Connector::<HubToLfi>::with_settings(ECO.trust(), hub.deployment(), hub.c4(), &settings);
        assert_eq!(built.err().map(|error| error.code()), code);
    }
}

#[test]
fn nothing_is_built_on_a_root_that_is_none() {
    let (hub, spec) = (ECO.hub(), ECO.holding::<C4>("ozone").unwrap().spec());
    for (defect, expected) in [
        (Defect::AnchorNotCa, Err("trust.authority")),
        (Defect::AnchorWithoutCertSign, Err("trust.authority")),
        (Defect::AnchorExpired, Ok("certificate.anchor-validity")),
    ] {
        let bundle = defect.build(ECO.authority(), spec).unwrap().bundle;
        let outcome =
            TrustFramework::from_der(ECO.environment().clone(), bundle).map_err(|error| error.code()).map(|trust| {
                Connector::<HubToLfi>::with_settings(&trust, hub.deployment(), hub.c4(), &settings())
                    .unwrap_err()
                    .code()
            });
        assert_eq!(outcome, expected, "{defect}");
    }
}

/// TLS sends the length of a protocol's name in one octet, and no empty name (RFC 7301 section 3.1).
#[test]
fn an_application_protocol_that_cannot_be_sent_is_noticed_at_once() {
    let (hub, bank) = (ECO.hub(), ECO.lfi("bank").unwrap());
    let build = |protocols: &[&str]| {
        let settings = settings().with_alpn(protocols.iter().copied());
        let connector = Connector::<HubToLfi>::with_settings(ECO.trust(), hub.deployment(), hub.c4(), &settings);
        let acceptor = Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), bank.s4(), &settings);
        [connector.map(drop), acceptor.map(drop)].map(|built| built.map_err(|error| error.code()))
    };
    let (longest, too_long) = ("p".repeat(255), "p".repeat(256));
    assert_eq!(build(&["h2", &longest]), [Ok(()), Ok(())]);
    for refused in ["", &too_long] {
        assert_eq!(build(&["h2", refused]), [Err("config.settings"); 2], "{} octets", refused.len());
    }
}

/// The constructors without settings go by the system's clock.
#[test]
fn the_system_clock_is_the_default() {
    let eco = Ecosystem::sandbox(rustls_pki_types::UnixTime::now()).unwrap();
    let (hub, bank) = (eco.hub(), eco.lfi("bank").unwrap());
    let served = || [(id("retail"), hub.s1("retail").unwrap())];
    Acceptor::<TppToHub>::new(eco.trust(), hub.deployment(), served()).unwrap();
    Acceptor::<HubToLfi>::new(eco.trust(), bank.deployment(), bank.s4()).unwrap();
    Connector::<LfiToHub>::new(eco.trust(), bank.deployment(), bank.c3()).unwrap();

    let past = Settings::new().with_clock(Standing::at(at(0)));
    let error = Acceptor::<TppToHub>::with_settings(eco.trust(), hub.deployment(), served(), &past).unwrap_err();
    assert!(matches!(error, ConfigError::OwnCertificate { .. }), "{error}");
}
