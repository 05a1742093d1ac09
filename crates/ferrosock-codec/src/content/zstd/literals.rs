//! The literals of a block (RFC 8878 section 3.1.1.3.1).

use super::huffman::Table;
use super::{LARGEST_BLOCK, corrupt};
use crate::content::Error;

/// Reads the section at the beginning of a block into `out`; says how long it is.
pub(super) fn read(bytes: &[u8], table: &mut Table, out: &mut Vec<u8>) -> Result<usize, Error> {
    let early = || corrupt("the literals end early");
    out.clear();
    let (kind, format) = (bytes[0] & 3, bytes[0] >> 2 & 3);
    let (head, width) = match (kind, format) {
        (0 | 1, 1) => (2, 12),
        (0 | 1, 3) => (3, 20),
        (0 | 1, _) => (1, 5),
        (_, 0 | 1) => (3, 10),
        (_, 2) => (4, 14),
        _ => (5, 18),
    };
    let mut word = [0; 8];
    word[..head].copy_from_slice(bytes.get(..head).ok_or_else(early)?);
    let word = u64::from_le_bytes(word);
    let rest = &bytes[head..];
    let bits = |at: u32, width: u32| (word >> at & ((1 << width) - 1)) as usize;
    let size = bits(if width == 5 { 3 } else { 4 }, width);
    if size > LARGEST_BLOCK {
        return Err(corrupt("more literals than a block has"));
    }
    if kind == 0 {
        out.extend_from_slice(rest.get(..size).ok_or_else(early)?);
        return Ok(head + size);
    }
    if kind == 1 {
        out.resize(size, *rest.first().ok_or_else(early)?);
        return Ok(head + 1);
    }
    let compressed = bits(4 + width, width);
    let mut streams = rest.get(..compressed).ok_or_else(early)?;
    if kind == 2 {
        table.clear();
        let used = table.read(streams)?;
        streams = &streams[used..];
    } else if table.is_empty() {
        return Err(corrupt("a Huffman code of a block before, which has none"));
    }
    if format == 0 {
        table.decode(streams, size, out)?;
        return Ok(head + compressed);
    }
    // Four streams of as many bytes each but the last; the lengths of the first three stand before them.
    let (lengths, mut streams) = streams.split_first_chunk::<6>().ok_or_else(early)?;
    let each = size.div_ceil(4);
    for pair in lengths.chunks_exact(2) {
        let length = u16::from_le_bytes([pair[0], pair[1]]).into();
        let (stream, others) = streams.split_at_checked(length).ok_or_else(early)?;
        table.decode(stream, each, out)?;
        streams = others;
    }
    let left = size.checked_sub(3 * each).ok_or_else(|| corrupt("too few literals for four streams"))?;
    table.decode(streams, left, out)?;
    Ok(head + compressed)
}
