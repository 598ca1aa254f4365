//! A forwarded certificate is judged as one that was presented in a handshake.

use std::time::Duration;

use hub_roles::{
    C1, C3, C4, CertificateChain, CertificateRule, Enc2, HubToLfi, InstanceId, LfiToHub, RevocationDepth,
    RevocationPolicy, S3, S4, Sig1, Sig3, Sig4, TppToHub,
};
use hub_testkit::{CrlSpec, Defect, Issued, LeafKind};
use hub_tls::{AcceptingPath, ConfigError, ProxyError, TrustedProxy};
use rustls_pki_types::UnixTime;

use crate::world::*;

/// What an API Hub instance behind nginx makes of a certificate.
fn at_instance<P: AcceptingPath<Instance = InstanceId>>(
    instance: &str,
    presented: &Issued,
) -> Result<String, ProxyError> {
    let nginx = product("nginx");
    let served = ["retail", "other"].map(id);
    let deployment = ECO.hub().deployment();
    let proxy = TrustedProxy::<P, _>::new(ECO.trust(), deployment, served, nginx.form, known_hop()).unwrap();
    let request = request(&(nginx.write)(&presented.chain()));
    let peer = proxy.hop((address(), &request))?.peer(&id(instance), &request, now())?;
    Ok(peer.kid().to_string())
}

#[test]
fn ozone_connect_takes_c4_and_nobody_else() {
    let nginx = product("nginx");
    for (presented, expected) in [
        (issued::<C4>("ozone"), None),
        (issued::<C1>("acme"), Some("certificate.organisation")),
        (issued::<C3>("bank"), Some("certificate.organisation")),
        (issued::<S4>("bank"), Some("certificate.extended-key-usage")),
        (issued::<Sig3>("ozone"), Some("certificate.extended-key-usage-missing")),
    ] {
        let expected = expected.map_or_else(|| Ok(presented.kid().to_string()), Err);
        assert_eq!(judged(&nginx.form, &(nginx.write)(&presented.chain())), expected);
    }
}

#[test]
fn the_hub_takes_c1_at_every_instance_and_the_c3_of_the_instances_lfi() {
    let code = |outcome: Result<String, ProxyError>| outcome.map_err(|error| error.code());
    for (instance, presented, expected) in [
        ("retail", issued::<C1>("acme"), None),
        ("other", issued::<C1>("acme"), None),
        ("retail", issued::<C3>("bank"), Some("certificate.organisation")),
        ("retail", issued::<Sig1>("acme"), Some("certificate.extended-key-usage-missing")),
        ("retail", issued::<Enc2>("acme"), Some("certificate.extended-key-usage-missing")),
        ("sme", issued::<C1>("acme"), Some("proxy.unknown-instance")),
    ] {
        let expected = expected.map_or_else(|| Ok(presented.kid().to_string()), Err);
        assert_eq!(code(at_instance::<TppToHub>(instance, presented)), expected, "TPP at {instance}");
    }
    for (instance, presented, expected) in [
        ("retail", issued::<C3>("bank"), None),
        ("other", issued::<C3>("other-bank"), None),
        ("retail", issued::<C3>("other-bank"), Some("certificate.organisation")),
        ("other", issued::<C3>("bank"), Some("certificate.organisation")),
        ("retail", issued::<C4>("ozone"), Some("certificate.organisation")),
        ("retail", issued::<S3>("retail"), Some("certificate.extended-key-usage")),
        ("retail", issued::<Sig4>("bank"), Some("certificate.extended-key-usage-missing")),
        ("sme", issued::<C3>("bank"), Some("proxy.unknown-instance")),
    ] {
        let expected = expected.map_or_else(|| Ok(presented.kid().to_string()), Err);
        assert_eq!(code(at_instance::<LfiToHub>(instance, presented)), expected, "LFI at {instance}");
    }
}

