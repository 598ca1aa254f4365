//! Fetching before anybody waits: all the sets that a party will need.

use std::collections::{HashMap, HashSet};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use hub_roles::{
    ClientId, Deployment, Enc1, Enc2, HostName, HttpsUrl, LfiInstance, Own, Role, RoleId, Sig1, Sig2, Sig3, Sig4,
};
use thiserror::Error;
use tokio::task::yield_now;

use super::Keystore;
use super::shelf::AnySet;
use super::source::Published;
use crate::remote::{AT_ONE_HOST, LookupError};
use crate::set::AnyOwner;

/// What came of [`Keystore::preload`].
#[derive(Debug)]
#[must_use = "it says what could not be fetched"]
#[non_exhaustive]
pub struct Preloaded {
    /// How many sets are held.
    pub sets: usize,
    /// The sets that are not.
    pub failed: Vec<NotPreloaded>,
}

/// A set that could not be fetched ahead. It is asked for again when it is needed.
#[derive(Debug, Clone, Error)]
#[error("{role} keys of {of}: {error}")]
#[non_exhaustive]
pub struct NotPreloaded {
    /// What its keys are for: the first such role, if there are several.
    pub role: RoleId,
    /// Whose keys were wanted, as the deployment names the party: a client ID, an instance ID, or `Ozone`.
    pub of: String,
    /// Why there are none: [`LookupError::MissingPart`] where the deployment does not say where they are.
    #[source]
    pub error: LookupError,
}

impl Keystore {
    /// Fetches, before anybody waits for it, whatever the deployment's own party verifies with or encrypts to:
    ///
    /// | party | sets |
    /// |---|---|
    /// | TPP | Sig2 and Enc1 of every instance |
    /// | LFI | Sig1 of every TPP; Sig3, if JWT Auth of an instance of its own needs it |
    /// | Ozone | Sig1 and Enc2 of every TPP; Sig4 of every instance whose JWT Auth needs it |
    ///
    /// Each host is asked for as many sets at once as it may be at all. One that hangs costs its own sets their time limits, and the others
    /// nothing. Sets that are held already are not waited for: those from a snapshot are fetched in the background.
    ///
    /// What fails is said, and keeps nobody from trying again. A caller that stops waiting ends the preloading, but no attempt in
    /// progress. Each set is waited for no longer than a lookup waits for it, wherever the transport runs.
    pub async fn preload(&self) -> Preloaded {
        let Plan { mut failed, wanted, .. } = Plan::of(self).await;
        let queues: Vec<_> = wanted.into_values().map(Queue::new).collect();
        let before = failed.len();
        let sets: usize = queues.iter().map(Queue::len).sum();
        let work = queues.iter().flat_map(|queue| (0..queue.len().min(AT_ONE_HOST)).map(|_| queue.work_off()));
        failed.extend(all(work.map(|work| Box::pin(work) as Pin<Box<_>>).collect()).await);
        let sets = sets - (failed.len() - before);
        tracing::info!(event = "key-set.preloaded", sets, failed = failed.len(), "key sets preloaded");
        Preloaded { sets, failed }
    }
}

/// A set that is to be fetched.
struct Wanted {
    role: RoleId,
    of: String,
    set: Box<dyn AnySet>,
}

/// What is to be fetched from which host, each set once.
struct Plan<'a> {
    keystore: &'a Keystore,
    wanted: HashMap<HostName, Vec<Wanted>>,
    seen: HashSet<(HttpsUrl, AnyOwner)>,
    failed: Vec<NotPreloaded>,
    /// How many sets were asked for.
    asked: usize,
}

impl<'a> Plan<'a> {
    async fn of(keystore: &'a Keystore) -> Self {
        let view = keystore.0.view.load_full();
        let deployment = &view.deployment;
        let (wanted, seen) = (HashMap::new(), HashSet::new());
        let mut plan = Self { keystore, wanted, seen, failed: Vec::new(), asked: 0 };
        match deployment.own() {
            Own::Tpp(_) => {
                for instance in deployment.instances() {
                    plan.add::<Sig2>(instance.id(), instance.id().as_str()).await;
                    plan.add::<Enc1>(instance.id(), instance.id().as_str()).await;
                }
            }
            Own::Lfi(organisation) => {
                plan.add_tpps::<Sig1>(deployment).await;
                let mut own = deployment.instances().filter(|instance| instance.organisation() == *organisation);
                if own.any(|instance| needs(instance, Sig3::ID)) {
                    plan.add::<Sig3>(&(), "Ozone").await;
                }
            }
            Own::Ozone => {
                plan.add_tpps::<Sig1>(deployment).await;
                plan.add_tpps::<Enc2>(deployment).await;
                for instance in deployment.instances().filter(|instance| needs(instance, Sig4::ID)) {
                    plan.add::<Sig4>(instance.id(), instance.id().as_str()).await;
                }
            }
        }
        plan
    }

    async fn add_tpps<R: Published<Of = ClientId>>(&mut self, deployment: &Deployment) {
        for tpp in deployment.tpps() {
            self.add::<R>(tpp.client_id(), tpp.client_id().as_str()).await;
        }
    }

    /// Others have their turn now and then.
    async fn add<R: Published>(&mut self, of: &R::Of, name: &str) {
        self.asked += 1;
        if self.asked.is_multiple_of(AT_ONCE) {
            yield_now().await;
        }
        let set = self.keystore.source::<R>(of);
        match set.and_then(|source| self.keystore.at(source.owner(), source.active())) {
            Ok(set) if self.seen.insert((set.url().clone(), AnySet::owner(&set))) => {
                let host = set.url().host().clone();
                let wanted = Wanted { role: R::ID, of: name.to_owned(), set: Box::new(set) };
                self.wanted.entry(host).or_default().push(wanted);
            }
            Ok(_) => {}
            Err(error) => self.failed.push(NotPreloaded { role: R::ID, of: name.to_owned(), error }),
        }
    }
}

impl Wanted {
    async fn fetch(self) -> Result<(), NotPreloaded> {
        let fetched = self.set.warm().await;
        fetched.map_err(|error| NotPreloaded { role: self.role, of: self.of, error })
    }
}

/// The sets of one host that nobody has begun to fetch.
struct Queue(Mutex<Vec<Wanted>>);

impl Queue {
    fn new(wanted: Vec<Wanted>) -> Self {
        Self(Mutex::new(wanted))
    }

    /// Fetches one after the other: what could not be fetched.
    async fn work_off(&self) -> Vec<NotPreloaded> {
        let mut failed = Vec::new();
        while let Some(wanted) = self.next() {
            failed.extend(wanted.fetch().await.err());
        }
        failed
    }

    fn next(&self) -> Option<Wanted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Drives all of this within one task, to the end: what could not be fetched.
async fn all(mut work: Vec<Pin<Box<dyn Future<Output = Vec<NotPreloaded>> + Send + '_>>>) -> Vec<NotPreloaded> {
    let mut failed = Vec::new();
    poll_fn(|context| {
        work.retain_mut(|work| match work.as_mut().poll(context) {
            Poll::Ready(more) => {
                failed.extend(more);
                false
            }
            Poll::Pending => true,
        });
        if work.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    failed
}

/// Whether JWT Auth of this instance is signed in this role.
fn needs(instance: &LfiInstance, signer: RoleId) -> bool {
    instance.jwt_auth().is_signed_by(signer)
}

/// How many sets are asked for without a pause.
const AT_ONCE: usize = 64;
