//! What applications are told of a request's path.

/// What a path has behind a folder, if it is the folder's or lies in it; a folder's name has no slash at its end.
pub(super) fn below<'a>(path: &'a [u8], folder: &[u8]) -> Option<&'a [u8]> {
    path.strip_prefix(folder).filter(|rest| matches!(rest.first(), None | Some(b'/')))
}
