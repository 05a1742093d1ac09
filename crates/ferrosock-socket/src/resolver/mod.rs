//! Names to addresses and back, over the C library's resolver.

/// What a code of getaddrinfo means (`gai_strerror`).
pub fn address_info_message(code: i32) -> String {
    // SAFETY: gai_strerror gives a static NUL-terminated string for any code.
    unsafe { std::ffi::CStr::from_ptr(libc::gai_strerror(code)) }.to_string_lossy().into_owned()
}

/// What a code of gethostbyname means (`hstrerror`).
pub fn host_entry_message(code: i32) -> String {
    // SAFETY: hstrerror gives a static NUL-terminated string for any code.
    unsafe { std::ffi::CStr::from_ptr(libc::hstrerror(code)) }.to_string_lossy().into_owned()
}
