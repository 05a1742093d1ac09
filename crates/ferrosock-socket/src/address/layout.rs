//! The fields of `struct sockaddr_*`, read and written one by one.
//!
//! The layouts are part of each system's binary interface and plain: integers in the machine's byte order, one after the
//! other, with their padding spelled out. Reading them from bytes needs no unsafe code and no trust in lengths.

use super::raw::{CAPACITY, RawAddress};

/// Whether an address begins with its length (the BSDs), or with two bytes of family.
const HAS_LENGTH: bool = cfg!(target_os = "macos");

/// How many bytes the family, and the length where there is one, take.
pub(super) const HEADER: usize = 2;

/// Writes an address field by field. What would not fit into the largest address is dropped.
pub(super) struct Writer {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Writer {
    /// An address of `family`, whose other fields follow.
    pub(super) fn new(family: i32) -> Self {
        let mut bytes = [0; CAPACITY];
        if HAS_LENGTH {
            bytes[1] = family as u8;
        } else {
            bytes[..HEADER].copy_from_slice(&(family as u16).to_ne_bytes());
        }
        Self { bytes, length: HEADER }
    }

    pub(super) fn bytes(mut self, field: &[u8]) -> Self {
        let room = &mut self.bytes[self.length..];
        let length = field.len().min(room.len());
        room[..length].copy_from_slice(&field[..length]);
        self.length += length;
        self
    }

    /// Bytes and as many zeroes after them as make `size`.
    pub(super) fn padded(self, field: &[u8], size: usize) -> Self {
        let end = (self.length + size).min(CAPACITY);
        let mut this = self.bytes(&field[..field.len().min(size)]);
        this.length = end;
        this
    }

    pub(super) fn u8(self, field: u8) -> Self {
        self.bytes(&[field])
    }

    pub(super) fn u16(self, field: u16) -> Self {
        self.bytes(&field.to_ne_bytes())
    }

    pub(super) fn u32(self, field: u32) -> Self {
        self.bytes(&field.to_ne_bytes())
    }

    pub(super) fn finish(mut self) -> RawAddress {
        if HAS_LENGTH {
            self.bytes[0] = self.length as u8;
        }
        RawAddress::from_bytes(&self.bytes[..self.length]).unwrap_or_else(RawAddress::empty)
    }
}

/// Reads an address field by field. A field that the address is too short for is zero, as it is in the larger
/// structures that the system zeroes before it fills them.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The fields after the family.
    pub(super) fn new(address: &'a RawAddress) -> Self {
        Self(address.as_bytes().get(HEADER..).unwrap_or_default())
    }

    /// All that is left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(super) fn array<const SIZE: usize>(&mut self) -> [u8; SIZE] {
        let (field, rest) = self.0.split_at(SIZE.min(self.0.len()));
        self.0 = rest;
        let mut array = [0; SIZE];
        array[..field.len()].copy_from_slice(field);
        array
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn u8(&mut self) -> u8 {
        let [field] = self.array();
        field
    }

    pub(super) fn u16(&mut self) -> u16 {
        u16::from_ne_bytes(self.array())
    }

    pub(super) fn u32(&mut self) -> u32 {
        u32::from_ne_bytes(self.array())
    }
}

/// The bytes of a C string: up to the first NUL, or all if there is none.
pub(super) fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}
