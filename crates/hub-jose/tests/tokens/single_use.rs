//! Assertions and JWT Auth tokens are used once (THREATS section 1, "replay").

use std::num::NonZeroUsize;
use std::sync::{Arc, Barrier};

use hub_jose::{
    AsyncReplayGuard, ClientAssertion, MemoryReplayGuard, ReplayError, ReplayGuard, TokenRule, Unspent, Unverified, Use,
};
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

/// A store across a network: an answer that takes a while.
struct Remote(MemoryReplayGuard);

impl AsyncReplayGuard for Remote {
    async fn insert_async(&self, token: &Use, now: UnixTime) -> Result<(), ReplayError> {
        tokio::task::yield_now().await;
        self.0.insert(token, now)
    }
}

#[tokio::test]
async fn a_shared_store_answers_later() {
    let store = Remote(guard());
    let token = Kind::ClientAssertion.issue();
    let [first, second] = [verified(&token), verified(&token)];
    let (first, second) = tokio::join!(first.spend_async(&store, now()), second.spend_async(&store, now()));
    let refused: Vec<_> = [first, second].into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.iter().map(|refused| refused.rule()).collect::<Vec<_>>(), [&TokenRule::Replayed]);
}

/// What works with a shared store works with the memory of one process, and in a task of its own.
#[tokio::test]
async fn every_guard_answers_later_too() {
    let store: Arc<dyn ReplayGuard> = Arc::new(guard());
    let token = Kind::ClientAssertion.issue();
    for expected in [None, Some("token.replayed")] {
        let (unspent, store) = (verified(&token), Arc::clone(&store));
        let outcome = tokio::spawn(async move { unspent.spend_async(&*store, now()).await }).await.unwrap();
        assert_eq!(outcome.err().map(|refused| refused.code()), expected);
    }
}

#[test]
fn a_full_guard_refuses_and_another_time_will_do() {
    let guard = MemoryReplayGuard::new(NonZeroUsize::MIN);
    let [first, second] = [(); 2].map(|()| Kind::ClientAssertion.issue());
    assert!(verified(&first).spend(&guard, now()).is_ok());
    for _ in 0..2 {
        let refused = verified(&second).spend(&guard, now()).unwrap_err();
        assert_eq!((refused.code(), refused.hub_code()), ("token.replay-guard", None));
        assert!(matches!(refused.rule(), TokenRule::Replay(ReplayError::IssuerFull { share: 1, .. })), "{refused}");
    }
    assert_eq!(verified(&first).spend(&guard, now()).unwrap_err().rule(), &TokenRule::Replayed, "still known");
    // Both live 60 seconds, and the skew: at their end there is room, but not for them.
    let refused = verified(&second).spend(&guard, at(NOW + 70)).unwrap_err();
    assert_eq!(refused.rule(), &TokenRule::Expired { expires_at: NOW + 60, now: NOW + 70 });
    let mut claims = forge::claims(&second);
    claims["exp"] = serde_json::json!(NOW + 71);
    let third = Kind::ClientAssertion.sign(&claims);
    assert!(verified(&third).spend(&guard, at(NOW + 70)).is_ok());
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
