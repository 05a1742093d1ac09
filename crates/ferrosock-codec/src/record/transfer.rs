//! The two loops over the fields of a record. What a value is, the caller's [`Source`] and [`Sink`] say, so that one code
//! serves Rust's [`Value`](super::Value)s and another language's objects without a copy between them.

use super::field::{ByteOrder, Field, Kind, Step};
use super::{Format, half};
use crate::output::arrays;

/// Where the values of a record to be packed come from, one after another.
#[allow(clippy::missing_errors_doc, reason = "the errors are the implementation's own")]
pub trait Source {
    /// Why there is no such value.
    type Error;

    /// Whether a NaN of half precision keeps its payload, and a signalling one of half or single precision remains so.
    /// Otherwise it becomes quiet, as in Python before 3.14.
    const KEEPS_NANS: bool = true;

    /// The next value as a signed integer. One that does not fit into 64 bits is an error; the field's own range is looked
    /// at afterwards.
    fn signed(&mut self, field: &Field) -> Result<i64, Self::Error>;

    /// The next value as an unsigned integer.
    fn unsigned(&mut self, field: &Field) -> Result<u64, Self::Error>;

    /// The next value as the bits of an address.
    fn pointer(&mut self, field: &Field) -> Result<u64, Self::Error>;

    /// The next value as a floating point number.
    fn float(&mut self, field: &Field) -> Result<f64, Self::Error>;

    /// The next value as a complex number: its real and its imaginary part.
    fn complex(&mut self, field: &Field) -> Result<[f64; 2], Self::Error>;

    /// The next value as a truth value.
    fn boolean(&mut self, field: &Field) -> Result<bool, Self::Error>;

    /// The next value as one byte.
    fn char(&mut self, field: &Field) -> Result<u8, Self::Error>;

    /// The next value as bytes of any length.
    fn bytes(&mut self, field: &Field) -> Result<&[u8], Self::Error>;

    /// The error for the last value, a number that the field cannot hold.
    fn out_of_range(&mut self, field: &Field) -> Self::Error;
}

/// Where the values of an unpacked record go, one after another.
#[allow(clippy::missing_errors_doc, reason = "the errors are the implementation's own")]
pub trait Sink {
    /// Why a value could not be taken.
    type Error;

    /// Whether a NaN of half precision keeps its payload, and a signalling one of half or single precision remains so.
    /// Otherwise it becomes quiet, as in Python before 3.14.
    const KEEPS_NANS: bool = true;

    /// Takes a signed integer.
    fn signed(&mut self, value: i64) -> Result<(), Self::Error>;

    /// Takes an unsigned integer.
    fn unsigned(&mut self, value: u64) -> Result<(), Self::Error>;

    /// Takes a floating point number.
    fn float(&mut self, value: f64) -> Result<(), Self::Error>;

    /// Takes a complex number: its real and its imaginary part.
    fn complex(&mut self, value: [f64; 2]) -> Result<(), Self::Error>;

    /// Takes a truth value.
    fn boolean(&mut self, value: bool) -> Result<(), Self::Error>;

    /// Takes bytes.
    fn bytes(&mut self, value: &[u8]) -> Result<(), Self::Error>;
}

