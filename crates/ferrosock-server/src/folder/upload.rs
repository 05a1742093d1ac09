//! Files that clients send: by PUT, whole, and by the forms of pages (RFC 7578).

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::time::Duration;

use ferrosock_proto::http::multipart::{Boundary, Decoder, Error, Event, Limits};
use ferrosock_proto::http::{Fields, MediaType};
use ferrosock_proto::http1::RequestHead;
use rustix::fs::{AtFlags, FileType, FlockOperation, flock, fstatvfs, statat};
use rustix::io::Errno;

use super::draft::{Draft, Kept};
use crate::files::conditions::{self, Verdict};
use crate::files::path::{Named, name as name_of};
use crate::files::{Files, now, open, validators};
use crate::request::{RequestBody, split_target};

/// The most fields and files of one form, each of which is told of in the answer.
const MOST_PARTS: usize = 10_000;

/// What may be uploaded.
///
/// ```
/// use ferrosock_server::Uploads;
///
/// let uploads = Uploads { most: 1 << 30, ..Uploads::default() };
/// assert!(!uploads.overwrite);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uploads {
    /// The bytes of one request; by default as many as the disk takes.
    pub most: u64,
    /// Whether a file may take the place of another. Where [`Files::precompressed`] looks for `name.gz`, whoever uploads that changes
    /// what `name` is, also without this.
    pub overwrite: bool,
}

impl Default for Uploads {
    fn default() -> Self {
        Self { most: u64::MAX, overwrite: false }
    }
}

/// Why something was not stored: a status, and a sentence for the client.
#[derive(Debug)]
pub(super) struct Refused(pub(super) u16, pub(super) String);

impl Refused {
    pub(super) fn new(status: u16, why: impl Into<String>) -> Self {
        Self(status, why.into())
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error() {
            Some(libc::ENOSPC | libc::EDQUOT | libc::EFBIG) => {
                Self::new(507, "There is no room for this file.")
            }
            Some(libc::EACCES | libc::EPERM | libc::EROFS) => {
                Self::new(403, "The server may not write here.")
            }
            Some(libc::EEXIST | libc::ENOTEMPTY) => Self::new(409, "There is a file of this name already."),
            Some(libc::ENOENT) => Self::new(409, "The folder has gone."),
            Some(libc::EISDIR | libc::ENOTDIR) => Self::new(409, "There is a folder of this name."),
            Some(libc::ENAMETOOLONG | libc::EINVAL | libc::EILSEQ) => {
                Self::new(400, "The disk has no such names.")
            }
            Some(libc::EMFILE | libc::ENFILE) => Self::new(503, "The server has too much to do."),
            _ if error.kind() == io::ErrorKind::InvalidData => Self::new(400, "The upload is broken."),
            _ => Self::new(500, "The file could not be stored."),
        }
    }
}

/// What was stored.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) name: Vec<u8>,
    pub(super) size: u64,
    pub(super) kept: Kept,
}

/// Says no before any of the body is read, where that can be known by the head.
pub(super) fn check(files: &Files, head: &RequestHead) -> Result<Named, Refused> {
    let path = split_target(&head.target).0;
    let named = name_of(path, files.hidden).ok_or_else(|| Refused::new(404, "There is no such place."))?;
    if head.method == "PUT" {
        if named.is_folder {
            return Err(Refused::new(405, "A folder cannot be put; name a file in it."));
        }
        // The other parts name folders that are there.
        if named.path.as_os_str().as_bytes().iter().any(u8::is_ascii_control) {
            return Err(Refused::new(400, "A file cannot be called so here."));
        }
        // Parts of files, and coded ones, would be stored as if they were whole and plain (RFC 9110 sections 14.4 and 8.4).
        if head.fields.contains(b"content-range") {
            return Err(Refused::new(400, "A part of a file cannot be put."));
        }
        if head.fields.contains(b"content-encoding") {
            return Err(Refused::new(415, "Files are taken without a content coding."));
        }
    } else {
        if !named.is_folder {
            return Err(Refused::new(405, "A form goes to a folder, whose path ends with a slash."));
        }
        boundary(&head.fields)?;
    }
    Ok(named)
}

