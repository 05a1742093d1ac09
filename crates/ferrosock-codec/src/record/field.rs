use std::ffi::{c_int, c_long, c_longlong, c_short};

/// The order of the bytes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    /// The least significant byte first.
    Little,
    /// The most significant byte first: the order of the network.
    Big,
}

impl ByteOrder {
    /// The order of this machine.
    pub const NATIVE: Self = if cfg!(target_endian = "little") { Self::Little } else { Self::Big };
}

/// What a field of a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// One byte as bytes: `c`.
    Char,
    /// Bytes of a fixed size, cut or filled with zeros: `s`.
    Bytes,
    /// A byte that counts, then up to so many bytes: `p`.
    Pascal,
    /// A truth value: `?`.
    Bool,
    /// A signed integer of the field's size (1, 2, 4 or 8 bytes).
    Signed,
    /// An unsigned integer of the field's size (1, 2, 4 or 8 bytes).
    Unsigned,
    /// An address: `P`. It is packed from either sign and unpacked as unsigned.
    Pointer,
    /// An IEEE 754 number of the field's size (2, 4 or 8 bytes).
    Float,
    /// A complex number: two IEEE 754 numbers, the real part first, each of half the field's size (8 or 16 bytes).
    Complex,
}

/// A code of a format with its place: `repeat` items of `size` bytes, one after another, from `offset` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub(super) step: Step,
    pub(super) kind: Kind,
    pub(super) order: ByteOrder,
    pub(super) native: bool,
    pub(super) code: u8,
    pub(super) offset: usize,
    pub(super) size: usize,
    pub(super) repeat: usize,
    pub(super) end: usize,
}

/// Kind, size and order of a field in one, which is all that the loops of packing and unpacking branch on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Char,
    Bytes,
    Pascal,
    Bool,
    I8,
    U8,
    I16Little,
    I16Big,
    U16Little,
    U16Big,
    I32Little,
    I32Big,
    U32Little,
    U32Big,
    I64Little,
    I64Big,
    U64Little,
    U64Big,
    Pointer,
    F16Little,
    F16Big,
    F32Little,
    F32Big,
    F64Little,
    F64Big,
    C64Little,
    C64Big,
    C128Little,
    C128Big,
}

impl Step {
    /// The steps for a kind of that many bytes, little-endian and big-endian; for the sizes that no kind has, it does not matter
    /// which.
    const fn both(kind: Kind, size: usize) -> [Self; 2] {
        match (kind, size) {
            (Kind::Char, _) => [Self::Char; 2],
            (Kind::Bytes, _) => [Self::Bytes; 2],
            (Kind::Pascal, _) => [Self::Pascal; 2],
            (Kind::Bool, _) => [Self::Bool; 2],
            (Kind::Pointer, _) => [Self::Pointer; 2],
            (Kind::Signed, 1) => [Self::I8; 2],
            (Kind::Signed, 2) => [Self::I16Little, Self::I16Big],
            (Kind::Signed, 4) => [Self::I32Little, Self::I32Big],
            (Kind::Signed, _) => [Self::I64Little, Self::I64Big],
            (Kind::Unsigned, 1) => [Self::U8; 2],
            (Kind::Unsigned, 2) => [Self::U16Little, Self::U16Big],
            (Kind::Unsigned, 4) => [Self::U32Little, Self::U32Big],
            (Kind::Unsigned, _) => [Self::U64Little, Self::U64Big],
            (Kind::Float, 2) => [Self::F16Little, Self::F16Big],
            (Kind::Float, 4) => [Self::F32Little, Self::F32Big],
            (Kind::Float, _) => [Self::F64Little, Self::F64Big],
            (Kind::Complex, 8) => [Self::C64Little, Self::C64Big],
            (Kind::Complex, _) => [Self::C128Little, Self::C128Big],
        }
    }
}

impl Field {
    /// What it holds.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The order of its bytes.
    pub fn order(&self) -> ByteOrder {
        self.order
    }

    /// Whether size and alignment are those of this machine's C compiler (`@`), not the standard ones.
    pub fn is_native(&self) -> bool {
        self.native
    }

