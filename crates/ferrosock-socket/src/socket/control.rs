//! Control messages: what travels beside the data, such as descriptors and credentials
//! ([RFC 3542](https://www.rfc-editor.org/rfc/rfc3542) section 20, `cmsg(3)`).
//!
//! The system lays them out in one buffer: a header (length, level, type), the data, padding, and the next. The layout is
//! the same on every Unix but for the width of the length and the alignment, so it is read and written here as bytes,
//! with every length checked, rather than through the `CMSG_*` macros' pointers.

use std::alloc::{Layout, alloc_zeroed};

use smallvec::SmallVec;

use crate::{Error, Result};

/// One control message.
///
/// ```
/// use ferrosock_socket::ControlMessage;
/// let number = 3_i32.to_ne_bytes(); // a descriptor
/// let rights = ControlMessage { level: libc::SOL_SOCKET, kind: libc::SCM_RIGHTS, data: &number };
/// assert_eq!(rights.data.len(), 4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlMessage<'a> {
    /// The protocol that it belongs to, such as `SOL_SOCKET`.
    pub level: i32,
    /// The protocol's own type, such as `SCM_RIGHTS`.
    pub kind: i32,
    /// The data.
    pub data: &'a [u8],
}

/// How many bytes a header takes.
const HEADER: usize = size_of::<libc::cmsghdr>();

/// What messages are aligned to.
#[cfg(target_os = "macos")]
const ALIGNMENT: usize = size_of::<u32>();
#[cfg(not(target_os = "macos"))]
const ALIGNMENT: usize = size_of::<usize>();

/// Where the data begins in a message.
const DATA: usize = HEADER.next_multiple_of(ALIGNMENT);

/// The most bytes of control data that a system call takes: its lengths are 32 bits wide with a sign.
const MOST: usize = 0x7fff_ffff;

/// So many words of control messages, a few descriptors say, lie in a [`ControlBuffer`] itself.
const INLINE: usize = 8;

/// The length of a message with `data` bytes of data, without padding after it (`CMSG_LEN`); `None` if it is too long.
///
/// ```
/// use ferrosock_socket::{control_length, control_space};
/// assert!(control_length(1) < control_space(1));
/// assert_eq!(control_length(usize::MAX), None);
/// ```
pub fn control_length(data: usize) -> Option<usize> {
    (data <= MOST - DATA).then(|| DATA + data)
}

/// The room that a message with `data` bytes of data takes, padding included (`CMSG_SPACE`); `None` if it is too long.
///
/// ```
/// use ferrosock_socket::{control_length, control_space};
/// assert_eq!(control_space(8), control_length(8)); // no padding is needed
/// ```
pub fn control_space(data: usize) -> Option<usize> {
    // One byte more would already be too much in CPython, which asks for the room of a padded word to be left.
    (data <= MOST - DATA - ALIGNMENT).then(|| DATA + data.next_multiple_of(ALIGNMENT))
}

/// Control messages in the system's form: to be sent, or room to receive some.
///
/// The buffer is made of words, so that the system's headers in it are aligned.
///
/// ```
/// use ferrosock_socket::{ControlBuffer, ControlMessage};
/// let sent = [ControlMessage { level: 1, kind: 2, data: b"three" }];
/// let buffer = ControlBuffer::of(&sent)?;
/// assert_eq!(buffer.messages().collect::<Vec<_>>(), sent);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ControlBuffer {
    words: SmallVec<[usize; INLINE]>,
    length: usize,
}

