//! Encodings in lines, whose groups of characters are not cut.

/// How many groups of `characters` stand in a line of at most `columns`: one at least. 0 columns are for one line.
const fn groups(columns: usize, characters: usize) -> Option<usize> {
    match (columns, columns / characters) {
        (0, _) => None,
        (_, 0) => Some(1),
        (_, groups) => Some(groups),
    }
}

/// The length of `length` characters with the line feeds between their lines; `None` if no memory could hold them.
pub(crate) const fn wrapped_len(length: usize, columns: usize, characters: usize) -> Option<usize> {
    let Some(groups) = groups(columns, characters) else { return Some(length) };
    match groups.checked_mul(characters) {
        Some(line) if length > 0 => length.checked_add((length - 1) / line),
        _ => Some(length), // no line is so long
    }
}

/// Writes `data` in lines to the beginning of `out` and gives the length. `encode` writes one line's `bytes` a group and says
/// how much that was.
pub(crate) fn wrap(
    data: &[u8],
    (bytes, characters): (usize, usize),
    columns: usize,
    out: &mut [u8],
    mut encode: impl FnMut(&[u8], &mut [u8]) -> usize,
) -> usize {
    let Some(groups) = groups(columns, characters) else { return encode(data, out) };
    let mut at = 0;
    for piece in data.chunks(groups.saturating_mul(bytes)) {
        if at > 0 {
            out[at] = b'\n';
            at += 1;
        }
        at += encode(piece, &mut out[at..]);
    }
    at
}

/// Puts the characters of one alphabet into the place of another's; other bytes stay.
pub(crate) fn translate(out: &mut [u8], from: &[u8], to: &[u8]) {
    let mut table: [u8; 256] = std::array::from_fn(|byte| byte as u8);
    for (from, to) in from.iter().zip(to) {
        table[usize::from(*from)] = *to;
    }
    for byte in out {
        *byte = table[usize::from(*byte)];
    }
}
