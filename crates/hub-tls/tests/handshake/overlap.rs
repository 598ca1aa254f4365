//! An old C1 beside the new one: access tokens are bound to the one they were asked for with.

use std::sync::Arc;
use std::time::Duration;

use hub_roles::{C1, CertificateChain, Credential, Environment, S1, SoftwareKey, TppToHub, TrustFramework};
use hub_testkit::{Authority, CrlSpec, KeyPool, Profile, Validity};
use hub_tls::{Acceptor, Connector, Settings, cause};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

use crate::rotation::{ELSEWHERE, listing, open};
use crate::web::web;
use crate::world::*;

const TEN_MINUTES: Duration = Duration::from_secs(600);
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// A C1 of `acme` that no other has the thumbprint of, valid for that long.
fn another_c1(valid_for: Duration) -> Credential<C1> {
    issued_by(ECO.authority(), ECO.trust(), valid_for)
}

fn issued_by(authority: &Authority, trust: &TrustFramework, valid_for: Duration) -> Credential<C1> {
    let spec = ECO.holding::<C1>("acme").unwrap().spec().clone();
    let key = ECO.authority().keys().named("acme C1").unwrap();
    let spec = spec.with_key(key).with_validity(Validity::around(now(), TEN_MINUTES, valid_for));
    let issued = authority.issue(&spec).unwrap();
    let chain = CertificateChain::from_der(issued.chain()).unwrap();
    let certificate = trust.verify(&chain, ECO.holding::<C1>("acme").unwrap().expectation(), now()).unwrap();
    Credential::new(certificate, SoftwareKey::from_pkcs8_der(issued.private_key().secret_der()).unwrap()).unwrap()
}

/// A connector of `acme`, and its clock.
fn of_acme() -> (Connector<TppToHub>, Arc<Standing>) {
    let (tpp, clock) = (ECO.tpp("acme").unwrap(), Standing::at(now()));
    let settings = Settings::new().with_clock(clock.clone());
    (Connector::with_settings(ECO.trust(), tpp.deployment(), tpp.c1(), &settings).unwrap(), clock)
}

/// The thumbprint that the Hub sees, and whether the session was resumed; or why there is no connection.
async fn seen(acceptor: &Acceptor<TppToHub>, connector: &Connector<TppToHub>) -> Result<(String, bool), &'static str> {
    let (accepted, connected) = meet(
        async |io| {
            let accepted = acceptor.accept(io).await.ok()?;
            let thumbprint = accepted.peer().kid().to_string();
            accepted.into_parts().1.write_all(b"!").await.unwrap();
            Some(thumbprint)
        },
        async |io| {
            let connected = connector.connect(&host(RETAIL_AS), io).await.map_err(|error| error.code())?;
            let thumbprint = connected.local_certificate().kid().to_string();
            let (_, mut stream) = connected.into_parts();
            stream.read_exact(&mut [0]).await.unwrap();
            Ok::<_, &'static str>((thumbprint, stream.resumed()))
        },
    )
    .await;
    let (thumbprint, resumed) = connected?;
    assert_eq!(accepted.unwrap(), thumbprint);
    Ok((thumbprint, resumed))
}

#[tokio::test]
async fn the_hub_sees_the_new_c1_and_the_old_one_from_whoever_has_its_tokens() {
    let (acceptor, (connector, _)) = (for_tpps(ECO.trust()), of_acme());
    let (old, new) = (connector.thumbprint(), another_c1(A_DAY));
    let bound = connector.presenting(&old).unwrap();
    assert_eq!(seen(&acceptor, &connector).await, Ok((old.to_string(), false)));

    let overlap = connector.rotation().swap_credential_keeping_old(new.clone(), TEN_MINUTES).unwrap();
    assert_eq!([overlap.old_thumbprint(), overlap.new_thumbprint()], [&old, new.kid()]);
    assert_eq!(overlap.until(), at(now().as_secs() + 600));
    assert_eq!(connector.thumbprint(), *new.kid());
    assert_eq!(seen(&acceptor, &connector).await, Ok((new.kid().to_string(), false)), "no session of the old C1");
    for old_connector in [bound, connector.presenting(&old).unwrap()] {
        assert_eq!(old_connector.thumbprint(), old);
        assert_eq!(seen(&acceptor, &old_connector).await, Ok((old.to_string(), true)), "its sessions stay");
    }
    assert_eq!(seen(&acceptor, &connector).await, Ok((new.kid().to_string(), true)));

    for (connector, thumbprint) in [(connector.presenting(&old).unwrap(), &old), (connector, new.kid())] {
        let client = TlsConnector::from(connector.rustls_config());
        let (accepted, _) = meet(
            async |io| acceptor.accept(io).await.unwrap(),
            async |io| client.connect(server_name(RETAIL_AS), io).await.unwrap(),
        )
        .await;
        assert_eq!(accepted.peer().kid(), thumbprint, "by foreign hands");
    }
}

