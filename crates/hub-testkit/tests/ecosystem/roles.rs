//! Which certificate is accepted in which role.

use hub_roles::{
    C1, C3, C4, CertificateChain, Deployment, Enc1, Enc2, Refusal, RoleId, S1, S3, S4, Sig1, Sig2, Sig3, Sig4,
};
use hub_testkit::{Ecosystem, Held, LfiSpec, Profile};

use crate::{now, sandbox};

type Verify = fn(&Ecosystem, &Deployment, &str, &CertificateChain) -> Result<(), Refusal>;

const ROLES: [(RoleId, Verify); 12] = [
    (RoleId::S1, verify::<S1>),
    (RoleId::S3, verify::<S3>),
    (RoleId::S4, verify::<S4>),
    (RoleId::C1, verify::<C1>),
    (RoleId::C3, verify::<C3>),
    (RoleId::C4, verify::<C4>),
    (RoleId::Sig1, verify::<Sig1>),
    (RoleId::Sig2, verify::<Sig2>),
    (RoleId::Sig3, verify::<Sig3>),
    (RoleId::Sig4, verify::<Sig4>),
    (RoleId::Enc1, verify::<Enc1>),
    (RoleId::Enc2, verify::<Enc2>),
];

fn verify<R: Held>(
    eco: &Ecosystem,
    deployment: &Deployment,
    instance: &str,
    chain: &CertificateChain,
) -> Result<(), Refusal> {
    let expectation = deployment.expect::<R>(&instance.parse().unwrap()).unwrap();
    eco.trust().verify(chain, &expectation, now()).map(drop)
}

/// What registration, usage and host cannot tell apart, since a certificate that allows more than its role is accepted
/// (FACTS section 2): transport certificates also allow signing and key encipherment, and for Sig2 and Enc1 only the
/// organisation is registered. These are told apart by the key set they are published in, its `use`, and the `kid`.
const ALIKE: [(RoleId, &[RoleId]); 7] = [
    (RoleId::C1, &[RoleId::Sig1, RoleId::Enc2]),
    (RoleId::C3, &[RoleId::Sig2, RoleId::Sig4, RoleId::Enc1]),
    (RoleId::C4, &[RoleId::Sig3]),
    (RoleId::S1, &[RoleId::Sig2, RoleId::Enc1]),
    (RoleId::S3, &[RoleId::Sig2, RoleId::Enc1]),
    (RoleId::S4, &[RoleId::Sig2, RoleId::Enc1]),
    (RoleId::Sig4, &[RoleId::Sig2]),
];

#[test]
fn a_certificate_is_accepted_in_its_role_and_in_those_it_cannot_be_told_from_and_in_no_other() {
    let eco = sandbox();
    let hub = eco.hub().deployment();
    let mut seen = 0;
    for holding in eco.holdings() {
        // Of everything at one instance, which the Hub's deployment knows whole.
        if !["acme", "bank", "retail", Ecosystem::HUB].contains(&holding.holder()) {
            continue;
        }
        seen += 1;
        let chain = CertificateChain::from_der(holding.issued()[0].chain()).unwrap();
        let alike = ALIKE.iter().find(|(role, _)| *role == holding.role()).map_or(&[][..], |(_, alike)| alike);
        for (role, verify) in ROLES {
            let found = verify(&eco, hub, "retail", &chain);
            let expected = role == holding.role() || alike.contains(&role);
            assert_eq!(found.is_ok(), expected, "a {} as {role}: {found:?}", holding.role());
        }
    }
    assert_eq!(seen, ROLES.len());
}

#[test]
fn what_stands_between_look_alikes_is_the_rule_that_the_registration_names() {
    let eco = sandbox();
    let hub = eco.hub().deployment();
    let chain = |issued: &hub_testkit::Issued| CertificateChain::from_der(issued.chain()).unwrap();
    let s1 = chain(eco.issued::<S1>("retail").unwrap());
    let c1 = chain(eco.issued::<C1>("acme").unwrap());
    let sig2 = chain(eco.issued::<Sig2>("retail").unwrap());
    let sig3 = chain(eco.issued::<Sig3>(Ecosystem::HUB).unwrap());
    let cases: [(&str, Verify, &CertificateChain, &str); 5] = [
        ("S1 as S3: another host", verify::<S3>, &s1, "certificate.host-name"),
        ("S1 as S4: another host", verify::<S4>, &s1, "certificate.host-name"),
        ("C1 as C3: another organisation", verify::<C3>, &c1, "certificate.organisation"),
        ("Sig2 as Sig4: another application", verify::<Sig4>, &sig2, "certificate.application"),
        ("Sig3 as C4: no extended key usage", verify::<C4>, &sig3, "certificate.extended-key-usage-missing"),
    ];
    for (case, verify, chain, code) in cases {
        assert_eq!(verify(&eco, hub, "retail", chain).unwrap_err().code(), code, "{case}");
    }
}

#[test]
fn the_certificates_of_another_instance_or_another_lfi_are_refused() {
    let eco = sandbox();
    let hub = eco.hub().deployment();
    // S1 and S3 are an instance's own; C3 and S4 are shared by the brands of one LFI.
    for (role, holder, instance, code) in [
        (RoleId::S1, "sme", "sme", None),
        (RoleId::S1, "sme", "retail", Some("certificate.host-name")),
        (RoleId::S3, "sme", "retail", Some("certificate.host-name")),
        (RoleId::C3, "bank", "sme", None),
        (RoleId::C3, "other-bank", "sme", Some("certificate.organisation")),
        (RoleId::S4, "bank", "sme", None),
        (RoleId::S4, "other-bank", "sme", Some("certificate.host-name")),
    ] {
        let holding = eco.holdings().into_iter().find(|held| held.role() == role && held.holder() == holder).unwrap();
        let chain = CertificateChain::from_der(holding.issued()[0].chain()).unwrap();
        let (_, verify) = ROLES.iter().find(|(listed, _)| *listed == role).unwrap();
        let found = verify(&eco, hub, instance, &chain).map_err(|refusal| refusal.code());
        assert_eq!(found.err(), code, "{role} of {holder} at {instance}");
    }
}

#[test]
fn the_same_parties_in_two_environments_do_not_accept_each_other() {
    let [sandbox, production] = [Profile::sandbox(), Profile::production()].map(|profile| {
        let bank = LfiSpec::new("bank").brand("retail").jwt_auth(true);
        Ecosystem::builder(now()).environment(profile).tpp("acme").lfi(bank).build().unwrap()
    });
    assert_eq!(sandbox.lfi("bank").unwrap().organisation(), production.lfi("bank").unwrap().organisation());
    for holding in production.holdings() {
        let chain = CertificateChain::from_der(holding.issued()[0].chain()).unwrap();
        let (_, verify) = ROLES.iter().find(|(role, _)| *role == holding.role()).unwrap();
        let at_home = verify(&production, production.hub().deployment(), "retail", &chain);
        assert_eq!(at_home, Ok(()), "{}", holding.role());
        let abroad = verify(&sandbox, sandbox.hub().deployment(), "retail", &chain);
        assert_eq!(abroad.unwrap_err().code(), "certificate.unknown-issuer", "{}", holding.role());
    }
}
