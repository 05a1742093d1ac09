//! A body that is collected: in memory, and what is too large for that in a file without a name.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::request::RequestBody;

#[derive(Default)]
pub(crate) struct Store {
    bytes: Vec<u8>,
    spool: Option<Spool>,
}

struct Spool {
    memory: u64,
    folder: Arc<Path>,
    file: Option<(File, u64)>,
}

impl Store {
    pub(super) fn spooled(memory: u64, folder: Arc<Path>) -> Self {
        Self { bytes: Vec::new(), spool: Some(Spool { memory, folder, file: None }) }
    }

    pub(super) fn reserve(&mut self, count: usize) {
        self.bytes.reserve(count);
    }

    pub(super) fn len(&self) -> u64 {
        match &self.spool {
            Some(Spool { file: Some((_, length)), .. }) => *length,
            _ => self.bytes.len() as u64,
        }
    }

    pub(super) fn add(&mut self, content: &[u8]) -> io::Result<()> {
        if let Some(spool) = &mut self.spool {
            if spool.file.is_none() && (self.bytes.len() + content.len()) as u64 > spool.memory {
                let mut file = unnamed(&spool.folder)?;
                let bytes = std::mem::take(&mut self.bytes);
                file.write_all(&bytes)?;
                spool.file = Some((file, bytes.len() as u64));
            }
            if let Some((file, length)) = &mut spool.file {
                file.write_all(content)?;
                *length += content.len() as u64;
                return Ok(());
            }
        }
        self.bytes.extend_from_slice(content);
        Ok(())
    }

    pub(super) fn into_body(self) -> io::Result<RequestBody> {
        match self.spool {
            Some(Spool { file: Some((mut file, length)), .. }) => {
                file.seek(SeekFrom::Start(0))?;
                Ok(RequestBody::Spooled(file, length))
            }
            _ => Ok(RequestBody::Whole(self.bytes)),
        }
    }
}

/// A file that is nowhere to be found, and gone with its last descriptor.
fn unnamed(folder: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    if let Ok(file) = options.clone().custom_flags(libc::O_TMPFILE).open(folder) {
        return Ok(file);
    }
    // Not every file system has these; a name that is removed at once serves as well.
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!(".ferrosock-{}-{count}", std::process::id()));
    let file = options.create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_too_large_for_memory_goes_into_a_file() {
        let folder: Arc<Path> = std::env::temp_dir().into();
        for memory in [0, 5, 1000] {
            let mut store = Store::spooled(memory, folder.clone());
            for _ in 0..10 {
                store.add(b"piece").unwrap();
            }
            assert_eq!(store.len(), 50);
            match store.into_body().unwrap() {
                RequestBody::Spooled(mut file, length) if memory < 50 => {
                    let mut found = String::new();
                    file.read_to_string(&mut found).unwrap();
                    assert_eq!((found, length), ("piece".repeat(10), 50));
                }
                RequestBody::Whole(bytes) if memory >= 50 => assert_eq!(bytes.len(), 50),
                other => panic!("{other:?}"),
            }
        }
        assert!(Store::spooled(0, Path::new("/nowhere").into()).add(b"x").is_err());
    }
}