fn boundary(fields: &Fields) -> Result<Boundary, Refused> {
    let refused = || Refused::new(415, "A form with files is multipart/form-data.");
    let kind = fields.get(b"content-type").and_then(MediaType::parse).ok_or_else(refused)?;
    let text =
        kind.parameters.text("boundary").filter(|_| kind.main == "multipart" && kind.sub == "form-data");
    Boundary::new(text.ok_or_else(refused)?).map_err(|_| refused())
}

/// A body, piece by piece.
struct Pieces<'a>(&'a mut RequestBody, bool);

impl Pieces<'_> {
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        match self.0 {
            RequestBody::Stream(reader) => reader.next_piece(),
            RequestBody::Whole(bytes) if !std::mem::replace(&mut self.1, true) => {
                Ok(Some(std::mem::take(bytes)))
            }
            _ => Ok(None),
        }
    }
}

/// Stores what a PUT brings.
pub(super) fn put(
    files: &Files,
    uploads: Uploads,
    named: &Named,
    head: &RequestHead,
    body: &mut RequestBody,
) -> Result<Stored, Refused> {
    let name = named.path.file_name().unwrap_or_default();
    let folder = folder(files, named.path.parent().unwrap_or(Path::new("")))?;
    room(&folder, &head.fields)?;
    let found = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).ok();
    preconditions(files, named, head)?;
    // What stands there need not be a file that can be read.
    let mut uploads = uploads;
    let only_new = head.fields.joined(b"if-none-match").is_some_and(|tags| *tags == *b"*");
    uploads.overwrite &= !only_new;
    let told = |error: Refused| if only_new && error.0 == 409 { changed() } else { error };
    if let Some(stat) = found {
        admit(FileType::from_raw_mode(stat.st_mode), uploads).map_err(told)?;
    }
    let mut draft = Draft::new(&folder)?;
    let (mut pieces, mut size) = (Pieces(body, false), 0);
    while let Some(piece) = pieces.next()? {
        draft.write(&piece)?;
        size += piece.len() as u64;
    }
    // The body may have taken its time; and between this look at the file and its replacement nobody else may replace it.
    let _turn = uploads.overwrite.then(|| Turn::of(&folder));
    preconditions(files, named, head)?;
    let kept = draft.keep(name, uploads.overwrite).map_err(|error| told(error.into()))?;
    Ok(Stored { name: name.as_bytes().to_vec(), size, kept })
}

/// Stores the files of a form; gives what it has stored, also if something was refused then.
pub(super) fn form(
    files: &Files,
    uploads: Uploads,
    named: &Named,
    head: &RequestHead,
    body: &mut RequestBody,
    stored: &mut Vec<Stored>,
) -> Result<(), Refused> {
    let folder = folder(files, &named.path)?;
    room(&folder, &head.fields)?;
    let limits = Limits { parts: MOST_PARTS, ..Limits::default() };
    let mut decoder = Decoder::new(&boundary(&head.fields)?, limits);
    let mut pieces = Pieces(body, false);
    let mut current: Option<(OsString, Draft<'_>, u64)> = None;
    let broken = |error| match error {
        Error::TooManyParts => Refused::new(413, format!("A form holds at most {MOST_PARTS} files.")),
        _ => Refused::new(400, "The form is broken."),
    };
    while let Some(piece) = pieces.next()? {
        decoder.push(&piece);
        drop(piece);
        while let Some(event) = decoder.poll_event().map_err(broken)? {
            match event {
                Event::Part(head) => {
                    // A field without a file name is none; and a page's form without a chosen file sends an empty one.
                    let Some(given) = head.file_name.filter(|name| !name.is_empty()) else { continue };
                    let name = own_name(&given, files.hidden)?;
                    if let Ok(stat) = statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
                        admit(FileType::from_raw_mode(stat.st_mode), uploads)?;
                    }
                    current = Some((name, Draft::new(&folder)?, 0));
                }
                Event::Data(data) => {
                    if let Some((_, draft, size)) = &mut current {
                        draft.write(data)?;
                        *size += data.len() as u64;
                    }
                }
                Event::End => {
                    if let Some((name, draft, size)) = current.take() {
                        let _turn = uploads.overwrite.then(|| Turn::of(&folder));
                        let kept = draft.keep(&name, uploads.overwrite)?;
                        stored.push(Stored { name: name.into_vec(), size, kept });
                    }
                }
            }
        }
    }
    decoder.finish().map_err(broken)?;
    if stored.is_empty() {
        return Err(Refused::new(400, "The form holds no file."));
    }
    Ok(())
}

