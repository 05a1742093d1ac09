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

/// How often the calling thread has waited for something so far, and given its processor up for it: not how often that was
/// taken from it. 0 where that is not known. See
/// [getrusage(2)](https://man7.org/linux/man-pages/man2/getrusage.2.html), `ru_nvcsw`.
///
/// ```
/// use ferrosock_socket::threads::voluntary_switches;
/// let before = voluntary_switches();
/// std::thread::sleep(std::time::Duration::from_millis(1));
/// assert!(voluntary_switches() > before);
/// ```
pub fn voluntary_switches() -> i64 {
    // SAFETY: the structure is made of integers, and is filled by the call.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_THREAD, &raw mut usage);
        usage.ru_nvcsw
    }
}
