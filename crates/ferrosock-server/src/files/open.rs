//! Files below a root, opened.

use std::ffi::CString;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use ferrosock_socket::{Error, open_without_links};

/// Opens what stands at `path`, which has no `..` in it. Unless `anywhere`, it must lie below `root`, a path without links: it does
/// if there is no link on the way, which the system sees to while it opens. Where links were followed, where it lies is asked for
/// once it is open, so that nobody can exchange it in between.
///
/// # Errors
/// As `open(2)`; `NotFound` for what lies elsewhere.
pub(crate) fn open(root: &Path, path: &Path, anywhere: bool) -> io::Result<(File, Metadata)> {
    // A pipe must not hold the loop up, and a terminal not become ours.
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    let path = root.join(path);
    if !anywhere {
        match open_without_links(&CString::new(path.as_os_str().as_bytes())?, flags) {
            Ok(descriptor) => {
                let file = File::from(descriptor);
                let metadata = file.metadata()?;
                return Ok((file, metadata));
            }
            // There is a link, or this call is not to be had.
            Err(Error::Os(libc::ELOOP | libc::ENOSYS | libc::EPERM)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if !anywhere && !std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))?.starts_with(root) {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok((file, metadata))
}
