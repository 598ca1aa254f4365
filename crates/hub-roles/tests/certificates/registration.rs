//! Sound certificates of the Trust Framework in the wrong place: what a certificate cannot show, the registration decides.

use std::collections::BTreeSet;

use hub_roles::{
    C1, C3, C4, CertificateRule as Rule, Enc1, Enc2, HostName, OrganisationId, RoleId, RoleKind, S1, S3, S4, Sig1,
    Sig2, Sig3, Sig4,
};
use hub_testkit::{Ecosystem, ExtendedKeyUsagePurpose, Held, KeyUsagePurpose};
use serde_json::json;

use crate::support::{ecosystem, first_host, hub_deployment_with, issue, judge, judge_as};

/// One holder of every role, all at the instance `retail`.
macro_rules! for_each_role {
    ($action:ident!($($before:tt)*)) => {
        $action! {
            $($before)*
            S1 "retail", S3 "retail", S4 "bank", C1 "acme", C3 "bank", C4 Ecosystem::HUB, Sig1 "acme", Sig2 "retail",
            Sig3 Ecosystem::HUB, Sig4 "bank", Enc1 "bank", Enc2 "acme",
        }
    };
}

/// Every pair of roles of which a certificate of the first is accepted as the second.
fn accepted_pairs() -> BTreeSet<(RoleId, RoleId)> {
    fn one<A: Held, B: Held>(holder: &str, as_holder: &str, accepted: &mut BTreeSet<(RoleId, RoleId)>) {
        if judge_as::<B>(ecosystem().issued::<A>(holder).unwrap(), as_holder).is_ok() {
            accepted.insert((A::ID, B::ID));
        }
    }
    macro_rules! as_every_role {
        ($accepted:ident $role:ident $holder:expr; $($other:ident $other_holder:expr,)*) => {
            $(one::<$role, $other>($holder, $other_holder, &mut $accepted);)*
        };
    }
    macro_rules! every_role {
        ($accepted:ident $($role:ident $holder:expr,)*) => {
            $(for_each_role!(as_every_role!($accepted $role $holder;));)*
        };
    }
    let mut accepted = BTreeSet::new();
    for_each_role!(every_role!(accepted));
    accepted
}

#[test]
fn a_transport_role_accepts_no_certificate_but_its_own() {
    let transport = |role: RoleId| matches!(role.kind(), RoleKind::ClientTransport | RoleKind::ServerTransport);
    let accepted: BTreeSet<_> = accepted_pairs().into_iter().filter(|(_, role)| transport(*role)).collect();
    assert_eq!(accepted, RoleId::ALL.into_iter().filter(|role| transport(*role)).map(|role| (role, role)).collect());
}

/// What these keep apart is the key set that a key is published in, and the `kid` that is registered: a transport certificate allows
/// signing and encryption as well, and Sig2 and Enc1 are pinned to nothing but the LFI's organisation.
#[test]
fn what_usage_and_registration_cannot_tell_apart_is_one_partys_own() {
    let accepted: BTreeSet<_> = accepted_pairs().into_iter().filter(|(role, other)| role != other).collect();
    let expected = [
        (RoleId::C1, RoleId::Sig1),
        (RoleId::C1, RoleId::Enc2),
        (RoleId::C3, RoleId::Sig2),
        (RoleId::C3, RoleId::Sig4),
        (RoleId::C3, RoleId::Enc1),
        (RoleId::C4, RoleId::Sig3),
        (RoleId::S1, RoleId::Sig2),
        (RoleId::S1, RoleId::Enc1),
        (RoleId::S3, RoleId::Sig2),
        (RoleId::S3, RoleId::Enc1),
        (RoleId::S4, RoleId::Sig2),
        (RoleId::S4, RoleId::Enc1),
        (RoleId::Sig4, RoleId::Sig2),
    ];
    assert_eq!(accepted, expected.into());
    for (role, other) in expected {
        assert_eq!(role.registrant(), other.registrant(), "{role} as {other}");
    }
}

#[test]
fn the_hub_takes_every_registered_tpp_and_a_tpp_itself_only() {
    let hub = ecosystem().hub().deployment().expect::<C1>(&"retail".parse().unwrap()).unwrap();
    let other = ecosystem().issued::<C1>("other-tpp").unwrap();
    judge(ecosystem().issued::<C1>("acme").unwrap(), &hub).unwrap();
    judge(other, &hub).unwrap();
    assert_eq!(
        judge_as::<C1>(other, "acme").unwrap_err(),
        organisation(ecosystem().tpp("other-tpp").unwrap().organisation())
    );
}

