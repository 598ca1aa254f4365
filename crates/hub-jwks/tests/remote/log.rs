//! What the log is told.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, LazyLock};

use tokio::sync::watch;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, set_default};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

/// A log that is kept, of one thread.
#[derive(Clone, Default)]
pub(crate) struct Log {
    entries: Arc<watch::Sender<Vec<Entry>>>,
    /// What it does at each event before it keeps it.
    asks: Option<Arc<dyn Fn() + Send + Sync>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) level: Level,
    fields: BTreeMap<&'static str, String>,
}

impl Log {
    /// Keeps what this thread tells the log, as long as the guard is kept.
    pub(crate) fn of_this_thread() -> (Self, DefaultGuard) {
        Self::default().kept()
    }

    /// The same, which asks something whenever it is told something.
    pub(crate) fn that_asks(question: impl Fn() + Send + Sync + 'static) -> (Self, DefaultGuard) {
        Self { asks: Some(Arc::new(question)), ..Self::default() }.kept()
    }

    fn kept(self) -> (Self, DefaultGuard) {
        LazyLock::force(&ALWAYS_THERE);
        let guard = set_default(self.clone());
        (self, guard)
    }

    /// Waits until an event has come as often as that.
    pub(crate) async fn told(&self, event: &str, times: usize) {
        self.entries.subscribe().wait_for(|entries| count(entries, event) >= times).await.unwrap();
    }

    /// How often an event has come.
    pub(crate) fn count(&self, event: &str) -> usize {
        count(&self.entries.borrow(), event)
    }

    /// What came since the last time.
    pub(crate) fn take(&self) -> Vec<Entry> {
        self.entries.send_replace(Vec::new())
    }
}

/// As long as there are fewer than two logs, tracing asks the thread that comes to an event first whether anybody listens to it, and
/// believes a thread without a log for all of them.
static ALWAYS_THERE: LazyLock<[Dispatch; 2]> = LazyLock::new(|| [(); 2].map(|()| Dispatch::new(Log::default())));

fn count(entries: &[Entry], event: &str) -> usize {
    entries.iter().filter(|entry| entry.field("event") == Some(event)).count()
}

impl Entry {
    /// A field as it is written.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with("hub_jwks")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if let Some(ask) = &self.asks {
            ask();
        }
        let mut entry = Entry { level: *event.metadata().level(), fields: BTreeMap::new() };
        event.record(&mut entry);
        self.entries.send_modify(|entries| entries.push(entry));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Visit for Entry {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }
}
