//! [`Server`]: listeners, loops and their end.

use std::fmt;
use std::io;
use std::io::Write;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use ferrosock_socket::address::{Address, UnixName};
use ferrosock_socket::{Error, Host, Uninterrupted};

use crate::access_log::{self, LogFormat};
use crate::counters::{Counters, Stats};
use crate::embedded::Embedded;
use crate::event_loop::mailbox::{Mailbox, Message};
use crate::event_loop::tools::Shared;
use crate::event_loop::{EventLoop, Listener};
use crate::handler::Handler;
use crate::options::{Limits, Timeouts};
use crate::proxies::TrustedProxies;

/// Where a server listens.
enum Place {
    Tcp(SocketAddr),
    Unix(PathBuf),
    Adopted(OwnedFd),
}

/// Says how a server serves, and starts it.
///
/// ```
/// use std::time::Duration;
/// use ferrosock_server::{Request, Response, Server};
///
/// let server = Server::builder()
///     .tcp("127.0.0.1:0".parse()?)
///     .start(|_: Request| Response::text("hello"))?;
/// println!("http://{}/", server.addresses()[0]);
/// server.stop(Duration::from_secs(1));
/// server.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct Builder {
    places: Vec<Place>,
    threads: usize,
    backlog: i32,
    limits: Limits,
    timeouts: Timeouts,
    error_log: Box<dyn Fn(&str) + Send + Sync>,
    access_log: Option<(LogFormat, Box<dyn Write + Send>)>,
    proxied: bool,
    proxies: TrustedProxies,
    dated: bool,
}

impl fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = formatter.debug_struct("Builder");
        out.field("threads", &self.threads).field("limits", &self.limits).field("timeouts", &self.timeouts);
        out.finish_non_exhaustive()
    }
}

impl Builder {
    /// Listens at an address of TCP, port 0 for a free one. With several threads each has a socket of its own there
    /// (`SO_REUSEPORT`), and the system shares connections out.
    ///
    /// ```
    /// let builder = ferrosock_server::Server::builder().tcp("[::1]:8080".parse()?);
    /// # let _ = builder;
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    pub fn tcp(mut self, address: SocketAddr) -> Self {
        self.places.push(Place::Tcp(address));
        self
    }

    /// Listens at a Unix socket, which must not exist yet; the file is removed when the server has ended.
    ///
    /// ```
    /// let builder = ferrosock_server::Server::builder().unix("/run/app.sock");
    /// # let _ = builder;
    /// ```
    pub fn unix(mut self, path: impl AsRef<Path>) -> Self {
        self.places.push(Place::Unix(path.as_ref().to_owned()));
        self
    }