impl ControlBuffer {
    /// Room for `length` bytes of control messages.
    ///
    /// # Errors
    /// [`Error::NoMemory`], rather than the end of the program: the length is often somebody else's choice.
    ///
    /// ```
    /// use ferrosock_socket::ControlBuffer;
    /// assert_eq!(ControlBuffer::with_room(64)?.len(), 64);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_room(length: usize) -> Result<Self> {
        let count = length.div_ceil(size_of::<usize>());
        let words =
            if count <= INLINE { SmallVec::from_elem(0, count) } else { SmallVec::from_vec(zeroes(count)?) };
        Ok(Self { words, length })
    }

    /// Bytes that are in the system's form already, from anywhere: reading them checks every length.
    ///
    /// # Errors
    /// [`Error::NoMemory`].
    ///
    /// ```
    /// use ferrosock_socket::{ControlBuffer, ControlMessage};
    /// let buffer = ControlBuffer::of(&[ControlMessage { level: 1, kind: 2, data: b"three" }])?;
    /// assert_eq!(ControlBuffer::from_bytes(buffer.as_bytes())?.messages().count(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut buffer = Self::with_room(bytes.len())?;
        buffer.bytes_mut().copy_from_slice(bytes);
        Ok(buffer)
    }

    /// The system's form of some messages.
    ///
    /// # Errors
    /// `EMSGSIZE` if they are too long for a system call, [`Error::NoMemory`].
    ///
    /// ```
    /// use ferrosock_socket::{ControlBuffer, ControlMessage, control_space};
    /// let message = ControlMessage { level: 1, kind: 2, data: b"three" };
    /// assert_eq!(Some(ControlBuffer::of(&[message])?.len()), control_space(5));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(messages: &[ControlMessage<'_>]) -> Result<Self> {
        let mut total = 0_usize;
        for message in messages {
            let space = control_space(message.data.len()).ok_or(Error::Os(libc::EMSGSIZE))?;
            total = total.checked_add(space).filter(|sum| *sum <= MOST).ok_or(Error::Os(libc::EMSGSIZE))?;
        }
        let mut buffer = Self::with_room(total)?;
        let mut at = 0;
        for message in messages {
            let length = DATA + message.data.len();
            let bytes = buffer.bytes_mut();
            write_header(&mut bytes[at..at + HEADER], length, message.level, message.kind);
            bytes[at + DATA..at + length].copy_from_slice(message.data);
            at += length.next_multiple_of(ALIGNMENT);
        }
        Ok(buffer)
    }

    /// How many bytes there are.
    ///
    /// ```
    /// use ferrosock_socket::ControlBuffer;
    /// assert_eq!(ControlBuffer::with_room(100)?.len(), 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    ///
    /// ```
    /// use ferrosock_socket::ControlBuffer;
    /// assert!(ControlBuffer::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The messages in the buffer.
    ///
    /// ```
    /// use ferrosock_socket::ControlBuffer;
    /// assert_eq!(ControlBuffer::default().messages().count(), 0);
    /// ```
    pub fn messages(&self) -> ControlMessages<'_> {
        ControlMessages { rest: self.as_bytes(), malformed: false }
    }

    pub(crate) fn set_len(&mut self, length: usize) {
        self.length = length.min(self.words.len() * size_of::<usize>());
    }

    /// The bytes in the system's form.
    ///
    /// ```
    /// use ferrosock_socket::ControlBuffer;
    /// assert_eq!(ControlBuffer::with_room(3)?.as_bytes(), [0; 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: initialised words are initialised bytes, and `length` of them lie within the words.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr().cast(), self.length) }
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `as_bytes`; any bytes are valid words.
        unsafe { std::slice::from_raw_parts_mut(self.words.as_mut_ptr().cast(), self.length) }
    }
}

/// So many zeroes. The allocator has them at hand where `vec!` has, but `vec!` aborts the program if there are too many.
pub(super) fn zeroes<T: Number>(count: usize) -> Result<Vec<T>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let layout = Layout::array::<T>(count).map_err(|_| Error::NoMemory)?;
    // SAFETY: a layout of more than no bytes; what comes is null or `count` zeroed numbers of the global allocator, whose
    // capacity and length those are.
    unsafe {
        let numbers = alloc_zeroed(layout).cast::<T>();
        if numbers.is_null() { Err(Error::NoMemory) } else { Ok(Vec::from_raw_parts(numbers, count, count)) }
    }
}

/// Numbers, of which zeroed memory is one.
pub(super) trait Number: Copy {}

impl Number for u8 {}
impl Number for usize {}

/// The messages of a [`ControlBuffer`], in order.
///
/// A message whose data the buffer holds only in part is given with that part, and ends the iteration; after the end,
/// [`is_malformed`](ControlMessages::is_malformed) tells whether something was wrong.
///
/// ```
/// use ferrosock_socket::ControlBuffer;
/// let nonsense = ControlBuffer::from_bytes(&[0; 16])?;
/// let mut messages = nonsense.messages();
/// messages.by_ref().for_each(drop);
/// assert!(messages.is_malformed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ControlMessages<'a> {
    rest: &'a [u8],
    malformed: bool,
}

impl ControlMessages<'_> {
    /// Whether a message was malformed or cut short.
    ///
    /// ```
    /// use ferrosock_socket::ControlBuffer;
    /// let nothing = ControlBuffer::default();
    /// let mut messages = nothing.messages();
    /// assert!(messages.next().is_none());
    /// assert!(!messages.is_malformed());
    /// ```
    pub fn is_malformed(&self) -> bool {
        self.malformed
    }
}

impl<'a> Iterator for ControlMessages<'a> {
    type Item = ControlMessage<'a>;

