//! What reading a document needs besides the document, kept from one to the next.

use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;

use super::keys::Keys;
use super::shapes::Shapes;

/// How many waiting items there may be room for between two documents.
const KEPT: usize = 1 << 12;

pub(super) struct Workspace {
    pub(super) keys: Keys,
    pub(super) shapes: Shapes,
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
    pub(super) fn take() -> Box<Self> {
        let idle = IDLE.swap(std::ptr::null_mut(), Ordering::Acquire);
        let mut workspace = if idle.is_null() {
            Box::new(Self { keys: Keys::new(), shapes: Shapes::new(), items: Vec::new(), begins: Vec::new() })
        } else {
            // SAFETY: `give_back` made it of a box, and the swap gave it to this thread alone.
            unsafe { Box::from_raw(idle) }
        };
        workspace.keys.begin();
        workspace
    }

    /// Puts it back; no items wait any more.
    #[inline]
    pub(super) fn give_back(mut self: Box<Self>, py: Python<'_>) {
        self.keys.end(py);
        self.begins.clear();
        if self.items.capacity() > KEPT {
            self.items = Vec::new();
            self.begins = Vec::new();
        }
        let workspace = Box::into_raw(self);
        let empty = std::ptr::null_mut();
        if IDLE.compare_exchange(empty, workspace, Ordering::Release, Ordering::Relaxed).is_err() {
            // SAFETY: made of a box above, and nobody else has it.
            let other = *unsafe { Box::from_raw(workspace) };
            other.keys.release(py);
            other.shapes.release(py);
        }
    }
}
