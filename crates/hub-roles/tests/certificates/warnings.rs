//! What an accepted certificate should have put right.

use hub_roles::{
    C1, C4, Certificate, CertificateChain, CertificateWarning as Warning, Enc1, ExpiryState, MAX_LIFETIME, REMINDER,
    RevocationDepth, RevocationPolicy, Role, RoleId, S4,
};
use hub_testkit::{CrlSpec, Ecosystem, Held, Validity};
use serde_json::json;

use crate::support::{DAY, at, ecosystem, hub_deployment_with, issue, judge, judge_as, presented};

/// Warnings as of now.
fn warnings<R: Role>(certificate: &Certificate<R>) -> Vec<Warning> {
    certificate.warnings(ecosystem().now())
}

/// A certificate that began a day ago and lasts so many days in all.
fn lasting<R: Held>(holder: &str, days: u64) -> Certificate<R> {
    let start = ecosystem().now().as_secs() - DAY;
    let validity = Validity { not_before: at(start), not_after: at(start + days * DAY - 1) };
    judge_as::<R>(&issue::<R>(holder, |spec| spec.validity = Some(validity)), holder).unwrap()
}

#[test]
fn a_fresh_certificate_has_none() {
    assert_eq!(warnings(&judge_as::<S4>(ecosystem().issued::<S4>("bank").unwrap(), "bank").unwrap()), []);
    assert_eq!(warnings(&judge_as::<C1>(ecosystem().issued::<C1>("acme").unwrap(), "acme").unwrap()), []);
}

#[test]
fn a_server_certificate_should_name_its_host() {
    let relaxed = hub_deployment_with("/instances/other/ozone_connect", "server_name", json!("organisation-only"));
    let relaxed = relaxed.expect::<S4>(&"other".parse().unwrap()).unwrap();
    let nameless = judge(&issue::<S4>("other-bank", |spec| spec.dns_names.clear()), &relaxed).unwrap();
    assert_eq!(warnings(&nameless), [Warning::NoDnsName { role: RoleId::S4 }]);
    assert_eq!(warnings(&judge(ecosystem().issued::<S4>("other-bank").unwrap(), &relaxed).unwrap()), []);
}

#[test]
fn a_client_certificate_should_name_its_application() {
    for common_name in [None, Some("api-hub")] {
        let issued = issue::<C4>(Ecosystem::HUB, |spec| spec.subject.common_name = common_name.map(str::to_owned));
        let certificate = judge_as::<C4>(&issued, Ecosystem::HUB).unwrap();
        assert_eq!(warnings(&certificate), [Warning::NoApplication { role: RoleId::C4 }], "{common_name:?}");
    }
    let application = Some("00000000-0000-4000-8000-000000000000".to_owned());
    let issued = issue::<C4>(Ecosystem::HUB, |spec| spec.subject.common_name = application);
    assert_eq!(warnings(&judge_as::<C4>(&issued, Ecosystem::HUB).unwrap()), []);
}

#[test]
fn thirteen_months_are_the_longest_but_for_enc1() {
    let most = MAX_LIFETIME.as_secs() / DAY;
    assert_eq!(warnings(&lasting::<C1>("acme", most)), []);
    assert_eq!(warnings(&lasting::<C1>("acme", most + 1)), [Warning::LongLived { role: RoleId::C1, days: most + 1 }]);
    assert_eq!(warnings(&lasting::<Enc1>("bank", 1500)), []);
}

#[test]
fn a_reminder_is_due_two_months_before_the_end() {
    let reminder = REMINDER.as_secs() / DAY;
    let one_day_passed = 1;
    assert_eq!(warnings(&lasting::<C1>("acme", one_day_passed + reminder + 1)), []);
    let due = lasting::<C1>("acme", one_day_passed + reminder);
    assert_eq!(warnings(&due), [Warning::ReminderDue { role: RoleId::C1, days: reminder }]);
    assert_eq!(due.validity().state(ecosystem().now()), ExpiryState::ReminderDue);
    let enc1 = lasting::<Enc1>("bank", one_day_passed + 5);
    assert_eq!(
        warnings(&enc1),
        [Warning::ReminderDue { role: RoleId::Enc1, days: 5 }],
        "a date that stands there counts"
    );
}

#[test]
fn a_certificate_outlives_its_validity_in_memory_and_says_so() {
    let certificate = lasting::<C1>("acme", 100);
    let (first, last) = (certificate.validity().not_before().as_secs(), certificate.validity().not_after().as_secs());
    assert_eq!(certificate.warnings(at(last)), [Warning::ReminderDue { role: RoleId::C1, days: 0 }]);
    assert_eq!(certificate.warnings(at(last + 1)), [Warning::Expired { role: RoleId::C1 }]);
    assert_eq!(certificate.warnings(at(first - 1)), [Warning::NotYetValid { role: RoleId::C1 }]);
}

#[test]
fn a_ca_that_ends_sooner_counts_as_well() {
    let issuing = CertificateChain::from_der(vec![ecosystem().authority().issuing().clone()]).unwrap();
    let issuing_ends = issuing.claimed_validity().unwrap().not_after();
    let enc1 = lasting::<Enc1>("bank", 20 * 365);
    assert!(enc1.validity().not_after() > issuing_ends);
    assert_eq!(
        enc1.warnings(at(issuing_ends.as_secs() - 10 * DAY)),
        [Warning::ReminderDue { role: RoleId::Enc1, days: 10 }]
    );
}

/// A list is for days, a certificate for months.
#[test]
fn a_revocation_list_that_expires_is_no_reason_to_replace_a_certificate() {
    let eco = ecosystem();
    let list = eco.authority().crl(&CrlSpec::current(eco.now())).unwrap();
    let required = RevocationPolicy::Required(RevocationDepth::EndEntity);
    let trust = eco.trust().with_revocation_policy(required).with_revocation_lists(&[list.der()], eco.now()).unwrap();
    let holding = eco.holding::<C1>("acme").unwrap();
    let certificate = trust.verify(&presented(eco.issued::<C1>("acme").unwrap()), holding.expectation(), eco.now());
    let certificate = certificate.unwrap();
    assert_eq!(warnings(&certificate), []);
    let expired = certificate.path_validity().lists_expire().unwrap();
    assert!(!certificate.path_validity().holds_at(expired));
    assert_eq!(certificate.warnings(expired), []);
}

#[test]
fn every_warning_names_its_role_and_has_a_code() {
    let role = RoleId::S4;
    let all = [
        Warning::NoDnsName { role },
        Warning::NoApplication { role },
        Warning::LongLived { role, days: 400 },
        Warning::ReminderDue { role, days: 10 },
        Warning::Expired { role },
        Warning::NotYetValid { role },
    ];
    for warning in &all {
        assert!(warning.to_string().starts_with("S4: "), "{warning}");
        assert!(warning.code().starts_with("warning."), "{warning}");
    }
}
