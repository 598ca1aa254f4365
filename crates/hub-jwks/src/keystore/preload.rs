//! Fetching before anybody waits: all the sets that a party will need.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hub_roles::{
    ClientId, Deployment, Enc1, Enc2, HostName, HttpsUrl, LfiInstance, Own, Role, RoleId, Sig1, Sig2, Sig3, Sig4,
};
use thiserror::Error;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::Keystore;
use super::shelf::AnySet;
use super::source::Published;
use crate::fetch::{FetchCause, FetchError};
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
    /// progress.
    pub async fn preload(&self) -> Preloaded {
        let Plan { mut failed, wanted, .. } = Plan::of(self);
        let (tell, mut told) = unbounded_channel();
        let queues: Vec<_> = wanted.into_values().map(|at_host| Arc::new(Queue(Mutex::new(at_host)))).collect();
        for queue in &queues {
            for _ in 0..queue.len().min(AT_ONE_HOST) {
                self.0.shelf.upstream().spawn(Arc::clone(queue).work_off(tell.clone()));
            }
        }
        drop(tell);
        let mut sets = 0;
        while let Some(outcome) = told.recv().await {
            match outcome {
                Ok(()) => sets += 1,
                Err(error) => failed.push(error),
            }
        }
        // Where nothing can be run.
        while let Some(left) = queues.iter().find_map(|queue| queue.next()) {
            failed.push(left.abandoned());
        }
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
}

impl<'a> Plan<'a> {
    fn of(keystore: &'a Keystore) -> Self {
        let view = keystore.0.view.load_full();
        let deployment = &view.deployment;
        let mut plan = Self { keystore, wanted: HashMap::new(), seen: HashSet::new(), failed: Vec::new() };
        match deployment.own() {
            Own::Tpp(_) => {
                for instance in deployment.instances() {
                    plan.add::<Sig2>(instance.id(), instance.id().as_str());
                    plan.add::<Enc1>(instance.id(), instance.id().as_str());
                }
            }
            Own::Lfi(organisation) => {
                plan.add_tpps::<Sig1>(deployment);
                let mut own = deployment.instances().filter(|instance| instance.organisation() == *organisation);
                if own.any(|instance| needs(instance, Sig3::ID)) {
                    plan.add::<Sig3>(&(), "Ozone");
                }
            }
            Own::Ozone => {
                plan.add_tpps::<Sig1>(deployment);
                plan.add_tpps::<Enc2>(deployment);
                for instance in deployment.instances().filter(|instance| needs(instance, Sig4::ID)) {
                    plan.add::<Sig4>(instance.id(), instance.id().as_str());
                }
            }
        }
        plan
    }

    fn add_tpps<R: Published<Of = ClientId>>(&mut self, deployment: &Deployment) {
        for tpp in deployment.tpps() {
            self.add::<R>(tpp.client_id(), tpp.client_id().as_str());
        }
    }

    fn add<R: Published>(&mut self, of: &R::Of, name: &str) {
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

    fn abandoned(self) -> NotPreloaded {
        let cause = FetchError::new(self.set.url().clone(), FetchCause::Abandoned);
        let error = LookupError::Unavailable { cause, retry_after: Duration::ZERO, for_this_lookup: true };
        NotPreloaded { role: self.role, of: self.of, error }
    }
}

/// The sets of one host that nobody has begun to fetch.
struct Queue(Mutex<Vec<Wanted>>);

impl Queue {
    /// Fetches one after the other, for as long as somebody wants to be told.
    async fn work_off(self: Arc<Self>, tell: UnboundedSender<Result<(), NotPreloaded>>) {
        while !tell.is_closed()
            && let Some(wanted) = self.next()
        {
            // Whoever has stopped waiting needs no answer.
            let _ = tell.send(wanted.fetch().await);
        }
    }

    fn next(&self) -> Option<Wanted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Whether JWT Auth of this instance is signed in this role.
fn needs(instance: &LfiInstance, signer: RoleId) -> bool {
    instance.jwt_auth().is_signed_by(signer)
}
