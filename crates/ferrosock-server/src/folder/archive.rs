//! A folder as a zip archive that is made while it is sent (PKWARE's APPNOTE.TXT 6.3, Info-ZIP's extra fields).
//!
//! Nothing is known of a file before it was read, so its checksum and sizes stand behind it (section 4.3.9). Every file is deflated,
//! also what deflate cannot make smaller (then without an attempt), for readers of streams find the end of nothing else. What is
//! kept until the end is the central directory, as it will be sent, and the names of the folders that are still to be walked.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use ferrosock_proto::calendar::Moment;
use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::entries::{self, View};
use super::text::moment;
use crate::files::{Files, media_type_of, open};
use crate::responder::BodyWriter;

/// How much is read at once, and sent at once.
const PIECE: usize = 64 * 1024;

/// The most bytes of a central directory: half a million files with names of 60 bytes.
const MOST: usize = 64 << 20;

/// What a number of 32 bits cannot hold stands in an extension (section 4.5.3).
const FULL: u64 = 0xffff_ffff;

/// Sizes behind the content; a name in UTF-8 (section 4.4.4).
const DEFERRED: u16 = 1 << 3;
const UTF8: u16 = 1 << 11;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Writes the archive of the folder at `root`, whose names begin with `name`.
///
/// # Errors
/// `BrokenPipe` if the client went away; what the disk says; `OutOfMemory` for more files than can be listed.
pub(super) fn write(files: &Files, root: &Path, name: &OsStr, writer: &mut BodyWriter) -> io::Result<()> {
    let mut archive =
        Archive { out: Vec::with_capacity(2 * PIECE), sent: 0, central: Vec::new(), count: 0, writer };
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        let path = root.join(&below);
        // What went away, or may not be read, is left out.
        let Ok((folder, metadata)) = open::open(&files.root, &path, files.links) else { continue };
        let Ok((mut found, truncated)) = entries::read(files, &folder, &path) else { continue };
        if truncated {
            return Err(too_many());
        }
        drop(folder);
        View::of(None).arrange(&mut found);
        let mut place = PathBuf::from(name);
        place.extend(&below); // and not `join`, which ends in a slash for nothing
        archive.folder(&place, modified(&metadata))?;
        for entry in &found {
            let one = OsStr::from_bytes(&entry.name);
            if !entry.is_folder {
                let Ok((file, metadata)) = open::open(&files.root, &path.join(one), files.links) else {
                    continue;
                };
                if metadata.is_file() {
                    archive.file(&place.join(one), file, &metadata)?;
                }
            }
        }
        // Links to folders are not followed: they may lead round in circles.
        let is_link = |entry: &entries::Entry| {
            let path = files.root.join(&path).join(OsStr::from_bytes(&entry.name));
            std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
        };
        let deeper = found.iter().rev().filter(|entry| entry.is_folder && !is_link(entry));
        folders.extend(deeper.map(|entry| below.join(OsStr::from_bytes(&entry.name))));
    }
    archive.finish()
}

fn modified(metadata: &std::fs::Metadata) -> i64 {
    std::os::unix::fs::MetadataExt::mtime(metadata)
}

fn too_many() -> io::Error {
    io::Error::new(io::ErrorKind::OutOfMemory, "too many files for one archive")
}

struct Archive<'a> {
    /// What waits to be sent.
    out: Vec<u8>,
    sent: u64,
    central: Vec<u8>,
    count: u64,
    writer: &'a mut BodyWriter,
}

/// What both heads of an entry say.
struct Entry {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    modified: i64,
    mode: u32,
    at: u64,
    /// Whether its sizes have 64 bits.
    large: bool,
}