/// Packs into `record`, which has the format's size and holds zeros wherever the format leaves gaps.
#[inline]
pub(super) fn pack<S: Source>(format: &Format, record: &mut [u8], source: &mut S) -> Result<(), S::Error> {
    /// Puts each item of the field, an integer of type `$number` in the order of `$bytes`.
    macro_rules! integers {
        ($space:ident, $field:ident, $method:ident, $number:ty, $bytes:ident) => {
            each($space, |item| {
                let number = source.$method($field)?;
                let number = <$number>::try_from(number).map_err(|_| source.out_of_range($field))?;
                *item = number.$bytes();
                Ok(())
            })?
        };
    }
    macro_rules! floats {
        ($space:ident, $field:ident, $convert:expr, $bytes:ident) => {
            each($space, |item| {
                let number = $convert($field, source.float($field)?);
                let number = number.ok_or_else(|| source.out_of_range($field))?;
                *item = number.$bytes();
                Ok(())
            })?
        };
    }
    /// Both parts of each item, which has `$size` bytes, a complex number.
    macro_rules! complexes {
        ($space:ident, $field:ident, $size:literal, $convert:expr, $bytes:ident) => {
            each($space, |item: &mut [u8; $size]| {
                let parts = source.complex($field)?;
                for (place, part) in item.chunks_exact_mut($size / 2).zip(parts) {
                    let number = $convert($field, part);
                    let number = number.ok_or_else(|| source.out_of_range($field))?;
                    place.copy_from_slice(&number.$bytes());
                }
                Ok(())
            })?
        };
    }
    let half = |_: &Field, number| half::encode(if S::KEEPS_NANS { number } else { quiet(number) });
    let single = |field: &Field, number| {
        let single = single(field, number)?;
        Some(if S::KEEPS_NANS && !is_converted(field) { signalling(number, single) } else { single })
    };
    let double = |_: &Field, number| Some::<f64>(number);
    for field in &format.fields {
        let Some(space) = record.get_mut(field.offset..field.end) else {
            continue; // never: the format's size covers its fields
        };
        match field.step {
            Step::I8 => integers!(space, field, signed, i8, to_le_bytes),
            Step::U8 => integers!(space, field, unsigned, u8, to_le_bytes),
            Step::I16Little => integers!(space, field, signed, i16, to_le_bytes),
            Step::I16Big => integers!(space, field, signed, i16, to_be_bytes),
            Step::U16Little => integers!(space, field, unsigned, u16, to_le_bytes),
            Step::U16Big => integers!(space, field, unsigned, u16, to_be_bytes),
            Step::I32Little => integers!(space, field, signed, i32, to_le_bytes),
            Step::I32Big => integers!(space, field, signed, i32, to_be_bytes),
            Step::U32Little => integers!(space, field, unsigned, u32, to_le_bytes),
            Step::U32Big => integers!(space, field, unsigned, u32, to_be_bytes),
            Step::I64Little => integers!(space, field, signed, i64, to_le_bytes),
            Step::I64Big => integers!(space, field, signed, i64, to_be_bytes),
            Step::U64Little => integers!(space, field, unsigned, u64, to_le_bytes),
            Step::U64Big => integers!(space, field, unsigned, u64, to_be_bytes),
            Step::Pointer => integers!(space, field, pointer, usize, to_ne_bytes),
            Step::F16Little => floats!(space, field, half, to_le_bytes),
            Step::F16Big => floats!(space, field, half, to_be_bytes),
            Step::F32Little => floats!(space, field, single, to_le_bytes),
            Step::F32Big => floats!(space, field, single, to_be_bytes),
            Step::F64Little => floats!(space, field, double, to_le_bytes),
            Step::F64Big => floats!(space, field, double, to_be_bytes),
            Step::C64Little => complexes!(space, field, 8, single, to_le_bytes),
            Step::C64Big => complexes!(space, field, 8, single, to_be_bytes),
            Step::C128Little => complexes!(space, field, 16, double, to_le_bytes),
            Step::C128Big => complexes!(space, field, 16, double, to_be_bytes),
            Step::Bool => each(space, |item| {
                *item = [u8::from(source.boolean(field)?)];
                Ok(())
            })?,
            Step::Char => each(space, |item| {
                *item = [source.char(field)?];
                Ok(())
            })?,
            Step::Bytes => fill(space, source.bytes(field)?),
            Step::Pascal => {
                let value = source.bytes(field)?;
                if let Some((length, text)) = space.split_first_mut() {
                    *length = u8::try_from(value.len().min(text.len())).unwrap_or(u8::MAX);
                    fill(text, value);
                }
            }
        }
    }
    Ok(())
}

/// Unpacks `record`, which has the format's size.
#[inline]
pub(super) fn unpack<S: Sink>(format: &Format, record: &[u8], sink: &mut S) -> Result<(), S::Error> {
    let half = |bits| if S::KEEPS_NANS { half::decode(bits) } else { quiet(half::decode(bits)) };
    let single = |field: &Field, single: f32| {
        let keeps = S::KEEPS_NANS && single.is_nan() && !field.is_native() && !is_converted(field);
        if keeps { widened(single) } else { single.into() }
    };
    for field in &format.fields {
        let Some(bytes) = record.get(field.offset..field.end) else {
            continue; // never: the format's size covers its fields
        };
        match field.step {
            Step::I8 => every(bytes, |item| sink.signed(i8::from_le_bytes(item).into()))?,
            Step::I16Little => every(bytes, |item| sink.signed(i16::from_le_bytes(item).into()))?,
            Step::I16Big => every(bytes, |item| sink.signed(i16::from_be_bytes(item).into()))?,
            Step::I32Little => every(bytes, |item| sink.signed(i32::from_le_bytes(item).into()))?,
            Step::I32Big => every(bytes, |item| sink.signed(i32::from_be_bytes(item).into()))?,
            Step::I64Little => every(bytes, |item| sink.signed(i64::from_le_bytes(item)))?,
            Step::I64Big => every(bytes, |item| sink.signed(i64::from_be_bytes(item)))?,
            // What fits into a signed number goes as one, which is the cheaper way in other languages.
            Step::U8 => every(bytes, |[byte]| sink.signed(byte.into()))?,
            Step::U16Little => every(bytes, |item| sink.signed(u16::from_le_bytes(item).into()))?,
            Step::U16Big => every(bytes, |item| sink.signed(u16::from_be_bytes(item).into()))?,
            Step::U32Little => every(bytes, |item| sink.signed(u32::from_le_bytes(item).into()))?,
            Step::U32Big => every(bytes, |item| sink.signed(u32::from_be_bytes(item).into()))?,
            Step::U64Little => every(bytes, |item| sink.unsigned(u64::from_le_bytes(item)))?,
            Step::U64Big => every(bytes, |item| sink.unsigned(u64::from_be_bytes(item)))?,
            Step::Pointer => every(bytes, |item| sink.unsigned(usize::from_ne_bytes(item) as u64))?,
            Step::F16Little => every(bytes, |item| sink.float(half(u16::from_le_bytes(item))))?,
            Step::F16Big => every(bytes, |item| sink.float(half(u16::from_be_bytes(item))))?,
            Step::F32Little => every(bytes, |item| sink.float(single(field, f32::from_le_bytes(item))))?,
            Step::F32Big => every(bytes, |item| sink.float(single(field, f32::from_be_bytes(item))))?,
            Step::F64Little => every(bytes, |item| sink.float(f64::from_le_bytes(item)))?,
            Step::F64Big => every(bytes, |item| sink.float(f64::from_be_bytes(item)))?,
            Step::C64Little => every(bytes, |item: [u8; 8]| {
                sink.complex(parts(item, |part| single(field, f32::from_le_bytes(part))))
            })?,
            Step::C64Big => every(bytes, |item: [u8; 8]| {
                sink.complex(parts(item, |part| single(field, f32::from_be_bytes(part))))
            })?,
            Step::C128Little => every(bytes, |item: [u8; 16]| sink.complex(parts(item, f64::from_le_bytes)))?,
            Step::C128Big => every(bytes, |item: [u8; 16]| sink.complex(parts(item, f64::from_be_bytes)))?,
            Step::Bool => every(bytes, |[byte]| sink.boolean(byte != 0))?,
            Step::Char => every(bytes, |item: [u8; 1]| sink.bytes(&item))?,
            Step::Bytes => sink.bytes(bytes)?,
            Step::Pascal => {
                let (length, text) = bytes.split_first().map_or((0, &[][..]), |(&l, text)| (l.into(), text));
                sink.bytes(text.get(..length).unwrap_or(text))?;
            }
        }
    }
    Ok(())
}