    fn next(&mut self) -> Option<ControlMessage<'a>> {
        let rest = std::mem::take(&mut self.rest);
        if rest.len() < HEADER {
            return None;
        }
        let (length, level, kind) = read_header(rest);
        if length < DATA {
            self.malformed = true;
            return None;
        }
        if rest.len() < DATA {
            self.malformed = true;
            return None;
        }
        let data = match rest.get(DATA..length) {
            Some(data) => {
                self.rest = length
                    .checked_next_multiple_of(ALIGNMENT)
                    .and_then(|space| rest.get(space..))
                    .unwrap_or_default();
                data
            }
            None => {
                self.malformed = true;
                &rest[DATA..]
            }
        };
        Some(ControlMessage { level, kind, data })
    }
}

/// A header: `cmsg_len` (a word on Linux, 32 bits on the BSDs), `cmsg_level`, `cmsg_type`.
fn write_header(place: &mut [u8], length: usize, level: i32, kind: i32) {
    let lengths = HEADER - 8;
    let bytes = length.to_ne_bytes();
    let bytes = if cfg!(target_endian = "big") { &bytes[bytes.len() - lengths..] } else { &bytes[..lengths] };
    place[..lengths].copy_from_slice(bytes);
    place[lengths..lengths + 4].copy_from_slice(&level.to_ne_bytes());
    place[lengths + 4..HEADER].copy_from_slice(&kind.to_ne_bytes());
}

/// The inverse of `write_header`, of bytes that are at least a header long.
fn read_header(bytes: &[u8]) -> (usize, i32, i32) {
    let lengths = HEADER - 8;
    let int = |at: usize| i32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let mut word = [0; size_of::<usize>()];
    let start = if cfg!(target_endian = "big") { word.len() - lengths } else { 0 };
    word[start..start + lengths].copy_from_slice(&bytes[..lengths]);
    (usize::from_ne_bytes(word), int(lengths), int(lengths + 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_the_systems() {
        for data in 0..70_u32 {
            // SAFETY: CMSG_LEN and CMSG_SPACE only calculate.
            let (length, space) = unsafe { (libc::CMSG_LEN(data), libc::CMSG_SPACE(data)) };
            assert_eq!(control_length(data as usize), Some(length as usize));
            assert_eq!(control_space(data as usize), Some(space as usize));
        }
        assert_eq!(control_length(usize::MAX), None);
        assert_eq!(control_space(MOST - DATA), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let sent = [
            ControlMessage { level: 1, kind: 2, data: b"three" },
            ControlMessage { level: -1, kind: i32::MAX, data: b"" },
            ControlMessage { level: 41, kind: 50, data: &[7; 33] },
        ];
        let buffer = ControlBuffer::of(&sent).expect("short messages fit");
        let mut messages = buffer.messages();
        assert_eq!(messages.by_ref().collect::<Vec<_>>(), sent);
        assert!(!messages.is_malformed());
    }

    #[test]
    fn cut_messages_are_told() {
        let whole = ControlBuffer::of(&[ControlMessage { level: 1, kind: 1, data: &[9; 24] }]).expect("fits");
        for cut in 0..whole.len() {
            let mut short = whole.clone();
            short.set_len(cut);
            let mut messages = short.messages();
            let got: Vec<_> = messages.by_ref().collect();
            if cut < HEADER {
                assert!(got.is_empty() && !messages.is_malformed());
            } else if cut < DATA + 24 {
                assert!(messages.is_malformed());
                assert_eq!(got[0].data.len(), cut - DATA);
            } else {
                assert_eq!(got[0].data, [9; 24]);
            }
        }
    }

    #[test]
    fn lying_lengths_do_not_loop_or_overrun() {
        for length in [0, 1, HEADER - 1, usize::MAX, usize::MAX - 7, MOST] {
            let mut buffer = ControlBuffer::with_room(64).expect("there is room");
            write_header(&mut buffer.bytes_mut()[..HEADER], length, 0, 0);
            let mut messages = buffer.messages();
            assert!(messages.by_ref().count() <= 1);
            assert!(messages.is_malformed());
        }
    }

    #[test]
    fn too_much_room_is_refused() {
        for length in [usize::MAX, isize::MAX as usize, 1 << 60] {
            assert_eq!(ControlBuffer::with_room(length).map(|_| ()), Err(Error::NoMemory));
        }
        assert!(ControlBuffer::with_room(0).expect("nothing fits").is_empty());
    }

    #[test]
    fn bytes_from_anywhere_are_read() {
        let sent = ControlBuffer::of(&[ControlMessage { level: 1, kind: 2, data: b"three" }]).expect("fits");
        let read = ControlBuffer::from_bytes(sent.as_bytes()).expect("there is memory");
        assert_eq!(read.messages().collect::<Vec<_>>(), sent.messages().collect::<Vec<_>>());
    }
}
