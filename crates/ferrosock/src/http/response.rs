//! Responses.

use std::fmt;
use std::io::{self, Read};

use ferrosock_proto::http::{Fields, MediaType};
use ferrosock_proto::http1::{ResponseHead, Version};

use super::content::Content;
use super::error::Error;
use super::transport::Stream;
use super::url::Url;

/// A response: its head, and its content as it is read.
///
/// Content comes from the connection as it is asked for. When it has been read to its end the connection goes back to the
/// client; a response that is dropped before gives its connection back only if what is left is little and there already.
///
/// ```
/// # use std::io::Write;
/// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
/// # let url = format!("http://{}/", listener.local_addr()?);
/// # let server = std::thread::spawn(move || {
/// #     let mut peer = listener.accept().unwrap().0;
/// #     std::io::Read::read(&mut peer, &mut [0; 4096]).unwrap();
/// #     let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nServer: x\r\n\r\n";
/// #     write!(peer, "{head}5\r\nhello\r\n7\r\n, world\r\n0\r\nSum: 1\r\n\r\n").unwrap();
/// # });
/// use std::io::Read;
/// use ferrosock::http::{Client, Version};
///
/// let mut response = Client::new().get(&url).send()?;
/// assert_eq!((response.status(), response.version(), response.is_success()), (200, Version::Http11, true));
/// assert_eq!(response.header("Server"), Some("x"));
/// assert_eq!(response.content_length(), None); // it comes in chunks
///
/// let mut first = [0; 5];
/// response.read_exact(&mut first)?;
/// assert_eq!(&first, b"hello");
/// let mut rest = String::new();
/// response.read_to_string(&mut rest)?;
/// assert_eq!(rest, ", world");
/// assert_eq!(response.trailers().get(b"sum"), Some(&b"1"[..])); // known once the content is read
/// # server.join().unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Response {
    head: ResponseHead,
    url: Url,
    content: Content,
}

/// A connection that another protocol has now; see [`Response::upgrade`].
pub struct Upgraded {
    /// The connection.
    pub stream: Box<dyn Stream>,
    /// What was received already of what comes behind the response.
    pub received: Vec<u8>,
}

impl fmt::Debug for Upgraded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Upgraded").field("received", &self.received.len()).finish_non_exhaustive()
    }
}

impl Response {
    pub(crate) fn new(head: ResponseHead, url: Url, content: Content) -> Self {
        Self { head, url, content }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// Whether the status is one of success, 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.head.status)
    }

    /// The reason phrase, which may be empty and means nothing.
    pub fn reason(&self) -> &[u8] {
        &self.head.reason
    }

    /// The version of HTTP that the server spoke.
    pub fn version(&self) -> Version {
        self.head.version
    }

    /// The fields of the head.
    pub fn headers(&self) -> &Fields {
        &self.head.fields
    }

    /// The value of the first field of that name, if it is text.
    pub fn header(&self, name: impl AsRef<[u8]>) -> Option<&str> {
        self.head.fields.get(name.as_ref()).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// What the response is of, after redirects.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// How long the content is as it is sent, if the head tells.
    pub fn content_length(&self) -> Option<u64> {
        self.content.transfer.length()
    }

    /// Whether the content is decoded on its way from the connection to the caller.
    pub fn is_decoded(&self) -> bool {
        self.content.is_decoded()
    }

    /// The trailers; there are none before the content has been read to its end.
    pub fn trailers(&self) -> &Fields {
        self.content.transfer.trailers()
    }

    /// The response itself if its status is below 400.
    ///
    /// # Errors
    /// [`Error::Status`].
    pub fn error_for_status(self) -> Result<Self, Error> {
        match self.head.status {
            status @ 400.. => Err(Error::Status { status, url: Box::new(self.url) }),
            _ => Ok(self),
        }
    }

    /// Reads content into `space` and gives how much came; 0 is the end.
    ///
    /// # Errors
    /// Those of the connection, and [`Error::Incomplete`] if the content ended before its end.
    pub fn read(&mut self, space: &mut [u8]) -> Result<usize, Error> {
        self.content.read(space)
    }

    /// Reads all content that is left.
    ///
    /// # Errors
    /// As [`read`](Self::read); [`Error::Incomplete`] has what came.
    pub fn bytes(self) -> Result<Vec<u8>, Error> {
        self.bytes_up_to(u64::MAX)
    }

    /// Reads all content that is left, if it is no more than `limit` bytes.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes); [`Error::TooLong`].
    pub fn bytes_up_to(mut self, limit: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.content.read_to_end(limit, &mut bytes)?;
        Ok(bytes)
    }

    /// Reads all content that is left as text, by the charset of `Content-Type` (UTF-8, US-ASCII and ISO 8859-1; UTF-8 where there
    /// is none or another); what is not of the charset becomes U+FFFD.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn text(self) -> Result<String, Error> {
        let latin = self.charset().is_some_and(|charset| {
            ["iso-8859-1", "latin-1", "latin1"].iter().any(|name| charset.eq_ignore_ascii_case(name))
        });
        let bytes = self.bytes()?;
        if latin {
            return Ok(bytes.into_iter().map(char::from).collect());
        }
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// The charset that `Content-Type` names.
    pub fn charset(&self) -> Option<String> {
        let media_type = MediaType::parse(self.head.fields.get(b"content-type")?)?;
        media_type.parameters.text("charset").map(str::to_owned)
    }

    /// The connection, after a response that lets another protocol have it (status 101).
    ///
    /// # Errors
    /// The response itself, if it does not.
    ///
    /// ```
    /// # use std::io::{Read, Write};
    /// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let url = format!("http://{}/", listener.local_addr()?);
    /// # let server = std::thread::spawn(move || {
    /// #     let mut peer = listener.accept().unwrap().0;
    /// #     peer.read(&mut [0; 4096]).unwrap();
    /// #     peer.write_all(b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhi").unwrap();
    /// # });
    /// use ferrosock::http::Client;
    ///
    /// let request = Client::new().get(&url).header("Upgrade", "echo").header("Connection", "Upgrade");
    /// let upgraded = request.send()?.upgrade().map_err(|response| response.status().to_string())?;
    /// assert_eq!(upgraded.received, b"hi");
    /// # server.join().unwrap();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn upgrade(mut self) -> Result<Upgraded, Box<Self>> {
        let taken = self.content.transfer.take_stream();
        taken.map(|(stream, received)| Upgraded { stream, received }).ok_or_else(|| Box::new(self))
    }

    /// Ends the response: what is left of the content is read and thrown away if it is little, so that the connection can
    /// be used again, or else the connection is closed.
    pub fn close(mut self) {
        self.content.transfer.drain();
    }
}

impl Read for Response {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        Ok(self.content.read(space)?)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.head.status)
            .field("url", &self.url)
            .field("headers", &self.head.fields)
            .finish_non_exhaustive()
    }
}
