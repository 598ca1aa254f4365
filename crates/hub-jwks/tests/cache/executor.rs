//! Tasks that run when a test says so.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

/// Runs tasks on the caller's thread, and only those that were woken: whoever is not told waits for ever, and the test sees it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Executor(Arc<Mutex<Tasks>>);

#[derive(Default)]
struct Tasks {
    next: usize,
    ready_or_waiting: Vec<Task>,
}

struct Task {
    id: usize,
    woken: Arc<Woken>,
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
}

struct Woken(AtomicBool);

impl Executor {
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> usize {
        let mut tasks = self.0.lock().unwrap();
        let id = tasks.next;
        tasks.next += 1;
        tasks.ready_or_waiting.push(Task {
            id,
            woken: Arc::new(Woken(AtomicBool::new(true))),
            future: Box::pin(future),
        });
        id
    }

    /// Polls what was woken, until nothing is.
    pub(crate) fn run(&self) {
        while let Some(mut task) = self.take(|task| task.woken.0.swap(false, Ordering::SeqCst)) {
            let waker = Waker::from(Arc::clone(&task.woken));
            if task.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                self.0.lock().unwrap().ready_or_waiting.push(task);
            }
        }
    }

    /// Drops a task in the middle of what it does.
    pub(crate) fn drop_task(&self, id: usize) {
        drop(self.take(|task| task.id == id));
    }

    /// Drops all tasks but these.
    pub(crate) fn drop_others(&self, kept: &[usize]) {
        while let Some(task) = self.take(|task| !kept.contains(&task.id)) {
            drop(task);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().ready_or_waiting.len()
    }

    fn take(&self, which: impl Fn(&Task) -> bool) -> Option<Task> {
        let mut tasks = self.0.lock().unwrap();
        let index = tasks.ready_or_waiting.iter().position(which)?;
        Some(tasks.ready_or_waiting.remove(index))
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl std::fmt::Debug for Tasks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} tasks", self.ready_or_waiting.len())
    }
}
