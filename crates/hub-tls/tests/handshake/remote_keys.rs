//! Keys that wait for something outside the process: their handshakes hold up nobody else, on the one thread there is.

use std::fmt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use hub_roles::{C4, Credential, HubToLfi, KeyError, PrivateKey, RsaPublicKey, S4, SignatureScheme, Transport};
use hub_tls::{Acceptor, Connector};
use rustls::SupportedProtocolVersion;
use rustls::version::TLS13;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{JoinSet, spawn_blocking};

use crate::generous::{Client, calls, is_called};
use crate::world::*;

/// The key of a module that signs when somebody lets it.
struct Module<R: Transport> {
    credential: Credential<R>,
    remote: bool,
    let_go: Mutex<Receiver<()>>,
    patience: Duration,
}

impl<R: Transport> PrivateKey for Module<R> {
    fn public_key(&self) -> &RsaPublicKey {
        self.credential.certificate().public_key()
    }

    fn is_remote(&self) -> bool {
        self.remote
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.let_go.lock().unwrap().recv_timeout(self.patience).map_err(|_| KeyError::Failed)?;
        self.credential.sign_handshake(scheme, message)
    }
}

impl<R: Transport> fmt::Debug for Module<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Module({:?})", self.credential)
    }
}

/// A credential whose key is in a module, and what lets the module sign.
fn in_a_module<R: Transport>(credential: Credential<R>, remote: bool) -> (Credential<R>, Sender<()>) {
    let (let_go, waiting) = channel();
    // Whoever waits on the only thread waits in vain, however long.
    let patience = if remote { Duration::from_secs(60) } else { Duration::from_millis(5) };
    let certificate = credential.certificate().clone();
    let module = Module { credential, remote, let_go: Mutex::new(waiting), patience };
    (Credential::new(certificate, module).unwrap(), let_go)
}

fn hub(version: &'static SupportedProtocolVersion) -> Client<'static> {
    Client { identity: Some(issued::<C4>("ozone")), version, server_name: Some(BANK_OZONE_CONNECT) }
}

#[tokio::test]
async fn an_acceptor_whose_key_waits_holds_up_nobody_else() {
    let bank = ECO.lfi("bank").unwrap();
    for version in VERSIONS {
        for (remote, expected) in
            [(true, Ok(issued::<C4>("ozone").kid().to_string())), (false, Err("handshake.own-key"))]
        {
            let (credential, let_go) = in_a_module(bank.s4(), remote);
            let acceptor =
                Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), credential, &settings()).unwrap();
            let ((outcome, _), ()) = tokio::join!(calls(hub(version), &acceptor), async {
                assert_eq!(calls(hub(version), &for_hub(ECO.trust())).await, accepted(issued::<C4>("ozone")));
                // Too late for one that holds up this thread: it has given up.
                let_go.send(()).unwrap();
            });
            assert_eq!(outcome, expected, "remote: {remote}");
        }
    }
}

#[tokio::test]
async fn a_connector_whose_key_waits_holds_up_nobody_else() {
    let ozone = ECO.hub();
    let s4 = issued::<S4>("bank");
    for version in VERSIONS {
        for (remote, expected) in [(true, Ok(s4.kid().to_string())), (false, Err("handshake.own-key"))] {
            let (credential, let_go) = in_a_module(ozone.c4(), remote);
            let connector =
                Connector::<HubToLfi>::with_settings(ECO.trust(), ozone.deployment(), credential, &settings()).unwrap();
            // The server asks everybody for a certificate and takes it.
            let ((outcome, _), ()) = tokio::join!(is_called(s4, version, &connector, BANK_OZONE_CONNECT), async {
                assert_eq!(calls(hub(version), &for_hub(ECO.trust())).await, accepted(issued::<C4>("ozone")));
                let_go.send(()).unwrap();
            });
            assert_eq!(outcome, expected, "remote: {remote}");
        }
    }
}

/// What is busy is the share of one acceptor: whoever comes then waits for a thread, while others and their keys go on.
#[tokio::test]
async fn keys_of_an_acceptor_keep_no_more_threads_busy_than_their_share() {
    const THREADS: usize = 64;
    let bank = ECO.lfi("bank").unwrap();
    let (began, mut beginnings) = unbounded_channel();
    let released = Arc::new((Mutex::new(false), Condvar::new()));
    let (certificate, of) = (bank.s4().certificate().clone(), bank.s4());
    let stuck = Stuck { credential: of, began, released: Arc::clone(&released) };
    let credential = Credential::new(certificate, stuck).unwrap();
    let acceptor =
        Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), credential, &settings()).unwrap();
    let mut handshakes = JoinSet::new();
    let mut call = || {
        let acceptor = acceptor.clone();
        handshakes.spawn(async move { calls(hub(&TLS13), &acceptor).await });
    };
    for _ in 0..THREADS {
        call();
    }
    for _ in 0..THREADS {
        beginnings.recv().await.unwrap();
    }
    call();
    // Its client is through with all that it says before the key is asked, and others are served in the meantime.
    for _ in 0..3 {
        assert_eq!(calls(hub(&TLS13), &for_hub(ECO.trust())).await, accepted(issued::<C4>("ozone")));
        spawn_blocking(|| ()).await.unwrap();
    }
    assert!(beginnings.try_recv().is_err(), "one more waits");
    assert!(handshakes.try_join_next().is_none());

    *released.0.lock().unwrap() = true;
    released.1.notify_all();
    while let Some(outcome) = handshakes.join_next().await {
        assert_eq!(outcome.unwrap(), accepted(issued::<C4>("ozone")));
    }
    beginnings.recv().await.unwrap();
    assert!(beginnings.try_recv().is_err(), "each signed once");
}

/// The key of a module that answers nobody until it is released.
#[derive(Debug)]
struct Stuck {
    credential: Credential<S4>,
    began: UnboundedSender<()>,
    released: Arc<(Mutex<bool>, Condvar)>,
}

impl PrivateKey for Stuck {
    fn public_key(&self) -> &RsaPublicKey {
        self.credential.certificate().public_key()
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.began.send(()).unwrap();
        let (released, bell) = &*self.released;
        // Were there no end, a test that has failed would not end either.
        let patience = Duration::from_secs(60);
        let waited = bell.wait_timeout_while(released.lock().unwrap(), patience, |released| !*released).unwrap().1;
        assert!(!waited.timed_out());
        self.credential.sign_handshake(scheme, message)
    }
}

#[tokio::test]
async fn a_panic_of_a_key_is_a_panic_of_the_handshake() {
    #[derive(Debug)]
    struct Broken(RsaPublicKey);
    impl PrivateKey for Broken {
        fn public_key(&self) -> &RsaPublicKey {
            &self.0
        }

        fn is_remote(&self) -> bool {
            true
        }

        fn sign(&self, _scheme: SignatureScheme, _message: &[u8]) -> Result<Vec<u8>, KeyError> {
            panic!("the module's library is broken")
        }
    }
    let bank = ECO.lfi("bank").unwrap();
    let certificate = bank.s4().certificate().clone();
    let key = Broken(certificate.public_key().clone());
    let credential = Credential::new(certificate, key).unwrap();
    let acceptor =
        Acceptor::<HubToLfi>::with_settings(ECO.trust(), bank.deployment(), credential, &settings()).unwrap();
    let handshake = tokio::spawn(async move { calls(hub(VERSIONS[0]), &acceptor).await });
    assert!(handshake.await.unwrap_err().is_panic());
}
