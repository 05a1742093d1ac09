//! What a blocking call needs from the program that makes it.

/// The program gave up on a call that a signal had interrupted. Why is the program's own business: it comes back to the
/// caller as [`Error::Interrupted`](crate::Error::Interrupted).
///
/// ```
/// use ferrosock_socket::{Error, Interrupted};
/// assert_eq!(Error::from(Interrupted), Error::Interrupted);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted;

/// The surroundings of a call that may block.
///
/// The socket operations call [`blocking`](Host::blocking) around each system call that may wait, and
/// [`interrupted`](Host::interrupted) when a signal cut one short; then they try again with what is left of the timeout
/// (the behaviour of [PEP 475](https://peps.python.org/pep-0475/)).
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
/// use ferrosock_socket::{Host, Interrupted, Socket};
///
/// /// Gives up if the program has been asked to stop.
/// struct Stoppable(AtomicBool);
///
/// impl Host for Stoppable {
///     fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R {
///         call()
///     }
///
///     fn interrupted(&self) -> Result<(), Interrupted> {
///         if self.0.load(Ordering::Relaxed) { Err(Interrupted) } else { Ok(()) }
///     }
/// }
///
/// let host = Stoppable(AtomicBool::new(false));
/// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0)?;
/// a.send(&host, b"hello", 0)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Host {
    /// Runs `call`, which may block.
    fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R;

    /// Whether a transfer should be tried without [`blocking`](Host::blocking) first, in a way that cannot wait, because
    /// the host's preparations for waiting cost more than the call itself.
    fn tries_first(&self) -> bool {
        false
    }

    /// A signal interrupted the call: go on, or give up.
    ///
    /// # Errors
    /// [`Interrupted`] ends the operation with [`Error::Interrupted`](crate::Error::Interrupted).
    fn interrupted(&self) -> Result<(), Interrupted>;
}

/// The host of a plain Rust program: calls block the thread, and an interrupted call goes on.
///
/// ```
/// use ferrosock_socket::{Host, Uninterrupted};
/// assert_eq!(Uninterrupted.blocking(|| 6 * 7), 42);
/// assert!(Uninterrupted.interrupted().is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Uninterrupted;

impl Host for Uninterrupted {
    fn blocking<R: Send>(&self, call: impl FnOnce() -> R + Send) -> R {
        call()
    }

    fn interrupted(&self) -> Result<(), Interrupted> {
        Ok(())
    }
}
