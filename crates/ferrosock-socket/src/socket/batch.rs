//! Many datagrams at once: `send_batch` and `recv_batch`.
//!
//! A datagram costs a system call, and over UDP a walk through the network stack. Both can be shared. One call carries
//! many messages (`sendmmsg(2)`, `recvmmsg(2)`); and where the kernel can, one message carries many datagrams of one
//! size to one address, which the stack handles as one packet and cuts apart late or never (`UDP_SEGMENT` when sending,
//! `UDP_GRO` when receiving).
//!
//! Sending uses all of that by itself: [`plan`] finds the runs of datagrams that can go as one message, and a path that
//! refuses such messages (a network device without checksums, datagrams above its unit) gets them one by one. Joining at
//! the receiver changes what plain receives give, so it is the program's decision:
//! [`set_coalescing`](Socket::set_coalescing).

use super::control::zeroes;
use super::{ControlBuffer, ControlMessage, Interest, Socket};
use crate::address::RawAddress;
use crate::sys::batch::{BatchedMessage, UDP_COALESCE, UDP_SEGMENT, held_back};
use crate::{Error, Host, Result, sys};

/// The most messages that one system call takes (`UIO_MAXIOV` on Linux).
const MESSAGES_MAX: usize = 1024;

/// The most datagrams that the kernel makes of one message, or joins into one (`UDP_MAX_SEGMENTS` before Linux 6.9).
const SEGMENTS_MAX: usize = 64;

/// The most bytes of one message: what 16 bits hold, less the headers of IPv6 and UDP.
const MESSAGE_MAX: usize = u16::MAX as usize - 40 - 8;

/// The room for a message of joined datagrams.
const COALESCED_ROOM: usize = 1 << 16;

/// The most bytes of room for one call to receive into, unless a single datagram asks for more.
const ROOM_MAX: usize = 4 << 20;

/// The room for control messages: the size of joined datagrams, behind the time stamps that a socket may ask for.
const CONTROL_ROOM: usize = 256;

/// A datagram to be sent by [`Socket::send_batch`].
///
/// ```
/// use ferrosock_socket::Datagram;
/// let to_the_peer = Datagram { data: b"hello", address: None };
/// assert_eq!(to_the_peer.data.len(), 5);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// What it holds.
    pub data: &'a [u8],
    /// Where it goes; `None` for the peer of a connected socket.
    pub address: Option<&'a RawAddress>,
}

/// A datagram that [`Socket::recv_batch`] received.
///
/// ```
/// use ferrosock_socket::{DatagramBatch, Socket, Uninterrupted};
/// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?;
/// a.send(&Uninterrupted, b"hello", 0)?;
/// let mut batch = DatagramBatch::new(1, 3);
/// b.recv_batch(&Uninterrupted, &mut batch, 0)?;
/// let datagram = batch.iter().next().ok_or("nothing came")?;
/// assert_eq!((datagram.data, datagram.truncated), (&b"hel"[..], true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ReceivedDatagram<'a> {
    /// What it holds, as far as there was room.
    pub data: &'a [u8],
    /// Where it came from; empty if the socket's family does not say.
    pub address: &'a RawAddress,
    /// Whether it was longer than the room, so that the rest is lost.
    pub truncated: bool,
}

/// Room for datagrams to be received into, to be used again and again.
///
/// ```
/// use ferrosock_socket::{DatagramBatch, Socket, Uninterrupted};
/// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?;
/// a.send(&Uninterrupted, b"one", 0)?;
/// a.send(&Uninterrupted, b"two", 0)?;
/// let mut batch = DatagramBatch::new(32, 1500);
/// assert_eq!(b.recv_batch(&Uninterrupted, &mut batch, 0)?, 2);
/// let data: Vec<_> = batch.iter().map(|datagram| datagram.data).collect();
/// assert_eq!(data, [b"one", b"two"]);
/// # Ok::<(), ferrosock_socket::Error>(())
/// ```
pub struct DatagramBatch {
    most: usize,
    size: usize,
    /// How many bytes of `space` belong to a message: `size`, or the room for joined datagrams.
    stride: usize,
    space: Vec<u8>,
    kernel: KernelMessages,
    addresses: Vec<RawAddress>,
    controls: Vec<ControlBuffer>,
    came: Vec<Came>,
}