    /// Serves a socket that another has bound and made to listen, such as systemd.
    ///
    /// ```
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let builder = ferrosock_server::Server::builder().adopt(listener.into());
    /// # let _ = builder;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn adopt(mut self, listener: OwnedFd) -> Self {
        self.places.push(Place::Adopted(listener));
        self
    }

    /// How many loops there are, each in a thread of its own: 1 by default.
    ///
    /// ```
    /// let builder = ferrosock_server::Server::builder().threads(4);
    /// # let _ = builder;
    /// ```
    pub fn threads(mut self, count: usize) -> Self {
        self.threads = count.max(1);
        self
    }

    /// How many connections wait to be accepted: 1024 by default; the system has a limit of its own.
    ///
    /// ```
    /// let builder = ferrosock_server::Server::builder().backlog(128);
    /// # let _ = builder;
    /// ```
    pub fn backlog(mut self, count: i32) -> Self {
        self.backlog = count;
        self
    }

    /// How much it takes.
    ///
    /// ```
    /// use ferrosock_server::{Limits, Server};
    /// let builder = Server::builder().limits(Limits { body: 10 << 20, ..Limits::default() });
    /// # let _ = builder;
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long it waits.
    ///
    /// ```
    /// use ferrosock_server::{Server, Timeouts};
    /// let builder = Server::builder().timeouts(Timeouts::default());
    /// # let _ = builder;
    /// ```
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// What is done with a line of the error log: panics, responses that cannot be sent. By default it goes to the standard
    /// error stream. It is called on the loops' threads and should be quick.
    ///
    /// ```
    /// let builder = ferrosock_server::Server::builder().error_log(|line| eprintln!("oh: {line}"));
    /// # let _ = builder;
    /// ```
    pub fn error_log(mut self, log: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.error_log = Box::new(log);
        self
    }

    /// Writes a line for each request to `sink`, in a thread of the log's own. Nothing waits for it: lines for which its queue has
    /// no room are lost and [counted](Stats::log_lost).
    ///
    /// ```
    /// use ferrosock_server::{LogFormat, Server};
    ///
    /// let builder = Server::builder().access_log(LogFormat::Json, std::io::stderr());
    /// # let _ = builder;
    /// ```
    pub fn access_log(mut self, format: LogFormat, sink: impl Write + Send + 'static) -> Self {
        self.access_log = Some((format, Box::new(sink)));
        self
    }

    /// Expects a header of the PROXY protocol, version 1 or 2, at the beginning of each connection, and believes it: the peer is
    /// then who the proxy says it is. Only for listeners that nobody but the proxy reaches, for anybody can send such a header; a
    /// connection without one is closed.
    ///
    /// ```
    /// let builder = ferrosock_server::Server::builder().trust_proxy_protocol(true);
    /// # let _ = builder;
    /// ```
    pub fn trust_proxy_protocol(mut self, trust: bool) -> Self {
        self.proxied = trust;
        self
    }

    /// Whose `Forwarded` and `X-Forwarded-For` say which client stands in the access log: nobody's, by default. A handler asks
    /// [`TrustedProxies::forwarding`] itself.
    ///
    /// ```
    /// use ferrosock_server::{Server, TrustedProxies};
    /// let builder = Server::builder().trust_proxies(TrustedProxies::new([("10.0.0.0".parse()?, 8)], false));
    /// # let _ = builder;
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    pub fn trust_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Whether responses that have no field `Date` get one (RFC 9110 section 6.6.1 wants it of servers that have a clock): they do by
    /// default.
    ///
    /// ```
    /// let builder = ferrosock_server::Server::builder().date_header(false);
    /// # let _ = builder;
    /// ```
    pub fn date_header(mut self, set: bool) -> Self {
        self.dated = set;
        self
    }

    /// Binds, and gives a server that does not run yet.
    ///
    /// # Errors
    /// What the system says of the addresses: `AddrInUse`, `PermissionDenied` ...; `InvalidInput` for an adopted descriptor that
    /// does not listen, and where there is no place at all to listen at.
    ///
    /// ```
    /// use ferrosock_server::{Request, Response, Server};
    ///
    /// let server = Server::builder().tcp("127.0.0.1:0".parse()?).bind(|_: Request| Response::new(204))?;
    /// assert_eq!(server.addresses().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bind(self, handler: impl Handler) -> io::Result<Server> {
        if self.places.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a server without an address to listen at",
            ));
        }
        let mut loops: Vec<Vec<Listener>> = (0..self.threads).map(|_| Vec::new()).collect();
        let (mut addresses, mut paths) = (Vec::new(), Vec::new());
        for place in self.places {
            let listeners = match place {
                Place::Tcp(address) => Listener::tcp(address, self.backlog, self.threads)?,
                Place::Unix(path) => {
                    use std::os::unix::ffi::OsStrExt;
                    let name = UnixName::Path(path.as_os_str().as_bytes().to_vec());
                    let listeners = Listener::unix(&name, self.backlog, self.threads)?;
                    paths.push(SocketFile(path));
                    listeners
                }
                Place::Adopted(descriptor) => Listener::adopted(descriptor, self.threads)?,
            };
            addresses.extend(listeners.first().and_then(Listener::local).cloned());
            for (own, listener) in loops.iter_mut().zip(listeners) {
                own.push(listener);
            }
        }
        let counters = Arc::new(Counters::default());
        let shared = Arc::new(Shared {
            handler: Box::new(handler),
            limits: self.limits,
            timeouts: self.timeouts,
            counters: counters.clone(),
            error_log: self.error_log,
            proxied: self.proxied,
            proxies: self.proxies,
            dated: self.dated,
        });
        let log = self.access_log.map(|(format, sink)| access_log::start(format, sink)).transpose()?;
        let (tap, writer) = log.unzip();
        let (mut ready, mut mailboxes) = (Vec::new(), Vec::new());
        for listeners in loops {
            let mailbox = Arc::new(Mailbox::new()?);
            mailboxes.push(mailbox.clone());
            ready.push(EventLoop::new(shared.clone(), listeners, mailbox, tap.clone())?);
        }
        let control = Control { mailboxes: mailboxes.into(), counters };
        Ok(Server { loops: ready, threads: Vec::new(), writer, addresses, control, _paths: paths })
    }

    /// Binds, and serves in threads of its own.
    ///
    /// # Errors
    /// As [`bind`](Self::bind); or the system gives no threads.
    ///
    /// ```
    /// use ferrosock_server::{Request, Response, Server};
    ///
    /// let server = Server::builder().tcp("127.0.0.1:0".parse()?).start(|_: Request| Response::new(204))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start(self, handler: impl Handler) -> io::Result<Server> {
        let mut server = self.bind(handler)?;
        for mut each in std::mem::take(&mut server.loops) {
            let thread = std::thread::Builder::new().name("ferrosock-server".to_owned());
            server.threads.push(thread.spawn(move || each.run(&Uninterrupted))?);
        }
        Ok(server)
    }
}

