//! How a client behaves, and how a request may differ.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ferrosock_codec::content::{Limits as DecodeLimits, accepted};
use ferrosock_proto::http::Fields;
use ferrosock_proto::http1::Limits;
use ferrosock_socket::Interrupted;

use super::client::{Client, Inner};
use super::clock::Timeouts;
use super::cookies::Cookies;
use super::error::Error;
use super::pool::{Pool, PoolLimits};
use super::proxy::Proxies;
use super::redirect::Redirects;
use super::retry::{Random, Retries, random};
use super::transport::{Connector, SecureConnector, TcpConnector};
use super::wait::SignalCheck;

/// What a request may have otherwise than its client.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) timeouts: Timeouts,
    pub(crate) redirects: Redirects,
    pub(crate) retries: Arc<Retries>,
    pub(crate) proxies: Arc<Proxies>,
    /// Whether content is decoded, and how far.
    pub(crate) decode: Option<DecodeLimits>,
    /// How long a body waits for `100 Continue`; `None` if it is not asked for.
    pub(crate) expect_continue: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            redirects: Redirects::default(),
            retries: Arc::default(),
            proxies: Arc::default(),
            decode: Some(DecodeLimits::default()),
            expect_continue: None,
        }
    }
}

/// Makes a [`Client`].
///
/// ```
/// use std::time::Duration;
/// use ferrosock::http::Client;
///
/// let client = Client::builder()
///     .timeout(Duration::from_secs(60))
///     .header("X-Client", "example")
///     .max_connections_per_origin(4)
///     .build()?;
/// # Ok::<(), ferrosock::http::Error>(())
/// ```
#[must_use = "a client comes of build()"]
pub struct ClientBuilder {
    options: Options,
    fields: Fields,
    pool: PoolLimits,
    limits: Limits,
    connector: Arc<dyn Connector>,
    secure: Option<Arc<dyn SecureConnector>>,
    signals: Option<Arc<SignalCheck>>,
    cookies: Option<Arc<dyn Cookies>>,
    random: Arc<Random>,
    error: Option<Error>,
}

/// TLS by rustls where that is built in.
#[cfg(feature = "tls")]
fn secure() -> Option<Arc<dyn SecureConnector>> {
    Some(Arc::new(super::transport::TlsConnector::new()))
}

#[cfg(not(feature = "tls"))]
fn secure() -> Option<Arc<dyn SecureConnector>> {
    None
}

impl ClientBuilder {
    pub(crate) fn new() -> Self {
        let mut builder = Self {
            options: Options::default(),
            fields: Fields::new(),
            pool: PoolLimits::default(),
            limits: Limits::default(),
            connector: Arc::new(TcpConnector::default()),
            secure: secure(),
            signals: None,
            cookies: None,
            random: Arc::new(random),
            error: None,
        };
        builder.set(b"User-Agent", concat!("ferrosock/", env!("CARGO_PKG_VERSION")).as_bytes());
        builder.set(b"Accept", b"*/*");
        builder
    }

    fn set(&mut self, name: &[u8], value: &[u8]) {
        if let Err(error) = self.fields.set(name, value) {
            self.error.get_or_insert(error.into());
        }
    }

