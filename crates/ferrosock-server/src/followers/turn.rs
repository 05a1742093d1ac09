//! [`Turn`]: a connection that a thread serves.

use std::fmt;
use std::time::{Duration, Instant};

use super::Followers;
use super::roster::{Cause, Key};

/// A connection to be served, and its item. Dropped without [`keep`](Self::keep), it is let go.
pub struct Turn<'a, T> {
    followers: &'a Followers<T>,
    key: Key,
    item: Option<T>,
    cause: Cause,
    has_others: bool,
    began: Instant,
    kept: Option<(T, Option<Duration>)>,
}

impl<'a, T> Turn<'a, T> {
    pub(super) fn new(
        followers: &'a Followers<T>,
        key: Key,
        item: T,
        cause: Cause,
        has_others: bool,
    ) -> Self {
        Self { followers, key, item: Some(item), cause, has_others, began: Instant::now(), kept: None }
    }

    /// Whether others were ready to be served when this turn began.
    ///
    /// ```
    /// # fn of(turn: &ferrosock_server::followers::Turn<'_, u8>) {
    /// let may_wait = turn.has_others();
    /// # }
    /// ```
    pub fn has_others(&self) -> bool {
        self.has_others
    }

    /// Whether the connection has waited for as long as its patience said, and nothing came.
    ///
    /// ```
    /// # fn of(turn: &ferrosock_server::followers::Turn<'_, u8>) {
    /// let is_over = turn.expired();
    /// # }
    /// ```
    pub fn expired(&self) -> bool {
        self.cause == Cause::Expired
    }

    /// Whether the client sends no more: behind what it has sent is the end of the stream, or an error. That is told once, so who
    /// stops reading before the end has to look whether it is there.
    ///
    /// ```
    /// # fn of(turn: &ferrosock_server::followers::Turn<'_, u8>) {
    /// let reads_to_the_end = turn.hung_up();
    /// # }
    /// ```
    pub fn hung_up(&self) -> bool {
        self.cause == Cause::HungUp
    }

    /// The item.
    ///
    /// # Panics
    /// If it has been taken before.
    ///
    /// ```
    /// # fn of(turn: &mut ferrosock_server::followers::Turn<'_, u8>) {
    /// let item = turn.take();
    /// # }
    /// ```
    #[expect(clippy::expect_used, reason = "a promise of the caller's, not of the network's")]
    pub fn take(&mut self) -> T {
        self.item.take().expect("the item of a turn is there once")
    }

    /// Ends the turn, with the connection to wait for what comes next. What has come meanwhile is not lost if the connection
    /// was read until that would have waited.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # fn of(turn: ferrosock_server::followers::Turn<'_, u8>, item: u8) {
    /// turn.keep(item, Some(Duration::from_secs(75)));
    /// # }
    /// ```
    pub fn keep(mut self, item: T, patience: Option<Duration>) {
        self.kept = Some((item, patience));
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.followers.ended(self.key, self.began, self.kept.take());
    }
}

impl<T> fmt::Debug for Turn<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Turn")
            .field("key", &self.key)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}
