//! A file that is being uploaded: nobody sees it until it is whole.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, RenameFlags, fchmod, linkat, openat, renameat, renameat_with,
    statat, unlinkat,
};
use rustix::io::Errno;

use crate::files::unforeseeable;

/// What a new file may be, less the process's umask.
const MODE: Mode = Mode::from_raw_mode(0o666);

/// What a file that replaces another takes over of its permissions: not that it runs as somebody else.
const ALL: Mode = Mode::from_raw_mode(0o777);

/// A new file in a folder, under no name (`O_TMPFILE`), so that not even a kill leaves anything behind; or, on file systems without
/// that, under a hidden one, which is removed unless the file was [kept](Self::keep).
pub(super) struct Draft<'a> {
    folder: &'a File,
    file: File,
    name: Option<OsString>,
}

/// What was done with the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Created,
    Replaced,
}

impl<'a> Draft<'a> {
    /// A draft of a file for `folder`, open.
    ///
    /// # Errors
    /// As `open(2)`.
    pub(super) fn new(folder: &'a File) -> io::Result<Self> {
        let flags = OFlags::WRONLY | OFlags::CLOEXEC;
        match openat(folder, ".", flags | OFlags::TMPFILE, MODE) {
            Ok(file) => return Ok(Self { folder, file: file.into(), name: None }),
            // The file system, or the kernel, has none.
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT | Errno::NOSYS) => {}
            Err(error) => return Err(error.into()),
        }
        let name = hidden_name();
        let new = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        let file = openat(folder, &name, new, MODE)?;
        Ok(Self { folder, file: file.into(), name: Some(name) })
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// As `write(2)`: a full disk, a quota, a limit of the process.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Gives the file its name. Whether there is one of that name is asked of the file system in the same call that takes it.
    ///
    /// # Errors
    /// `AlreadyExists` if there is, and it is not to be replaced; otherwise as `link(2)` and `rename(2)`. A folder is never replaced.
    pub(super) fn keep(mut self, name: &OsStr, replace: bool) -> io::Result<Kept> {
        match self.place(name) {
            Err(Errno::EXIST) if replace => {}
            done => return Ok(done.map(|()| Kept::Created)?),
        }
        // Who may read and write it stays as it was.
        match statat(self.folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(old) if FileType::from_raw_mode(old.st_mode).is_file() => {
                fchmod(&self.file, Mode::from_raw_mode(old.st_mode) & ALL)?;
            }
            Ok(_) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        // A name is needed that a rename can take the file from.
        if self.name.is_none() {
            let hidden = hidden_name();
            self.place(&hidden)?;
            self.name = Some(hidden);
        }
        let from = self.name.clone().unwrap_or_default();
        renameat(self.folder, &from, self.folder, name)?;
        self.name = None;
        Ok(Kept::Replaced)
    }

    /// Gives the file a name that nothing has.
    fn place(&mut self, name: &OsStr) -> Result<(), Errno> {
        let Some(from) = &self.name else {
            let own = format!("/proc/self/fd/{}", self.file.as_raw_fd());
            return linkat(CWD, own, self.folder, name, AtFlags::SYMLINK_FOLLOW);
        };
        match renameat_with(self.folder, from, self.folder, name, RenameFlags::NOREPLACE) {
            // The file system cannot; a link takes no name that is there either.
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                linkat(self.folder, from, self.folder, name, AtFlags::empty())
            }
            Err(error) => Err(error),
            Ok(()) => {
                self.name = None;
                Ok(())
            }
        }
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            let _ = unlinkat(self.folder, name, AtFlags::empty()); // nobody is left to be told
        }
    }
}

/// A name that nothing has, unless somebody has seen it.
fn hidden_name() -> OsString {
    format!(".ferrosock-{}.part", unforeseeable()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn names(path: &std::path::Path) -> Vec<OsString> {
        let mut names: Vec<_> = fs::read_dir(path).unwrap().map(|each| each.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[test]
    fn both_ways_keep_and_forget() {
        let path = std::env::temp_dir().join(format!("folder-draft-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("sub")).unwrap();
        let folder = File::open(&path).unwrap();
        for named in [false, true] {
            let draft = |text: &[u8]| {
                let mut draft = Draft::new(&folder).unwrap();
                if named {
                    let name = hidden_name();
                    let file = File::create_new(path.join(&name)).unwrap();
                    draft = Draft { folder: &folder, file, name: Some(name) };
                }
                draft.write(text).unwrap();
                draft
            };
            drop(draft(b"forgotten"));
            assert_eq!(names(&path), ["sub"]);
            assert_eq!(draft(b"one").keep("a".as_ref(), false).unwrap(), Kept::Created);
            assert_eq!(
                draft(b"two").keep("a".as_ref(), false).unwrap_err().kind(),
                io::ErrorKind::AlreadyExists
            );
            assert_eq!(fs::read(path.join("a")).unwrap(), b"one");
            fs::set_permissions(path.join("a"), fs::Permissions::from_mode(0o4600)).unwrap();
            assert_eq!(draft(b"three").keep("a".as_ref(), true).unwrap(), Kept::Replaced);
            assert_eq!(fs::metadata(path.join("a")).unwrap().permissions().mode() & 0o7777, 0o600);
            assert_eq!(fs::read(path.join("a")).unwrap(), b"three");
            assert_eq!(draft(b"four").keep("b".as_ref(), true).unwrap(), Kept::Created);
            assert!(draft(b"five").keep("sub".as_ref(), true).is_err());
            // A link is replaced, not followed.
            std::os::unix::fs::symlink("/nowhere", path.join("link")).unwrap();
            assert!(draft(b"six").keep("link".as_ref(), false).is_err());
            assert_eq!(draft(b"six").keep("link".as_ref(), true).unwrap(), Kept::Replaced);
            assert_eq!(names(&path), ["a", "b", "link", "sub"]);
            for each in ["a", "b", "link"] {
                fs::remove_file(path.join(each)).unwrap();
            }
        }
        fs::remove_dir_all(&path).unwrap();
    }
}