#[test]
fn another_organisation_is_refused_by_its_id() {
    let c3 = ecosystem().issued::<C3>("other-bank").unwrap();
    assert_eq!(
        judge_as::<C3>(c3, "bank").unwrap_err(),
        organisation(ecosystem().lfi("other-bank").unwrap().organisation())
    );
    judge_as::<C3>(c3, "other-bank").unwrap();
}

#[test]
fn another_application_of_the_right_organisation_is_refused_by_its_common_name() {
    let other = "00000000-0000-4000-8000-000000000000";
    fn check<R: Held>(holder: &str, common_name: Option<&str>, found: &str) {
        let issued = issue::<R>(holder, |spec| spec.subject.common_name = common_name.map(str::to_owned));
        let refused = judge_as::<R>(&issued, holder).unwrap_err();
        assert_eq!(refused, Rule::Application { found: found.to_owned() }, "{}", R::ID);
        judge_as::<R>(&issue::<R>(holder, |_| ()), holder).unwrap();
    }
    check::<C1>("acme", Some(other), other);
    check::<C3>("bank", Some(other), other);
    check::<Sig1>("acme", Some(other), other);
    check::<Sig4>("bank", Some(other), other);
    check::<Enc2>("acme", Some(other), other);
    check::<C1>("acme", None, "none");
    let long = "x".repeat(65);
    check::<C1>("acme", Some(&long), &long[..64]);
}

#[test]
fn where_no_application_is_registered_any_common_name_will_do() {
    for common_name in [None, Some("as1.retail.example"), Some("00000000-0000-4000-8000-000000000000")] {
        fn check<R: Held>(holder: &str, common_name: Option<&str>) {
            let issued = issue::<R>(holder, |spec| spec.subject.common_name = common_name.map(str::to_owned));
            judge_as::<R>(&issued, holder).unwrap();
        }
        check::<S1>("retail", common_name);
        check::<S3>("retail", common_name);
        check::<S4>("bank", common_name);
        check::<C4>(Ecosystem::HUB, common_name);
        check::<Sig2>("retail", common_name);
        check::<Sig3>(Ecosystem::HUB, common_name);
        check::<Enc1>("bank", common_name);
    }
}

#[test]
fn the_country_and_the_letter_case_of_the_organisation_id_do_not_matter() {
    let issued = issue::<C4>(Ecosystem::HUB, |spec| {
        spec.subject.country = "UK".to_owned();
        spec.subject.organisational_unit = spec.subject.organisational_unit.as_ref().map(|unit| unit.to_uppercase());
    });
    judge_as::<C4>(&issued, Ecosystem::HUB).unwrap();
}

#[test]
fn an_open_hub_takes_unregistered_tpps_and_no_c3_or_c4_that_it_knows() {
    let retail = "retail".parse().unwrap();
    let closed = ecosystem().hub().deployment().expect::<C1>(&retail).unwrap();
    let open = hub_deployment_with("/tpps", "open", json!(true)).expect::<C1>(&retail).unwrap();
    let stranger_id = "11111111-1111-4111-8111-111111111111";
    let stranger = issue::<C1>("acme", |spec| spec.subject.organisational_unit = Some(stranger_id.to_owned()));
    assert_eq!(judge(&stranger, &closed).unwrap_err(), organisation(stranger_id.parse().unwrap()));
    judge(&stranger, &open).unwrap();
    judge(ecosystem().issued::<C1>("acme").unwrap(), &open).unwrap();

    for lfi in ["bank", "other-bank"] {
        let refused = judge(ecosystem().issued::<C3>(lfi).unwrap(), &open).unwrap_err();
        assert_eq!(refused, Rule::RegisteredForAnotherRole { registered: RoleId::C3 }, "{lfi}");
    }
    let refused = judge(ecosystem().issued::<C4>(Ecosystem::HUB).unwrap(), &open).unwrap_err();
    assert_eq!(refused, Rule::RegisteredForAnotherRole { registered: RoleId::C4 });
    let nameless = issue::<C1>("acme", |spec| spec.subject.common_name = None);
    assert_eq!(judge(&nameless, &open).unwrap_err(), Rule::Application { found: "none".to_owned() });
}

#[test]
fn an_s4_is_proved_by_its_organisation_alone_only_where_the_deployment_says_so() {
    let other = "other".parse().unwrap();
    let relaxed = hub_deployment_with("/instances/other/ozone_connect", "server_name", json!("organisation-only"));
    let relaxed = relaxed.expect::<S4>(&other).unwrap();
    let strict = ecosystem().hub().deployment().expect::<S4>(&other).unwrap();
    let nameless = issue::<S4>("other-bank", |spec| spec.dns_names.clear());

    let host: HostName = "ozone-connect.other-bank.example".parse().unwrap();
    assert_eq!(judge(&nameless, &strict).unwrap_err(), Rule::NoDnsName { expected: host });
    judge(&nameless, &relaxed).unwrap();
    let refused = judge(ecosystem().issued::<S4>("bank").unwrap(), &relaxed).unwrap_err();
    assert_eq!(refused, organisation(ecosystem().lfi("bank").unwrap().organisation()));
}