/// Whether the compiler's own conversion of single precision is what the field goes through: of complex numbers in the
/// machine's own order of bytes.
#[inline]
fn is_converted(field: &Field) -> bool {
    field.kind == Kind::Complex && field.order == ByteOrder::NATIVE
}

/// A number in single precision; None if that would be infinite. The compiler's own conversion gives infinity.
#[inline]
fn single(field: &Field, number: f64) -> Option<f32> {
    let single = number as f32;
    (single.is_finite() || !number.is_finite() || is_converted(field)).then_some(single)
}

/// Says of a NaN that it is quiet in double precision.
const QUIET: u64 = 1 << 51;

/// A number; of a NaN only the sign.
#[inline]
fn quiet(number: f64) -> f64 {
    if number.is_nan() { f64::NAN.copysign(number) } else { number }
}

/// What became of a number in single precision, signalling if the number is a NaN that is, and has a payload there, too.
#[inline]
fn signalling(number: f64, single: f32) -> f32 {
    let bits = single.to_bits();
    let is_signalling = number.is_nan() && number.to_bits() & QUIET == 0 && bits & 0x3f_ffff != 0;
    if is_signalling { f32::from_bits(bits & !(1 << 22)) } else { single }
}

/// A NaN in double precision, bit by bit.
#[cold]
fn widened(nan: f32) -> f64 {
    let bits = u64::from(nan.to_bits());
    f64::from_bits((bits >> 31) << 63 | f64::INFINITY.to_bits() | (bits & 0x7f_ffff) << 29)
}

/// The real and the imaginary part of a complex number.
#[inline]
fn parts<const N: usize, const M: usize, F: Into<f64>>(
    item: [u8; N],
    read: impl Fn([u8; M]) -> F,
) -> [f64; 2] {
    let mut parts = [0.0; 2];
    for (part, bytes) in parts.iter_mut().zip(arrays(&item).0) {
        *part = read(bytes).into();
    }
    parts
}

/// Calls `put` with each item of N bytes.
#[inline]
fn each<const N: usize, E>(
    space: &mut [u8],
    mut put: impl FnMut(&mut [u8; N]) -> Result<(), E>,
) -> Result<(), E> {
    let mut rest = space;
    while let Some((item, after)) = rest.split_first_chunk_mut::<N>() {
        put(item)?;
        rest = after;
    }
    Ok(())
}

/// Calls `take` with each item of N bytes.
#[inline]
fn every<const N: usize, E>(bytes: &[u8], mut take: impl FnMut([u8; N]) -> Result<(), E>) -> Result<(), E> {
    let mut rest = bytes;
    while let Some((&item, after)) = rest.split_first_chunk::<N>() {
        take(item)?;
        rest = after;
    }
    Ok(())
}

/// Copies as much of `value` as there is space for.
#[inline]
fn fill(space: &mut [u8], value: &[u8]) {
    let length = space.len().min(value.len());
    space[..length].copy_from_slice(&value[..length]);
}
