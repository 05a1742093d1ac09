//! What a scheme's name says of the rest of a URL.

/// What may follow a scheme: the classification that splitting, joining and putting together ask for.
///
/// The empty name stands for a reference without a scheme.
pub trait Schemes {
    /// Whether relative references may be resolved against URLs of the scheme.
    fn has_relative(&self, scheme: &[u8]) -> bool;
    /// Whether URLs of the scheme have an authority (`//host`).
    fn has_authority(&self, scheme: &[u8]) -> bool;
    /// Whether `;` begins parameters of the last segment of a path.
    fn has_params(&self, scheme: &[u8]) -> bool;
}

/// The schemes that Python's `urllib.parse` knows (`uses_relative`, `uses_netloc`, `uses_params`).
///
/// ```
/// use ferrosock_codec::url::{Schemes, StandardSchemes};
///
/// assert!(StandardSchemes.has_relative(b"https") && !StandardSchemes.has_relative(b"mailto"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardSchemes;

const RELATIVE: &[&[u8]] = &[
    b"",
    b"ftp",
    b"http",
    b"gopher",
    b"nntp",
    b"imap",
    b"wais",
    b"file",
    b"https",
    b"shttp",
    b"mms",
    b"prospero",
    b"rtsp",
    b"rtsps",
    b"rtspu",
    b"sftp",
    b"svn",
    b"svn+ssh",
    b"ws",
    b"wss",
];
const AUTHORITY: &[&[u8]] = &[
    b"",
    b"ftp",
    b"http",
    b"gopher",
    b"nntp",
    b"telnet",
    b"imap",
    b"wais",
    b"file",
    b"mms",
    b"https",
    b"shttp",
    b"snews",
    b"prospero",
    b"rtsp",
    b"rtsps",
    b"rtspu",
    b"rsync",
    b"svn",
    b"svn+ssh",
    b"sftp",
    b"nfs",
    b"git",
    b"git+ssh",
    b"ws",
    b"wss",
    b"itms-services",
];
const PARAMS: &[&[u8]] = &[
    b"",
    b"ftp",
    b"hdl",
    b"prospero",
    b"http",
    b"imap",
    b"https",
    b"shttp",
    b"rtsp",
    b"rtsps",
    b"rtspu",
    b"sip",
    b"sips",
    b"mms",
    b"sftp",
    b"tel",
];

impl Schemes for StandardSchemes {
    fn has_relative(&self, scheme: &[u8]) -> bool {
        RELATIVE.contains(&scheme)
    }

    fn has_authority(&self, scheme: &[u8]) -> bool {
        AUTHORITY.contains(&scheme)
    }

    fn has_params(&self, scheme: &[u8]) -> bool {
        PARAMS.contains(&scheme)
    }
}
