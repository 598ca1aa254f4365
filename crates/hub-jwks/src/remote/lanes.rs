//! How many attempts are made at one host at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use hub_roles::HostName;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A number of lanes for each host: one that hangs holds up its own sets, and no host is asked too much at once.
#[derive(Debug, Default)]
pub(super) struct Lanes(Mutex<HashMap<HostName, Arc<Semaphore>>>);

impl Lanes {
    /// Waits for a lane to `host`, which is free again when the permit is dropped. `None` cannot be: no lane is ever closed.
    pub(super) async fn enter(&self, host: &HostName) -> Option<OwnedSemaphorePermit> {
        let lane = {
            let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lanes.entry(host.clone()).or_insert_with(|| Arc::new(Semaphore::new(AT_ONE_HOST))))
        };
        lane.acquire_owned().await.ok()
    }
}

/// How many attempts are made at one host at once.
pub(crate) const AT_ONE_HOST: usize = 64;