#[test]
fn an_extended_key_usage_may_be_missing_only_where_the_deployment_says_so_and_never_be_wrong() {
    let retail = "retail".parse().unwrap();
    let relaxed = hub_deployment_with("", "extended_key_usage", json!("if-present")).expect::<C3>(&retail).unwrap();
    let without = issue::<C3>("bank", |spec| spec.extended_key_usages.clear());
    let wrong = issue::<C3>("bank", |spec| spec.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]);

    judge(&without, &relaxed).unwrap();
    let refused = judge_as::<C3>(&without, "bank").unwrap_err();
    assert_eq!(refused, Rule::ExtendedKeyUsageMissing { required: "clientAuth" });
    assert_eq!(judge(&wrong, &relaxed).unwrap_err(), Rule::ExtendedKeyUsage { required: "clientAuth" });

    // The price, as the setting's documentation states it: nothing else tells Sig4 from C3.
    judge(ecosystem().issued::<Sig4>("bank").unwrap(), &relaxed).unwrap();
    let refused = judge_as::<C3>(ecosystem().issued::<Sig4>("bank").unwrap(), "bank").unwrap_err();
    assert_eq!(refused, Rule::ExtendedKeyUsageMissing { required: "clientAuth" });
}

#[test]
fn a_certificate_may_allow_more_than_its_role_needs_or_say_nothing_of_key_usage() {
    fn check<R: Held>(holder: &str) {
        let more = issue::<R>(holder, |spec| {
            spec.extended_key_usages = vec![
                ExtendedKeyUsagePurpose::ClientAuth,
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::EmailProtection,
            ];
            spec.key_usages = vec![
                KeyUsagePurpose::DigitalSignature,
                KeyUsagePurpose::ContentCommitment,
                KeyUsagePurpose::KeyEncipherment,
            ];
        });
        judge_as::<R>(&more, holder).unwrap();
        judge_as::<R>(&issue::<R>(holder, |spec| spec.key_usages.clear()), holder).unwrap();
    }
    check::<S4>("bank");
    check::<C1>("acme");
    check::<Sig2>("retail");
    check::<Enc1>("bank");
    let commitment = |spec: &mut hub_testkit::LeafSpec| spec.key_usages = vec![KeyUsagePurpose::ContentCommitment];
    judge_as::<Sig1>(&issue::<Sig1>("acme", commitment), "acme").unwrap();
}

#[test]
fn a_server_covers_all_hosts_of_its_instance_or_the_one_that_is_dialled() {
    let all = ecosystem().holding::<S1>("retail").unwrap().expectation();
    let [first, second] = all.hosts() else { panic!("{:?}", all.hosts()) };
    let one = issue::<S1>("retail", |spec| spec.dns_names = vec![first.to_string()]);

    assert_eq!(judge(&one, all).unwrap_err(), Rule::HostName { expected: second.clone() });
    judge(&one, &all.for_host(first).unwrap()).unwrap();
    assert_eq!(judge(&one, &all.for_host(second).unwrap()).unwrap_err(), Rule::HostName { expected: second.clone() });
    assert!(all.for_host(&"as1.sme.example".parse().unwrap()).is_none());
}

#[test]
fn host_names_match_in_any_letter_case_and_under_a_wildcard_of_one_label() {
    let host = first_host::<S4>();
    let (_, parent) = host.as_str().split_once('.').unwrap();
    for name in [host.as_str().to_uppercase(), format!("*.{parent}")] {
        let issued = issue::<S4>("bank", |spec| spec.dns_names = vec![name.clone()]);
        assert!(judge_as::<S4>(&issued, "bank").is_ok(), "{name}");
    }
    for name in [parent.to_owned(), format!("x.{host}"), format!("*.{host}"), format!("x{host}")] {
        let issued = issue::<S4>("bank", |spec| spec.dns_names = vec![name.clone()]);
        assert_eq!(judge_as::<S4>(&issued, "bank").unwrap_err(), Rule::HostName { expected: host.clone() }, "{name}");
    }
}

#[test]
fn a_host_name_in_the_common_name_counts_for_nothing() {
    let host = first_host::<S3>();
    let issued = issue::<S3>("retail", |spec| {
        spec.dns_names.clear();
        spec.subject.common_name = Some(host.to_string());
    });
    assert_eq!(judge_as::<S3>(&issued, "retail").unwrap_err(), Rule::NoDnsName { expected: host });
}

fn organisation(found: OrganisationId) -> Rule {
    Rule::Organisation { found }
}
