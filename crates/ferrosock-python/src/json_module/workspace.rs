//! What reading a document needs besides the document, kept from one to the next.

use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;

use super::keys::Keys;
use super::shapes::Shapes;
use super::values::Values;

/// How many waiting items there may be room for between two documents.
const KEPT: usize = 1 << 12;

pub(super) struct Workspace {
    pub(super) keys: Keys,
    pub(super) shapes: Shapes,
    pub(super) values: Values,
    /// Items that wait for their container to end: counted references.
    pub(super) items: Vec<*mut ffi::PyObject>,
    /// Where the items of each open container begin.
    pub(super) begins: Vec<usize>,
}

/// The one workspace, while no document is being read. A document within a document (by a hook), and one that another
/// thread reads at the same time, have one of their own.
static IDLE: AtomicPtr<Workspace> = AtomicPtr::new(std::ptr::null_mut());

impl Workspace {
    /// Takes the workspace for a document.
    #[inline]
    pub(super) fn take(py: Python<'_>) -> Box<Self> {
        let idle = exchanged(py, std::ptr::null_mut());
        let mut workspace = if idle.is_null() {
            Box::new(Self {
                keys: Keys::new(),
                shapes: Shapes::new(),
                values: Values::new(),
                items: Vec::new(),
                begins: Vec::new(),
            })
        } else {
            // SAFETY: `give_back` made it of a box, and it was given to this thread alone.
            unsafe { Box::from_raw(idle) }
        };
        workspace.keys.begin();
        workspace
    }

    /// Puts it back; no items wait any more.
    #[inline]
    pub(super) fn give_back(mut self: Box<Self>, py: Python<'_>) {
        self.keys.end(py);
        self.values.end(py);
        self.begins.clear();
        if self.items.capacity() > KEPT {
            self.items = Vec::new();
            self.begins = Vec::new();
        }
        let other = exchanged(py, Box::into_raw(self));
        if !other.is_null() {
            // SAFETY: made of a box by another call of this, and nobody else has it.
            let other = *unsafe { Box::from_raw(other) };
            other.keys.release(py);
            other.shapes.release(py);
        }
    }
}

/// Puts another workspace, or none, in the place of the idle one, and gives that. Where the interpreter has a lock, whoever is
/// attached is alone here, and a step that no other thread can cut in two would be a thirtieth of a small document's time.
#[inline]
fn exchanged(_py: Python<'_>, other: *mut Workspace) -> *mut Workspace {
    if cfg!(Py_GIL_DISABLED) {
        return IDLE.swap(other, Ordering::AcqRel);
    }
    let idle = IDLE.load(Ordering::Relaxed);
    IDLE.store(other, Ordering::Relaxed);
    idle
}
