//! Parts of a file (RFC 9110 section 14).

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use ferrosock_proto::http::parse_ranges;

use super::Selection;
use crate::response::Chunks;

/// More parts than this, or parts that are together longer than the file, are no honest wish (section 14.2): it is answered whole.
const MOST: usize = 16;

/// How much of a file is read at once.
const PIECE: u64 = 64 * 1024;

/// Which parts of a file a `Range` asks for.
pub(super) fn parts(value: &[u8], length: u64) -> Selection {
    let Some(ranges) = parse_ranges(value) else { return Selection::Whole };
    let found: Vec<_> = ranges.iter().take(MOST + 1).filter_map(|range| range.within(length)).collect();
    match found.as_slice() {
        _ if ranges.len() > MOST => Selection::Whole,
        [] => Selection::Unsatisfiable,
        [(first, last)] => Selection::Part(*first, *last),
        many => {
            let add = |sum: u64, (first, last): &(u64, u64)| sum.saturating_add(last - first + 1);
            if many.iter().fold(0, add) > length { Selection::Whole } else { Selection::Parts(found) }
        }
    }
}

/// Several parts of a file as one message (section 14.6).
pub(super) struct Multipart {
    file: Arc<File>,
    /// What comes before each part, and the part: position and length; the last has none.
    pieces: std::vec::IntoIter<(Vec<u8>, u64, u64)>,
    now: Option<(u64, u64)>,
    pub(super) length: u64,
}

impl Multipart {
    pub(super) fn new(file: Arc<File>, size: u64, parts: &[(u64, u64)], kind: &str, boundary: &str) -> Self {
        let mut pieces = Vec::with_capacity(parts.len() + 1);
        for (index, (first, last)) in parts.iter().enumerate() {
            let start = if index == 0 { "" } else { "\r\n" };
            let head = format!(
                "{start}--{boundary}\r\nContent-Type: {kind}\r\nContent-Range: bytes {first}-{last}/{size}\r\n\r\n"
            );
            pieces.push((head.into_bytes(), *first, last - first + 1));
        }
        pieces.push((format!("\r\n--{boundary}--\r\n").into_bytes(), 0, 0));
        let length = pieces.iter().map(|(head, _, length)| head.len() as u64 + length).sum();
        Self { file, pieces: pieces.into_iter(), now: None, length }
    }
}

impl Chunks for Multipart {
    fn next_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        if let Some((at, left)) = self.now.filter(|(_, left)| *left > 0) {
            let count = left.min(PIECE);
            let mut piece = vec![0; count as usize];
            self.file.read_exact_at(&mut piece, at)?;
            self.now = Some((at + count, left - count));
            return Ok(Some(piece));
        }
        Ok(self.pieces.next().map(|(head, at, length)| {
            self.now = Some((at, length));
            head
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_within_a_file() {
        for (value, expected) in [
            ("bytes=0-4", Selection::Part(0, 4)),
            ("bytes=5-", Selection::Part(5, 9)),
            ("bytes=-3", Selection::Part(7, 9)),
            ("bytes=5-100", Selection::Part(5, 9)),
            ("bytes=10-", Selection::Unsatisfiable),
            ("bytes=-0", Selection::Unsatisfiable),
            ("bytes=0-1,20-", Selection::Part(0, 1)),
            ("bytes=0-1,3-4", Selection::Parts(vec![(0, 1), (3, 4)])),
            ("bytes=0-,0-", Selection::Whole),
            ("bytes=4-3", Selection::Whole),
            ("lines=0-1", Selection::Whole),
        ] {
            assert_eq!(parts(value.as_bytes(), 10), expected, "{value}");
        }
        assert_eq!(parts(b"bytes=0-,0-,0-", 7 << 60), Selection::Whole); // longer together than a number can be
        let many = format!("bytes={}", vec!["0-0"; 17].join(","));
        assert_eq!(parts(many.as_bytes(), 1000), Selection::Whole);
        assert_eq!(parts(b"bytes=0-", 0), Selection::Unsatisfiable);
    }
}
