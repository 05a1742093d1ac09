//! Threads for what has to wait: for a disk, or for a client.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::event_loop::mailbox::lock;

/// A thread without work ends after this.
const IDLE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// At most so many threads, started when they are needed, and so many jobs that wait for one.
pub(super) struct Workers {
    shared: Arc<Shared>,
}

struct Shared {
    name: &'static str,
    threads: usize,
    queue: usize,
    state: Mutex<State>,
    came: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    /// Threads that wait for a job.
    idle: usize,
    /// Places that were given out: of jobs that wait or run, or will.
    places: usize,
}

impl Workers {
    pub(super) fn new(name: &'static str, threads: usize, queue: usize) -> Self {
        let shared = Shared { name, threads, queue, state: Mutex::default(), came: Condvar::new() };
        Self { shared: Arc::new(shared) }
    }

    /// A place for a job, or none if there are too many already.
    pub(super) fn place(&self) -> Option<Place> {
        let mut state = lock(&self.shared.state);
        if state.places >= self.shared.threads + self.shared.queue {
            return None;
        }
        state.places += 1;
        Some(Place(self.shared.clone()))
    }
}

/// A place for one job, from before it waits until it has ended.
pub(super) struct Place(Arc<Shared>);

impl Place {
    /// Runs a job in another thread, soon. A panic ends the job alone: what it holds is dropped.
    pub(super) fn run(self, job: impl FnOnce() + Send + 'static) {
        let shared = self.0.clone();
        let mut state = lock(&shared.state);
        state.jobs.push_back(Box::new(move || {
            let _place = self;
            job();
        }));
        if state.jobs.len() > state.idle && state.threads < shared.threads {
            let shared = shared.clone();
            let thread = std::thread::Builder::new().name(shared.name.to_owned());
            if thread.spawn(move || shared.work()).is_ok() {
                state.threads += 1;
            } else if state.threads == 0 {
                let job = state.jobs.pop_back(); // nobody would ever take it: its responder says 500
                drop(state);
                drop(job);
                return;
            }
        }
        drop(state);
        shared.came.notify_one();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.0.state).places -= 1;
    }
}

impl Shared {
    fn work(&self) {
        let mut state = lock(&self.state);
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                let _ = catch_unwind(AssertUnwindSafe(job)); // the client is told by the responder's end
                state = lock(&self.state);
                continue;
            }
            state.idle += 1;
            let waited = self.came.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            state.idle -= 1;
            if waited.1.timed_out() && state.jobs.is_empty() {
                state.threads -= 1;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn jobs_run_beside_each_other_and_too_many_are_refused() {
        let workers = Workers::new("test", 2, 1);
        let (says, hears) = channel();
        let (gates, mut opens) = (Mutex::new(Vec::new()), Vec::new());
        for number in 0..3 {
            let (open, gate) = channel::<()>();
            let says = says.clone();
            opens.push(open);
            lock(&gates).push(number);
            workers.place().unwrap().run(move || {
                says.send(number).unwrap();
                let _ = gate.recv();
                assert!(number != 1, "a panic is its job's alone");
            });
        }
        let mut begun = [hears.recv().unwrap(), hears.recv().unwrap()];
        begun.sort_unstable();
        assert_eq!(begun, [0, 1]);
        assert!(hears.try_recv().is_err() && workers.place().is_none());
        opens.remove(1); // its job ends, and panics
        assert_eq!(hears.recv(), Ok(2));
        drop(workers.place().unwrap()); // a place that was not used is free again
        assert!(workers.place().is_some());
        drop(opens);
        while workers.place().is_none() {
            std::thread::yield_now();
        }
    }
}
