//! Keeping the list of one distribution point fresh.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use rustls_pki_types::UnixTime;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::error::RefreshError;
use super::fetch::{Answer, Fetcher};
use super::health::{ListHealth, PointHealth};
use super::in_force::InForce;
use super::point::DistributionPoint;
use super::schedule::Outlook;
use super::settings::RefreshSettings;
use super::validators::Validators;

/// What the distribution points of a refresher share.
pub(super) struct Shared {
    pub(super) in_force: InForce,
    pub(super) fetcher: Fetcher,
    pub(super) settings: RefreshSettings,
}

/// One distribution point: what it gave, and what became of the attempts to fetch from it.
pub(super) struct Keeping {
    shared: Arc<Shared>,
    point: DistributionPoint,
    health: Mutex<PointHealth>,
    /// What the server said of the lists that it gave last.
    validators: Mutex<Validators>,
}

impl Keeping {
    pub(super) fn new(shared: Arc<Shared>, point: DistributionPoint) -> Self {
        let health = PointHealth {
            url: point.url().to_owned(),
            lists: Vec::new(),
            last_success: None,
            last_failure: None,
            attempts_in_vain: 0,
            next_attempt: None,
        };
        Self { shared, point, health: Mutex::new(health), validators: Mutex::default() }
    }

    pub(super) fn health(&self) -> PointHealth {
        self.lock().clone()
    }

    /// Fetches now, as planned and when asked to, for as long as it is polled.
    pub(super) async fn run(self: Arc<Self>, mut requests: mpsc::Receiver<oneshot::Sender<()>>) {
        let mut asking = Vec::new();
        loop {
            // Whoever asks until the fetch begins is served by it; whoever asks later, by the next.
            while let Ok(asked) = requests.try_recv() {
                asking.push(asked);
            }
            let pause = self.attempt().await;
            for asked in asking.drain(..) {
                // Nobody may be waiting any more.
                asked.send(()).ok();
            }
            tokio::select! {
                () = sleep(pause) => {}
                Some(asked) = requests.recv() => asking.push(asked),
            }
        }
    }

    /// Takes the list of an earlier run.
    pub(super) async fn take_saved(self: &Arc<Self>, list: Vec<u8>) {
        let outcome = self.take(list).await;
        self.record(outcome);
    }

    /// Fetches once, and tells the pause that is due.
    async fn attempt(self: &Arc<Self>) -> Duration {
        self.lock().next_attempt = None;
        let outcome = self.fetch().await;
        let pause = self.record(outcome).pause(self.shared.settings.interval);
        let next = Duration::from_secs(self.now().as_secs()).saturating_add(pause);
        self.lock().next_attempt = Some(UnixTime::since_unix_epoch(next));
        pause
    }

    async fn fetch(self: &Arc<Self>) -> Result<Vec<ListHealth>, RefreshError> {
        let known = self.known();
        match self.shared.fetcher.get(&self.point.url, &known).await? {
            Answer::List(octets, validators) => {
                let taken = self.take(octets).await?;
                // Of a list that is not taken, nobody says that it is known.
                *self.validators() = validators;
                Ok(taken)
            }
            Answer::NotModified => self.keep().await,
        }
    }

    /// What to tell the server of the lists that it gave last; nothing if they have expired or are not in force any more: then it is to
    /// send what it has, whatever it takes for unchanged.
    fn known(&self) -> Validators {
        let given = self.health();
        if given.is_current(self.now()) && self.in_force(&given.lists) {
            self.validators().clone()
        } else {
            Validators::default()
        }
    }

    async fn take(
        self: &Arc<Self>,
        octets: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<Vec<ListHealth>, RefreshError> {
        self.blocking(move |this| this.take_blocking(octets.as_ref())).await
    }

    /// Keeps the lists that are in force, and asks followers that are behind once more.
    async fn keep(self: &Arc<Self>) -> Result<Vec<ListHealth>, RefreshError> {
        self.blocking(|this| {
            this.shared.in_force.take(Vec::new())?;
            let given = this.health().lists;
            if !this.in_force(&given) {
                // A bundle without their CA was put in force meanwhile.
                return Err(RefreshError::Status { status: StatusCode::NOT_MODIFIED.as_u16() });
            }
            tracing::debug!(url = this.point.url(), "revocation list not modified");
            Ok(given)
        })
        .await
    }

    /// Signatures of lists, and the chains of open connections, are verified on a thread that may block.
    async fn blocking(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<Vec<ListHealth>, RefreshError> + Send + 'static,
    ) -> Result<Vec<ListHealth>, RefreshError> {
        let this = Arc::clone(self);
        spawn_blocking(move || work(&this)).await.unwrap_or(Err(RefreshError::Panicked))
    }

    fn take_blocking(&self, octets: &[u8]) -> Result<Vec<ListHealth>, RefreshError> {
        let Shared { in_force, settings, .. } = &*self.shared;
        let lists = in_force.trust().read_revocation_lists(octets, self.now())?;
        let given: Vec<_> = lists.iter().map(ListHealth::of).collect();
        self.check_issuers(&given)?;
        let url = self.point.url();
        if !in_force.take(lists)? {
            tracing::debug!(url, "revocation list unchanged");
            return Ok(given);
        }
        for ListHealth { issuer, number, next_update, .. } in &given {
            let number = number.map(tracing::field::display);
            tracing::info!(url, issuer, number, next_update = next_update.as_secs(), "revocation list taken");
        }
        if let Some(store) = &settings.store {
            store(url, octets);
        }
        Ok(given)
    }

    fn in_force(&self, lists: &[ListHealth]) -> bool {
        let trust = self.shared.in_force.trust();
        let held: Vec<_> = trust.revocation_lists().map(ListHealth::of).collect();
        lists.iter().all(|list| held.contains(list))
    }

    /// All lists of one CA, which a distribution point that has given any is bound to.
    fn check_issuers(&self, given: &[ListHealth]) -> Result<(), RefreshError> {
        let health = self.lock();
        let known = health.lists.first().or_else(|| given.first()).map(|list| list.issuer.as_str());
        let Some(expected) = self.point.issuer.as_deref().or(known) else { return Ok(()) };
        match given.iter().find(|list| list.issuer != expected) {
            None => Ok(()),
            Some(other) => {
                let (found, expected) = (other.issuer.clone(), expected.to_owned());
                Err(RefreshError::OtherIssuer { found, expected })
            }
        }
    }

    fn record(&self, outcome: Result<Vec<ListHealth>, RefreshError>) -> Outlook {
        let now = self.now();
        let mut health = self.lock();
        let outcome = outcome.map(|lists| {
            health.lists = lists;
            health.last_success = Some(now);
        });
        let left = health.next_update().map_or(0, |next_update| next_update.as_secs().saturating_sub(now.as_secs()));
        if outcome.is_ok() && left > 0 {
            health.attempts_in_vain = 0;
            return Outlook::Current(Duration::from_secs(left));
        }
        health.attempts_in_vain = health.attempts_in_vain.saturating_add(1);
        let (url, attempts) = (self.point.url(), health.attempts_in_vain);
        match outcome {
            Ok(()) => tracing::warn!(url, attempts, "revocation list has expired, and there is no newer one"),
            Err(error) => {
                let code = error.code();
                tracing::warn!(url, attempts, code, reason = %error, seconds_left = left, "revocation list not refreshed");
                health.last_failure = Some((now, error));
            }
        }
        Outlook::InVain(attempts)
    }

    fn now(&self) -> UnixTime {
        self.shared.settings.clock.now()
    }

    fn validators(&self) -> MutexGuard<'_, Validators> {
        self.validators.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, PointHealth> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