/// Stops a server and tells what it has counted; clones belong to the same server.
///
/// ```
/// use std::time::Duration;
/// use ferrosock_server::{Request, Response, Server};
///
/// let server = Server::builder().tcp("127.0.0.1:0".parse()?).start(|_: Request| Response::new(204))?;
/// let control = server.control();
/// std::thread::spawn(move || control.stop(Duration::ZERO));
/// server.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Control {
    mailboxes: Arc<[Arc<Mailbox>]>,
    counters: Arc<Counters>,
}

impl Control {
    /// Takes no more connections; those that are there may end what they are at within so long, and are then cut off. Idle ones
    /// have half a second, for a request may be on its way, which is answered as the last one. It returns at once;
    /// [`Server::join`] waits.
    ///
    /// ```
    /// # fn of(control: &ferrosock_server::Control) {
    /// control.stop(std::time::Duration::from_secs(30));
    /// # }
    /// ```
    pub fn stop(&self, within: Duration) {
        for mailbox in self.mailboxes.iter() {
            mailbox.post(Message::Stop(within));
        }
    }

    /// What was counted so far.
    ///
    /// ```
    /// # fn of(control: &ferrosock_server::Control) {
    /// println!("{} requests", control.stats().requests);
    /// # }
    /// ```
    pub fn stats(&self) -> Stats {
        self.counters.stats()
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Control").field("stats", &self.stats()).finish()
    }
}

/// A server. Dropped, it is stopped at once.
///
/// ```
/// use ferrosock_server::{Request, Response, Server};
///
/// let server = Server::builder()
///     .tcp("127.0.0.1:0".parse()?)
///     .threads(2)
///     .start(|request: Request| Response::text(format!("hello, {}", request.peer())))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Server {
    /// The loops that do not run yet.
    loops: Vec<EventLoop>,
    threads: Vec<JoinHandle<Result<(), Error>>>,
    /// The writer of the access log, which ends behind the last loop.
    writer: Option<JoinHandle<()>>,
    addresses: Vec<Address>,
    control: Control,
    _paths: Vec<SocketFile>,
}

impl Server {
    /// A builder with the defaults; it listens nowhere yet.
    ///
    /// ```
    /// let builder = ferrosock_server::Server::builder();
    /// # let _ = builder;
    /// ```
    pub fn builder() -> Builder {
        Builder {
            places: Vec::new(),
            threads: 1,
            backlog: 1024,
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            error_log: Box::new(|line| eprintln!("ferrosock-server: {line}")),
            access_log: None,
            proxied: false,
            proxies: TrustedProxies::default(),
            dated: true,
        }
    }

