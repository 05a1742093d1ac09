//! `wsgi.file_wrapper` (PEP 3333, "Optional Platform-Specific File Handling").

use std::fs::File;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use ferrosock::server::Content;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// Gives a file's content in blocks, or to the socket without passing through the program.
#[pyclass(module = "ferrosock._native.serve", frozen)]
pub(super) struct FileWrapper {
    #[pyo3(get)]
    filelike: Py<PyAny>,
    #[pyo3(get)]
    blksize: usize,
}

#[pymethods]
impl FileWrapper {
    /// Wrap `filelike`, an object with `read(size)`; blocks have `blksize` bytes where it is read.
    #[new]
    #[pyo3(signature = (filelike, blksize = 8192))]
    fn new(filelike: Py<PyAny>, blksize: usize) -> Self {
        Self { filelike, blksize }
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let block = self.filelike.bind(py).call_method1(intern!(py, "read"), (self.blksize,))?;
        Ok(Some(block).filter(|block| block.is_truthy().unwrap_or(true)))
    }

    /// Close the file, if it can be closed.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if let Some(close) = self.filelike.bind(py).getattr_opt(intern!(py, "close"))? {
            close.call0()?;
        }
        Ok(())
    }
}

static KINDS: PyOnceLock<[Py<PyAny>; 3]> = PyOnceLock::new();

/// Whether what a program reads from a file is what its descriptor has. Others have a descriptor, too: a compressed file's leads to
/// what is compressed.
fn is_plain(file: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = file.py();
    let [raw, reader, random] = KINDS.get_or_try_init(py, || {
        let io = py.import("io")?;
        let kind = |name: &str| io.getattr(name).map(Bound::unbind);
        PyResult::Ok([kind("FileIO")?, kind("BufferedReader")?, kind("BufferedRandom")?])
    })?;
    let is = |file: &Bound<'_, PyAny>, kind: &Py<PyAny>| file.get_type().as_ptr() == kind.as_ptr();
    Ok(is(file, raw) || (is(file, reader) || is(file, random)) && is(&file.getattr(intern!(py, "raw"))?, raw))
}

/// The content of a regular file behind its position, and how long it is; `None` if it has to be read.
pub(super) fn content(wrapper: &Bound<'_, FileWrapper>, most: Option<u64>) -> Option<(Content, u64)> {
    let py = wrapper.py();
    let file = wrapper.get().filelike.bind(py);
    if !is_plain(file).ok()? {
        return None;
    }
    let descriptor: i32 = file.call_method0(intern!(py, "fileno")).ok()?.extract().ok()?;
    let at: u64 = file.call_method0(intern!(py, "tell")).ok()?.extract().ok()?;
    if descriptor < 0 {
        return None;
    }
    // SAFETY: the object says that this is its descriptor; it is duplicated before any other code runs.
    let own = unsafe { BorrowedFd::borrow_raw(descriptor) }.try_clone_to_owned().ok()?;
    let own = File::from(own);
    let there = own.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let length = there.len().saturating_sub(at);
    let length = length.min(most.unwrap_or(u64::MAX));
    Some((Content::File { file: Arc::new(own), offset: at, length }, length))
}
