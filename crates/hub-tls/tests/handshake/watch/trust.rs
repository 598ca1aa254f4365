//! Trust frameworks that follow their files.

use http::{HeaderMap, HeaderName};
use hub_roles::{C4, Environment, RevocationDepth, RevocationPolicy};
use hub_testkit::{Authority, CrlSpec, KeyPool, Profile};
use hub_tls::{AddressAndSecret, ForwardedForm, Reload, TrustFiles, TrustedProxy, WatchSettings, cause};
use tokio::io::AsyncWriteExt;

use super::*;
use crate::rotation::open;

const BUNDLE: &str = "bundle.pem";
const LIST: &str = "issuer.crl";
const SECRET: &str = "0123456789abcdef0123456789ABCDEF";

fn list(number: u64, revoked: Option<u64>) -> Vec<u8> {
    let list = CrlSpec::current(now()).with_number(number);
    let list = revoked.into_iter().fold(list, CrlSpec::revoking);
    ECO.authority().crl(&list).unwrap().der().to_vec()
}

#[tokio::test(start_paused = true)]
async fn who_is_on_a_list_that_is_written_is_out_and_no_list_goes_back() {
    let folder = Folder::new("lists");
    folder.write(BUNDLE, ECO.authority().bundle_pem().unwrap());
    folder.write(LIST, list(1, None));
    let files = TrustFiles::new(folder.path(BUNDLE)).with_revocation_list(folder.path(LIST));
    let trust = files.load(Environment::Sandbox, now()).unwrap();
    let (acceptor, connector) = (for_hub(&trust), of_hub(&trust));
    let at_acceptor = acceptor.rotation().watch_trust(files.clone(), &WatchSettings::new()).await;
    let at_connector = connector.rotation().watch_trust(files, &WatchSettings::new()).await;
    let (mut here, mut there) = open(&acceptor, &connector, BANK_OZONE_CONNECT).await;

    folder.write(LIST, &list(2, Some(issued::<C4>("ozone").serial))[..100]);
    assert_eq!(code(at_acceptor.check().await), Err("revocation-list.malformed"));
    here.write_all(b"word").await.unwrap();
    folder.write(LIST, list(2, Some(issued::<C4>("ozone").serial)));
    assert_eq!(code(at_acceptor.check().await), Ok(Reload::Trust { closed: 1 }));
    assert_eq!(code(at_connector.check().await), Ok(Reload::Trust { closed: 0 }));
    assert_eq!(cause(&here.write_all(b"word").await.unwrap_err()).unwrap().code(), "certificate.revoked");
    there.write_all(b"word").await.unwrap();

    // An older list, as from a backup: the newer one stays in force.
    folder.write(LIST, list(1, None));
    assert_eq!(code(at_acceptor.check().await), Ok(Reload::Trust { closed: 0 }));
    let (refused, _) = meet(
        async |io| acceptor.accept(io).await.map(drop).unwrap_err(),
        async |io| drop(connector.connect(&host(BANK_OZONE_CONNECT), io).await),
    )
    .await;
    assert_eq!(refused.code(), "certificate.revoked");
}

#[tokio::test(start_paused = true)]
async fn a_new_bundle_is_trusted_and_a_bad_one_is_not() {
    let elsewhere = Authority::new(Profile::sandbox().rebranded(), &KeyPool::new(), now()).unwrap();
    let production = Authority::production(&KeyPool::new(), now()).unwrap();
    let (ours, theirs) = (ECO.authority().bundle_pem().unwrap(), elsewhere.bundle_pem().unwrap());
    let folder = Folder::new("bundle");
    folder.write(BUNDLE, &ours);
    let required = RevocationPolicy::Required(RevocationDepth::EndEntity);
    let trust = ECO.trust().with_revocation_lists(&[list(1, None)], now()).unwrap().with_revocation_policy(required);
    let (acceptor, connector) = (for_hub(&trust), of_hub(ECO.trust()));
    let watcher = acceptor.rotation().watch_trust(TrustFiles::new(folder.path(BUNDLE)), &WatchSettings::new()).await;
    assert_eq!(told(&watcher), Ok(Reload::Trust { closed: 0 }), "with the policy and its lists");
    let (_here, _there) = open(&acceptor, &connector, BANK_OZONE_CONNECT).await;

    for (bundle, expected) in [
        (ours.clone(), Ok(Reload::Unchanged)),
        (ours.clone() + &theirs, Ok(Reload::Trust { closed: 0 })),
        (ours.clone() + &theirs[..theirs.len() / 2], Err("trust.pem")),
        (production.bundle_pem().unwrap(), Err("trust.other-environment")),
        (String::new(), Err("trust.no-anchor")),
        (theirs, Err("certificate.unknown-issuer")),
        (ours, Ok(Reload::Trust { closed: 0 })),
    ] {
        folder.write(BUNDLE, bundle);
        assert_eq!(code(watcher.check().await), expected);
        open(&acceptor, &connector, BANK_OZONE_CONNECT).await;
    }
    assert_eq!(for_hub(&trust).rotation().swap_trust(ECO.trust()).unwrap_err().code(), "revocation-list.lost");
}

