//! Bytes that a socket holds back for a moment, so that they go in one call with what comes next: the head of a response and the
//! first piece of its body.
//!
//! Whatever is done with the socket next sends them first: a send (in the same call, if that is small), a receive, a shutdown, a
//! close, `fileno()` and `detach()`. If nothing is done for [`TICK`] or two, a thread of ours sends them, which touches no Python
//! object. So nobody sees a difference but in the number of packets and calls.
//!
//! A thread that has more requests to serve may keep whole small responses with their heads ([`together`]) and send them one behind
//! the other: a client that sleeps is woken once for all.
//!
//! Before a fork everything is sent, as the child would have a copy of it.

use std::cell::{Cell as ThreadCell, RefCell};
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ferrosock_socket::{ControlMessage, Error, Host, RawAddress, Result};

/// How often the thread looks, and after how many idle looks it sleeps until it is called.
const TICK: Duration = Duration::from_millis(2);
const IDLE_LOOKS: u32 = 50;

/// Up to so many bytes are put together for one send.
const TOGETHER: usize = 64 * 1024;

/// What one socket holds back.
#[derive(Default)]
pub(super) struct Held(OnceLock<Arc<Cell>>);

#[derive(Default)]
struct Cell {
    /// Whether there is something; a look that costs next to nothing.
    full: AtomicBool,
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    bytes: Vec<u8>,
    /// The socket's, as long as there are bytes: a socket lets its descriptor go only after it has taken them out.
    descriptor: RawFd,
    /// The look of the thread before which they came.
    since: u64,
    /// Whether the thread knows the cell.
    known: bool,
    /// Whether a thread of the program's keeps it with others.
    joined: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Held {
    /// Adds bytes of the socket with that descriptor, whose turn will come.
    pub(super) fn add(&self, descriptor: RawFd, bytes: &[u8]) {
        let cell = self.0.get_or_init(Arc::default);
        let watch = Watch::current();
        let mut content = lock(&cell.content);
        if content.bytes.is_empty() {
            content.descriptor = descriptor;
        }
        content.bytes.extend_from_slice(bytes);
        cell.full.store(true, Ordering::Release);
        let known = std::mem::replace(&mut content.known, true);
        content.since = watch.add((!known).then_some(cell));
    }

    /// What is there, to be sent by the caller now.
    #[inline]
    pub(super) fn take(&self) -> Option<Vec<u8>> {
        let cell = self.0.get()?;
        if !cell.full.load(Ordering::Acquire) {
            return None;
        }
        let bytes = std::mem::take(&mut lock(&cell.content).bytes);
        cell.full.store(false, Ordering::Release);
        (!bytes.is_empty()).then_some(bytes)
    }

    /// Keeps what is held with the responses of others, and these bytes behind it; says whether it does.
    fn join(&self, bytes: &[u8]) -> bool {
        let Some(cell) = self.0.get().filter(|cell| GATHERS.get() && cell.full.load(Ordering::Acquire))
        else {
            return false;
        };
        let mut content = lock(&cell.content);
        let there = content.bytes.len();
        if there == 0 || there + bytes.len() > KEPT || content.bytes.try_reserve(bytes.len()).is_err() {
            return false;
        }
        content.bytes.extend_from_slice(bytes);
        if !std::mem::replace(&mut content.joined, true) {
            GATHERED.with_borrow_mut(|gathered| gathered.add(cell));
        }
        true
    }

    /// Sends what the system takes now, and forgets the rest.
    fn give_up(&self) {
        let Some(cell) = self.0.get().filter(|cell| cell.full.load(Ordering::Acquire)) else { return };
        let mut content = lock(&cell.content);
        cell.push(&mut content);
        content.bytes = Vec::new();
        cell.full.store(false, Ordering::Release);
    }
}

impl Cell {
    /// Sends what the system takes now. Gives back whether some is left.
    fn push(&self, content: &mut Content) -> bool {
        if !content.bytes.is_empty() {
            let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
            let bytes = &content.bytes;
            // SAFETY: the descriptor is open as long as there are bytes, and they live throughout the call.
            let sent = unsafe { libc::send(content.descriptor, bytes.as_ptr().cast(), bytes.len(), flags) };
            let waits = sent < 0 && std::io::Error::last_os_error().raw_os_error() == Some(libc::EAGAIN);
            match usize::try_from(sent) {
                Ok(count) => drop(content.bytes.drain(..count)),
                // What is wrong with the connection, the next send will say.
                Err(_) if !waits => content.bytes.clear(),
                Err(_) => {}
            }
        }
        self.full.store(!content.bytes.is_empty(), Ordering::Release);
        !content.bytes.is_empty()
    }
}

/// Up to so many bytes of a response are kept with others, and for so long.
const KEPT: usize = 16 * 1024;
const LONGEST: Duration = Duration::from_millis(1);

/// What a thread keeps.
#[derive(Default)]
struct Gathered {
    cells: Vec<Arc<Cell>>,
    since: Option<Instant>,
}

impl Gathered {
    fn add(&mut self, cell: &Arc<Cell>) {
        self.since.get_or_insert_with(Instant::now);
        self.cells.push(cell.clone());
    }
}

thread_local! {
    /// Whether this thread keeps responses at the moment.
    static GATHERS: ThreadCell<bool> = const { ThreadCell::new(false) };
    static GATHERED: RefCell<Gathered> = const { RefCell::new(Gathered { cells: Vec::new(), since: None }) };
}

/// Calls `serve`, whose small responses are kept if `gathers`, until [`send_gathered`].
pub(crate) fn together<R>(gathers: bool, serve: impl FnOnce() -> R) -> R {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            GATHERS.set(self.0);
        }
    }
    let _before = Before(GATHERS.replace(gathers));
    serve()
}

