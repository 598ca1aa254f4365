//! Which lists are taken from a distribution point, and which are not.

use hub_roles::{Environment, TrustFramework};
use hub_testkit::{Authority, Crl, CrlDefect, KeyPool};

use crate::server::{Answer, Server};
use crate::world::*;

const ISSUING: &str = "CN=Al Tareq Sandbox Trust Framework Issuing CA - G1,OU=Al Tareq Trust Framework,O=Nebras Open Finance Company,C=AE";

fn root(number: u64) -> Crl {
    ECO.authority().root_crl(&spec(number)).unwrap()
}

#[tokio::test]
async fn a_list_that_is_refused_leaves_the_last_good_one_and_the_next_one_is_taken() {
    let stranger = Authority::production(&KeyPool::new(), at(NOW)).unwrap();
    let server = Server::start(Answer::list(&list(5))).await;
    let refresher = refreshing(ECO.trust(), [server.point()], &settings()).await;
    for (bad, code) in [
        (list(4), "revocation-list.older"),
        (issued(&spec(6).with_updates(at(NOW - DAY), at(NOW + DAY))), "revocation-list.older"),
        (issued(&spec(6).with_updates(at(NOW + 1), at(NOW + DAY))), "revocation-list.not-yet-valid"),
        (ECO.authority().broken_crl(&spec(6), CrlDefect::ForgedSignature).unwrap(), "revocation-list.bad-signature"),
        (ECO.authority().broken_crl(&spec(6), CrlDefect::Delta).unwrap(), "revocation-list.delta"),
        (stranger.crl(&spec(6)).unwrap(), "revocation-list.unknown-issuer"),
        (root(6), "refresh.other-issuer"),
    ] {
        server.answers(Answer::list(&bad));
        assert_eq!(outcome(&refresher.refresh_now().await), Err(code));
        assert_eq!(numbers(&refresher.trust()), ["0x5"], "{code}");
    }
    server.answers(Answer::list(&list(6)));
    let health = refresher.refresh_now().await;
    assert_eq!((outcome(&health), numbers(&refresher.trust())), (Ok(()), vec!["0x6".to_owned()]));
    assert_eq!(health.points[0].lists[0].issuer, ISSUING);
    assert_eq!(health.points[0].lists[0].number.unwrap().to_string(), "0x6");
    assert_eq!(health.points[0].next_update(), Some(at(NOW + DAY)));
    assert_eq!(health.points[0].last_success, Some(at(NOW)));
}

/// Whoever answers in the place of a CA's server cannot pass another CA's list for this one's.
#[tokio::test]
async fn whose_lists_are_expected_may_be_said_from_the_first_one_on() {
    let server = Server::start(Answer::list(&root(1))).await;
    let free = refreshing(ECO.trust(), [server.point()], &settings()).await;
    let bound = refreshing(ECO.trust(), [server.point().with_issuer(ISSUING)], &settings()).await;
    let outcomes = [&free, &bound].map(|refresher| outcome(&refresher.health()));
    assert_eq!(outcomes, [Ok(()), Err("refresh.other-issuer")]);
    server.answers(Answer::list(&list(1)));
    let mut outcomes = Vec::new();
    for refresher in [&free, &bound] {
        outcomes.push(outcome(&refresher.refresh_now().await));
    }
    assert_eq!(outcomes, [Err("refresh.other-issuer"), Ok(())]);
}

#[tokio::test]
async fn one_distribution_point_does_not_hinder_another() {
    let (issuing, roots) = (Server::start(Answer::Nothing).await, Server::start(Answer::list(&root(7))).await);
    let settings = settings().with_total_timeout(std::time::Duration::from_millis(300));
    let refresher = refreshing(ECO.trust(), [issuing.point(), roots.point()], &settings).await;
    assert_eq!(numbers(&refresher.trust()), ["0x7"]);
    issuing.answers(Answer::list(&list(1)));
    roots.answers(Answer::Content(b"garbage".to_vec()));
    let health = refresher.refresh_now().await;
    assert_eq!([0, 1].map(|index| verdict(&health.points[index])), [Ok(()), Err("revocation-list.encoding")]);
    assert_eq!(numbers(&refresher.trust()), ["0x1", "0x7"]);
}

/// A CA's new key has a list of its own beside the old one's, under the same name.
#[tokio::test]
async fn a_ca_goes_over_to_a_new_key() {
    let renewed = Authority::new(hub_testkit::Profile::sandbox(), ECO.authority().keys(), at(NOW)).unwrap();
    let bundle = [ECO.authority().bundle(), renewed.bundle()].concat();
    let trust = TrustFramework::from_der(Environment::Sandbox, bundle).unwrap();
    let server = Server::start(Answer::list(&list(1))).await;
    let refresher = refreshing(&trust, [server.point()], &settings()).await;
    server.answers(Answer::list(&renewed.crl(&spec(2)).unwrap()));
    assert_eq!(outcome(&refresher.refresh_now().await), Ok(()));
    assert_eq!(numbers(&refresher.trust()), ["0x1", "0x2"]);
}

/// The OpenSSL command line's, of the beginning of 2027.
#[tokio::test]
async fn lists_of_openssl_are_taken() {
    const BUNDLE: &[u8] = include_bytes!("../../../hub-roles/tests/certificates/openssl/bundle.pem");
    const DER: &[u8] = include_bytes!("../../../hub-roles/tests/certificates/openssl/compromised.crl");
    const PEM: &[u8] = include_bytes!("../../../hub-roles/tests/certificates/openssl/hold.crl.pem");
    let clock = Standing::now();
    let trust = TrustFramework::from_pem(Environment::Sandbox, BUNDLE).unwrap();
    let server = Server::start(Answer::Content(DER.to_vec())).await;
    let refresher = refreshing(&trust, [server.point()], &settings().with_clock(clock.clone())).await;
    assert_eq!(outcome(&refresher.health()), Err("revocation-list.not-yet-valid"));
    for (day, file) in [(1, DER), (3, PEM)] {
        clock.set(1_798_761_600 + day * DAY);
        server.answers(Answer::Content(file.to_vec()));
        assert_eq!(outcome(&refresher.refresh_now().await), Ok(()), "{day}");
    }
    assert_eq!(numbers(&refresher.trust()), ["0x4"]);
}
