//! Peers that are good, until a swap refuses them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use hub_roles::KeyId;
use tokio::io::AsyncReadExt;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Fault;
use super::ends::{Caller, Open, Target};
use super::ledger::Ledger;

/// A caller whose certificate, or whose server's, is about to be revoked.
pub(super) struct Guest {
    pub(super) kid: KeyId,
    pub(super) caller: Caller,
    pub(super) target: Target,
}

/// A guest that has been let in.
pub(super) struct Visit {
    kid: KeyId,
    /// A connection from the time when it was good.
    kept: Open,
    doomed: Arc<AtomicBool>,
    calling: JoinHandle<()>,
}

impl Guest {
    /// Is let in, resumes a session, and keeps on calling until nobody lets it in any more.
    pub(super) async fn arrive(self, ledger: &Arc<Ledger>) -> Result<Visit, Fault> {
        let kept = self.caller.open(&self.target, ledger).await?;
        if !self.caller.call(&self.target, ledger).await? {
            return Err(format!("{} did not resume its session", self.kid).into());
        }
        let (kid, doomed) = (self.kid.clone(), Arc::new(AtomicBool::new(false)));
        let calling = tokio::spawn(self.keep_calling(Arc::clone(&doomed), Arc::clone(ledger)));
        Ok(Visit { kid, kept, doomed, calling })
    }

    async fn keep_calling(self, doomed: Arc<AtomicBool>, ledger: Arc<Ledger>) {
        let mut in_vain = 0;
        while in_vain < CALLS_IN_VAIN && !ledger.is_over() {
            let late = ledger.is_refused(&self.kid);
            match self.caller.call(&self.target, &ledger).await {
                Ok(_) if late => ledger.fault(format!("{} was let in after it was refused", self.kid)),
                Err(_) if late => in_vain += 1,
                // The swap may have come in the middle.
                Ok(_) => {}
                Err(_) if doomed.load(SeqCst) => {}
                Err(error) => ledger.fault(format!("{} was refused while it was good: {error}", self.kid)),
            }
        }
    }
}

impl Visit {
    /// The swaps that refuse it begin.
    pub(super) fn doom(&self) {
        self.doomed.store(true, SeqCst);
    }

    /// The swaps have returned: the connection that was kept is closed, and nobody lets it in.
    pub(super) async fn end(mut self, ledger: &Ledger) -> Result<(), Fault> {
        match timeout(TIME_LIMIT, self.kept.stream.read(&mut [0])).await {
            Err(_) => ledger.fault(format!("a connection of {} was not closed", self.kid)),
            Ok(Ok(octets)) if octets > 0 => ledger.fault(format!("a connection of {} still answers", self.kid)),
            Ok(Err(error)) => ledger.ended(&error),
            Ok(Ok(_)) => {}
        }
        Ok(self.calling.await?)
    }
}

/// How often a guest that is refused comes back.
const CALLS_IN_VAIN: usize = 3;
/// How long to wait for what should happen at once.
const TIME_LIMIT: Duration = Duration::from_secs(20);
