//! From a target to a place below the root.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// What a path of a target names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Relative to the root; empty for the root itself. No part of it is empty, `.` or `..`, or holds a slash or a NUL.
    pub(crate) path: PathBuf,
    /// Whether the path ended in a slash, and so names a directory.
    pub(crate) is_folder: bool,
}

/// Decodes a path and takes it apart. `None` for what names nothing: dots that lead elsewhere, a NUL, a slash or a broken
/// percent-encoding inside a part, an empty part, and hidden files unless they are wanted.
pub(crate) fn name(path: &[u8], hidden: bool) -> Option<Named> {
    let path = path.strip_prefix(b"/")?;
    let (parts, is_folder) = match path {
        [] => return Some(Named { path: PathBuf::new(), is_folder: true }),
        [parts @ .., b'/'] => (parts, true),
        parts => (parts, false),
    };
    let mut found = PathBuf::new();
    for part in parts.split(|byte| *byte == b'/') {
        let part = decode(part)?;
        let forbidden = part.is_empty()
            || part == b"."
            || part == b".."
            || part.iter().any(|byte| matches!(byte, b'/' | 0))
            || !hidden && part.starts_with(b".") && part != b".well-known"; // RFC 8615
        if forbidden {
            return None;
        }
        found.push(OsString::from_vec(part));
    }
    Some(Named { path: found, is_folder })
}

fn decode(part: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(part.len());
    let mut rest = part.iter();
    while let Some(&byte) = rest.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || char::from(*rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        out.push((high * 16 + low) as u8);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_root() {
        for (path, expected, is_folder) in [
            ("/", "", true),
            ("/a", "a", false),
            ("/a/b/", "a/b", true),
            ("/a%20b/%C3%A9", "a b/\u{e9}", false),
            ("/%61..b", "a..b", false),
            ("/a\\b", "a\\b", false),
            ("/.well-known/x", ".well-known/x", false),
            ("/%2561", "%61", false),
        ] {
            let found = name(path.as_bytes(), false).unwrap();
            assert_eq!(found, Named { path: expected.into(), is_folder }, "{path}");
        }
        for bad in [
            "",
            "a",
            "*",
            "//",
            "//a",
            "/a//b",
            "/a//",
            "/.",
            "/..",
            "/../a",
            "/a/../b",
            "/a/..",
            "/./a",
            "/%2e%2e/a",
            "/%2E%2E",
            "/.%2e/",
            "/%2e/a",
            "/a%2fb",
            "/a%2F..%2Fb",
            "/%00",
            "/a%00.html",
            "/%",
            "/%2",
            "/%zz",
            "/%+1",
            "/.git/config",
            "/a/.env",
            "/%2Egit",
        ] {
            assert_eq!(name(bad.as_bytes(), false), None, "{bad}");
        }
        assert!(
            name(b"/.git", true).is_some() && name(b"/..", true).is_none() && name(b"/.", true).is_none()
        );
    }
}