    /// Its code, such as `H`.
    pub fn code(&self) -> char {
        char::from(self.code)
    }

    /// Where the first item begins, in bytes from the record's beginning.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The size of an item in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// How many items there are.
    pub fn repeat(&self) -> usize {
        self.repeat
    }

    /// The least and the greatest integer that an item can hold; the same as of a number for what holds none.
    pub fn range(&self) -> (i128, i128) {
        let bits = (self.size.min(8) * 8) as u32;
        if self.kind == Kind::Signed {
            let most = (1_i128 << (bits.max(1) - 1)) - 1;
            (-most - 1, most)
        } else {
            (0, (1_i128 << bits) - 1)
        }
    }
}

/// What a code means in one of the two modes: its kind, size and alignment (a power of two).
#[derive(Clone, Copy)]
pub(super) struct Code {
    /// With the step for each byte order, little and big. None for `x`, a byte that is skipped.
    pub(super) kind: Option<(Kind, [Step; 2])>,
    pub(super) size: usize,
    pub(super) align: usize,
}

/// The meaning of a code, if it has one.
pub(super) fn code(code: u8, native: bool) -> Option<Code> {
    // Tables, since branches on each code of a short format would be guessed wrongly.
    static STANDARD: [Option<Code>; 256] = meanings(false);
    static NATIVE: [Option<Code>; 256] = meanings(true);
    let table = if native { &NATIVE } else { &STANDARD };
    table[usize::from(code)]
}

const fn meanings(native: bool) -> [Option<Code>; 256] {
    let mut table = [None; 256];
    let mut at = 0;
    while at < table.len() {
        table[at] = meaning(at as u8, native);
        at += 1;
    }
    table
}

const fn meaning(code: u8, native: bool) -> Option<Code> {
    let (kind, standard, (size, align)) = match code {
        b'x' => (None, 1, (1, 1)),
        b'c' => (Some(Kind::Char), 1, (1, 1)),
        b's' => (Some(Kind::Bytes), 1, (1, 1)),
        b'p' => (Some(Kind::Pascal), 1, (1, 1)),
        b'?' => (Some(Kind::Bool), 1, layout::<bool>()),
        b'b' => (Some(Kind::Signed), 1, (1, 1)),
        b'B' => (Some(Kind::Unsigned), 1, (1, 1)),
        b'h' => (Some(Kind::Signed), 2, layout::<c_short>()),
        b'H' => (Some(Kind::Unsigned), 2, layout::<c_short>()),
        b'i' => (Some(Kind::Signed), 4, layout::<c_int>()),
        b'I' => (Some(Kind::Unsigned), 4, layout::<c_int>()),
        b'l' => (Some(Kind::Signed), 4, layout::<c_long>()),
        b'L' => (Some(Kind::Unsigned), 4, layout::<c_long>()),
        b'q' => (Some(Kind::Signed), 8, layout::<c_longlong>()),
        b'Q' => (Some(Kind::Unsigned), 8, layout::<c_longlong>()),
        b'n' if native => (Some(Kind::Signed), 0, layout::<usize>()),
        b'N' if native => (Some(Kind::Unsigned), 0, layout::<usize>()),
        b'P' if native => (Some(Kind::Pointer), 0, layout::<usize>()),
        b'e' => (Some(Kind::Float), 2, layout::<c_short>()),
        b'f' => (Some(Kind::Float), 4, layout::<f32>()),
        b'd' => (Some(Kind::Float), 8, layout::<f64>()),
        b'F' => (Some(Kind::Complex), 8, layout::<[f32; 2]>()),
        b'D' => (Some(Kind::Complex), 16, layout::<[f64; 2]>()),
        _ => return None,
    };
    let (size, align) = if native { (size, align) } else { (standard, 1) };
    let kind = match kind {
        Some(kind) => Some((kind, Step::both(kind, size))),
        None => None,
    };
    Some(Code { kind, size, align })
}

const fn layout<T>() -> (usize, usize) {
    (size_of::<T>(), align_of::<T>())
}