#[tokio::test]
async fn the_old_c1_ends_with_its_period_or_with_itself() {
    let acceptor = for_tpps(ECO.trust());
    for (valid_for, period, lasts) in
        [(A_DAY, TEN_MINUTES, 600), (TEN_MINUTES, A_DAY, 600), (A_DAY, Duration::MAX, 24 * 3600)]
    {
        let (connector, clock) = of_acme();
        let (old, new) = (another_c1(valid_for), another_c1(A_DAY * 2));
        connector.rotation().swap_credential(old.clone()).unwrap();
        let overlap = connector.rotation().swap_credential_keeping_old(new.clone(), period).unwrap();
        assert_eq!(overlap.until(), at(now().as_secs() + lasts));
        let bound = connector.presenting(old.kid()).unwrap();
        let foreign = [bound.rustls_config(), bound.rustls_config_for_public_servers(&web())];

        clock.set(overlap.until());
        assert_eq!(seen(&for_tpps(ECO.trust()), &bound).await, Ok((old.kid().to_string(), false)));
        let (mut here, mut there) = open(&acceptor, &bound, RETAIL_AS).await;

        clock.set(at(overlap.until().as_secs() + 1));
        assert_eq!(seen(&acceptor, &connector).await, Ok((new.kid().to_string(), false)));
        assert!(connector.presenting(old.kid()).is_none());
        let (received, error) = meet(
            async |mut io| {
                let mut received = Vec::new();
                io.read_to_end(&mut received).await.unwrap();
                received
            },
            async |io| bound.connect(&host(RETAIL_AS), io).await.unwrap_err(),
        )
        .await;
        assert_eq!((received, error.code()), (Vec::new(), "handshake.own-certificate-retired"), "nothing is sent");
        for foreign in foreign.map(TlsConnector::from) {
            let (accepted, error) = meet(
                async |io| acceptor.accept(io).await.map(drop),
                async |io| foreign.connect(server_name(RETAIL_AS), io).await.unwrap_err(),
            )
            .await;
            assert_eq!(cause(&error).unwrap().code(), "handshake.own-certificate-retired");
            assert!(accepted.is_err());
        }

        there.write_all(b"word").await.unwrap();
        here.read_exact(&mut [0; 4]).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_not_kept_is_presented_no_longer() {
    let (acceptor, (connector, _)) = (for_tpps(ECO.trust()), of_acme());
    let bound = connector.presenting(&connector.thumbprint()).unwrap();
    assert!(seen(&acceptor, &bound).await.is_ok());
    connector.rotation().swap_credential(another_c1(A_DAY)).unwrap();
    assert_eq!(seen(&acceptor, &bound).await, Err("handshake.own-certificate-retired"));
    assert!(connector.presenting(&bound.thumbprint()).is_none());
    assert!(connector.presenting(ECO.tpp("acme").unwrap().sig1().kid()).is_none());

    let (short, (connector, clock)) = (another_c1(TEN_MINUTES), of_acme());
    connector.rotation().swap_credential(short).unwrap();
    clock.set(at(now().as_secs() + 601));
    let overlap = connector.rotation().swap_credential_keeping_old(another_c1(A_DAY), A_DAY).unwrap();
    assert!(connector.presenting(overlap.old_thumbprint()).is_none(), "it had ended before");
}

#[tokio::test]
async fn the_old_c1_follows_what_is_swapped_and_its_connections_are_asked_again() {
    let retail = ECO.issued::<S1>("retail").unwrap();
    let other_bank = edited(ECO.tpp("acme").unwrap().deployment_json(), |file| {
        file["lfis"]["bank"]["organisation"] = ELSEWHERE.into();
    });
    for (what, code) in [("revocation", "certificate.revoked"), ("pin", "certificate.organisation")] {
        let (acceptor, (connector, _)) = (for_tpps(ECO.trust()), of_acme());
        let overlap = connector.rotation().swap_credential_keeping_old(another_c1(A_DAY), TEN_MINUTES).unwrap();
        let old = connector.presenting(overlap.old_thumbprint()).unwrap();
        let (_here, mut there) = open(&acceptor, &old, RETAIL_AS).await;
        assert_eq!(connector.rotation().swap_trust(ECO.trust()).unwrap(), 0);
        assert_eq!(seen(&acceptor, &old).await, Ok((overlap.old_thumbprint().to_string(), false)), "sessions end");

        let closed = match what {
            "revocation" => {
                connector.rotation().swap_trust(&listing(CrlSpec::current(now()).revoking(retail.serial))).unwrap()
            }
            _ => connector.rotation().swap_deployment(&other_bank).unwrap(),
        };
        assert_eq!(closed, 1, "{what}");
        let error = there.write_all(b"word").await.unwrap_err();
        assert_eq!(cause(&error).unwrap().code(), code);
        assert_eq!(seen(&acceptor, &old).await, Err(code));
    }
}

#[tokio::test]
async fn several_overlap_each_for_its_time() {
    let (acceptor, (connector, clock)) = (for_tpps(ECO.trust()), of_acme());
    let (rotation, [a, b]) = (connector.rotation(), [another_c1(A_DAY), another_c1(A_DAY)]);
    let first = connector.thumbprint();
    rotation.swap_credential_keeping_old(a.clone(), TEN_MINUTES).unwrap();
    rotation.swap_credential_keeping_old(b.clone(), TEN_MINUTES * 2).unwrap();
    for thumbprint in [&first, a.kid(), b.kid()] {
        let connector = connector.presenting(thumbprint).unwrap();
        assert_eq!(seen(&acceptor, &connector).await, Ok((thumbprint.to_string(), false)));
    }
    clock.set(at(now().as_secs() + 601));
    assert!(connector.presenting(&first).is_none() && connector.presenting(a.kid()).is_some());

    rotation.swap_credential(a.clone()).unwrap();
    assert!(connector.presenting(b.kid()).is_none(), "nobody asked to keep it");
    rotation.swap_credential(b.clone()).unwrap();
    clock.set(at(now().as_secs() + 1200));
    assert!(connector.presenting(a.kid()).is_some(), "kept for its time, though it was current in between");
    clock.set(at(now().as_secs() + 1201));
    assert!(connector.presenting(a.kid()).is_none());

    let overlap = rotation.swap_credential_keeping_old(b.clone(), TEN_MINUTES).unwrap();
    assert_eq!(overlap.old_thumbprint(), overlap.new_thumbprint());
    clock.set(at(now().as_secs() + 2000));
    assert_eq!(
        seen(&acceptor, &connector.presenting(b.kid()).unwrap()).await,
        Ok((b.kid().to_string(), false)),
        "the current one"
    );
}

#[tokio::test]
async fn only_so_many_are_kept_and_the_next_swap_fails_and_changes_nothing() {
    let (connector, clock) = of_acme();
    let rotation = connector.rotation();
    for _ in 0..8 {
        rotation.swap_credential_keeping_old(another_c1(A_DAY), TEN_MINUTES).unwrap();
    }
    let (current, another) = (connector.thumbprint(), another_c1(A_DAY));
    let error = rotation.swap_credential_keeping_old(another.clone(), TEN_MINUTES).unwrap_err();
    assert_eq!((error.code(), connector.thumbprint()), ("config.too-many-overlaps", current));
    clock.set(at(now().as_secs() + 601));
    rotation.swap_credential_keeping_old(another.clone(), TEN_MINUTES).unwrap();
    assert_eq!(connector.thumbprint(), *another.kid());
}

/// A CA that is gone takes the old C1 with it, and hinders no new bundle.
#[tokio::test]
async fn an_old_c1_that_a_new_trust_framework_refuses_is_kept_no_longer() {
    let elsewhere = Authority::new(Profile::sandbox().rebranded(), &KeyPool::new(), now()).unwrap();
    let both = [ECO.authority().bundle(), elsewhere.bundle()].concat();
    let both = TrustFramework::from_der(Environment::Sandbox, both).unwrap();
    let (acceptor, (connector, _)) = (for_tpps(ECO.trust()), of_acme());
    let rotation = connector.rotation();
    rotation.swap_trust(&both).unwrap();
    let (old, new) = (issued_by(&elsewhere, &both, A_DAY), another_c1(A_DAY));
    rotation.swap_credential(old.clone()).unwrap();
    rotation.swap_credential_keeping_old(new.clone(), TEN_MINUTES).unwrap();
    assert!(connector.presenting(old.kid()).is_some());
    assert_eq!(rotation.swap_trust(ECO.trust()).unwrap(), 0);
    assert!(connector.presenting(old.kid()).is_none());
    assert_eq!(seen(&acceptor, &connector).await, Ok((new.kid().to_string(), false)));
}

/// Swaps by the handle of one are swaps for all.
#[tokio::test]
async fn the_rotation_of_a_bound_connector_is_that_of_all() {
    let (connector, _) = of_acme();
    let old = connector.presenting(&connector.thumbprint()).unwrap();
    let new = another_c1(A_DAY);
    old.rotation().swap_credential_keeping_old(new.clone(), TEN_MINUTES).unwrap();
    assert_eq!(connector.thumbprint(), *new.kid());
    assert_ne!(old.thumbprint(), *new.kid());
    assert!(format!("{old:?}").contains(old.thumbprint().as_str()));
    assert!(format!("{connector:?}").contains(new.kid().as_str()));
}
