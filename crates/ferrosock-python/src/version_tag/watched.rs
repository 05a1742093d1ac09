//! Numbers for the states of dicts, given out here and taken back when the interpreter says that a dict changes.
//!
//! Source: <https://docs.python.org/3/c-api/dict.html#c.PyDict_AddWatcher>

use std::ffi::c_int;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use pyo3::ffi;

/// What the interpreter calls before it changes a dict that is watched.
type Callback =
    unsafe extern "C" fn(c_int, *mut ffi::PyObject, *mut ffi::PyObject, *mut ffi::PyObject) -> c_int;

unsafe extern "C" {
    fn PyDict_AddWatcher(callback: Callback) -> c_int;
    fn PyDict_Watch(watcher: c_int, dict: *mut ffi::PyObject) -> c_int;
    fn PyDict_Unwatch(watcher: c_int, dict: *mut ffi::PyObject) -> c_int;
}

/// `PyDict_EVENT_DEALLOCATED`: the dict is about to go.
const DEALLOCATED: c_int = 5;

/// A dict that is watched.
struct Place {
    /// Null for none.
    dict: AtomicPtr<ffi::PyObject>,
    /// The tag of the state that it is in; 0 if nobody has asked for one since it changed.
    tag: AtomicU64,
}

/// How many dicts are watched at most; a power of two. Those that are asked about are the namespaces of some modules and that of
/// the environment.
const PLACES: usize = 64;

/// Whoever reads or writes it has the interpreter's lock.
static WATCHED: [Place; PLACES] =
    [const { Place { dict: AtomicPtr::new(std::ptr::null_mut()), tag: AtomicU64::new(0) } }; PLACES];

/// The tag that is given out next.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// The one place where a dict may be.
#[inline]
fn place(dict: *mut ffi::PyObject) -> &'static Place {
    let mixed = (dict as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    &WATCHED[mixed as usize % PLACES]
}

/// The tag of a dict's state; 0 if it cannot be watched: the interpreter does not tell when an attribute changes that lies in the
/// instance itself, of which such a dict is only a view.
///
/// # Safety
/// Attached, with a live dict.
#[inline]
pub(crate) unsafe fn tag(dict: *mut ffi::PyObject) -> u64 {
    let place = place(dict);
    let tag = place.tag.load(Ordering::Relaxed);
    if tag != 0 && place.dict.load(Ordering::Relaxed) == dict {
        return tag;
    }
    // SAFETY: promised by the caller.
    unsafe { fresh(place, dict) }
}

/// A new tag for a dict, which is watched from now on in the place of the one that was watched there.
///
/// # Safety
/// As for [`tag`].
#[cold]
unsafe fn fresh(place: &Place, dict: *mut ffi::PyObject) -> u64 {
    let other = place.dict.load(Ordering::Relaxed);
    if other != dict {
        // SAFETY: promised by the caller.
        if !unsafe { (*dict.cast::<ffi::PyDictObject>()).ma_values.is_null() } {
            return 0;
        }
        let Some(watcher) = watcher() else { return 0 };
        // SAFETY: promised by the caller; the other dict lives, or `changes` would have taken it out. No Python code runs.
        unsafe {
            if !other.is_null() && PyDict_Unwatch(watcher, other) != 0 {
                ffi::PyErr_Clear();
            }
            place.dict.store(std::ptr::null_mut(), Ordering::Relaxed);
            if PyDict_Watch(watcher, dict) != 0 {
                ffi::PyErr_Clear();
                return 0;
            }
        }
        place.dict.store(dict, Ordering::Relaxed);
    }
    let tag = NEXT.fetch_add(1, Ordering::Relaxed);
    place.tag.store(tag, Ordering::Relaxed);
    tag
}

/// Our number among the interpreter's watchers; None if it has no more to give.
fn watcher() -> Option<c_int> {
    static WATCHER: OnceLock<Option<c_int>> = OnceLock::new();
    *WATCHER.get_or_init(|| {
        // SAFETY: attached, since the caller is; the function is there for as long as the process.
        let watcher = unsafe { PyDict_AddWatcher(changes) };
        if watcher < 0 {
            // SAFETY: attached; an exception is set.
            unsafe { ffi::PyErr_Clear() };
        }
        (watcher >= 0).then_some(watcher)
    })
}

/// Takes a dict's tag back, and the dict out when it goes.
unsafe extern "C" fn changes(
    event: c_int,
    dict: *mut ffi::PyObject,
    _key: *mut ffi::PyObject,
    _value: *mut ffi::PyObject,
) -> c_int {
    let place = place(dict);
    if place.dict.load(Ordering::Relaxed) == dict {
        place.tag.store(0, Ordering::Relaxed);
        if event == DEALLOCATED {
            place.dict.store(std::ptr::null_mut(), Ordering::Relaxed);
        }
    }
    0
}
