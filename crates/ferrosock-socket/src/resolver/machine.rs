//! This machine's own name.

use super::owned_text;
use crate::error::{Error, Result};

/// The machine's name.
///
/// # Errors
/// What the system says.
///
/// ```
/// let name = ferrosock_socket::resolver::host_name()?;
/// assert!(!name.contains(&0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn host_name() -> Result<Vec<u8>> {
    let mut name = [0; 1025];
    // SAFETY: room of one byte more than the system is told of, so that the name ends with a NUL even if it is cut.
    unsafe {
        if libc::gethostname(name.as_mut_ptr(), name.len() - 1) != 0 {
            return Err(Error::last());
        }
        Ok(owned_text(name.as_ptr()))
    }
}

/// Sets the machine's name, which takes privileges.
///
/// # Errors
/// `EPERM` without privileges, `EINVAL` for a name that is too long.
///
/// ```
/// use ferrosock_socket::resolver::set_host_name;
/// assert!(set_host_name(&[b'x'; 1000]).is_err()); // too long for any system
/// ```
pub fn set_host_name(name: &[u8]) -> Result<()> {
    #[allow(clippy::useless_conversion, reason = "it is a size_t on Linux and an int on the BSDs")]
    let length = name.len().try_into().map_err(|_| Error::Os(libc::EINVAL))?;
    // SAFETY: a pointer to so many bytes.
    if unsafe { libc::sethostname(name.as_ptr().cast(), length) } == 0 { Ok(()) } else { Err(Error::last()) }
}