    /// A field that goes with every request that does not have one of that name itself. `User-Agent` and `Accept` are there
    /// without it.
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.set(name.as_ref(), value.as_ref());
        self
    }

    /// No field of that name goes with requests that do not bring it.
    pub fn without_header(mut self, name: impl AsRef<[u8]>) -> Self {
        self.fields.remove(name.as_ref());
        self
    }

    /// How long a request may take as a whole: [`Timeouts::total`].
    pub fn timeout(mut self, total: Duration) -> Self {
        self.options.timeouts.total = Some(total);
        self
    }

    /// How long a request and its parts may take.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.options.timeouts = timeouts;
        self
    }

    /// Whether and how far redirects are followed.
    pub fn redirects(mut self, redirects: Redirects) -> Self {
        self.options.redirects = redirects;
        self
    }

    /// When requests are made again. Not at all by default, but for one case: a request that met a kept connection just
    /// when the server closed it goes over a new one, if it may be made twice or nothing of it was sent.
    pub fn retries(mut self, retries: Retries) -> Self {
        self.options.retries = Arc::new(retries);
        self
    }

    /// Where the chance in the pauses between tries comes from: numbers from 0 to 1.
    ///
    /// ```
    /// use ferrosock::http::{Client, Retries};
    ///
    /// let client = Client::builder().retries(Retries::up_to(3)).random(|| 0.5).build()?;
    /// # Ok::<(), ferrosock::http::Error>(())
    /// ```
    pub fn random(mut self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Which proxies are used: none by default. [`Proxies::from_environment`] takes those of the environment.
    pub fn proxies(mut self, proxies: Proxies) -> Self {
        self.options.proxies = Arc::new(proxies);
        self
    }

    /// Where cookies are kept: nowhere by default. A request that brings a field `Cookie` goes with that alone.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use ferrosock::http::{Client, CookieJar};
    ///
    /// let jar = Arc::new(CookieJar::new());
    /// let client = Client::builder().cookies(Arc::clone(&jar)).build()?;
    /// # Ok::<(), ferrosock::http::Error>(())
    /// ```
    pub fn cookies(mut self, cookies: impl Cookies + 'static) -> Self {
        self.cookies = Some(Arc::new(cookies));
        self
    }

    /// How far content in a coding (gzip, deflate, br, zstd) is decoded: what decodes to more ends with [`Error::Decoding`].
    ///
    /// ```
    /// use ferrosock::http::{Client, DecodeLimits};
    ///
    /// let limits = DecodeLimits { output: 10 << 20, ..DecodeLimits::default() };
    /// let client = Client::builder().decode_limits(limits).build()?;
    /// # Ok::<(), ferrosock::http::Error>(())
    /// ```
    pub fn decode_limits(mut self, limits: DecodeLimits) -> Self {
        self.options.decode = Some(limits);
        self
    }

    /// Content is left as it is sent, and no coding is asked for.
    pub fn without_decoding(mut self) -> Self {
        self.options.decode = None;
        self
    }

    /// The most connections to an origin at a time: [`PoolLimits::per_origin`].
    pub fn max_connections_per_origin(mut self, most: usize) -> Self {
        self.pool.per_origin = Some(most);
        self
    }

    /// How many connections are kept, and for how long.
    pub fn pool_limits(mut self, limits: PoolLimits) -> Self {
        self.pool = limits;
        self
    }

    /// How long heads of responses may be: at most 100 fields, 64 KiB and 16 KiB a line by default.
    pub fn head_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What connects to hosts: plain TCP by default.
    pub fn connector(mut self, connector: impl Connector + 'static) -> Self {
        self.connector = Arc::new(connector);
        self
    }

    /// What makes connections secure, for `https`: rustls where the feature `tls` is on, else nothing.
    pub fn secure_connector(mut self, connector: impl SecureConnector + 'static) -> Self {
        self.secure = Some(Arc::new(connector));
        self
    }

    /// What is asked when a signal has interrupted a wait. An error of it ends the request with [`Error::Interrupted`]; without
    /// such a function, requests go on after signals.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicBool, Ordering};
    /// use ferrosock::http::Client;
    /// use ferrosock::socket::Interrupted;
    ///
    /// static STOP: AtomicBool = AtomicBool::new(false); // set by a signal's handler
    /// let stopped = || if STOP.load(Ordering::Relaxed) { Err(Interrupted) } else { Ok(()) };
    /// let client = Client::builder().on_signal(stopped).build()?;
    /// # Ok::<(), ferrosock::http::Error>(())
    /// ```
    pub fn on_signal(mut self, check: impl Fn() -> Result<(), Interrupted> + Send + Sync + 'static) -> Self {
        self.signals = Some(Arc::new(check));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// What was wrong with the options: a field that may not be sent.
    pub fn build(self) -> Result<Client, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        Ok(Client(Arc::new(Inner {
            options: self.options,
            fields: Arc::new(self.fields),
            limits: self.limits,
            pool: Arc::new(Pool::new(self.pool)),
            connector: self.connector,
            secure: self.secure,
            signals: self.signals,
            cookies: self.cookies,
            random: self.random,
            accepted: accepted(),
        })))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("ClientBuilder");
        shown.field("timeouts", &self.options.timeouts).field("pool", &self.pool).finish_non_exhaustive()
    }
}
