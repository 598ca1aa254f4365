//! Access tokens over real connections of TPPs (RFC 8705, FACTS section 4).

use std::time::Duration;

use hub_jose::{Confirmation, ConfirmationError};
use hub_roles::{C1, TppToHub};
use hub_testkit::Ecosystem;
use hub_tls::{Acceptor, Connector, Peer};
use rustls_pki_types::UnixTime;

use crate::cast::instance;

/// Whom the Hub sees when `tpp` connects to `retail`.
async fn seen(acceptor: &Acceptor<TppToHub>, tpp: &Connector<TppToHub>, eco: &Ecosystem) -> Peer<C1> {
    let hosts = eco.hub().deployment().instance(&instance("retail")).unwrap().hosts();
    let (near, far) = tokio::io::duplex(1 << 16);
    let (accepted, connected) = tokio::join!(acceptor.accept(far), tpp.connect(hosts.resource().unwrap(), near));
    connected.unwrap();
    accepted.unwrap().peer().clone()
}

#[tokio::test]
async fn an_access_token_is_used_with_the_c1_it_was_given_to() {
    let mut eco = Ecosystem::sandbox(UnixTime::now()).unwrap();
    let served = [(instance("retail"), eco.hub().s1("retail").unwrap())];
    let acceptor = Acceptor::<TppToHub>::new(eco.trust(), eco.hub().deployment(), served).unwrap();
    let connector = |name: &str, eco: &Ecosystem| {
        let tpp = eco.tpp(name).unwrap();
        Connector::<TppToHub>::new(eco.trust(), tpp.deployment(), tpp.c1()).unwrap()
    };
    let (acme, other) = (connector("acme", &eco), connector("other-tpp", &eco));

    let asking = seen(&acceptor, &acme, &eco).await;
    let cnf = Confirmation::of(&asking);
    assert_eq!(*cnf.thumbprint(), acme.thumbprint());
    let cnf: Confirmation = serde_json::from_str(&serde_json::to_string(&cnf).unwrap()).unwrap();
    assert_eq!(cnf.check(&seen(&acceptor, &acme, &eco).await), Ok(()));

    let thief = seen(&acceptor, &other, &eco).await;
    let refused =
        ConfirmationError::OtherCertificate { bound_to: asking.kid().clone(), presented: thief.kid().clone() };
    assert_eq!(cnf.check(&thief), Err(refused.clone()));
    assert_eq!(refused.code(), "cnf.other-certificate");

    // The TPP has a new C1. Its old tokens are used with the old one, until they end.
    eco.rotate::<C1>("acme").unwrap();
    let new = eco.tpp("acme").unwrap().c1();
    acme.rotation().swap_credential_keeping_old(new, Duration::from_secs(600)).unwrap();
    assert!(cnf.check(&seen(&acceptor, &acme, &eco).await).is_err());
    let with_old = acme.presenting(cnf.thumbprint()).unwrap();
    assert_eq!(cnf.check(&seen(&acceptor, &with_old, &eco).await), Ok(()));
}
