//! What was found once, and how long that holds.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use hub_jwks::CertificatePolicy;
use hub_roles::{RevocationDepth, RevocationPolicy, Sig1};
use hub_testkit::CrlSpec;
use rustls_pki_types::UnixTime;
use tracing::subscriber::{DefaultGuard, set_default};
use tracing::{Dispatch, span};

use super::retired::retired;
use super::{DAY, Scene, later};
use crate::world::{ECOSYSTEM, certificate, now, published};

fn before(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(now().as_secs() - seconds))
}

#[tokio::test]
async fn what_was_accepted_is_judged_again_when_its_revocation_list_has_expired() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let list = ECOSYSTEM.authority().crl(&CrlSpec::current(now())).unwrap();
    let required = RevocationPolicy::Required(RevocationDepth::EndEntity);
    let trust = ECOSYSTEM.trust().with_revocation_policy(required);
    let trust = trust.with_revocation_lists(&[list.der()], now()).unwrap();
    let keystore = scene.keystore(&trust, CertificatePolicy::IfPresent);
    let kid = certificate::<Sig1>("acme").kid().clone();
    assert!(keystore.key::<Sig1>(scene.client(), &kid).await.is_ok());
    scene.clock.advance(Duration::from_secs(2 * DAY));
    let refused = keystore.key::<Sig1>(scene.client(), &kid).await.unwrap_err();
    assert_eq!(refused.code(), "certificate.revocation-list-expired");
    // The token is not to blame.
    assert_eq!(refused.hub_code(), None);
}

/// Whoever publishes a bad certificate makes the log and the processor work once a minute, not once a token.
#[tokio::test]
async fn a_refusal_is_found_once_a_minute() {
    let scene = Scene::of(&ECOSYSTEM).await;
    let (own, other) = (certificate::<Sig1>("acme"), certificate::<Sig1>("other-tpp"));
    scene.put(&[published(&own), published(&other)]);
    let (log, _guard) = Log::of_this_thread();
    let keystore = scene.keystore(ECOSYSTEM.trust(), CertificatePolicy::Required);
    for (advance, expected) in [(0, 1), (59, 1), (1, 2)] {
        scene.clock.advance(Duration::from_secs(advance));
        for _ in 0..10 {
            assert!(keystore.key::<Sig1>(scene.client(), own.kid()).await.is_ok());
            assert!(keystore.key::<Sig1>(scene.client(), other.kid()).await.is_err());
        }
        assert_eq!(*log.0.lock().unwrap(), expected, "after {advance} s more");
    }
}

/// Each consent has its own time, and none of them makes the log louder.
#[tokio::test]
async fn a_retired_key_that_is_refused_is_told_of_once_a_minute_whenever_it_was_used() {
    let (eco, old, _) = retired();
    let scene = Scene::of(&eco).await;
    scene.clock.advance(Duration::from_secs(500 * DAY));
    let (log, _guard) = Log::of_this_thread();
    let keystore = scene.keystore(eco.trust(), CertificatePolicy::Required);
    for (advance, expected) in [(0, 1), (59, 1), (1, 2)] {
        scene.clock.advance(Duration::from_secs(advance));
        for second in 0..20 {
            let opening = async |created_at| keystore.key_for_opening_later(scene.client(), &old, created_at).await;
            // Long after its end, before its beginning, in a year to come, and within its life.
            for (created_at, code) in [
                (later(490 * DAY + second), "certificate.expired"),
                (before(490 * DAY + second), "certificate.not-yet-valid"),
                (later(900 * DAY + second), "certificate.used-in-future"),
            ] {
                assert_eq!(opening(created_at).await.unwrap_err().code(), code);
            }
            assert!(opening(later(second)).await.is_ok());
        }
        assert_eq!(*log.0.lock().unwrap(), expected, "after {advance} s more");
    }
}

/// Counts warnings of refused certificates.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<usize>>);

impl Log {
    fn of_this_thread() -> (Self, DefaultGuard) {
        LazyLock::force(&ALWAYS_THERE);
        let log = Self::default();
        let guard = set_default(log.clone());
        (log, guard)
    }
}

/// As long as there are fewer than two logs, tracing asks the thread that comes to an event first whether anybody listens to it, and
/// believes a thread without a log for all of them.
static ALWAYS_THERE: LazyLock<[Dispatch; 2]> = LazyLock::new(|| [(); 2].map(|()| Dispatch::new(Log::default())));

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() == tracing::Level::WARN && metadata.target().starts_with("hub_jwks")
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut refused = Refused(false);
        event.record(&mut refused);
        *self.0.lock().unwrap() += usize::from(refused.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Refused(bool);

impl tracing::field::Visit for Refused {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        self.0 |= field.name() == "event" && format!("{value:?}").contains("key-set.certificate-refused");
    }
}