/// A message that came.
struct Came {
    length: usize,
    /// How long its datagrams are, the last of which may be shorter; 0 if it is one.
    segment: usize,
    truncated: bool,
}

/// The structures that the kernel reads, kept for their memory.
#[derive(Default)]
struct KernelMessages {
    headers: Vec<BatchedMessage>,
    vectors: Vec<libc::iovec>,
}

// SAFETY: the pointers in these structures are written anew before each use and never followed after it.
unsafe impl Send for KernelMessages {}
// SAFETY: as for Send.
unsafe impl Sync for KernelMessages {}

impl DatagramBatch {
    /// Room for up to `most` datagrams (at least 1) of up to `size` bytes; what is longer is cut, as
    /// [`recv`](Socket::recv) does.
    ///
    /// The memory is bounded: if all of it together came to more than 4 MiB, a call takes fewer datagrams.
    ///
    /// ```
    /// use ferrosock_socket::DatagramBatch;
    /// let batch = DatagramBatch::new(64, 1500);
    /// assert!(batch.is_empty());
    /// ```
    pub fn new(most: usize, size: usize) -> Self {
        Self {
            most: most.max(1),
            size,
            stride: size,
            space: Vec::new(),
            kernel: KernelMessages::default(),
            addresses: Vec::new(),
            controls: Vec::new(),
            came: Vec::new(),
        }
    }

    /// Changes how many datagrams are taken at most and how long each may be, and forgets those that it holds. The memory
    /// is kept.
    ///
    /// ```
    /// use ferrosock_socket::DatagramBatch;
    /// let mut batch = DatagramBatch::new(64, 1500);
    /// batch.reshape(8, 65_535);
    /// assert!(batch.is_empty());
    /// ```
    pub fn reshape(&mut self, most: usize, size: usize) {
        self.most = most.max(1);
        self.size = size;
        self.came.clear();
    }

    /// How many bytes of memory it keeps for what datagrams hold.
    ///
    /// ```
    /// use ferrosock_socket::DatagramBatch;
    /// assert_eq!(DatagramBatch::new(64, 1500).capacity(), 0); // until the first receive
    /// ```
    pub fn capacity(&self) -> usize {
        self.space.capacity()
    }

    /// How many datagrams it holds.
    pub fn len(&self) -> usize {
        self.came.iter().map(Came::datagrams).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.came.is_empty()
    }

