//! What a list means for acceptors and connectors that follow.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64ct::{Base64, Encoding};
use http::{HeaderMap, HeaderName};
use hub_roles::{C4, Environment, HubToLfi, RevocationPolicy, S4, TrustFramework};
use hub_testkit::Defect;
use hub_tls::{AddressAndSecret, ConfigError, ForwardedForm, TrustFollower, TrustedProxy, cause};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::server::{Answer, Server};
use crate::world::*;

#[tokio::test]
async fn whoever_a_list_names_is_out_and_open_connections_are_closed() {
    let [c4, s4] = [ECO.issued::<C4>("ozone").unwrap().serial, ECO.issued::<S4>("bank").unwrap().serial];
    for (revoked, at_acceptor, at_connector) in
        [(0xdead, Ok(()), Ok(())), (c4, Err("certificate.revoked"), Ok(())), (s4, Ok(()), Err("certificate.revoked"))]
    {
        let clock = Standing::now();
        let server = Server::start(Answer::list(&list(1))).await;
        let refresher = refreshing(ECO.trust(), [server.point()], &settings()).await;
        let (acceptor, connector) = (acceptor(ECO.trust(), &clock), connector(ECO.trust(), &clock));
        let following =
            (refresher.follow(acceptor.rotation()).unwrap(), refresher.follow(connector.rotation()).unwrap());
        assert_eq!((following.0.closed(), following.1.closed()), (0, 0));
        let (here, there) = meet(&acceptor, &connector).await;
        let (mut here, mut there) = (here.unwrap(), there.unwrap());

        server.answers(Answer::list(&issued(&spec(2).revoking(revoked))));
        assert_eq!(outcome(&refresher.refresh_now().await), Ok(()));

        let code = |outcome: std::io::Result<()>| outcome.map_err(|error| cause(&error).unwrap().code());
        assert_eq!(code(here.write_all(b"word").await), at_acceptor, "{revoked:x}");
        assert_eq!(code(there.write_all(b"word").await), at_connector, "{revoked:x}");
        let (accepted, connected) = meet(&acceptor, &connector).await;
        match (at_acceptor, at_connector) {
            (Ok(()), Ok(())) => assert!(accepted.is_ok() && connected.is_ok()),
            (Err(_), _) => assert_eq!(accepted.map(drop), at_acceptor),
            (_, Err(_)) => assert_eq!(connected.map(drop), at_connector),
        }
    }
}

#[tokio::test]
async fn an_outage_refuses_nobody_until_a_required_list_expires_and_its_end_lets_all_in() {
    for (policy, after_expiry) in
        [(RevocationPolicy::IfPresent, Ok(())), (REQUIRED, Err("certificate.revocation-list-expired"))]
    {
        let clock = Standing::now();
        let server = Server::start(Answer::list(&list(1))).await;
        let trust = ECO.trust().with_revocation_policy(policy);
        let refresher = refreshing(&trust, [server.point()], &settings().with_clock(clock.clone())).await;
        let (acceptor, connector) = (acceptor(&refresher.trust(), &clock), connector(ECO.trust(), &clock));
        let _following = refresher.follow(acceptor.rotation()).unwrap();

        server.answers(Answer::Status(503));
        for (time, expected) in [(NOW + DAY - 1, Ok(())), (NOW + DAY, after_expiry)] {
            clock.set(time);
            let health = refresher.refresh_now().await;
            assert_eq!(outcome(&health), Err("refresh.status"));
            assert_eq!(health.points[0].is_current(at(time)), time < NOW + DAY);
            assert_eq!(meet(&acceptor, &connector).await.0.map(drop), expected, "{policy:?}");
        }
        let next = spec(2).with_updates(at(NOW + DAY), at(NOW + 2 * DAY));
        server.answers(Answer::list(&issued(&next)));
        assert!(refresher.refresh_now().await.is_good(at(NOW + DAY)));
        assert_eq!(meet(&acceptor, &connector).await.0.map(drop), Ok(()), "{policy:?}");
    }
}

#[tokio::test]
async fn a_policy_is_weakened_only_in_so_many_words() {
    let clock = Standing::now();
    let server = Server::start(Answer::list(&list(1))).await;
    let trust = ECO.trust().with_revocation_policy(REQUIRED);
    let refresher = refreshing(&trust, [server.point()], &settings()).await;
    let (acceptor, connector) = (acceptor(&refresher.trust(), &clock), connector(ECO.trust(), &clock));
    let _following = refresher.follow(acceptor.rotation()).unwrap();
    clock.set(NOW + DAY);
    for (weakened, expected) in [(false, Err("certificate.revocation-list-expired")), (true, Ok(()))] {
        if weakened {
            refresher.set_policy(RevocationPolicy::IfPresent).unwrap();
        } else {
            refresher.set_trust(ECO.trust()).unwrap();
        }
        assert_eq!(meet(&acceptor, &connector).await.0.map(drop), expected);
    }
}

