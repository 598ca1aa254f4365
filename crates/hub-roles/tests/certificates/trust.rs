//! Bundles, and the environment they speak of.

use hub_roles::{C1, Environment, TrustError, TrustFramework};
use hub_testkit::{Authority, KeyPool, Profile};
use rustls_pki_types::CertificateDer;

use crate::support::{ca, ecosystem, presented};

#[test]
fn a_bundle_reads_in_any_order_and_with_text_between() {
    let eco = ecosystem();
    let [issuing, root] = <[_; 2]>::try_from(eco.authority().bundle()).unwrap();
    let pem = eco.authority().bundle_pem().unwrap().replace("-----BEGIN", "# Trust Framework\n-----BEGIN");
    let frameworks = [
        TrustFramework::from_pem(Environment::Sandbox, pem.as_bytes()),
        TrustFramework::from_der(Environment::Sandbox, vec![issuing.clone(), root.clone()]),
        TrustFramework::from_der(Environment::Sandbox, vec![root.clone(), issuing.clone()]),
        TrustFramework::from_der(Environment::Sandbox, vec![root.clone(), issuing, root]),
    ];
    let chain = presented(eco.issued::<C1>("acme").unwrap());
    for trust in frameworks {
        let trust = trust.unwrap();
        assert_eq!(trust.environment(), &Environment::Sandbox);
        trust.verify(&chain, eco.holding::<C1>("acme").unwrap().expectation(), eco.now()).unwrap();
    }
}

#[test]
fn the_environment_agrees_with_what_the_root_says() {
    let custom = Environment::Custom("bank-internal".parse().unwrap());
    let root = |profile: Profile| Authority::new(profile, &KeyPool::new(), ecosystem().now()).unwrap().bundle();
    let cases = [
        (Profile::sandbox(), Some(Environment::Sandbox)),
        (Profile::sandbox().rebranded(), Some(Environment::Sandbox)),
        (Profile::production(), Some(Environment::Production)),
        (Profile::production().rebranded(), Some(Environment::Production)),
        (Profile::named("Bank"), None),
    ];
    for (profile, named) in cases {
        let bundle = root(profile.clone());
        for environment in [Environment::Sandbox, Environment::Production, custom.clone()] {
            let agrees = named.as_ref().unwrap_or(&custom) == &environment;
            match TrustFramework::from_der(environment.clone(), bundle.clone()) {
                Ok(_) => assert!(agrees, "{profile:?} as {environment}"),
                Err(TrustError::OtherEnvironment { expected, found, .. }) => {
                    assert!(!agrees, "{profile:?} as {environment}");
                    assert_eq!((expected, found), (environment, named.clone()));
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[test]
fn the_two_pkis_make_no_common_bundle() {
    let both = [
        Authority::sandbox(&KeyPool::new(), ecosystem().now()).unwrap().bundle(),
        Authority::production(&KeyPool::new(), ecosystem().now()).unwrap().bundle(),
    ]
    .concat();
    let refused = TrustFramework::from_der(Environment::Sandbox, both).unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "the root {:?} does not belong to environment sandbox: its CN says production",
            ca("Al Tareq Production Trust Framework Root CA - G1")
        )
    );
}

#[test]
fn certificates_of_the_bundles_authorities_name_one_of_them_as_issuer() {
    let eco = ecosystem();
    let of_web = Authority::new(Profile::named("Web"), &KeyPool::new(), eco.now()).unwrap();
    let c1 = eco.issued::<C1>("acme").unwrap();
    let site = of_web.issue(eco.holding::<C1>("acme").unwrap().spec()).unwrap();
    let root_alone = TrustFramework::from_der(Environment::Sandbox, vec![eco.authority().root().clone()]).unwrap();
    for (what, certificate, named, named_by_root) in [
        ("a certificate of the issuing CA", &c1.certificate, true, false),
        ("the issuing CA", eco.authority().issuing(), true, true),
        ("the root, its own issuer", eco.authority().root(), true, true),
        ("the same subject and key by another CA", &site.certificate, false, false),
        ("another issuing CA", of_web.issuing(), false, false),
        ("no certificate", &CertificateDer::from(&[0x30, 0][..]), false, false),
    ] {
        assert_eq!(eco.trust().names_issuer_of(certificate), named, "{what}");
        assert_eq!(root_alone.names_issuer_of(certificate), named_by_root, "{what}");
    }
}

#[test]
fn what_is_no_bundle_is_refused_by_what_is_wrong_with_it() {
    let eco = ecosystem();
    let from_der = |bundle: &[&CertificateDer<'static>]| {
        TrustFramework::from_der(Environment::Sandbox, bundle.iter().map(|&der| der.clone()).collect())
            .map(drop)
            .map_err(|reason| reason.code())
    };
    let (issuing, root) = (eco.authority().issuing(), eco.authority().root());
    let leaf = &eco.issued::<C1>("acme").unwrap().certificate;
    assert_eq!(from_der(&[issuing, root]), Ok(()));
    assert_eq!(from_der(&[]), Err("trust.no-anchor"));
    assert_eq!(from_der(&[issuing]), Err("trust.no-anchor"));
    assert_eq!(from_der(&[root, leaf]), Err("trust.authority"), "a participant's certificate in the bundle");
    assert_eq!(from_der(&[root, &vec![0x30, 0].into()]), Err("trust.malformed"));
    assert_eq!(from_der(&[root; 64]), Ok(()));
    assert_eq!(from_der(&[root; 65]), Err("trust.too-many"));

    let damaged = eco.authority().bundle_pem().unwrap().replacen("MII", "M!!", 1);
    let refused = TrustFramework::from_pem(Environment::Sandbox, damaged.as_bytes()).unwrap_err();
    assert_eq!(refused, TrustError::Pem);
    assert_eq!(TrustFramework::from_pem(Environment::Sandbox, b"").unwrap_err(), TrustError::NoAnchor);
}