    /// The datagrams of the last receive, in their order.
    ///
    /// ```
    /// use ferrosock_socket::{DatagramBatch, Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?;
    /// a.send(&Uninterrupted, b"hello", 0)?;
    /// let mut batch = DatagramBatch::new(64, 1500);
    /// b.recv_batch(&Uninterrupted, &mut batch, 0)?;
    /// for datagram in batch.iter() {
    ///     assert_eq!(datagram.data, b"hello");
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = ReceivedDatagram<'_>> {
        self.came.iter().enumerate().flat_map(move |(index, came)| {
            let bytes = &self.space[index * self.stride..index * self.stride + came.length];
            let address = &self.addresses[index];
            let segment = came.segment;
            (0..came.datagrams()).map(move |place| {
                let whole = if segment == 0 {
                    bytes
                } else {
                    &bytes[place * segment..bytes.len().min((place + 1) * segment)]
                };
                let data = &whole[..whole.len().min(self.size)];
                ReceivedDatagram { data, address, truncated: came.truncated || data.len() < whole.len() }
            })
        })
    }

    /// Makes the room for a receive: of joined datagrams or not, with control messages or without.
    fn prepare(&mut self, coalescing: bool, control: bool) -> Result<()> {
        self.came.clear();
        self.stride = if coalescing { self.size.max(COALESCED_ROOM) } else { self.size };
        let at_once = self.most.min(MESSAGES_MAX).min((ROOM_MAX / self.stride.max(1)).max(1));
        let length = at_once * self.stride;
        if self.space.len() < length {
            // Anew and not resized: there is nothing in it worth a copy, and fresh zeroes cost nothing until they are used.
            self.space = Vec::new();
            self.space = zeroes(length)?;
        }
        self.addresses.resize(at_once, RawAddress::empty());
        let controls = if control { at_once } else { 0 };
        self.controls.truncate(controls);
        while self.controls.len() < controls {
            self.controls.push(ControlBuffer::with_room(CONTROL_ROOM)?);
        }
        Ok(())
    }

    /// Receives with one system call.
    fn receive(&mut self, fd: i32, flags: i32) -> sys::Result<usize> {
        let KernelMessages { headers, vectors } = &mut self.kernel;
        vectors.clear();
        for index in 0..self.addresses.len() {
            let space = &mut self.space[index * self.stride..(index + 1) * self.stride];
            vectors.push(libc::iovec { iov_base: space.as_mut_ptr().cast(), iov_len: space.len() });
        }
        headers.clear();
        for (index, (address, vector)) in self.addresses.iter_mut().zip(vectors.iter_mut()).enumerate() {
            let mut header = blank_message();
            let (name, length) = address.as_mut_ptr();
            header.msg_hdr.msg_name = name.cast();
            // SAFETY: the length beside the pointer, just set.
            header.msg_hdr.msg_namelen = unsafe { *length };
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
            if let Some(control) = self.controls.get_mut(index) {
                control.set_len(CONTROL_ROOM);
                header.msg_hdr.msg_controllen = CONTROL_ROOM as _;
                header.msg_hdr.msg_control = control.bytes_mut().as_mut_ptr().cast();
            }
            headers.push(header);
        }
        // SAFETY: the addresses, the vectors, their spaces and the control buffers outlive the call and none of them is
        // moved until it returns.
        unsafe { sys::batch::recv_batch(fd, headers, flags) }
    }

    /// Notes what the kernel says of the first `count` messages.
    fn note(&mut self, count: usize) {
        for (index, header) in self.kernel.headers.iter().take(count).enumerate() {
            self.addresses[index].set_len(header.msg_hdr.msg_namelen);
            let mut segment = 0;
            if let Some(control) = self.controls.get_mut(index) {
                #[allow(clippy::unnecessary_cast, reason = "the BSDs' length is 32 bits wide")]
                control.set_len((header.msg_hdr.msg_controllen as usize).min(CONTROL_ROOM));
                segment = joined_size(control);
            }
            self.came.push(Came {
                length: (header.msg_len as usize).min(self.stride),
                segment,
                truncated: header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0,
            });
        }
    }
}

impl std::fmt::Debug for DatagramBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DatagramBatch")
            .field("most", &self.most)
            .field("size", &self.size)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl Came {
    fn datagrams(&self) -> usize {
        if self.segment == 0 { 1 } else { self.length.div_ceil(self.segment).max(1) }
    }
}

/// The size of the datagrams that the kernel has joined into a message, 0 if it has not.
fn joined_size(control: &ControlBuffer) -> usize {
    control
        .messages()
        .find(|message| message.level == libc::IPPROTO_UDP && Some(message.kind) == UDP_COALESCE)
        .and_then(|message| message.data.first_chunk())
        .and_then(|size| usize::try_from(i32::from_ne_bytes(*size)).ok())
        .unwrap_or(0)
}

