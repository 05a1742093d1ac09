//! Whether the client of a request is still there, for who works on the answer.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use crate::event_loop::mailbox::lock;

/// What the connection tells.
#[derive(Default)]
pub(crate) struct Watched(Mutex<State>);

#[derive(Default)]
struct State {
    over: bool,
    waker: Option<Waker>,
}

impl Watched {
    pub(crate) fn tell(&self) {
        let mut state = lock(&self.0);
        state.over = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The connection's end: dropped with the exchange, it tells that this is over.
pub(crate) struct Watching(pub(crate) Arc<Watched>);

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.tell();
    }
}

/// Tells when a request's client is gone, or its answer is whole; [`Request::watch`](crate::Request::watch) makes it.
///
/// A client that has ended its own side counts as gone: most do that only when they close. An answer can be given to it all the
/// same.
///
/// ```
/// use ferrosock_server::{Request, Response};
///
/// fn handler(request: Request) -> Response {
///     let watch = request.watch();
///     Response::text(format!("gone already: {}", watch.is_over()))
/// }
/// # let _ = ferrosock_server::Server::builder().start(handler);
/// ```
pub struct Watch(pub(crate) Arc<Watched>);

impl Watch {
    /// Whether it is over.
    ///
    /// ```
    /// # fn of(watch: &ferrosock_server::Watch) {
    /// if watch.is_over() { /* stop working */ }
    /// # }
    /// ```
    pub fn is_over(&self) -> bool {
        lock(&self.0.0).over
    }

    /// Whether it is over; if not, the waker is called when it is. One waker is kept.
    ///
    /// ```
    /// # fn of(watch: &ferrosock_server::Watch, context: &mut std::task::Context<'_>) {
    /// if watch.poll_over(context).is_ready() { /* stop working */ }
    /// # }
    /// ```
    pub fn poll_over(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.0.0);
        if state.over {
            return Poll::Ready(());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Watch").field("over", &self.is_over()).finish()
    }
}
