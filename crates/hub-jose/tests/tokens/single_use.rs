//! Assertions and JWT Auth tokens are used once (THREATS section 1, "replay").

use std::sync::Barrier;

use hub_jose::{ClientAssertion, MemoryReplayGuard, ReplayError, ReplayGuard, TokenRule, Unspent, Unverified, Use};
use rustls_pki_types::UnixTime;

use crate::cast::{NOW, at, from_acme, now, public};
use crate::forge;
use crate::kinds::Kind;

fn guard() -> MemoryReplayGuard {
    MemoryReplayGuard::new(1000.try_into().unwrap())
}

fn verified(token: &str) -> Unspent<ClientAssertion> {
    Unverified::<ClientAssertion>::parse(token).unwrap().verify(&public("acme"), &from_acme(), now()).unwrap()
}

#[test]
fn an_assertion_is_spent_once() {
    let guard = guard();
    let token = Kind::ClientAssertion.issue();
    let spent = verified(&token).spend(&guard, now()).unwrap();
    assert_eq!(spent.registered().issuer(), from_acme().client().as_str());

    let refused = verified(&token).spend(&guard, now()).unwrap_err();
    assert_eq!(refused.rule(), &TokenRule::Replayed);
    assert_eq!(refused.hub_code(), Some("JWS.InvalidClaim"));
    assert!(verified(&Kind::ClientAssertion.issue()).spend(&guard, now()).is_ok(), "a fresh one");
}

#[test]
fn it_is_remembered_until_it_could_not_be_accepted_any_more() {
    struct Asks(UnixTime);
    impl ReplayGuard for Asks {
        fn insert(&self, token: &Use, _: UnixTime) -> Result<(), ReplayError> {
            assert_eq!(token.until(), self.0);
            Ok(())
        }
    }
    let mut claims = forge::claims(&Kind::ClientAssertion.issue());
    claims["exp"] = serde_json::json!(NOW as f64 + 100.5);
    let token = Kind::ClientAssertion.sign(&claims);
    assert!(verified(&token).spend(&Asks(at(NOW + 111)), now()).is_ok());
    assert_eq!(Kind::ClientAssertion.accept_at(&token, NOW + 109), Ok(()));
    assert_eq!(Kind::ClientAssertion.accept_at(&token, NOW + 110).unwrap_err().code(), "token.expired");
}

#[test]
fn a_guard_that_cannot_tell_refuses_and_the_token_is_not_to_blame() {
    struct Down;
    impl ReplayGuard for Down {
        fn insert(&self, _: &Use, _: UnixTime) -> Result<(), ReplayError> {
            Err(ReplayError::Unavailable { reason: "connection refused".to_owned() })
        }
    }
    let refused = verified(&Kind::ClientAssertion.issue()).spend(&Down, now()).unwrap_err();
    assert_eq!((refused.code(), refused.hub_code()), ("token.replay-guard", None));
}

#[tokio::test]
async fn a_shared_store_answers_later() {
    let guard = guard();
    let token = Kind::ClientAssertion.issue();
    let insert = async |token: Use| {
        tokio::task::yield_now().await;
        guard.insert(&token, now())
    };
    assert!(verified(&token).spend_with(&insert).await.is_ok());
    assert_eq!(verified(&token).spend_with(&insert).await.unwrap_err().rule(), &TokenRule::Replayed);
}

#[test]
fn of_concurrent_uses_exactly_one_wins() {
    let guard = guard();
    let token = Kind::ClientAssertion.issue();
    let barrier = Barrier::new(4);
    let wins = std::thread::scope(|scope| {
        let uses = [(); 4].map(|()| {
            scope.spawn(|| {
                let token = verified(&token);
                barrier.wait();
                token.spend(&guard, now()).is_ok()
            })
        });
        uses.into_iter().map(|handle| handle.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(wins, 1);
}