impl Socket {
    /// Sends datagrams in order, within the socket's timeout for all of them, and gives how many went.
    ///
    /// Fewer than all went if the time ran out, the socket does not wait, or the system refused the next one; to call
    /// again with the rest then tells why. Over UDP, runs of datagrams of one size to one address (the last may be
    /// shorter) travel as one where the system can do that; what arrives is the same.
    ///
    /// `flags` are those of `send(2)` (`MSG_*`).
    ///
    /// # Errors
    /// As [`send_to`](Socket::send_to) for the first datagram. [`Error::Interrupted`] even if some have gone.
    ///
    /// ```
    /// use ferrosock_socket::{Datagram, Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?;
    /// let batch = [b"one", b"two"].map(|data| Datagram { data, address: None });
    /// assert_eq!(a.send_batch(&Uninterrupted, &batch, 0)?, 2);
    /// let mut room = [0; 16];
    /// assert_eq!(b.recv(&Uninterrupted, &mut room, 0)?, 3);
    /// # Ok::<(), ferrosock_socket::Error>(())
    /// ```
    pub fn send_batch(&self, host: &impl Host, batch: &[Datagram<'_>], flags: i32) -> Result<usize> {
        let deadline = self.deadline();
        let mut kernel = KernelMessages::default();
        // To hold datagrams back (MSG_MORE) is the program's own way to join them.
        let mut segmenting = self.is_udp() && UDP_SEGMENT.is_some() && batch.len() > 1 && !held_back(flags);
        let mut sent = 0;
        while sent < batch.len() {
            let rest = &batch[sent..];
            let runs = plan(rest, segmenting);
            let mut controls = segment_controls(rest, &runs)?;
            let mut call = |fd| send_runs(fd, rest, &runs, &mut controls, &mut kernel, flags);
            let fd = self.fileno();
            let result = match host.blocking(|| call(fd)) {
                Ok(count) => Ok(count),
                Err(code) => self.persist(host, Interest::Write, deadline, code, call),
            };
            match result {
                Ok(count) => sent += runs.iter().take(count).sum::<usize>(),
                // This path can't cut messages, or the datagrams are above its unit: IP cuts those.
                Err(Error::Os(libc::EIO | libc::EINVAL | libc::EMSGSIZE | libc::EOPNOTSUPP))
                    if segmenting && runs[0] > 1 =>
                {
                    segmenting = false;
                    continue;
                }
                Err(Error::Interrupted) => return Err(Error::Interrupted),
                Err(_) if sent > 0 => break,
                Err(error) => return Err(error),
            }
            if sent < batch.len() {
                // A long batch must not hold up a signal's handler, nor go on past its time.
                host.interrupted()?;
                if deadline.is_some_and(|end| std::time::Instant::now() >= end) {
                    break;
                }
            }
        }
        Ok(sent)
    }

    /// Receives datagrams: waits for the first, within the socket's timeout, then takes those that are there already, as
    /// many as the batch has room for. Gives how many came; they are in the batch.
    ///
    /// With [coalescing](Socket::set_coalescing) the batch's number counts what the system hands over, which may be up to
    /// 64 datagrams each. `flags` are those of `recv(2)` (`MSG_*`).
    ///
    /// # Errors
    /// As [`recv_from`](Socket::recv_from), [`Error::NoMemory`] if there is none for the batch.
    ///
    /// ```
    /// use ferrosock_socket::{DatagramBatch, Socket, Uninterrupted};
    /// let (a, b) = Socket::pair(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?;
    /// for text in [b"one", b"two"] {
    ///     a.send(&Uninterrupted, text, 0)?;
    /// }
    /// let mut batch = DatagramBatch::new(64, 1500);
    /// assert_eq!(b.recv_batch(&Uninterrupted, &mut batch, 0)?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recv_batch(&self, host: &impl Host, batch: &mut DatagramBatch, flags: i32) -> Result<usize> {
        let udp = self.is_udp();
        batch.prepare(udp && self.is_coalescing(), udp && UDP_COALESCE.is_some())?;
        let count = self.perform(host, Interest::Read, |fd| batch.receive(fd, flags))?;
        batch.note(count);
        Ok(batch.len())
    }

