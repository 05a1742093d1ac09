//! What is to go to the peer, in its order: bytes of this connection's, bytes of others, parts of files.

use std::collections::VecDeque;
use std::fs::File;
use std::io::IoSlice;
use std::os::fd::AsFd;
use std::sync::Arc;

use ferrosock_socket::{Error, Socket, Uninterrupted};
use smallvec::SmallVec;

/// What is smaller is copied behind the head; what is larger goes from where it lies.
pub(crate) const COPIED: usize = 16 * 1024;

/// The most pieces of one vectored write, and the most of a file in one call.
const PIECES: usize = 16;
const FILE_PIECE: u64 = 1 << 20;

pub(crate) enum Segment {
    Owned(Vec<u8>),
    Static(&'static [u8]),
    Shared(Arc<[u8]>),
    File { file: Arc<File>, offset: u64, left: u64 },
}

impl Segment {
    fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Owned(bytes) => Some(bytes),
            Self::Static(bytes) => Some(bytes),
            Self::Shared(bytes) => Some(bytes),
            Self::File { .. } => None,
        }
    }

    fn len(&self) -> u64 {
        match self {
            Self::File { left, .. } => *left,
            other => other.bytes().map_or(0, <[u8]>::len) as u64,
        }
    }
}

/// How far a write came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flushed {
    All,
    /// The socket takes no more now.
    Blocked,
    /// The peer is gone.
    Gone,
    /// A file is shorter than it was: what was promised cannot come.
    Short,
}

#[derive(Default)]
pub(crate) struct Outbox {
    /// What goes first, and how much of it went.
    first: Vec<u8>,
    sent: usize,
    rest: VecDeque<Segment>,
    /// How much of the first of `rest` went, if it is bytes.
    rest_sent: usize,
    length: u64,
}

impl Outbox {
    /// How many bytes are in it.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether there are bytes, few, and nothing else.
    pub(crate) fn is_short(&self) -> bool {
        self.rest.is_empty() && (1..=COPIED as u64).contains(&self.length)
    }

    /// Whether a vector for heads and small content must be lent to it.
    pub(crate) fn is_bare(&self) -> bool {
        self.first.capacity() == 0
    }

    pub(crate) fn lend(&mut self, vector: Vec<u8>) {
        self.first = vector;
    }

    /// Gives the vector back, once all is sent.
    pub(crate) fn give_back(&mut self) -> Option<Vec<u8>> {
        if !self.is_empty() || self.is_bare() {
            return None;
        }
        self.rest = VecDeque::new();
        self.sent = 0;
        let mut vector = std::mem::take(&mut self.first);
        vector.clear();
        Some(vector)
    }