#[test]
fn every_defect_is_refused_by_the_rule_of_a_handshake() {
    let form = product("RFC 9440");
    let sound = issued::<C4>("ozone");
    let holding = ECO.holding::<C4>("ozone").unwrap();
    let bank = ECO.lfi("bank").unwrap().deployment().expect_hub::<C4>().unwrap();
    for &defect in Defect::ALL.iter().filter(|defect| defect.concerns(LeafKind::ClientTransport)) {
        let broken = defect.build(ECO.authority(), holding.spec()).unwrap().presented;
        let in_a_handshake = CertificateChain::from_peer(&broken.certificate, &broken.intermediates)
            .map_err(|error| CertificateRule::from(error).code())
            .and_then(|chain| ECO.trust().verify(&chain, &bank, now()).map_err(|refusal| refusal.code()))
            .map(|certificate| certificate.kid().to_string());
        // Whoever presents another's certificate is for the proxy to refuse.
        assert_eq!(in_a_handshake.is_ok(), defect == Defect::OtherKey, "{defect}");
        assert_eq!(judged(&form.form, &(form.write)(&broken.chain())), in_a_handshake, "{defect}");
        assert_eq!(judged(&form.form, &(form.write)(&sound.chain())), Ok(sound.kid().to_string()), "next to {defect}");
    }
}

#[test]
fn time_and_revocation_count_for_every_request() {
    let form = product("nginx");
    let sound = issued::<C4>("ozone");
    let headers = (form.write)(&sound.chain());
    let kid = sound.kid().to_string();
    let year = Duration::from_secs(365 * 86_400);
    for (time, expected) in [
        (now(), Ok(kid.clone())),
        (UnixTime::since_unix_epoch(Duration::from_secs(now().as_secs()) - year), Err("certificate.not-yet-valid")),
        (UnixTime::since_unix_epoch(Duration::from_secs(now().as_secs()) + 2 * year), Err("certificate.expired")),
    ] {
        assert_eq!(judged_under(ECO.trust(), &form.form, &headers, time), expected);
    }
    for (revoked, expected) in [(sound.serial + 1_000_000, Ok(kid)), (sound.serial, Err("certificate.revoked"))] {
        let list = ECO.authority().crl(&CrlSpec::current(now()).revoking(revoked)).unwrap();
        let policy = RevocationPolicy::Required(RevocationDepth::EndEntity);
        let trust = ECO.trust().with_revocation_policy(policy).with_revocation_lists(&[list.der()], now()).unwrap();
        assert_eq!(judged_under(&trust, &form.form, &headers, now()), expected);
    }
}

#[test]
fn a_refusal_names_path_role_and_rule() {
    let error = at_instance::<LfiToHub>("retail", issued::<C3>("other-bank")).unwrap_err();
    let ProxyError::Refused(refusal) = &error else { panic!("{error}") };
    assert!(matches!(refusal.rule(), CertificateRule::Organisation { .. }));
    let text = error.to_string();
    assert!(text.contains("C3") && text.contains("LFI to API Hub"), "{text}");
    assert_eq!(error.path(), refusal.path());

    let (proxy, request) = (behind(&product("nginx").form, ECO.trust()), request(&vec![(NAMED, "damaged".to_owned())]));
    let error = proxy.hop((address(), &request)).unwrap().peer(&request, now()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("C4") && text.contains(NAMED) && text.contains("PEM") && !text.contains("damaged"), "{text}");
    assert!(text.contains(&error.path().unwrap().to_string()), "{text}");
}

#[test]
fn parts_that_do_not_belong_together_make_no_proxy() {
    let form = || product("nginx").form;
    let (hub, bank) = (ECO.hub().deployment(), ECO.lfi("bank").unwrap().deployment());
    let at_hub = |trust, instances: &[&str]| {
        let instances = instances.iter().map(|instance| id(instance));
        TrustedProxy::<TppToHub, _>::new(trust, hub, instances, form(), known_hop()).err().map(|error| error.code())
    };
    assert_eq!(at_hub(ECO.trust(), &["retail"]), None);
    assert_eq!(at_hub(ECO.trust(), &[]), Some("config.no-instance"));
    assert_eq!(at_hub(ECO.trust(), &["retail", "nowhere"]), Some("deployment.missing-part"));

    let production = of_production();
    assert_eq!(at_hub(&production, &["retail"]), Some("config.environment"));
    let of_bank = |trust| TrustedProxy::<HubToLfi, _>::new(trust, bank, form(), known_hop()).err();
    assert_eq!(of_bank(ECO.trust()), None);
    assert!(matches!(of_bank(&production), Some(ConfigError::Environment { .. })));
}
