//! Heads of frames (RFC 6455 section 5.2).

use super::error::Error;
use super::mask::apply_mask;

/// The longest head.
pub(super) const LONGEST: usize = 14;

pub(super) const CONTINUATION: u8 = 0;
pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;
pub(super) const PONG: u8 = 10;

/// The bit of a compressed message (RFC 7692 section 6).
pub(super) const COMPRESSED: u8 = 0x40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHead {
    pub(super) fin: bool,
    pub(super) compressed: bool,
    pub(super) opcode: u8,
    pub(super) mask: Option<[u8; 4]>,
    pub(super) length: u64,
}

impl FrameHead {
    pub(super) fn is_control(&self) -> bool {
        self.opcode >= 8
    }

    /// Reads a head, if it is there whole; what is wrong is told by the first byte that shows it. Gives its length, too.
    ///
    /// `masked` is how frames of this direction are; `compresses`, whether the first reserved bit has a meaning.
    pub(super) fn read(input: &[u8], masked: bool, compresses: bool) -> Result<Option<(Self, usize)>, Error> {
        let Some(&first) = input.first() else { return Ok(None) };
        let (fin, opcode) = (first & 0x80 != 0, first & 0x0f);
        let is_control = match opcode {
            CONTINUATION | TEXT | BINARY => false,
            CLOSE | PING | PONG => true,
            other => return Err(Error::UnknownOpcode(other)),
        };
        let compressed = first & COMPRESSED != 0;
        // Only the first frame of a message may say that it is compressed.
        if first & 0x30 != 0 || compressed && (!compresses || is_control || opcode == CONTINUATION) {
            return Err(Error::ReservedBits);
        }
        if is_control && !fin {
            return Err(Error::ControlFragmented);
        }
        let Some(&second) = input.get(1) else { return Ok(None) };
        match (second & 0x80 != 0, masked) {
            (false, true) => return Err(Error::Unmasked),
            (true, false) => return Err(Error::Masked),
            _ => {}
        }
        let (length, mut at) = match second & 0x7f {
            126 | 127 if is_control => return Err(Error::ControlTooLong),
            126 => {
                let Some(bytes) = array::<2>(input, 2) else { return Ok(None) };
                (u64::from(u16::from_be_bytes(bytes)), 4)
            }
            127 => {
                let Some(bytes) = array::<8>(input, 2) else { return Ok(None) };
                (u64::from_be_bytes(bytes), 10)
            }
            short => (u64::from(short), 2),
        };
        if at == 4 && length < 126 || at == 10 && (length <= 0xffff || length >> 63 != 0) {
            return Err(Error::BadLength);
        }
        let mask = if masked {
            let Some(mask) = array::<4>(input, at) else { return Ok(None) };
            at += 4;
            Some(mask)
        } else {
            None
        };
        Ok(Some((Self { fin, compressed, opcode, mask, length }, at)))
    }

    /// Appends the head.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut head = [0; LONGEST];
        head[0] =
            self.opcode | if self.fin { 0x80 } else { 0 } | if self.compressed { COMPRESSED } else { 0 };
        let mut at = match self.length {
            short @ ..=125 => {
                head[1] = short as u8;
                2
            }
            middle @ ..=0xffff => {
                head[1] = 126;
                head[2..4].copy_from_slice(&(middle as u16).to_be_bytes());
                4
            }
            long => {
                head[1] = 127;
                head[2..10].copy_from_slice(&long.to_be_bytes());
                10
            }
        };
        if let Some(mask) = self.mask {
            head[1] |= 0x80;
            head[at..at + 4].copy_from_slice(&mask);
            at += 4;
        }
        out.extend_from_slice(&head[..at]);
    }

    /// Appends a frame: the head, and the payload with its mask applied.
    pub(super) fn write_with(&self, payload: &[u8], out: &mut Vec<u8>) {
        out.reserve(LONGEST + payload.len());
        self.write(out);
        let begin = out.len();
        out.extend_from_slice(payload);
        if let Some(mask) = self.mask {
            apply_mask(mask, 0, &mut out[begin..]);
        }
    }
}

fn array<const N: usize>(input: &[u8], at: usize) -> Option<[u8; N]> {
    input.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_every_length_come_back() {
        for length in [0, 1, 125, 126, 127, 0xffff, 0x1_0000, u64::MAX >> 1] {
            for mask in [None, Some([1, 2, 3, 4])] {
                let head = FrameHead { fin: true, compressed: true, opcode: TEXT, mask, length };
                let mut bytes = Vec::new();
                head.write(&mut bytes);
                let read = |bytes: &[u8]| FrameHead::read(bytes, mask.is_some(), true);
                assert_eq!(read(&bytes), Ok(Some((head, bytes.len()))));
                for cut in 0..bytes.len() {
                    assert_eq!(read(&bytes[..cut]), Ok(None));
                }
            }
        }
    }

    #[test]
    fn wrong_heads_are_told_by_their_first_wrong_byte() {
        for (bytes, error) in [
            (&b"\xf1"[..], Error::ReservedBits),
            (b"\xc1", Error::ReservedBits),
            (b"\xa1", Error::ReservedBits),
            (b"\x83", Error::UnknownOpcode(3)),
            (b"\x8b", Error::UnknownOpcode(11)),
            (b"\x08", Error::ControlFragmented),
            (b"\x89\x7e", Error::ControlTooLong),
            (b"\x89\x7f", Error::ControlTooLong),
            (b"\x81\x80", Error::Masked),
            (b"\x81\x7e\0\x7d", Error::BadLength),
            (b"\x81\x7f\0\0\0\0\0\0\xff\xff", Error::BadLength),
            (b"\x81\x7f\x80\0\0\0\0\0\xff\xff", Error::BadLength),
        ] {
            assert_eq!(FrameHead::read(bytes, false, false), Err(error), "{bytes:x?}");
        }
        assert_eq!(FrameHead::read(b"\x81\x01", true, false), Err(Error::Unmasked));
        for bytes in [b"\xc0", b"\xc9"] {
            assert_eq!(FrameHead::read(bytes, true, true), Err(Error::ReservedBits));
        }
    }
}