/// Whether what this thread keeps has waited long enough.
pub(crate) fn gathered_is_due() -> bool {
    GATHERED.with_borrow(|gathered| gathered.since.is_some_and(|since| since.elapsed() >= LONGEST))
}

/// Sends what this thread keeps.
pub(crate) fn send_gathered() {
    let mut gathered = GATHERED.with_borrow_mut(std::mem::take);
    for cell in gathered.cells.drain(..) {
        let mut content = lock(&cell.content);
        content.joined = false;
        cell.push(&mut content);
    }
    // For its memory.
    gathered.since = None;
    GATHERED.set(gathered);
}

/// The thread that sends what nobody has sent.
#[derive(Default)]
struct Watch {
    /// Locked as long as the thread goes through the cells.
    turn: Mutex<()>,
    /// Taken with a cell locked, so no cell is locked while it is.
    state: Mutex<WatchState>,
    called: Condvar,
}

#[derive(Default)]
struct WatchState {
    cells: Vec<Arc<Cell>>,
    looks: u64,
    /// Whether it sleeps until it is called; and whether it has been started.
    sleeps: bool,
    runs: bool,
}

/// The watch of this process: a child of fork has one of its own, and leaves its parent's as it was.
static CURRENT: AtomicPtr<Watch> = AtomicPtr::new(std::ptr::null_mut());
static PREPARED: OnceLock<()> = OnceLock::new();

impl Watch {
    fn current() -> &'static Self {
        PREPARED.get_or_init(|| {
            // SAFETY: three functions that may be called in any state of the process.
            unsafe { libc::pthread_atfork(Some(before_fork), None, Some(in_child)) };
        });
        let found = CURRENT.load(Ordering::Acquire);
        // SAFETY: null, or a watch that is never freed.
        if let Some(watch) = unsafe { found.as_ref() } {
            return watch;
        }
        let new = Box::into_raw(Box::<Self>::default());
        let order = (Ordering::AcqRel, Ordering::Acquire);
        match CURRENT.compare_exchange(std::ptr::null_mut(), new, order.0, order.1) {
            // SAFETY: just made, and never freed.
            Ok(_) => unsafe { &*new },
            Err(other) => {
                // SAFETY: nobody else has seen the new one; the other is never freed.
                unsafe {
                    drop(Box::from_raw(new));
                    &*other
                }
            }
        }
    }

    /// Notes a cell that it does not know, and gives the number of the look before which that is.
    fn add(&'static self, cell: Option<&Arc<Cell>>) -> u64 {
        let mut state = lock(&self.state);
        state.cells.extend(cell.cloned());
        if !state.runs {
            // Without a thread, what is held goes with the next thing that is done.
            let started = thread::Builder::new().name("ferrosock-held".to_owned()).spawn(|| self.run());
            state.runs = started.is_ok();
        } else if state.sleeps {
            state.sleeps = false;
            self.called.notify_one();
        }
        state.looks
    }

    fn run(&self) {
        let mut idle = 0;
        loop {
            thread::sleep(TICK);
            let turn = lock(&self.turn);
            let (mut cells, looks) = {
                let mut state = lock(&self.state);
                state.looks += 1;
                (std::mem::take(&mut state.cells), state.looks)
            };
            idle = if cells.is_empty() { idle + 1 } else { 0 };
            cells.retain(|cell| {
                let mut content = lock(&cell.content);
                let due = content.since + 1 < looks;
                content.known = if due { cell.push(&mut content) } else { !content.bytes.is_empty() };
                content.known
            });
            let mut state = lock(&self.state);
            state.cells.append(&mut cells);
            drop(turn);
            if !state.cells.is_empty() {
                continue;
            }
            if idle >= IDLE_LOOKS {
                state.sleeps = true;
                let called = self.called.wait_while(state, |state| state.sleeps);
                drop(called.unwrap_or_else(PoisonError::into_inner));
                idle = 0;
            }
        }
    }
}

