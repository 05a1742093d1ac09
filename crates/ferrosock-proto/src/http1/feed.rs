//! What came from a source that does not ask how much is wanted, cut to what is.

use super::want::Want;

/// Keeps bytes as they come and gives the pieces that a machine wants.
///
/// For event loops and for sources that are read in large blocks; a driver that can pull lines and counts of bytes needs none.
/// It holds what was pushed and not taken, no more; a driver bounds it by not reading on while there is input to take.
///
/// ```
/// use ferrosock_proto::http1::{Client, Event, Feed, Limits, RequestHead, Temper};
///
/// let mut client = Client::new(Temper::Strict, Limits::default());
/// let mut head = RequestHead::new("GET", "/");
/// head.fields.append(b"Host", b"example.org")?;
/// client.send_request(&head)?;
///
/// let (mut feed, mut body, mut events) = (Feed::new(), Vec::new(), Vec::new());
/// for block in [&b"HTTP/1.1 200 OK\r\nConte"[..], b"nt-Length: 5\r\n\r\nhel", b"lo"] {
///     feed.push(block);
///     while let Some(piece) = feed.take(client.want()) {
///         body.extend_from_slice(client.handle(piece)?);
///         events.extend(std::iter::from_fn(|| client.poll_event()));
///     }
/// }
/// assert_eq!(body, b"hello");
/// assert!(matches!(&events[..], [Event::Head(..), Event::End(_)]));
/// # Ok::<(), ferrosock_proto::http1::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Feed {
    buffer: Vec<u8>,
    /// What was taken, and up to where there is no line feed.
    begin: usize,
    searched: usize,
    ended: bool,
}

impl Feed {
    /// Nothing has come.
    ///
    /// ```
    /// # use ferrosock_proto::http1::Feed;
    /// assert!(Feed::new().rest().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what came; no bytes say that the source has ended.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Feed, Want};
    /// let mut feed = Feed::new();
    /// feed.push(b"ab");
    /// assert_eq!(feed.take(Want::Exact(3)), None);
    /// feed.push(b"");
    /// assert_eq!(feed.take(Want::Exact(3)), Some(&b"ab"[..]));
    /// ```
    pub fn push(&mut self, input: &[u8]) {
        self.ended |= input.is_empty();
        // What was taken goes as soon as it is the larger part, so that each byte moves once at most on average.
        if self.begin > self.buffer.len() / 2 {
            self.buffer.drain(..self.begin);
            self.searched -= self.begin;
            self.begin = 0;
        }
        self.buffer.extend_from_slice(input);
    }

    /// Takes the piece that is wanted, if it is there; behind the end of the source, what is left of it.
    ///
    /// ```
    /// # use ferrosock_proto::http1::{Feed, Want};
    /// let mut feed = Feed::new();
    /// feed.push(b"line\nrest");
    /// assert_eq!(feed.take(Want::Line(80)), Some(&b"line\n"[..]));
    /// assert_eq!(feed.take(Want::Line(80)), None);
    /// assert_eq!(feed.take(Want::UpTo(80)), Some(&b"rest"[..]));
    /// ```
    pub fn take(&mut self, want: Want) -> Option<&[u8]> {
        let there = self.buffer.len() - self.begin;
        let length = match want {
            Want::Nothing => return None,
            Want::Exact(length) if there >= length => length,
            Want::Line(most) => match self.line(most) {
                Some(length) => length,
                None if self.ended => there,
                None => return None,
            },
            Want::UpTo(most) if there > 0 => there.min(most),
            Want::End if there > 0 => there,
            _ if self.ended => there,
            _ => return None,
        };
        let begin = self.begin;
        self.begin += length;
        self.searched = self.searched.max(self.begin);
        Some(&self.buffer[begin..self.begin])
    }

    /// The length of the line that is next, or of as much of it as may be.
    fn line(&mut self, most: usize) -> Option<usize> {
        let (there, from) = (self.buffer.len() - self.begin, self.searched.max(self.begin));
        match memchr::memchr(b'\n', &self.buffer[from..]) {
            Some(at) => Some(most.min(from + at + 1 - self.begin)),
            None if there >= most => Some(most),
            None => {
                self.searched = self.buffer.len();
                None
            }
        }
    }

    /// What is left, for the protocol that comes after.
    ///
    /// ```
    /// # use ferrosock_proto::http1::Feed;
    /// let mut feed = Feed::new();
    /// feed.push(b"\x81\x05hello");
    /// assert_eq!(feed.rest(), b"\x81\x05hello");
    /// ```
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.begin..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_or_cut() {
        let mut feed = Feed::new();
        for byte in b"abc\n" {
            assert_eq!(feed.take(Want::Line(4)), None);
            feed.push(&[*byte]);
        }
        feed.push(b"abcde\n\nx");
        assert_eq!(feed.take(Want::Line(4)), Some(&b"abc\n"[..]));
        assert_eq!(feed.take(Want::Line(4)), Some(&b"abcd"[..]));
        assert_eq!(feed.take(Want::Line(4)), Some(&b"e\n"[..]));
        assert_eq!(feed.take(Want::Line(4)), Some(&b"\n"[..]));
        assert_eq!(feed.take(Want::Line(4)), None);
        feed.push(b"");
        assert_eq!(feed.take(Want::Line(4)), Some(&b"x"[..]));
        assert_eq!(feed.take(Want::Line(4)), Some(&b""[..]));
        assert_eq!(feed.take(Want::End), Some(&b""[..]));
        assert_eq!(feed.take(Want::Nothing), None);
    }

    #[test]
    fn what_was_taken_takes_no_memory() {
        let mut feed = Feed::new();
        for _ in 0..10_000 {
            feed.push(b"0123456789");
            assert_eq!(feed.take(Want::Exact(10)), Some(&b"0123456789"[..]));
        }
        assert!(feed.buffer.capacity() < 100);
    }
}
