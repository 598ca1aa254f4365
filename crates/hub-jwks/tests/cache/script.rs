//! A server that answers when a test says so, and what it says.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use hub_jwks::{FetchCause, KeySetAnswer, KeySetRequest, Transport};
use tokio::sync::oneshot;

use crate::executor::Executor;

/// A transport that hands every request to the test.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    pub(crate) executor: Executor,
    requests: Arc<Mutex<Vec<Request>>>,
}

/// A request that is not answered yet, or was given up.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) etag: Option<String>,
    answer: Option<oneshot::Sender<Result<KeySetAnswer, FetchCause>>>,
}

impl Script {
    /// How many requests there have been.
    pub(crate) fn begun(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// How many requests wait for an answer.
    pub(crate) fn in_flight(&self) -> usize {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|request| request.answer.as_ref().is_some_and(|answer| !answer.is_closed())).count()
    }

    /// The entity tag of the last request.
    pub(crate) fn etag(&self) -> Option<String> {
        self.requests.lock().unwrap().last().and_then(|request| request.etag.clone())
    }

    /// Answers the last request.
    pub(crate) fn answer(&self, answer: Result<KeySetAnswer, FetchCause>) {
        let sender = self.requests.lock().unwrap().last_mut().and_then(|request| request.answer.take());
        sender.unwrap().send(answer).unwrap();
    }
}

impl Transport for Script {
    fn get(&self, request: KeySetRequest) -> Pin<Box<dyn Future<Output = Result<KeySetAnswer, FetchCause>> + Send>> {
        let (sender, receiver) = oneshot::channel();
        self.requests.lock().unwrap().push(Request { etag: request.etag, answer: Some(sender) });
        Box::pin(async move { receiver.await.unwrap() })
    }

    fn spawn(&self, work: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.executor.spawn(work);
    }
}
