use super::field::{ByteOrder, Field, Kind, code};
use super::{ComplexCodes, Error, Format};

/// The most bytes that a record may have: what a buffer of any Python or Rust program can hold.
const MOST: usize = isize::MAX as usize;

/// Reads a format and lays its fields out. Other codes of complex numbers than `complex` mean nothing.
pub(super) fn parse(text: &[u8], complex: ComplexCodes) -> Result<Format, Error> {
    if text.contains(&0) {
        return Err(Error::EmbeddedNul);
    }
    let (order, native, codes) = match text.split_first() {
        Some((b'@', rest)) => (ByteOrder::NATIVE, true, rest),
        Some((b'=', rest)) => (ByteOrder::NATIVE, false, rest),
        Some((b'<', rest)) => (ByteOrder::Little, false, rest),
        Some((b'>' | b'!', rest)) => (ByteOrder::Big, false, rest),
        _ => (ByteOrder::NATIVE, true, text),
    };
    let letters = codes.iter().filter(|letter| !letter.is_ascii_digit()).count(); // no more fields than these
    let mut fields = Vec::with_capacity(letters);
    let (mut size, mut count) = (0_usize, 0_usize);
    let mut rest = codes;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first.is_ascii_whitespace() || first == b'\x0b' {
            continue;
        }
        let (repeat, letter) = if first.is_ascii_digit() { counted(first, &mut rest)? } else { (1, first) };
        let letter = match letter {
            b'Z' if complex >= ComplexCodes::Pairs => paired(&mut rest)?,
            letter => letter,
        };
        let meaning = code(letter, native).ok_or(Error::BadCode)?;
        if complex < ComplexCodes::Letters && matches!(meaning.kind, Some((Kind::Complex, _))) {
            return Err(Error::BadCode);
        }
        let offset = size.checked_add(meaning.align - 1).ok_or(Error::TooLong)? & !(meaning.align - 1);
        let end = repeat.checked_mul(meaning.size).and_then(|bytes| offset.checked_add(bytes));
        let end = end.filter(|&end| end <= MOST).ok_or(Error::TooLong)?;
        size = end;
        let Some((kind, [little, big])) = meaning.kind else { continue };
        let (item, repeat) = match kind {
            Kind::Bytes | Kind::Pascal => (repeat, 1),
            _ => (meaning.size, repeat),
        };
        count += repeat; // no more than there are bytes and codes
        if repeat > 0 {
            let step = if order == ByteOrder::Little { little } else { big };
            fields.push(Field { step, kind, order, native, code: letter, offset, size: item, repeat, end });
        }
    }
    Ok(Format { fields: fields.into_boxed_slice(), size, count })
}

/// The code of one letter for that of two, of which the first has been read.
fn paired(rest: &mut &[u8]) -> Result<u8, Error> {
    let (&part, after) = rest.split_first().ok_or(Error::BadCode)?;
    *rest = after;
    match part {
        b'f' => Ok(b'F'),
        b'd' => Ok(b'D'),
        _ => Err(Error::BadCode),
    }
}

/// A repeat count, which begins with the digit `first`, and the code that it belongs to.
fn counted(first: u8, rest: &mut &[u8]) -> Result<(usize, u8), Error> {
    let mut count = usize::from(first - b'0');
    loop {
        let (&next, after) = rest.split_first().ok_or(Error::CountWithoutCode)?;
        *rest = after;
        if !next.is_ascii_digit() {
            return Ok((count, next));
        }
        count = count
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(usize::from(next - b'0')))
            .filter(|&count| count <= MOST)
            .ok_or(Error::TooLong)?;
    }
}
