//! A service that takes its time, and a handle on its key.

use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use hub_roles::{KeyError, PrivateKey, RsaPublicKey, SignatureScheme, SoftwareKey};
use hub_testkit::Held;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::cast::ECO;

/// A key service on a thread of its own, which takes 50 ms for each operation.
pub(super) struct Service {
    key: Arc<SoftwareKey>,
    jobs: Sender<Box<dyn FnOnce() + Send>>,
}

impl Service {
    /// It has the key of this role of this holder.
    pub(super) fn with_key_of<R: Held>(holder: &str) -> Self {
        let (jobs, asked) = channel::<Box<dyn FnOnce() + Send>>();
        thread::spawn(move || {
            for job in asked {
                thread::sleep(Duration::from_millis(50));
                job();
            }
        });
        Self { key: Arc::new(key_of::<R>(holder)), jobs }
    }

    pub(super) fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Answer<Vec<u8>> {
        let message = message.to_vec();
        self.ask(move |key| key.sign(scheme, &message))
    }

    pub(super) fn decrypt(&self, encrypted_key: &[u8]) -> Answer<Zeroizing<Vec<u8>>> {
        let encrypted_key = encrypted_key.to_vec();
        self.ask(move |key| key.decrypt_oaep(&encrypted_key))
    }

    fn ask<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&SoftwareKey) -> Result<T, KeyError> + Send + 'static,
    ) -> Answer<T> {
        let (answer, answered) = oneshot::channel();
        let key = Arc::clone(&self.key);
        self.jobs.send(Box::new(move || drop(answer.send(operation(&key))))).unwrap();
        answered
    }
}

/// Comes from another thread.
type Answer<T> = oneshot::Receiver<Result<T, KeyError>>;

/// A handle on a service's key that waits for the answer.
pub(super) struct Handle(Service);

impl Handle {
    /// On the key of this role of this holder.
    pub(super) fn on<R: Held>(holder: &str) -> Self {
        Self(Service::with_key_of::<R>(holder))
    }
}

impl PrivateKey for Handle {
    fn public_key(&self) -> &RsaPublicKey {
        self.0.key.public_key()
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.0.sign(scheme, message).blocking_recv().unwrap()
    }

    fn decrypt_oaep(&self, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.0.decrypt(ciphertext).blocking_recv().unwrap()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

pub(super) fn key_of<R: Held>(holder: &str) -> SoftwareKey {
    SoftwareKey::from_pem(ECO.issued::<R>(holder).unwrap().key_pem().unwrap().as_bytes()).unwrap()
}
