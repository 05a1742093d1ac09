//! What a folder holds, in order.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, Dir, FileType, statat};

use super::text::form_value;
use crate::files::{Files, open};

/// More are not looked at.
const MOST: usize = 1 << 18;

/// How many a page of the listing has.
pub(super) const PAGE: usize = 2000;

/// A file, or a folder, in a folder.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) is_folder: bool,
    pub(super) size: u64,
    /// Seconds since 1970.
    pub(super) modified: i64,
}

/// Reads what can be asked for: no pipes and devices, no hidden names unless they are served, no links that lead nowhere, or out
/// unless that is wished for. Says whether there is more than was looked at.
///
/// # Errors
/// As the system has them.
pub(super) fn read(files: &Files, folder: &File, path: &Path) -> io::Result<(Vec<Entry>, bool)> {
    let mut found = Vec::new();
    let mut truncated = false;
    for each in Dir::read_from(folder)? {
        let each = each?;
        let name = each.file_name().to_bytes();
        if name.starts_with(b".") && (!files.hidden && name != b".well-known" || matches!(name, b"." | b".."))
        {
            continue;
        }
        if found.len() == MOST {
            truncated = true;
            break;
        }
        // What went away in between is not there.
        let Ok(mut stat) = statat(folder, each.file_name(), AtFlags::SYMLINK_NOFOLLOW) else { continue };
        if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
            // Opened only to learn where it lies.
            let Ok((target, _)) = open::open(&files.root, &path.join(OsStr::from_bytes(name)), files.links)
            else {
                continue;
            };
            let Ok(its) = rustix::fs::fstat(&target) else { continue };
            stat = its;
        }
        let is_folder = match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory => true,
            FileType::RegularFile => false,
            _ => continue,
        };
        let size = if is_folder { 0 } else { u64::try_from(stat.st_size).unwrap_or(0) };
        found.push(Entry { name: name.to_vec(), is_folder, size, modified: stat.st_mtime });
    }
    Ok((found, truncated))
}

/// By what a listing is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Name,
    Size,
    Date,
}

impl Key {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Size => "size",
            Self::Date => "date",
        }
    }
}

/// What a query wishes of a listing: `sort`, `order`, `q` (a part of the names), `page`.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) key: Key,
    pub(super) descending: bool,
    pub(super) wanted: String,
    /// From 1 on.
    pub(super) page: usize,
}

impl View {
    pub(super) fn of(query: Option<&[u8]>) -> Self {
        let mut view = Self { key: Key::Name, descending: false, wanted: String::new(), page: 1 };
        for pair in query.unwrap_or_default().split(|byte| *byte == b'&') {
            let at = memchr::memchr(b'=', pair).unwrap_or(pair.len());
            let value = pair.get(at + 1..).unwrap_or_default();
            match (&pair[..at], value) {
                (b"sort", b"name") => view.key = Key::Name,
                (b"sort", b"size") => view.key = Key::Size,
                (b"sort", b"date") => view.key = Key::Date,
                (b"order", order) => view.descending = order == b"desc",
                (b"q", text) => view.wanted = form_value(text),
                (b"page", text) => {
                    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
                    view.page = number.unwrap_or(1).max(1);
                }
                _ => {}
            }
        }
        view
    }

    /// Leaves out what is not wanted, and sorts the rest: folders before files, and by their names what is otherwise equal.
    pub(super) fn arrange(&self, entries: &mut Vec<Entry>) {
        if !self.wanted.is_empty() {
            let wanted = self.wanted.to_lowercase();
            entries.retain(|each| String::from_utf8_lossy(&each.name).to_lowercase().contains(&wanted));
        }
        entries.sort_by_cached_key(|each| sort_key(&each.name));
        match self.key {
            Key::Name if self.descending => entries.reverse(),
            Key::Name => {}
            Key::Size => self.sort(entries, |each| each.size as i64),
            Key::Date => self.sort(entries, |each| each.modified),
        }
        entries.sort_by_key(|each| !each.is_folder);
    }

    fn sort(&self, entries: &mut [Entry], key: impl Fn(&Entry) -> i64) {
        entries.sort_by(|one, other| match key(one).cmp(&key(other)) {
            order if self.descending => order.reverse(),
            order => order,
        });
    }
}

/// Names as people sort them: without regard to case, and numbers by their value.
#[derive(Debug, PartialEq, Eq)]
struct SortKey(Vec<Part>, Vec<u8>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// How many digits, without zeros before them, and the digits.
    Number(usize, String),
    Text(String),
}

fn sort_key(name: &[u8]) -> SortKey {
    let text = String::from_utf8_lossy(name).to_lowercase();
    let mut parts = Vec::new();
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let is_number = first.is_ascii_digit();
        let end = rest.find(|char: char| char.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        parts.push(if is_number {
            let digits = part.trim_start_matches('0');
            Part::Number(digits.len(), digits.to_owned())
        } else {
            Part::Text(part.to_owned())
        });
    }
    SortKey(parts, name.to_vec())
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0).then_with(|| self.1.cmp(&other.1))
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(query: &str) -> Vec<String> {
        let entry =
            |name: &str, is_folder, size, modified| Entry { name: name.into(), is_folder, size, modified };
        let mut entries = vec![
            entry("b10", false, 5, 30),
            entry("B9", false, 7, 10),
            entry("a", false, 7, 20),
            entry("zoo", true, 0, 5),
            entry("b010", false, 5, 30),
            entry("Zebra", true, 0, 6),
        ];
        View::of(Some(query.as_bytes())).arrange(&mut entries);
        entries.iter().map(|each| String::from_utf8(each.name.clone()).unwrap()).collect()
    }

    #[test]
    fn orders() {
        for (query, expected) in [
            ("", "Zebra zoo a B9 b010 b10"),
            ("sort=name&order=desc", "zoo Zebra b10 b010 B9 a"),
            ("sort=size", "Zebra zoo b010 b10 a B9"),
            ("sort=size&order=desc", "Zebra zoo a B9 b010 b10"),
            ("sort=date", "zoo Zebra B9 a b010 b10"),
            ("sort=date&order=desc", "Zebra zoo b010 b10 a B9"),
            ("q=B", "Zebra B9 b010 b10"),
            ("q=%E2%9C%93", ""),
            ("sort=what&page=-1&page", "Zebra zoo a B9 b010 b10"),
        ] {
            assert_eq!(names(query).join(" "), expected, "{query}");
        }
        let view = View::of(Some(b"page=7&q=a+b&sort=date&order=desc"));
        assert_eq!((view.page, view.wanted.as_str(), view.key, view.descending), (7, "a b", Key::Date, true));
        assert_eq!(View::of(Some(b"page=99999999999999999999999")).page, 1);
        assert_eq!(View::of(None).page, 1);
    }
}
