//! What a response tells: whom it came from, over which version of HTTP.

use http::Version;
use hub_roles::{C1, C3, C4, Certificate, HubToLfi, LfiToHub, S1, S3, S4, TppToHub, Transport};
use hub_testkit::Issued;
use hub_tls::{AcceptingPath, Acceptor, Connector, Peer, Settings};

use super::server::{HELLO, HTTP, Nothing, client, https, read, serve, uri};
use crate::world::*;

#[tokio::test]
async fn a_response_carries_the_server_and_what_we_presented_on_each_path() {
    for protocol in HTTP {
        let settings = settings().with_alpn([protocol]);
        let (hub, bank) = (ECO.hub(), ECO.lfi("bank").unwrap());
        let s1 = hub.instances().map(|instance| (instance.clone(), hub.s1(instance).unwrap()));
        let s3 = hub.instances().map(|instance| (instance.clone(), hub.s3(instance).unwrap()));

        let acceptor = Acceptor::<TppToHub>::with_settings(ECO.trust(), hub.deployment(), s1, &settings).unwrap();
        check::<TppToHub, S3>(acceptor, of_tpp(ECO.trust()), RETAIL_AS, issued::<S1>("retail"), issued::<C1>("acme"))
            .await;
        let acceptor = Acceptor::<LfiToHub>::with_settings(ECO.trust(), hub.deployment(), s3, &settings).unwrap();
        check::<LfiToHub, S1>(acceptor, of_lfi(ECO.trust()), SME_CM, issued::<S3>("sme"), issued::<C3>("bank")).await;
        let acceptor =
            Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), bank.s4(), &settings).unwrap();
        let [s4, c4] = [issued::<S4>("bank"), issued::<C4>("ozone")];
        check::<HubToLfi, S3>(acceptor, of_hub(ECO.trust()), BANK_OZONE_CONNECT, s4, c4).await;
    }
}

async fn check<P: AcceptingPath, Other: Transport>(
    acceptor: Acceptor<P>,
    connector: Connector<P>,
    host: &str,
    theirs: &Issued,
    ours: &Issued,
) {
    let server = serve(acceptor).await;
    let client = client(&connector, &server);
    for _ in 0..2 {
        let response = client.get(uri(host, HELLO)).await.unwrap();
        let peer = Peer::<P::Server>::of(response.extensions()).unwrap();
        assert_eq!(*peer.kid(), theirs.kid(), "{host}");
        assert!(Peer::<Other>::of(response.extensions()).is_none(), "{host}: {}", Other::ID);
        let presented = response.extensions().get::<Certificate<P::Client>>().unwrap();
        assert_eq!(*presented.kid(), ours.kid(), "{host}");
        assert_eq!(connector.local_certificate().unwrap().kid(), presented.kid());
        assert!(read(response.into_body()).await.unwrap().is_empty());
    }
    assert_eq!(server.connections(), 1, "{host}");
}

/// What the connector's own settings offer has no say: an HTTP client knows what it speaks.
#[tokio::test]
async fn the_server_chooses_the_version_whatever_the_settings_of_the_connector() {
    let bank = ECO.lfi("bank").unwrap();
    let hub = ECO.hub();
    for offered in [&[][..], &["http/1.1"], &["h2"], &["smtp"]] {
        let settings = Settings::new().with_clock(Standing::at(now()));
        let connector = Connector::<HubToLfi>::with_settings(
            ECO.trust(),
            hub.deployment(),
            hub.c4(),
            &settings.clone().with_alpn(offered.to_vec()),
        )
        .unwrap();
        for (known, version, http1_only) in [
            (&["h2", "http/1.1"][..], Version::HTTP_2, Version::HTTP_11),
            (&["http/1.1", "h2"], Version::HTTP_11, Version::HTTP_11),
            (&["http/1.1"], Version::HTTP_11, Version::HTTP_11),
            (&[], Version::HTTP_11, Version::HTTP_11),
        ] {
            let settings = settings.clone().with_alpn(known.to_vec());
            let acceptor =
                Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), bank.s4(), &settings).unwrap();
            let server = serve(acceptor).await;
            let https = https(&connector, &server);
            let response = https.clone().client::<Nothing>().get(uri(BANK_OZONE_CONNECT, HELLO)).await.unwrap();
            assert_eq!(response.version(), version, "{offered:?}, {known:?}");
            let https = https.with_http1_only();
            let response = https.client::<Nothing>().get(uri(BANK_OZONE_CONNECT, HELLO)).await.unwrap();
            assert_eq!(response.version(), http1_only, "{offered:?}, {known:?}");
        }
    }
}
