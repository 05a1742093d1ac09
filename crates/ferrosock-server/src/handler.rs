//! [`Handler`]: the program's side of a server.

use std::path::Path;
use std::sync::Arc;

use ferrosock_proto::http1::RequestHead;

use crate::request::Request;
use crate::response::Response;

/// What answers requests. Every function from a [`Request`] to a [`Response`] or a [`Reply`] is one.
///
/// CONNECT comes here like any method. A 2xx that does not [switch](crate::Response::switching) to a tunnel becomes 501, so a
/// handler need not know of it.
///
/// It is called on the loop's thread, so it must not block: what takes long moves the request to another thread and
/// [defers](Request::defer) the answer. A panic becomes a response of status 500 (or, in the middle of content, the end of the
/// connection) and a line of the error log; other clients do not notice.
///
/// ```
/// use ferrosock_server::{Handler, Intake, Reply, Request, Response};
///
/// struct Upload;
///
/// impl Handler for Upload {
///     fn handle(&self, request: Request) -> Reply {
///         let size = request.body.bytes().map_or(0, <[u8]>::len);
///         Response::text(format!("{size} bytes")).into()
///     }
///
///     fn intake(&self, head: &ferrosock_proto::http1::RequestHead) -> Intake {
///         if head.method == "PUT" { Intake::Whole { most: 10 << 20 } } else { Intake::Default }
///     }
/// }
/// # let _ = ferrosock_server::Server::builder().start(Upload);
/// ```
pub trait Handler: Send + Sync + 'static {
    /// Answers a request.
    fn handle(&self, request: Request) -> Reply;

    /// How the body of a request is to be taken; asked before any of it is read, and before the client that waits for
    /// `100 Continue` is told to send it. Requests without a body do not come here.
    fn intake(&self, head: &RequestHead) -> Intake {
        let _ = head;
        Intake::Default
    }
}

impl<F, R> Handler for F
where
    F: Fn(Request) -> R + Send + Sync + 'static,
    R: Into<Reply>,
{
    fn handle(&self, request: Request) -> Reply {
        self(request).into()
    }
}

/// How a body is taken.
///
/// ```
/// let intake = ferrosock_server::Intake::Stream { most: 1 << 30 };
/// # let _ = intake;
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Intake {
    /// Whole, up to [`Limits::body`](crate::Limits::body).
    Default,
    /// Whole, in memory; more bytes than `most` are answered 413. Memory grows with what arrives, not with what was announced.
    Whole {
        /// The most bytes.
        most: u64,
    },
    /// Whole: in memory as long as it is small, and then in a file without a name. The loop waits for that file's disk.
    Spooled {
        /// The bytes that are kept in memory.
        memory: u64,
        /// The most bytes.
        most: u64,
        /// The folder for the file.
        folder: Arc<Path>,
    },
    /// As it comes: the handler is called at once and gets a [`BodyReader`](crate::BodyReader), which other threads can wait on.
    Stream {
        /// The most bytes.
        most: u64,
    },
    /// Not at all: this is the answer, and the connection ends behind it.
    Refuse(Response),
}

/// What a handler returns: a response, or the promise of one.
///
/// ```
/// let reply: ferrosock_server::Reply = ferrosock_server::Response::new(204).into();
/// # let _ = reply;
/// ```
#[derive(Debug)]
pub struct Reply(pub(crate) Option<Response>);

impl Reply {
    /// The promise that whoever the request is given to answers it, by its [`Responder`](crate::Responder).
    ///
    /// ```
    /// use ferrosock_server::{Reply, Request, Response};
    ///
    /// fn handler(request: Request) -> Reply {
    ///     std::thread::spawn(move || request.responder().send(Response::text("done")));
    ///     Reply::later()
    /// }
    /// # let _ = ferrosock_server::Server::builder().start(handler);
    /// ```
    pub fn later() -> Self {
        Self(None)
    }
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self(Some(response))
    }
}