    /// Lets `write` append bytes.
    pub(crate) fn append<R>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        if self.rest.is_empty() {
            self.reclaim();
            let before = self.first.len();
            let result = write(&mut self.first);
            self.length += (self.first.len() - before) as u64;
            return result;
        }
        let mut bytes = Vec::new();
        let result = write(&mut bytes);
        if bytes.is_empty() {
            return result; // a piece of nothing would look like a file that has become shorter
        }
        self.length += bytes.len() as u64;
        match self.rest.back_mut() {
            // Many small pieces grow into one, as long as it is small itself.
            Some(Segment::Owned(last)) if last.len() + bytes.len() <= COPIED => {
                last.extend_from_slice(&bytes);
            }
            _ => self.rest.push_back(Segment::Owned(bytes)),
        }
        result
    }

    /// Gives up the memory of what went, also where the outbox is never empty: a client may take what is written just as slowly as
    /// it comes. Only what is at least as long as what is left is cut off, so that each byte is moved once at most.
    fn reclaim(&mut self) {
        if self.sent >= COPIED.max(self.first.len() - self.sent) {
            self.first.drain(..self.sent);
            self.sent = 0;
        }
    }

    pub(crate) fn push(&mut self, segment: Segment) {
        match segment.bytes() {
            Some(bytes) if bytes.len() <= COPIED => self.append(|out| out.extend_from_slice(bytes)),
            _ if segment.len() == 0 => {}
            _ => {
                self.length += segment.len();
                self.rest.push_back(segment);
            }
        }
    }

    /// Sends what the socket takes; says how many bytes went, and how far that was.
    pub(crate) fn flush(&mut self, socket: &Socket) -> (u64, Flushed) {
        let mut total = 0;
        while !self.is_empty() {
            match self.write(socket) {
                Ok(0) => return (total, Flushed::Short),
                Ok(count) => {
                    total += count;
                    self.length -= count;
                }
                Err(Error::Os(libc::EAGAIN)) => return (total, Flushed::Blocked),
                Err(_) => return (total, Flushed::Gone),
            }
        }
        (total, Flushed::All)
    }

    /// One system call.
    fn write(&mut self, socket: &Socket) -> Result<u64, Error> {
        if self.sent == self.first.len() && matches!(self.rest.front(), Some(Segment::File { .. })) {
            return self.write_file(socket);
        }
        let mut pieces: SmallVec<[IoSlice<'_>; PIECES]> = SmallVec::new();
        if self.sent < self.first.len() {
            pieces.push(IoSlice::new(&self.first[self.sent..]));
        }
        let mut more = 0;
        for (index, segment) in self.rest.iter().enumerate() {
            let Some(bytes) = segment.bytes() else {
                more = libc::MSG_MORE; // a file follows, and should share the packet
                break;
            };
            if pieces.len() == PIECES {
                break;
            }
            pieces.push(IoSlice::new(&bytes[if index == 0 { self.rest_sent } else { 0 }..]));
        }
        let flags = libc::MSG_NOSIGNAL | more;
        let count = match pieces.as_slice() {
            [] => 0,
            [one] => socket.send(&Uninterrupted, one, flags)?,
            many => socket.send_message(&Uninterrupted, many, &[], flags, None)?,
        };
        drop(pieces);
        self.forget(count);
        Ok(count as u64)
    }

    fn write_file(&mut self, socket: &Socket) -> Result<u64, Error> {
        let Some(Segment::File { file, offset, left }) = self.rest.front_mut() else { return Ok(0) };
        let count = (*left).min(FILE_PIECE) as usize;
        let sent = socket.send_file(&Uninterrupted, file.as_fd(), *offset, count)? as u64;
        *offset += sent;
        *left -= sent.min(*left);
        if *left == 0 {
            self.rest.pop_front();
        }
        Ok(sent)
    }

    /// Drops so many bytes that went.
    fn forget(&mut self, count: usize) {
        let mut count = count;
        let of_first = count.min(self.first.len() - self.sent);
        self.sent += of_first;
        count -= of_first;
        if self.sent == self.first.len() {
            self.first.clear();
            self.sent = 0;
        }
        while count > 0 {
            let Some(bytes) = self.rest.front().and_then(Segment::bytes) else { return };
            let there = bytes.len() - self.rest_sent;
            if count < there {
                self.rest_sent += count;
                return;
            }
            count -= there;
            self.rest_sent = 0;
            self.rest.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn all_kinds_go_in_their_order() {
        let path = std::env::temp_dir().join(format!("outbox-{}", std::process::id()));
        File::create(&path).unwrap().write_all(&[b'f'; 3000]).unwrap();
        let file = Arc::new(File::open(&path).unwrap());
        std::fs::remove_file(&path).unwrap();
        let mut outbox = Outbox::default();
        outbox.append(|out| out.extend_from_slice(b"head"));
        let mut expected = b"head".to_vec();
        for round in 0..40_u8 {
            let large = vec![round; COPIED + 1];
            outbox.push(Segment::Owned(large.clone()));
            outbox.push(Segment::File { file: file.clone(), offset: 1000, left: 2000 });
            outbox.push(Segment::Static(b"static"));
            outbox.push(Segment::Shared(large.clone().into()));
            outbox.append(|out| out.extend_from_slice(b"tail"));
            for piece in [&large[..], &[b'f'; 2000], b"static", &large, b"tail"] {
                expected.extend_from_slice(piece);
            }
        }
        let (near, far) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).unwrap();
        near.set_blocking(false).unwrap();
        let (mut found, mut room) = (Vec::new(), vec![0; 7001]);
        while !outbox.is_empty() {
            let (_, flushed) = outbox.flush(&near);
            assert!(matches!(flushed, Flushed::All | Flushed::Blocked));
            let count = far.recv(&Uninterrupted, &mut room, 0).unwrap();
            found.extend_from_slice(&room[..count]);
        }
        drop(near);
        loop {
            match far.recv(&Uninterrupted, &mut room, 0).unwrap() {
                0 => break,
                count => found.extend_from_slice(&room[..count]),
            }
        }
        assert!(found == expected);
    }

    #[test]
    fn what_went_takes_no_memory_though_something_always_waits() {
        let (near, far) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).unwrap();
        near.set_blocking(false).unwrap();
        let mut outbox = Outbox::default();
        let (mut said, mut heard) = (0_u8, 0_u8);
        let mut room = vec![0; 64 * 1024];
        for _ in 0..1000 {
            while outbox.len() < 256 * 1024 {
                outbox.push(Segment::Owned(vec![said; 8000]));
                said = said.wrapping_add(1);
            }
            assert_eq!(outbox.flush(&near).1, Flushed::Blocked);
            let mut taken = 0;
            while taken < 8 * 8000 {
                let count = far.recv(&Uninterrupted, &mut room[taken..8 * 8000], 0).unwrap();
                taken += count;
            }
            for piece in room[..taken].chunks(8000) {
                assert!(piece.iter().all(|byte| *byte == heard));
                heard = heard.wrapping_add(1);
            }
        }
        assert!(outbox.first.capacity() < 2 << 20, "{}", outbox.first.capacity());
    }

    #[test]
    fn a_piece_of_nothing_behind_a_file_is_none() {
        let path = std::env::temp_dir().join(format!("outbox-nothing-{}", std::process::id()));
        File::create(&path).unwrap().write_all(b"file").unwrap();
        let file = Arc::new(File::open(&path).unwrap());
        std::fs::remove_file(&path).unwrap();
        let (near, _far) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).unwrap();
        let mut outbox = Outbox::default();
        outbox.push(Segment::File { file, offset: 0, left: 4 });
        outbox.append(|_| ());
        assert_eq!(outbox.flush(&near), (4, Flushed::All));
        outbox.append(|out| out.extend_from_slice(b"more"));
        assert_eq!(outbox.flush(&near), (4, Flushed::All));
    }

    #[test]
    fn a_file_that_shrank_is_noticed() {
        let path = std::env::temp_dir().join(format!("outbox-short-{}", std::process::id()));
        File::create(&path).unwrap().write_all(b"short").unwrap();
        let file = Arc::new(File::open(&path).unwrap());
        std::fs::remove_file(&path).unwrap();
        let (near, _far) = Socket::pair(libc::AF_UNIX, libc::SOCK_STREAM, 0).unwrap();
        let mut outbox = Outbox::default();
        outbox.push(Segment::File { file, offset: 0, left: 9 });
        assert_eq!(outbox.flush(&near), (5, Flushed::Short));
    }
}
