//! Files below a root, opened.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Opens what stands at `path`. Unless `anywhere`, it must lie below `root`, a path without links, also when links were followed
/// on the way: where it lies is asked for once it is open, so that nobody can exchange it in between.
///
/// # Errors
/// As `open(2)`; `NotFound` for what lies elsewhere.
pub(crate) fn open(root: &Path, path: &Path, anywhere: bool) -> io::Result<(File, Metadata)> {
    // A pipe must not hold the loop up, and a terminal not become ours.
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(root.join(path))?;
    let metadata = file.metadata()?;
    if !anywhere && !std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))?.starts_with(root) {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok((file, metadata))
}