extern "C" fn before_fork() {
    // SAFETY: null, or a watch that is never freed.
    let Some(watch) = (unsafe { CURRENT.load(Ordering::Acquire).as_ref() }) else { return };
    let _turn = lock(&watch.turn);
    let cells = lock(&watch.state).cells.clone();
    for cell in cells {
        cell.push(&mut lock(&cell.content));
    }
}

extern "C" fn in_child() {
    CURRENT.store(std::ptr::null_mut(), Ordering::Release);
}

/// The operations of a socket that send what is held first.
impl super::NativeSocket {
    /// Whether bytes may be held back: the socket is open, a stream, and may wait.
    pub(crate) fn may_hold(&self) -> bool {
        let waits = self.socket.timeout().is_none_or(|limit| !limit.is_zero());
        self.socket.fileno() >= 0 && self.socket.identity().kind == libc::SOCK_STREAM && waits
    }

    /// Holds bytes back.
    pub(crate) fn hold(&self, bytes: &[u8]) {
        self.held.add(self.socket.fileno(), bytes);
    }

    /// Sends what is held.
    #[inline]
    pub(crate) fn release(&self, host: &impl Host) -> Result<()> {
        match self.held.take() {
            None => Ok(()),
            Some(bytes) => self.socket.send_all(host, &bytes, 0),
        }
    }

    /// [`release`](Self::release) at the end of a response, which may be kept with others.
    pub(crate) fn release_or_keep(&self, host: &impl Host) -> Result<()> {
        if self.held.join(b"") { Ok(()) } else { self.release(host) }
    }

    pub(crate) fn send_all(&self, host: &impl Host, bytes: &[u8], flags: i32) -> Result<()> {
        if flags == 0 && self.held.join(bytes) {
            return Ok(());
        }
        let Some(mut held) = self.held.take() else { return self.socket.send_all(host, bytes, flags) };
        if flags == 0 && held.len() + bytes.len() <= TOGETHER {
            held.extend_from_slice(bytes);
            return self.socket.send_all(host, &held, flags);
        }
        self.socket.send_all(host, &held, MORE)?;
        self.socket.send_all(host, bytes, flags)
    }

    pub(crate) fn send(&self, host: &impl Host, bytes: &[u8], flags: i32) -> Result<usize> {
        self.release(host)?;
        self.socket.send(host, bytes, flags)
    }

    pub(crate) fn send_to(
        &self,
        host: &impl Host,
        bytes: &[u8],
        flags: i32,
        to: &RawAddress,
    ) -> Result<usize> {
        self.release(host)?;
        self.socket.send_to(host, bytes, flags, to)
    }

    #[inline]
    pub(crate) fn recv_uninit(
        &self,
        host: &impl Host,
        space: &mut [MaybeUninit<u8>],
        flags: i32,
    ) -> Result<usize> {
        self.release(host)?;
        self.socket.recv_uninit(host, space, flags)
    }

    pub(crate) fn send_message(
        &self,
        host: &impl Host,
        pieces: &[IoSlice<'_>],
        control: &[ControlMessage<'_>],
        flags: i32,
        to: Option<&RawAddress>,
    ) -> Result<usize> {
        self.release(host)?;
        self.socket.send_message(host, pieces, control, flags, to)
    }

    pub(crate) fn shutdown(&self, host: &impl Host, how: i32) -> Result<()> {
        self.release(host)?;
        self.socket.shutdown(host, how)
    }

    pub(crate) fn close(&self, host: &impl Host) -> Result<()> {
        // The socket is closed in any case. Of what went wrong before, only a signal's exception is told: it is on its way.
        let released = self.release(host);
        let closed = self.socket.close(host);
        if matches!(released, Err(Error::Interrupted)) { released } else { closed }
    }

    /// Closes the socket without a wait for room: what finds none is lost. The system may wait, if it was told to (`SO_LINGER`).
    pub(super) fn close_at_once(&self, host: &impl Host) {
        self.held.give_up();
        let _ = self.socket.close(host);
    }

    /// The descriptor, which is the caller's from now on.
    ///
    /// # Errors
    /// Nothing but [`Error::Interrupted`]: the socket keeps its descriptor then.
    pub(crate) fn detach(&self, host: &impl Host) -> Result<i32> {
        match self.release(host) {
            Err(Error::Interrupted) => Err(Error::Interrupted),
            _ => Ok(self.socket.detach()),
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const MORE: i32 = libc::MSG_MORE;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const MORE: i32 = 0;