    /// Where it listens, in the order of the builder's calls.
    ///
    /// ```
    /// # fn of(server: &ferrosock_server::Server) {
    /// println!("http://{}/", server.addresses()[0]);
    /// # }
    /// ```
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// What stops it, from any thread.
    ///
    /// ```
    /// # fn of(server: &ferrosock_server::Server) {
    /// let control = server.control();
    /// # let _ = control;
    /// # }
    /// ```
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// [`Control::stop`].
    ///
    /// ```
    /// # fn of(server: ferrosock_server::Server) -> std::io::Result<()> {
    /// server.stop(std::time::Duration::from_secs(30));
    /// server.join()
    /// # }
    /// ```
    pub fn stop(&self, within: Duration) {
        self.control.stop(within);
    }

    /// [`Control::stats`].
    ///
    /// ```
    /// # fn of(server: &ferrosock_server::Server) {
    /// println!("{} connections", server.stats().open);
    /// # }
    /// ```
    pub fn stats(&self) -> Stats {
        self.control.stats()
    }

    /// Waits until it has stopped.
    ///
    /// # Errors
    /// What ended a loop before it was stopped.
    ///
    /// ```no_run
    /// # fn of(server: ferrosock_server::Server) -> std::io::Result<()> {
    /// server.join() // serves for ever
    /// # }
    /// ```
    pub fn join(mut self) -> io::Result<()> {
        self.wait()
    }

    /// Gives the loop to its owner, who turns it.
    ///
    /// # Errors
    /// `InvalidInput` for a server that runs already, or has more than one thread.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ferrosock_server::{Request, Response, Server};
    ///
    /// let server = Server::builder().tcp("127.0.0.1:0".parse()?).bind(|_: Request| Response::new(204))?;
    /// let mut embedded = server.embed()?;
    /// embedded.control().stop(Duration::ZERO);
    /// while embedded.turn(&ferrosock_socket::Uninterrupted, None)? {}
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn embed(mut self) -> io::Result<Embedded> {
        match (self.loops.pop(), self.loops.is_empty()) {
            (Some(own), true) => Ok(Embedded::new(own, self)),
            _ => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "only a server of one thread can be embedded",
            )),
        }
    }

    fn wait(&mut self) -> io::Result<()> {
        let mut result = Ok(());
        for thread in self.threads.drain(..) {
            match thread.join() {
                Ok(Ok(())) => {}
                Ok(Err(error)) => result = Err(error.into()),
                Err(_) => result = Err(io::Error::other("a loop panicked")),
            }
        }
        self.loops.clear();
        if let Some(writer) = self.writer.take() {
            result = result.and(writer.join().map_err(|_| io::Error::other("the access log panicked")));
        }
        result
    }

    /// Serves in this thread, and in others beside it if there are more loops, until it is stopped. `host` has its say around
    /// each wait of this thread: an interpreter gives its lock up there and looks after signals.
    ///
    /// # Errors
    /// What ended the loop before it was stopped; `Interrupted` if the host gave up.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ferrosock_server::{Request, Response, Server};
    ///
    /// let server = Server::builder().tcp("127.0.0.1:0".parse()?).bind(|_: Request| Response::new(204))?;
    /// server.control().stop(Duration::ZERO);
    /// server.run(&ferrosock_socket::Uninterrupted)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn run(mut self, host: &impl Host) -> io::Result<()> {
        let mut loops = std::mem::take(&mut self.loops).into_iter();
        let own = loops.next();
        for mut each in loops {
            self.threads.push(std::thread::spawn(move || each.run(&Uninterrupted)));
        }
        let result = own.map_or(Ok(()), |mut own| own.run(host)); // and drops it, so that the log can end
        if result.is_err() {
            self.stop(Duration::ZERO);
        }
        self.wait()?;
        Ok(result?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
        let _ = self.wait(); // nobody is left to be told
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Server").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// The file of a Unix socket, which goes with the server.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0); // it may be gone already
    }
}
