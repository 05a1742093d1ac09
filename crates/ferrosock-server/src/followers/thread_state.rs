//! Whether a thread waits, or only has no processor.

use std::cell::Cell;

use ferrosock_socket::threads;

/// A thread, as the system numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ThreadId(i32);

thread_local! {
    static ID: Cell<i32> = const { Cell::new(0) };
}

impl ThreadId {
    /// The calling one.
    pub(super) fn current() -> Self {
        if ID.get() == 0 {
            ID.set(threads::current_id());
        }
        Self(ID.get())
    }

    /// Whether it waits for something at this moment; not, if that cannot be told.
    pub(super) fn waits(self) -> bool {
        // The state follows the name, which may hold anything, and stands in parentheses (proc(5)).
        let text = std::fs::read(format!("/proc/self/task/{}/stat", self.0)).unwrap_or_default();
        let end = text.iter().rposition(|&byte| byte == b')');
        matches!(end.and_then(|end| text.get(end + 2)), Some(b'S' | b'D'))
    }
}
