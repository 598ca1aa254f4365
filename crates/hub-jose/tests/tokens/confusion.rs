//! No token passes for one of another kind (THREATS section 1, "confusion between tokens").

use hub_jose::{MemoryReplayGuard, TokenRule};
use serde_json::Value;

use crate::forge;
use crate::kinds::Kind;

#[test]
fn every_kind_is_accepted_as_itself() {
    for kind in Kind::ALL {
        assert_eq!((kind.receive(&kind.send()), kind.accept(&kind.issue())), (Ok(()), Ok(())), "{kind:?}");
    }
}

/// Every ordered pair of kinds: a token of the one, and a receiver of the other.
fn pairs() -> impl Iterator<Item = (Kind, Kind)> {
    let pairs = Kind::ALL.into_iter().flat_map(|kind| Kind::ALL.map(|other| (kind, other)));
    pairs.filter(|(kind, other)| kind != other)
}

/// As it is sent, and taken out of its JWE: bare for receivers of what is bare, and sealed again for those of what is sealed.
#[test]
fn no_kind_is_accepted_as_another() {
    for (kind, other) in pairs() {
        let (sent, inner) = (kind.send(), kind.issue());
        let outcomes = [other.receive(&sent), other.receive(&inner), other.accept(&inner)];
        if ALIKE.contains(&[kind, other]) {
            assert_eq!(
                outcomes,
                [Ok(()), Ok(()), Ok(())],
                "{kind:?} as {other:?}: told apart by the replay guard alone"
            );
            let guard = MemoryReplayGuard::new(100.try_into().unwrap());
            assert_eq!(kind.spend(&sent, &guard), Ok(()), "{kind:?}");
            assert_eq!(other.spend(&sent, &guard).unwrap_err().rule(), &TokenRule::Replayed, "{other:?}");
        } else {
            assert!(outcomes.iter().all(Result::is_err), "{kind:?} as {other:?}: {outcomes:?}");
        }
    }
    assert_eq!(pairs().count(), Kind::ALL.len() * (Kind::ALL.len() - 1));
}

/// Even with another role's key: the claims alone tell the kinds apart, but for JWT Auth between the same parties.
#[test]
fn no_kind_is_accepted_as_another_even_under_the_right_key() {
    for (kind, other) in pairs() {
        let outcome = other.accept(&other.sign(&forge::claims(&kind.issue())));
        if ALIKE.contains(&[kind, other]) || ALIKE_BUT_FOR_THE_KEY.contains(&[kind, other]) {
            assert_eq!(outcome, Ok(()), "{kind:?} as {other:?}");
        } else {
            let rule = outcome.expect_err(&format!("{kind:?} as {other:?}"));
            assert!(ABOUT_CLAIMS.contains(&rule.code()), "{kind:?} as {other:?}: {rule}");
        }
    }
}

/// A sender who signs two kinds cannot make one token of both, however he mixes their claims.
#[test]
fn no_claims_satisfy_two_kinds() {
    for (kind, other) in pairs().filter(|(kind, other)| kind.signer() == other.signer()) {
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
    for (kind, other) in pairs().filter(|(kind, other)| kind.is_sealed() != other.is_sealed()) {
        let refused = other.receive(&kind.send()).unwrap_err();
        let expected: &[_] = if other.is_sealed() {
            &[("token.segments", Some("JWE.DecryptionError"))]
        } else {
            &[("token.segments", Some("JWS.Malformed")), ("token.not-jwt-auth", Some("JWS.Malformed"))]
        };
        assert!(expected.contains(&(refused.code(), refused.hub_code())), "{kind:?} as {other:?}: {refused}");
    }
}