/// A proxy's clients are judged by the same files.
#[tokio::test(start_paused = true)]
async fn a_proxy_follows_its_files() {
    let folder = Folder::new("proxy");
    folder.write(BUNDLE, ECO.authority().bundle_pem().unwrap());
    folder.write(LIST, list(1, None));
    let hop =
        AddressAndSecret::new(["10.0.7.2".parse().unwrap()], HeaderName::from_static("secret"), [SECRET]).unwrap();
    let form = ForwardedForm::nginx(HeaderName::from_static("certificate"));
    let bank = ECO.lfi("bank").unwrap();
    let proxy = TrustedProxy::<HubToLfi, _>::new(ECO.trust(), bank.deployment(), form, hop).unwrap();
    let files = TrustFiles::new(folder.path(BUNDLE)).with_revocation_list(folder.path(LIST));
    let watcher = proxy.rotation().watch_trust(files, &WatchSettings::new()).await;

    let certificate = issued::<C4>("ozone").certificate_pem().unwrap();
    let escaped: String = certificate.bytes().map(|octet| format!("%{octet:02X}")).collect();
    let headers = [("secret", SECRET), ("certificate", &escaped)];
    let headers: HeaderMap =
        headers.map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).into_iter().collect();
    let peer = || {
        let hop = proxy.hop(("10.0.7.2".parse().unwrap(), &headers)).unwrap();
        hop.peer(&headers, now()).map(drop).map_err(|error| error.code())
    };
    assert_eq!(peer(), Ok(()));
    folder.write(LIST, list(2, Some(issued::<C4>("ozone").serial)));
    assert_eq!(code(watcher.check().await), Ok(Reload::Trust { closed: 0 }));
    assert_eq!(peer(), Err("certificate.revoked"));
}

/// Who follows a refresher gets the bundle from there, with the lists that are fetched.
#[cfg(feature = "refresh")]
#[tokio::test(start_paused = true)]
async fn a_refresher_puts_its_files_in_force_at_all_followers() {
    use std::sync::Arc;

    use hub_tls::{DistributionPoint, RefreshSettings, Refresher};

    let (folder, revoked) = (Folder::new("refresher"), issued::<C4>("ozone").serial);
    let elsewhere = Authority::new(Profile::sandbox().rebranded(), &KeyPool::new(), now()).unwrap();
    folder.write(BUNDLE, ECO.authority().bundle_pem().unwrap());
    let listing = ECO.trust().with_revocation_lists(&[list(1, Some(revoked))], now()).unwrap();
    let point = DistributionPoint::new("http://127.0.0.1:9/issuer.crl").unwrap();
    let settings = RefreshSettings::new().with_clock(Standing::at(now()));
    let refresher = Arc::new(Refresher::start(&listing, [point], &settings).await.unwrap());
    let acceptor = for_hub(ECO.trust());
    let _following = refresher.follow(acceptor.rotation()).unwrap();
    let watcher = refresher.watch_trust(TrustFiles::new(folder.path(BUNDLE)), &WatchSettings::new()).await;

    let both = ECO.authority().bundle_pem().unwrap() + &elsewhere.bundle_pem().unwrap();
    folder.write(BUNDLE, &both[..both.len() - 100]);
    assert_eq!(code(watcher.check().await), Err("trust.pem"));
    folder.write(BUNDLE, &both);
    assert_eq!(code(watcher.check().await), Ok(Reload::Trust { closed: 0 }));
    assert!(refresher.trust().names_issuer_of(elsewhere.issuing()), "the new bundle");
    let (refused, _) = meet(
        async |io| acceptor.accept(io).await.map(drop).unwrap_err(),
        async |io| drop(of_hub(ECO.trust()).connect(&host(BANK_OZONE_CONNECT), io).await),
    )
    .await;
    assert_eq!(refused.code(), "certificate.revoked", "with the list");

    folder.write(BUNDLE, elsewhere.bundle_pem().unwrap());
    assert_eq!(code(watcher.check().await), Err("certificate.unknown-issuer"), "it does not know our own certificate");
    assert!(refresher.trust().names_issuer_of(ECO.authority().issuing()), "nothing has changed");
}