#[tokio::test]
async fn another_bundle_takes_the_lists_over() {
    let (clock, c4) = (Standing::now(), ECO.issued::<C4>("ozone").unwrap().serial);
    let server = Server::start(Answer::list(&issued(&spec(1).revoking(c4)))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings()).await;
    let (acceptor, connector) = (acceptor(ECO.trust(), &clock), connector(ECO.trust(), &clock));
    let _following = refresher.follow(acceptor.rotation()).unwrap();
    let bundle = TrustFramework::from_der(Environment::Sandbox, ECO.authority().bundle()).unwrap();
    assert_eq!(acceptor.rotation().swap_trust(&bundle).unwrap_err().code(), "revocation-list.lost");
    refresher.set_trust(&bundle).unwrap();
    assert_eq!(numbers(&refresher.trust()), ["0x1"]);
    assert_eq!(meet(&acceptor, &connector).await.0.map(drop), Err("certificate.revoked"));

    let production = hub_testkit::Authority::production(&hub_testkit::KeyPool::new(), at(NOW)).unwrap();
    let production = TrustFramework::from_der(Environment::Production, production.bundle()).unwrap();
    assert_eq!(refresher.set_trust(&production).unwrap_err().code(), "refresher.environment");
}

/// A bundle under which one of them could not go on is for none of them.
#[tokio::test]
async fn a_bundle_that_a_follower_refuses_is_put_in_force_nowhere_and_lists_go_on() {
    let (clock, c4) = (Standing::now(), ECO.issued::<C4>("ozone").unwrap().serial);
    let server = Server::start(Answer::list(&list(1))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings()).await;
    let (first, acceptor) = (Arc::new(Recording::default()), acceptor(ECO.trust(), &clock));
    let _first = refresher.follow(Follows(Arc::clone(&first))).unwrap();
    let _following = refresher.follow(acceptor.rotation()).unwrap();

    let expired = Defect::AnchorExpired.build(ECO.authority(), ECO.holding::<S4>("bank").unwrap().spec()).unwrap();
    let bundle = [expired.bundle, vec![]].concat();
    let without = TrustFramework::from_der(Environment::Sandbox, bundle).unwrap();
    assert_eq!(refresher.set_trust(&without).unwrap_err().code(), "certificate.anchor-validity");
    assert_eq!(numbers(&first.last()), ["0x1"], "the bundle of before");
    assert_eq!(numbers(&refresher.trust()), ["0x1"]);

    server.answers(Answer::list(&issued(&spec(2).revoking(c4))));
    refresher.refresh_now().await;
    let (accepted, _) = meet(&acceptor, &connector(ECO.trust(), &clock)).await;
    assert_eq!(accepted.map(drop), Err("certificate.revoked"));
}

#[tokio::test]
async fn a_follower_that_is_behind_is_told_again_and_nobody_is_told_twice() {
    let server = Server::start(Answer::list(&list(1))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings()).await;
    let [willing, unwilling] = [(); 2].map(|()| Arc::new(Recording::default()));
    let _following = [&willing, &unwilling].map(|one| refresher.follow(Follows(Arc::clone(one))).unwrap());
    unwilling.refuses.store(1, Ordering::SeqCst);
    server.answers(Answer::list(&list(2)));
    for (refused, told) in [(1, [2, 1]), (0, [2, 2]), (0, [2, 2])] {
        let health = refresher.refresh_now().await;
        assert_eq!((outcome(&health), health.refused.len(), health.is_good(at(NOW))), (Ok(()), refused, refused == 0));
        assert_eq!([&willing, &unwilling].map(|follower| follower.told.lock().unwrap().len()), told);
    }
    unwilling.refuses.store(1, Ordering::SeqCst);
    assert_eq!(refresher.follow(Follows(unwilling)).unwrap_err().code(), "config.settings");
}