    /// Lets the system join datagrams of one sender and size while they wait (`UDP_GRO`), which makes
    /// [`recv_batch`](Socket::recv_batch) several times as fast under load, or stops it.
    ///
    /// Turn it on before the first datagram can come, and from then on receive by `recv_batch` alone: other receives give
    /// joined datagrams as one.
    ///
    /// # Errors
    /// `ENOPROTOOPT` if the socket or the system cannot do it.
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    /// if cfg!(target_os = "linux") {
    ///     socket.set_coalescing(true)?;
    ///     assert!(socket.is_coalescing());
    /// }
    /// # Ok::<(), ferrosock_socket::Error>(())
    /// ```
    pub fn set_coalescing(&self, coalescing: bool) -> Result<()> {
        match UDP_COALESCE {
            Some(option) if self.is_udp() => {
                self.set_int_option(libc::IPPROTO_UDP, option, i32::from(coalescing))
            }
            _ => Err(Error::Os(libc::ENOPROTOOPT)),
        }
    }

    /// Whether the system joins datagrams: see [`set_coalescing`](Socket::set_coalescing).
    ///
    /// ```
    /// use ferrosock_socket::Socket;
    /// let socket = Socket::open(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    /// assert!(!socket.is_coalescing());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_coalescing(&self) -> bool {
        UDP_COALESCE.is_some_and(|option| self.int_option(libc::IPPROTO_UDP, option).is_ok_and(|on| on != 0))
    }

    /// Whether it is a socket of UDP itself, and no relative such as UDP-Lite.
    fn is_udp(&self) -> bool {
        let identity = self.identity();
        matches!(identity.family, libc::AF_INET | libc::AF_INET6)
            && identity.kind == libc::SOCK_DGRAM
            && matches!(identity.protocol, 0 | libc::IPPROTO_UDP)
    }
}

