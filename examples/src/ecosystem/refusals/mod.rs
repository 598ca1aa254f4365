//! What must not work. Each refusal stands beside a step of the journey that differs from it in one thing only.

mod connections;
mod stranger;
mod tokens;

use std::future::Future;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::failure::Failure;
use super::network::Incident;
use super::story::{Refusal, Story};
use super::world::World;

/// Tries everything that must not work.
pub(super) async fn tell(world: &mut World) -> Result<(), Failure> {
    connections::tell(world).await?;
    tokens::tell(world).await
}

/// What must refuse an attempt.
struct Must {
    what: &'static str,
    by: &'static str,
    rule: &'static str,
}

/// Makes attempts, and compares what came of them with what must.
struct Attempts<'w> {
    story: &'w Story,
    incidents: &'w mut mpsc::UnboundedReceiver<Incident>,
}

impl Attempts<'_> {
    /// What servers said before does not belong to the next attempt.
    fn begin(&mut self) -> Instant {
        while self.incidents.try_recv().is_ok() {}
        Instant::now()
    }

    /// A server must refuse it and its caller must notice.
    async fn refused<T>(&mut self, must: Must, attempt: impl Future<Output = Result<T, Failure>>) {
        let begun = self.begin();
        let seen = attempt.await.err();
        let refused = if seen.is_some() { self.incident(must.by).await } else { None };
        self.tell(must, refused, seen, begun);
    }

    /// The receiver must refuse it; the sender never learns.
    async fn refused_silently<T>(
        &mut self,
        must: Must,
        attempt: impl Future<Output = Result<T, Failure>>,
    ) -> Result<(), Failure> {
        let begun = self.begin();
        attempt.await?;
        let refused = self.incident(must.by).await;
        self.tell(must, refused, None, begun);
        Ok(())
    }

    /// The caller itself must refuse it.
    async fn refused_here<T>(&mut self, must: Must, attempt: impl Future<Output = Result<T, Failure>>) {
        let begun = self.begin();
        let refused = attempt.await.err();
        self.tell(must, refused, None, begun);
    }

    /// What this server refuses next. A refusal may pass through several servers: those of others are passed over.
    async fn incident(&mut self, by: &str) -> Option<Failure> {
        let ours = async {
            loop {
                match self.incidents.recv().await {
                    Some(incident) if incident.at == by => return Some(incident.failure),
                    Some(_) => {}
                    None => return None,
                }
            }
        };
        timeout(PATIENCE, ours).await.ok().flatten()
    }

    fn tell(&self, must: Must, refused: Option<Failure>, seen: Option<Failure>, begun: Instant) {
        let Must { what, by, rule } = must;
        self.story.refusal(Refusal { what, by, rule, refused, seen, elapsed: begun.elapsed() });
    }
}

/// How long a server may take from refusing to telling.
const PATIENCE: Duration = Duration::from_secs(5);