#[tokio::test]
async fn a_peer_behind_a_proxy_is_refused_with_the_next_request() {
    let c4 = ECO.issued::<C4>("ozone").unwrap();
    let (bank, secret) = (ECO.lfi("bank").unwrap(), "0123456789abcdef0123456789ABCDEF");
    let mut headers = HeaderMap::new();
    headers.insert("proxy-secret", secret.parse().unwrap());
    let certificate = format!(":{}:", Base64::encode_string(&c4.certificate));
    headers.insert("client-cert", certificate.parse().unwrap());
    let hop = AddressAndSecret::new(["10.0.7.2".parse().unwrap()], HeaderName::from_static("proxy-secret"), [secret]);
    let form = ForwardedForm::rfc_9440();
    let proxy = TrustedProxy::<HubToLfi, _>::new(ECO.trust(), bank.deployment(), form, hop.unwrap()).unwrap();

    let server = Server::start(Answer::list(&list(1))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings()).await;
    let _following = refresher.follow(proxy.rotation()).unwrap();
    for (next, expected) in [(spec(2), Ok(())), (spec(3).revoking(c4.serial), Err("certificate.revoked"))] {
        server.answers(Answer::list(&issued(&next)));
        refresher.refresh_now().await;
        let remote = "10.0.7.2".parse().unwrap();
        let peer = proxy.hop((remote, &headers)).unwrap().peer(&headers, at(NOW));
        assert_eq!(peer.map(drop).map_err(|error| error.code()), expected);
    }
}

/// Whoever waits on a connection learns of a list that came without being asked for.
#[tokio::test]
async fn a_waiting_reader_is_woken_by_a_list_that_is_fetched_in_the_background() {
    let (clock, c4) = (Standing::now(), ECO.issued::<C4>("ozone").unwrap().serial);
    let server = Server::start(Answer::list(&list(1))).await;
    let settings = settings().with_interval(Duration::from_millis(20));
    let refresher = refreshing(ECO.trust(), [server.point()], &settings).await;
    let (acceptor, connector) = (acceptor(ECO.trust(), &clock), connector(ECO.trust(), &clock));
    let _following = refresher.follow(acceptor.rotation()).unwrap();
    let (here, _there) = meet(&acceptor, &connector).await;
    let mut here = here.unwrap();
    let reading = tokio::spawn(async move { here.read_u8().await });
    server.answers(Answer::list(&issued(&spec(2).revoking(c4))));
    let error = timeout(Duration::from_secs(60), reading).await.unwrap().unwrap().unwrap_err();
    assert_eq!(cause(&error).unwrap().code(), "certificate.revoked");
}

/// It is told no more, holds nobody up, and what it was of is freed.
#[tokio::test]
async fn whoever_drops_the_handle_follows_no_longer_and_the_others_go_on() {
    let (clock, c4) = (Standing::now(), ECO.issued::<C4>("ozone").unwrap().serial);
    let server = Server::start(Answer::list(&list(1))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings()).await;
    let [stays, leaves] = [(); 2].map(|()| Arc::new(Recording::default()));
    let [_stays, left] = [&stays, &leaves].map(|one| refresher.follow(Follows(Arc::clone(one))).unwrap());
    let (acceptor, connector) = (acceptor(ECO.trust(), &clock), connector(ECO.trust(), &clock));
    let following = refresher.follow(acceptor.rotation()).unwrap();

    leaves.refuses.store(1, Ordering::SeqCst);
    server.answers(Answer::list(&list(2)));
    assert_eq!(refresher.refresh_now().await.refused.len(), 1);
    drop((left, following));
    assert_eq!(refresher.refresh_now().await.refused.len(), 0, "who has left refuses nothing");
    server.answers(Answer::list(&issued(&spec(3).revoking(c4))));
    assert!(refresher.refresh_now().await.is_good(at(NOW)));
    refresher.set_trust(ECO.trust()).unwrap();

    assert_eq!(stays.told.lock().unwrap().len(), 4);
    assert_eq!((leaves.told.lock().unwrap().len(), Arc::strong_count(&leaves)), (1, 1));
    let (accepted, _) = meet(&acceptor, &connector).await;
    assert_eq!(accepted.map(drop), Ok(()), "it keeps what it had");
    let _again = refresher.follow(acceptor.rotation()).unwrap();
    let (accepted, _) = meet(&acceptor, &connector).await;
    assert_eq!(accepted.map(drop), Err("certificate.revoked"));
}

/// Remembers what it was told, and refuses as often as it is to.
#[derive(Default)]
struct Recording {
    told: Mutex<Vec<TrustFramework>>,
    refuses: AtomicUsize,
}

struct Follows(Arc<Recording>);

impl Recording {
    fn last(&self) -> TrustFramework {
        self.told.lock().unwrap().last().unwrap().clone()
    }
}

impl TrustFollower for Follows {
    fn follow(&self, trust: &TrustFramework) -> Result<usize, ConfigError> {
        let refuses = self.0.refuses.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |times| times.checked_sub(1));
        if refuses.is_ok() {
            let reason = "not now".to_owned();
            return Err(ConfigError::Settings { path: hub_roles::PathId::HubToLfi, reason });
        }
        self.0.told.lock().unwrap().push(trust.clone());
        Ok(0)
    }
}