/// The time in which one request alone replaces files in a folder, also among processes: a lock on the folder (`flock(2)`).
struct Turn<'a>(&'a File);

/// How long a turn is waited for, in milliseconds; who holds it longer is none of ours, or hangs.
const PATIENCE: u32 = 1000;

impl<'a> Turn<'a> {
    fn of(folder: &'a File) -> Self {
        for _ in 0..PATIENCE {
            match flock(folder, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK | Errno::INTR) => std::thread::sleep(Duration::from_millis(1)),
                _ => break, // it is ours, or the file system has no locks
            }
        }
        Self(folder)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let _ = flock(self.0, FlockOperation::Unlock); // else the close does it
    }
}

/// Opens the folder that a file goes to.
fn folder(files: &Files, path: &Path) -> Result<File, Refused> {
    match open::open(&files.root, path, files.links) {
        Ok((folder, metadata)) if metadata.is_dir() => Ok(folder),
        Err(error) if matches!(error.raw_os_error(), Some(libc::EACCES | libc::EMFILE | libc::ENFILE)) => {
            Err(error.into())
        }
        _ => Err(Refused::new(409, "There is no such folder.")),
    }
}

/// Says at once that a file is too large for the disk, if its size is known.
fn room(folder: &File, fields: &Fields) -> Result<(), Refused> {
    let announced =
        fields.get(b"content-length").and_then(|text| std::str::from_utf8(text).ok()?.parse::<u64>().ok());
    if let (Some(size), Ok(disk)) = (announced, fstatvfs(folder)) {
        if size > disk.f_bavail.saturating_mul(disk.f_frsize) {
            return Err(io::Error::from_raw_os_error(libc::ENOSPC).into());
        }
    }
    Ok(())
}

/// Whether what stands there may be replaced. Asked before the body is read; the system asks again when it is.
fn admit(there: FileType, uploads: Uploads) -> Result<(), Refused> {
    match there {
        FileType::Directory => Err(io::Error::from_raw_os_error(libc::EISDIR).into()),
        _ if uploads.overwrite => Ok(()),
        _ => Err(io::Error::from_raw_os_error(libc::EEXIST).into()),
    }
}

/// What a client wants to be so (RFC 9110 section 13.1): `If-None-Match: *` for a new file, `If-Match` for one that it knows.
fn preconditions(files: &Files, named: &Named, head: &RequestHead) -> Result<(), Refused> {
    let fields = &head.fields;
    let current = open::open(&files.root, &named.path, files.links).ok();
    let met = match current.filter(|(_, metadata): &(File, Metadata)| metadata.is_file()) {
        Some((_, metadata)) => {
            conditions::judge(&head.method, fields, &validators(&metadata, None), now()) == Verdict::Go
        }
        None => !fields.contains(b"if-match"),
    };
    if met { Ok(()) } else { Err(changed()) }
}

fn changed() -> Refused {
    Refused::new(412, "The file is not what the request takes it for.")
}

/// The name of a file as it is stored: what a peer says, without a path.
fn own_name(given: &[u8], hidden: bool) -> Result<OsString, Refused> {
    let last = given.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or_default();
    let bad = last.is_empty()
        || matches!(last, b"." | b"..")
        || last.len() > 255
        || last.iter().any(u8::is_ascii_control)
        || last.starts_with(b".") && !hidden;
    if bad {
        let shown = String::from_utf8_lossy(given).chars().take(80).collect::<String>();
        return Err(Refused::new(400, format!("A file cannot be called {shown:?} here.")));
    }
    Ok(OsStr::from_bytes(last).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_a_way_out() {
        for (given, expected) in [
            ("a.txt", Some("a.txt")),
            ("../../a.txt", Some("a.txt")),
            ("C:\\Users\\me\\a.txt", Some("a.txt")),
            ("/etc/passwd", Some("passwd")),
            ("a b \u{e9}%2f.txt", Some("a b \u{e9}%2f.txt")),
            ("..", None),
            ("a/..", None),
            (".", None),
            ("a/", None),
            (".bashrc", None),
            ("a\nb", None),
            ("a\0b", None),
            (&"x".repeat(256), None),
        ] {
            let found = own_name(given.as_bytes(), false);
            assert_eq!(found.ok(), expected.map(OsString::from), "{given}");
        }
        assert!(own_name(b".bashrc", true).is_ok() && own_name(b"..", true).is_err());
    }
}
