//! Threads that the interpreter ends while they are in native code.
//!
//! Up to Python 3.13 a daemon thread that asks for the interpreter's lock while the interpreter ends is ended by
//! `pthread_exit`. With the GNU C library that unwinds the thread's stack: through our frames, if the thread was in Python code
//! that a native function had called. They would give up objects without the lock, and who catches such an unwinding is
//! aborted with the whole process. From Python 3.14 on these threads stay where they are until the process ends.
//!
//! So they do here: a thread that enters native code registers a cleanup handler, which the C library runs before it
//! unwinds the first frame, and which never returns.

#[cfg(all(target_os = "linux", target_env = "gnu", not(Py_3_14)))]
pub(super) use glibc::prepare;

/// Other systems end a thread without unwinding its stack.
#[cfg(not(all(target_os = "linux", target_env = "gnu", not(Py_3_14))))]
#[inline]
pub(super) fn prepare() {}

#[cfg(all(target_os = "linux", target_env = "gnu", not(Py_3_14)))]
mod glibc {
    use std::cell::{Cell, OnceCell};
    use std::ffi::{c_int, c_void};
    use std::mem::MaybeUninit;
    use std::sync::atomic::{AtomicUsize, Ordering};

    type Routine = unsafe extern "C" fn(*mut c_void);
    type Push = unsafe extern "C" fn(*mut Handler, Routine, *mut c_void);

    /// `struct _pthread_cleanup_buffer` of the C library, which fills it.
    #[repr(C)]
    struct Handler {
        routine: Option<Routine>,
        argument: *mut c_void,
        cancel_type: c_int,
        previous: *mut Handler,
    }

    unsafe extern "C" {
        #[cfg_attr(not(Py_3_13), link_name = "_Py_IsFinalizing")]
        fn Py_IsFinalizing() -> c_int;
    }

    thread_local! {
        static PREPARED: Cell<bool> = const { Cell::new(false) };
        /// On the heap: the C library runs a handler when it leaves frames that lie below it, and to a handler that lies in
        /// no stack that happens at the first frame.
        static HANDLER: OnceCell<Box<MaybeUninit<Handler>>> = const { OnceCell::new() };
    }

    /// Which thread is the process's first: that the interpreter never ends. 0 until it was seen.
    static FIRST: AtomicUsize = AtomicUsize::new(0);

    /// Makes sure that this thread has its handler.
    #[inline]
    pub(in crate::call) fn prepare() {
        // In a shared library a look at a variable of the thread is a call.
        if this_thread() != FIRST.load(Ordering::Relaxed) && !PREPARED.get() {
            register();
        }
    }

    /// The register that tells threads apart; 1 on machines where it is not known here, which no thread has.
    #[inline]
    fn this_thread() -> usize {
        #[cfg(target_arch = "x86_64")]
        {
            let pointer: usize;
            // SAFETY: the ABI has the thread's control block point at itself there; a read, and nothing else.
            unsafe {
                std::arch::asm!("mov {}, fs:0", out(reg) pointer, options(nostack, preserves_flags, readonly));
            }
            pointer
        }
        #[cfg(target_arch = "aarch64")]
        {
            let pointer: usize;
            // SAFETY: any program may read this register.
            unsafe {
                std::arch::asm!("mrs {}, tpidr_el0", out(reg) pointer, options(nostack, preserves_flags, nomem));
            }
            pointer
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        1
    }

    #[cold]
    #[inline(never)]
    fn register() {
        PREPARED.set(true);
        // SAFETY: neither call can fail, or touches memory.
        if unsafe { libc::gettid() == libc::getpid() } {
            FIRST.store(this_thread(), Ordering::Relaxed);
            return;
        }
        // SAFETY: an exported function of the C library, looked up by name since its version differs between releases, and
        // of this type in all of them; null where it is missing.
        let push: Option<Push> = unsafe {
            std::mem::transmute(libc::dlsym(libc::RTLD_DEFAULT, c"_pthread_cleanup_push".as_ptr()))
        };
        // A thread that is ending has no place for it any more.
        let place = HANDLER
            .try_with(|handler| handler.get_or_init(|| Box::new(MaybeUninit::uninit())).as_ptr().cast_mut());
        if let (Some(push), Ok(place)) = (push, place) {
            // SAFETY: the place is there until the thread's locals are dropped, which happens after all unwinding.
            unsafe { push(place, stay, std::ptr::null_mut()) };
        }
    }

    /// Stays for ever if the interpreter is ending: nothing of the thread is undone, and no lock is held.
    unsafe extern "C" fn stay(_: *mut c_void) {
        // SAFETY: may be called at any time; reads one word.
        while unsafe { Py_IsFinalizing() } != 0 {
            std::thread::park();
        }
    }
}
