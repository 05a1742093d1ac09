//! What the system knows of threads: for programs that share work out among them. On Linux.

/// The number of the calling thread, as `/proc/self/task` names it; see
/// [gettid(2)](https://man7.org/linux/man-pages/man2/gettid.2.html).
///
/// ```
/// let mine = ferrosock_socket::threads::current_id();
/// let other = std::thread::spawn(ferrosock_socket::threads::current_id).join();
/// assert!(other.is_ok_and(|other| other != mine));
/// ```
pub fn current_id() -> i32 {
    // SAFETY: takes nothing, and cannot fail.
    unsafe { libc::gettid() }
}