impl Archive<'_> {
    fn position(&self) -> u64 {
        self.sent + self.out.len() as u64
    }

    fn flush(&mut self, least: usize) -> io::Result<()> {
        if self.out.len() > least {
            self.sent += self.out.len() as u64;
            self.writer.write(std::mem::replace(&mut self.out, Vec::with_capacity(2 * PIECE)))?;
        }
        Ok(())
    }

    fn folder(&mut self, path: &Path, modified: i64) -> io::Result<()> {
        let mut name = name_of(path);
        name.push(b'/');
        let flags = utf8(&name);
        let (at, mode) = (self.position(), 0o040_755);
        let entry = Entry { name, flags, method: STORED, modified, mode, at, large: false };
        entry.local(&mut self.out);
        self.list(&entry, 0, 0, 0)?;
        self.flush(PIECE)
    }

    fn file(&mut self, path: &Path, file: File, metadata: &std::fs::Metadata) -> io::Result<()> {
        let name = name_of(path);
        let size = metadata.len();
        let entry = Entry {
            flags: utf8(&name) | DEFERRED,
            name,
            method: DEFLATED,
            modified: modified(metadata),
            mode: std::os::unix::fs::MetadataExt::mode(metadata) & 0o755 | 0o100_000,
            at: self.position(),
            // Deflated content can be a little longer than it was.
            large: size >= FULL - FULL / 1000,
        };
        entry.local(&mut self.out);
        let start = self.position();
        let level = if is_dense(path) { Compression::none() } else { Compression::fast() };
        let mut encoder = DeflateEncoder::new(std::mem::take(&mut self.out), level);
        let mut checksum = crc32fast::Hasher::new();
        // A file that grows meanwhile is cut where it ended.
        let (mut file, mut count) = (file.take(size), 0);
        let mut block = vec![0; PIECE.min(size.max(1) as usize)];
        loop {
            let length = match file.read(&mut block) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            checksum.update(&block[..length]);
            encoder.write_all(&block[..length])?;
            count += length as u64;
            if encoder.get_ref().len() > PIECE {
                let full = std::mem::replace(encoder.get_mut(), Vec::with_capacity(2 * PIECE));
                self.sent += full.len() as u64;
                self.writer.write(full)?;
            }
        }
        self.out = encoder.finish()?;
        let (checksum, packed) = (checksum.finalize(), self.position() - start);
        self.out.extend_from_slice(b"PK\x07\x08");
        self.out.extend_from_slice(&checksum.to_le_bytes());
        for size in [packed, count] {
            match entry.large {
                true => self.out.extend_from_slice(&size.to_le_bytes()),
                false => self.out.extend_from_slice(&(size as u32).to_le_bytes()),
            }
        }
        self.list(&entry, checksum, packed, count)?;
        self.flush(PIECE)
    }

    /// Notes an entry for the central directory (section 4.3.12).
    fn list(&mut self, entry: &Entry, checksum: u32, packed: u64, size: u64) -> io::Result<()> {
        if self.central.len() > MOST {
            return Err(too_many());
        }
        let mut extra = entry.time_field();
        let wide = [size, packed, entry.at].iter().any(|value| *value >= FULL);
        if wide {
            extra.extend_from_slice(&[1, 0, 24, 0]);
            [size, packed, entry.at].iter().for_each(|value| extra.extend_from_slice(&value.to_le_bytes()));
        }
        let narrow = |value: u64| if wide { FULL as u32 } else { value as u32 };
        let out = &mut self.central;
        out.extend_from_slice(b"PK\x01\x02");
        short(out, 3 << 8 | 45); // made by a Unix
        entry.common(out, checksum, narrow(packed), narrow(size), extra.len());
        [0, 0, 0].iter().for_each(|value| short(out, *value)); // no comment, the first disk, binary
        out.extend_from_slice(&(entry.mode << 16).to_le_bytes());
        out.extend_from_slice(&narrow(entry.at).to_le_bytes());
        out.extend_from_slice(&entry.name);
        out.extend_from_slice(&extra);
        self.count += 1;
        Ok(())
    }

    /// Writes the central directory and the ends of the archive, the one of 64 bits first (sections 4.3.14 to 4.3.16).
    fn finish(mut self) -> io::Result<()> {
        self.flush(0)?;
        let (start, length) = (self.sent, self.central.len() as u64);
        let central = std::mem::take(&mut self.central);
        for piece in central.chunks(PIECE) {
            self.sent += piece.len() as u64;
            self.writer.write(piece.to_vec())?;
        }
        let (count, end) = (self.count, self.sent);
        let out = &mut self.out;
        if count >= 0xffff || start >= FULL || length >= FULL {
            out.extend_from_slice(b"PK\x06\x06");
            out.extend_from_slice(&44_u64.to_le_bytes());
            short(out, 3 << 8 | 45);
            short(out, 45);
            out.extend_from_slice(&[0; 8]);
            for value in [count, count, length, start] {
                out.extend_from_slice(&value.to_le_bytes());
            }
            out.extend_from_slice(b"PK\x06\x07\0\0\0\0");
            out.extend_from_slice(&end.to_le_bytes());
            out.extend_from_slice(&1_u32.to_le_bytes());
        }
        out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        let few = count.min(0xffff) as u16;
        short(out, few);
        short(out, few);
        out.extend_from_slice(&(length.min(FULL) as u32).to_le_bytes());
        out.extend_from_slice(&(start.min(FULL) as u32).to_le_bytes());
        short(out, 0);
        self.flush(0)
    }
}

