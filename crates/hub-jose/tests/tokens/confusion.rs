//! No token passes for one of another kind (THREATS section 1, "confusion between tokens").

use hub_jose::{MemoryReplayGuard, TokenRule};
use serde_json::Value;

use crate::forge;
use crate::kinds::{Kind, sealed_event, sealed_pii};

#[test]
fn every_kind_is_accepted_as_itself() {
    for kind in Kind::ALL {
        assert_eq!(kind.accept(&kind.issue()), Ok(()), "{kind:?}");
    }
}

/// Sealed kinds are taken out of their JWE first, and sealed for the receiver of another.
#[test]
fn no_kind_is_accepted_as_another() {
    for kind in Kind::ALL {
        let token = kind.issue();
        for other in Kind::ALL.into_iter().filter(|other| *other != kind) {
            let refused = other.accept(&token);
            if ALIKE.contains(&[kind, other]) {
                assert_eq!(refused, Ok(()), "{kind:?} as {other:?}: told apart by the replay guard alone");
                let guard = MemoryReplayGuard::new(100.try_into().unwrap());
                assert_eq!(kind.spend(&token, &guard), Ok(()), "{kind:?}");
                assert_eq!(other.spend(&token, &guard).unwrap_err().rule(), &TokenRule::Replayed, "{other:?}");
            } else {
                assert!(refused.is_err(), "{kind:?} as {other:?}");
            }
        }
    }
}

/// Even with another role's key: the claims alone tell the kinds apart, but for JWT Auth between the same parties.
#[test]
fn no_kind_is_accepted_as_another_even_under_the_right_key() {
    for kind in Kind::ALL {
        let claims = forge::claims(&kind.issue());
        for other in Kind::ALL.into_iter().filter(|other| *other != kind) {
            let outcome = other.accept(&other.sign(&claims));
            if ALIKE.contains(&[kind, other]) || ALIKE_BUT_FOR_THE_KEY.contains(&[kind, other]) {
                assert_eq!(outcome, Ok(()), "{kind:?} as {other:?}");
            } else {
                let rule = outcome.expect_err(&format!("{kind:?} as {other:?}"));
                assert!(ABOUT_CLAIMS.contains(&rule.code()), "{kind:?} as {other:?}: {rule}");
            }
        }
    }
}

/// A sender who signs two kinds cannot make one token of both, however he mixes their claims.
#[test]
fn no_claims_satisfy_two_kinds() {
    for kind in Kind::ALL {
        for other in Kind::ALL.into_iter().filter(|other| *other != kind && other.signer() == kind.signer()) {
            let (mut mixed, added) = (forge::claims(&kind.issue()), forge::claims(&other.issue()));
            for (name, value) in added.as_object().unwrap() {
                mixed[name] = match (mixed[name].take(), value) {
                    (Value::Object(mut ours), Value::Object(theirs)) => {
                        ours.extend(theirs.clone());
                        ours.into()
                    }
                    _ => value.clone(),
                };
            }
            let token = kind.sign(&mixed);
            let accepted = kind.accept(&token).is_ok() && other.accept(&token).is_ok();
            assert_eq!(accepted, ALIKE.contains(&[kind, other]), "{kind:?} and {other:?}");
        }
    }
}

/// What the LFI sends the Hub is signed with Sig4 and names the same parties, as a request and as a response.
const ALIKE: [[Kind; 2]; 2] =
    [[Kind::LfiToHubRequest, Kind::HubToLfiResponse], [Kind::HubToLfiResponse, Kind::LfiToHubRequest]];

/// S3 carries the LFI's organisation, so the Hub's responses name the same parties as the LFI's requests and responses do; but the
/// Hub signs with Sig3.
const ALIKE_BUT_FOR_THE_KEY: [[Kind; 2]; 4] = [
    [Kind::LfiToHubRequest, Kind::LfiToHubResponse],
    [Kind::LfiToHubResponse, Kind::LfiToHubRequest],
    [Kind::HubToLfiResponse, Kind::LfiToHubResponse],
    [Kind::LfiToHubResponse, Kind::HubToLfiResponse],
];

const ABOUT_CLAIMS: [&str; 8] = [
    "token.audience",
    "token.audience-form",
    "token.claim-forbidden",
    "token.claim-missing",
    "token.claim-value",
    "token.claims",
    "token.issuer",
    "token.subject",
];

#[test]
fn a_jwe_is_no_jws_and_a_jws_no_jwe() {
    for jwe in [sealed_pii(), sealed_event()] {
        for kind in Kind::ALL.into_iter().filter(|kind| !kind.is_sealed()) {
            let code = kind.accept(&jwe).unwrap_err().code();
            assert!(["token.segments", "token.not-jwt-auth"].contains(&code), "{kind:?}: {code}");
        }
    }
    for kind in Kind::ALL {
        let refused = crate::kinds::pii_opener().decrypt(&kind.issue()).unwrap_err();
        assert_eq!(refused.rule(), &TokenRule::Segments { expected: 5 }, "{kind:?}");
        assert_eq!(refused.hub_code(), Some("JWE.DecryptionError"));
    }
}
