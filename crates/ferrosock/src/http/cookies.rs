//! Cookies that are kept between requests.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use ferrosock_proto::cookies::{CookieStore, Policy, Request};

use super::url::{Scheme, Url};

/// Where a client keeps cookies: a [`CookieJar`], or a store of the program's own.
///
/// ```
/// use ferrosock::http::{Client, Cookies, Url};
///
/// /// One cookie for everybody.
/// struct Fixed;
///
/// impl Cookies for Fixed {
///     fn header(&self, _: &Url) -> Option<String> {
///         Some("theme=dark".to_owned())
///     }
///     fn store(&self, _: &Url, _: &[u8]) {}
/// }
/// let client = Client::builder().cookies(Fixed).build()?;
/// # Ok::<(), ferrosock::http::Error>(())
/// ```
pub trait Cookies: Send + Sync {
    /// The field `Cookie` of a request.
    fn header(&self, url: &Url) -> Option<String>;

    /// Takes a field `Set-Cookie` of the response to a request.
    fn store(&self, url: &Url, field: &[u8]);
}

/// Cookies as browsers keep them (RFC 6265), in memory, for all clients that share the jar.
///
/// ```
/// use ferrosock::http::{CookieJar, Cookies, Url};
///
/// let jar = CookieJar::new();
/// let url: Url = "http://example.org/shop/".parse()?;
/// jar.store(&url, b"id=1; Path=/");
/// assert_eq!(jar.header(&url).as_deref(), Some("id=1"));
/// assert_eq!(jar.lock().len(), 1);
/// # Ok::<(), ferrosock::http::Error>(())
/// ```
pub struct CookieJar {
    store: Mutex<CookieStore>,
}

impl CookieJar {
    /// An empty jar by RFC 6265.
    #[must_use]
    pub fn new() -> Self {
        Self::with_policy(Policy::rfc6265())
    }

    /// An empty jar by other rules.
    #[must_use]
    pub fn with_policy(policy: Policy) -> Self {
        Self { store: Mutex::new(CookieStore::new(policy)) }
    }

    /// The cookies themselves; requests wait for them meanwhile.
    pub fn lock(&self) -> MutexGuard<'_, CookieStore> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for CookieJar {
    fn default() -> Self {
        Self::new()
    }
}

impl Cookies for CookieJar {
    fn header(&self, url: &Url) -> Option<String> {
        self.lock().header(&asked(url), now())
    }

    fn store(&self, url: &Url, field: &[u8]) {
        // What the rules refuse is no error of the response.
        if let Ok(field) = std::str::from_utf8(field) {
            let _ = self.lock().handle_set_cookie(field, &asked(url), now());
        }
    }
}

impl<T: Cookies + ?Sized> Cookies for std::sync::Arc<T> {
    fn header(&self, url: &Url) -> Option<String> {
        (**self).header(url)
    }

    fn store(&self, url: &Url, field: &[u8]) {
        (**self).store(url, field);
    }
}

impl fmt::Debug for CookieJar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CookieJar").field("cookies", &self.lock().len()).finish()
    }
}

fn asked(url: &Url) -> Request<'_> {
    Request::new(url.host(), url.port(), url.path(), url.scheme() == Scheme::Https)
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}