impl Entry {
    /// The head before the content (section 4.3.7).
    fn local(&self, out: &mut Vec<u8>) {
        let mut extra = self.time_field();
        if self.large {
            extra.extend_from_slice(&[1, 0, 16, 0]);
            extra.extend_from_slice(&[0; 16]);
        }
        let size = if self.large { FULL as u32 } else { 0 };
        out.extend_from_slice(b"PK\x03\x04");
        self.common(out, 0, size, size, extra.len());
        out.extend_from_slice(&self.name);
        out.extend_from_slice(&extra);
    }

    fn common(&self, out: &mut Vec<u8>, checksum: u32, packed: u32, size: u32, extra: usize) {
        let Moment { year, month, day, hour, minute, second, .. } = moment(self.modified);
        let (year, month, day) = if year < 1980 { (1980, 1, 1) } else { (year.min(2107), month, day) };
        short(out, if self.large { 45 } else { 20 });
        short(out, self.flags);
        short(out, self.method);
        short(out, u16::from(hour) << 11 | u16::from(minute) << 5 | u16::from(second / 2));
        short(out, ((year - 1980) as u16) << 9 | u16::from(month) << 5 | u16::from(day));
        [checksum, packed, size].iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
        short(out, self.name.len() as u16);
        short(out, extra as u16);
    }

    /// When it was changed, in UTC, which the field of section 4.4.6 does not say (Info-ZIP's extended timestamp).
    fn time_field(&self) -> Vec<u8> {
        let Ok(seconds) = i32::try_from(self.modified) else { return Vec::new() };
        [&[0x55, 0x54, 5, 0, 1][..], &seconds.to_le_bytes()].concat()
    }
}

fn short(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// A name as the archive has it. A backslash, which other systems take for a slash, could lead out of where it is unpacked.
fn name_of(path: &Path) -> Vec<u8> {
    let mut name = path.as_os_str().to_owned().into_vec();
    name.iter_mut().filter(|byte| **byte == b'\\').for_each(|byte| *byte = b'_');
    name
}

fn utf8(name: &[u8]) -> u16 {
    if std::str::from_utf8(name).is_ok() { UTF8 } else { 0 }
}

/// Whether a file is compressed already, by its name.
fn is_dense(path: &Path) -> bool {
    let kind = media_type_of(path);
    let plain = ["image/svg+xml", "image/bmp", "image/tiff", "audio/wav", "audio/midi"];
    let pictures = ["image/", "audio/", "video/", "font/woff"].iter().any(|main| kind.starts_with(main));
    let packed = ["zip", "gzip", "zstd", "x-bzip2", "x-xz", "x-7z-compressed", "java-archive", "pdf"];
    let office = kind.contains("officedocument") || kind.contains("opendocument");
    pictures && !plain.contains(&kind) || office || packed.iter().any(|sub| kind.ends_with(sub))
}
