//! Revocation lists as the OpenSSL command line writes them: `openssl/make` made the files.

use hub_roles::{C1, CertificateChain, Environment, RevocationDepth, RevocationPolicy, TrustFramework};

use crate::support::{DAY, at, ecosystem};

const BUNDLE: &[u8] = include_bytes!("openssl/bundle.pem");
const SOUND: &[u8] = include_bytes!("openssl/sound.pem");
const REVOKED: &[u8] = include_bytes!("openssl/revoked.pem");

/// From one day to the next: of SHA-256, SHA-384, SHA-512, the third limited to end entities and one distribution point.
const LISTS: [(&str, &[u8]); 4] = [
    ("empty", include_bytes!("openssl/empty.crl.pem")),
    ("compromised", include_bytes!("openssl/compromised.crl")),
    ("limited", include_bytes!("openssl/limited.crl")),
    ("on hold", include_bytes!("openssl/hold.crl.pem")),
];
/// 1 January 2027, the day of the first.
const FIRST: u64 = 1_798_761_600;

fn verdict(trust: &TrustFramework, certificate: &[u8], time: u64) -> Result<(), &'static str> {
    let chain = CertificateChain::from_pem(certificate).unwrap();
    let expected = ecosystem().holding::<C1>("acme").unwrap().expectation();
    trust.verify(&chain, expected, at(time)).map(drop).map_err(|refusal| refusal.code())
}

#[test]
fn each_list_is_taken_in_its_turn_and_obeyed() {
    let mut trust = TrustFramework::from_pem(Environment::Sandbox, BUNDLE)
        .unwrap()
        .with_revocation_policy(RevocationPolicy::Required(RevocationDepth::EndEntity));
    assert_eq!(verdict(&trust, SOUND, FIRST), Err("certificate.revocation-list-missing"));
    for (day, (name, list)) in (0..).zip(LISTS) {
        let time = FIRST + day * DAY;
        let early = trust.with_revocation_lists(&[list], at(time - 1)).unwrap_err();
        assert_eq!(early.code(), "revocation-list.not-yet-valid", "{name}");
        let next = trust.with_revocation_lists(&[list], at(time)).unwrap();
        assert_eq!(verdict(&next, SOUND, time), Ok(()), "{name}");
        let revoked = if name == "empty" { Ok(()) } else { Err("certificate.revoked") };
        assert_eq!(verdict(&next, REVOKED, time), revoked, "{name}");
        assert_eq!(verdict(&next, SOUND, time + 7 * DAY), Err("certificate.revocation-list-expired"), "{name}");
        trust = next;
    }
    for (name, list) in &LISTS[..3] {
        let refused = trust.with_revocation_lists(&[list], at(FIRST + 3 * DAY)).unwrap_err();
        assert_eq!(refused.code(), "revocation-list.older", "{name}");
    }
}
