//! How far a transfer has come.

use std::fmt;

/// Tells a function how many bytes have gone, and of how many.
pub(crate) struct Progress {
    call: Box<dyn FnMut(u64, Option<u64>) + Send>,
    done: u64,
    total: Option<u64>,
}

impl Progress {
    pub(crate) fn new(call: impl FnMut(u64, Option<u64>) + Send + 'static) -> Self {
        Self { call: Box::new(call), done: 0, total: None }
    }

    /// Begins anew.
    pub(crate) fn start(&mut self, total: Option<u64>) {
        (self.done, self.total) = (0, total);
    }

    pub(crate) fn add(&mut self, count: usize) {
        self.done += count as u64;
        (self.call)(self.done, self.total);
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Progress")
            .field("done", &self.done)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}