/// How many datagrams each message of the next call carries: one, or with `segmenting` a run of them.
fn plan(batch: &[Datagram<'_>], segmenting: bool) -> Vec<usize> {
    if !segmenting {
        return vec![1; batch.len().min(MESSAGES_MAX)];
    }
    let mut runs = Vec::new();
    let mut rest = batch;
    while !rest.is_empty() && runs.len() < MESSAGES_MAX {
        let run = run_length(rest);
        runs.push(run);
        rest = &rest[run..];
    }
    runs
}

/// How many datagrams at the beginning can go as one message: all but the last of one size, to one address.
fn run_length(batch: &[Datagram<'_>]) -> usize {
    let Some(first) = batch.first() else { return 0 };
    let size = first.data.len();
    let mut total = size;
    let mut run = 1;
    if size == 0 {
        return run;
    }
    for next in batch.iter().take(SEGMENTS_MAX).skip(1) {
        let length = next.data.len();
        total += length;
        if length == 0 || length > size || total > MESSAGE_MAX || !same_address(first, next) {
            break;
        }
        run += 1;
        if length < size {
            break;
        }
    }
    run
}

fn same_address(one: &Datagram<'_>, other: &Datagram<'_>) -> bool {
    match (one.address, other.address) {
        (None, None) => true,
        (Some(one), Some(other)) => std::ptr::eq(one, other) || one == other,
        _ => false,
    }
}

/// For each run of more than one datagram, the control message that says where to cut it.
fn segment_controls(batch: &[Datagram<'_>], runs: &[usize]) -> Result<Vec<ControlBuffer>> {
    let Some(kind) = UDP_SEGMENT else { return Ok(Vec::new()) };
    let mut controls = Vec::new();
    let mut at = 0;
    for &run in runs {
        if run > 1 {
            let size = (batch[at].data.len() as u16).to_ne_bytes(); // a run's total fits into 16 bits
            controls.push(ControlBuffer::of(&[ControlMessage {
                level: libc::IPPROTO_UDP,
                kind,
                data: &size,
            }])?);
        }
        at += run;
    }
    Ok(controls)
}

/// Sends runs of datagrams, a message each, with one system call; gives how many messages went.
fn send_runs(
    fd: i32,
    batch: &[Datagram<'_>],
    runs: &[usize],
    controls: &mut [ControlBuffer],
    kernel: &mut KernelMessages,
    flags: i32,
) -> sys::Result<usize> {
    let KernelMessages { headers, vectors } = kernel;
    vectors.clear();
    vectors.extend(batch.iter().take(runs.iter().sum()).map(|datagram| libc::iovec {
        iov_base: datagram.data.as_ptr().cast_mut().cast(),
        iov_len: datagram.data.len(),
    }));
    headers.clear();
    let (mut at, mut controls) = (0, controls.iter_mut());
    for &run in runs {
        let mut header = blank_message();
        if let Some(address) = batch[at].address {
            let (name, length) = address.as_ptr();
            header.msg_hdr.msg_name = name.cast_mut().cast();
            header.msg_hdr.msg_namelen = length;
        }
        header.msg_hdr.msg_iov = &raw mut vectors[at];
        header.msg_hdr.msg_iovlen = run as _;
        if run > 1 {
            if let Some(control) = controls.next() {
                header.msg_hdr.msg_controllen = control.len() as _;
                header.msg_hdr.msg_control = control.bytes_mut().as_mut_ptr().cast();
            }
        }
        headers.push(header);
        at += run;
    }
    // SAFETY: the addresses, the vectors, the data and the control messages outlive the call, and none of them is moved
    // until it returns; `runs` of the vectors lie behind each pointer, since `at` walks over all of them.
    unsafe { sys::batch::send_batch(fd, headers, flags) }
}

/// A message with nothing in it.
fn blank_message() -> BatchedMessage {
    // SAFETY: null pointers and zero lengths are valid; private padding must be zero on some systems.
    unsafe { std::mem::zeroed() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(lengths: &[usize]) -> Vec<usize> {
        let zeroes = [0; MESSAGE_MAX];
        let batch: Vec<_> =
            lengths.iter().map(|&length| Datagram { data: &zeroes[..length], address: None }).collect();
        plan(&batch, true)
    }

    #[test]
    fn runs_are_of_one_size_with_a_shorter_end() {
        assert_eq!(runs(&[]), []);
        assert_eq!(runs(&[9]), [1]);
        assert_eq!(runs(&[9, 9, 9]), [3]);
        assert_eq!(runs(&[9, 9, 4, 9, 9]), [3, 2]);
        assert_eq!(runs(&[4, 9, 9]), [1, 2]);
        assert_eq!(runs(&[0, 0, 9, 0]), [1, 1, 1, 1]);
    }

    #[test]
    fn runs_stay_within_what_a_message_may_carry() {
        assert_eq!(runs(&[1; 150]), [64, 64, 22]);
        assert_eq!(runs(&[30_000; 3]), [2, 1]);
        assert_eq!(runs(&[MESSAGE_MAX, 1]), [1, 1]);
    }

    #[test]
    fn runs_end_where_the_address_changes() {
        let ports = [1_u16, 1, 2].map(|port| {
            let address = crate::address::Address::Inet { ip: std::net::Ipv4Addr::LOCALHOST, port };
            address.to_raw().expect("an IPv4 address fits")
        });
        let mut batch: Vec<_> =
            ports.iter().map(|address| Datagram { data: b"x", address: Some(address) }).collect();
        batch.push(Datagram { data: b"x", address: None });
        assert_eq!(plan(&batch, true), [2, 1, 1]);
        assert_eq!(plan(&batch, false), [1, 1, 1, 1]);
    }
}
