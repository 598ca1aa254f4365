//! A keystore that has one document everywhere and answers at once, and what is kept of it.

use std::future::{Future, ready};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hub_jwks::{FetchCause, Freshness, KeySetAnswer, KeySetRequest, Transport};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::Outcome;

/// Serves one set, at once, and fresh for as long as any may be.
#[derive(Debug)]
pub(super) struct Everywhere {
    document: Vec<u8>,
    background: Handle,
}

impl Everywhere {
    pub(super) fn new(document: Vec<u8>, background: &Runtime) -> Arc<Self> {
        Arc::new(Self { document, background: background.handle().clone() })
    }
}

impl Transport for Everywhere {
    fn get(&self, _: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
        let freshness = Freshness::new().with_max_age(Duration::from_secs(600));
        Box::pin(ready(Ok(KeySetAnswer::Document { body: self.document.clone(), freshness })))
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.background.spawn(work);
    }
}

/// Where sets are fetched and kept fresh, as in any server. It sleeps while they are.
pub(super) fn background() -> Outcome<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(1).enable_time().build()?)
}

/// What a lookup yields that has not to wait for anything.
pub(super) fn at_once<T>(lookup: impl Future<Output = T>) -> Outcome<T> {
    match pin!(lookup).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(found) => Ok(found),
        Poll::Pending => Err("the set is not held".into()),
    }
}

/// As if somebody needed it.
pub(super) fn seen<T>(found: T) -> Outcome<()> {
    black_box(found);
    Ok(())
}

/// Goes round what is asked for.
#[derive(Clone)]
pub(super) struct Turns<T> {
    all: Vec<T>,
    next: usize,
}

impl<T: Clone> Turns<T> {
    pub(super) fn of(all: &[T]) -> Self {
        Self { all: all.to_vec(), next: 0 }
    }

    pub(super) fn next(&mut self) -> Outcome<&T> {
        let at = self.next;
        self.next = if at + 1 < self.all.len() { at + 1 } else { 0 };
        Ok(self.all.get(at).ok_or("nothing to ask for")?)
    }
}
