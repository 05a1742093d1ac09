//! Requests, piece by piece.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ferrosock_codec::content::Limits as DecodeLimits;
use ferrosock_codec::url::encode_form;
use ferrosock_proto::http::{Fields, basic_credentials};

use super::body::Body;
use super::client::Client;
use super::clock::Timeouts;
use super::error::Error;
use super::exchange;
use super::form::Form;
use super::options::Options;
use super::progress::Progress;
use super::proxy::Proxies;
use super::redirect::Redirects;
use super::response::Response;
use super::retry::Retries;
use super::url::Url;

/// A request that is being made.
///
/// ```
/// use std::time::Duration;
/// use ferrosock::http::Client;
///
/// let request = Client::new()
///     .post("http://example.org/search")
///     .query([("lang", "en")])
///     .header("Accept", "application/json")
///     .form([("q", "sockets & rust")])
///     .timeout(Duration::from_secs(10));
/// // let response = request.send()?;
/// ```
#[must_use = "a request is made by send()"]
pub struct RequestBuilder {
    client: Client,
    request: Result<Request, Error>,
}

/// A request and all that it needs.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: Url,
    /// Its own fields, and those of the client, which go with it where it has none of that name.
    pub(crate) fields: Fields,
    pub(crate) general: Arc<Fields>,
    pub(crate) body: Body,
    pub(crate) options: Options,
    pub(crate) upload: Option<Progress>,
    pub(crate) download: Option<Progress>,
}

impl RequestBuilder {
    pub(crate) fn new(client: Client, method: String, url: Result<Url, Error>) -> Self {
        let options = client.0.options.clone();
        let request = url.map(|url| Request {
            method,
            url,
            fields: Fields::new(),
            general: client.0.fields.clone(),
            body: Body::empty(),
            options,
            upload: None,
            download: None,
        });
        Self { client, request }
    }

    /// Changes the request, or keeps what has been wrong with it.
    fn with(mut self, change: impl FnOnce(&mut Request) -> Result<(), Error>) -> Self {
        if let Ok(request) = &mut self.request {
            if let Err(error) = change(request) {
                self.request = Err(error);
            }
        }
        self
    }

    /// Adds a field, behind others of that name.
    pub fn header(self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.with(|request| Ok(request.fields.append(name.as_ref(), value.as_ref())?))
    }

    /// Adds fields.
    ///
    /// ```
    /// # use ferrosock::http::Client;
    /// let request = Client::new().get("http://example.org/").headers([("Accept", "text/html"), ("DNT", "1")]);
    /// ```
    pub fn headers<N: AsRef<[u8]>, V: AsRef<[u8]>>(self, fields: impl IntoIterator<Item = (N, V)>) -> Self {
        self.with(|request| {
            fields
                .into_iter()
                .try_for_each(|(name, value)| Ok(request.fields.append(name.as_ref(), value.as_ref())?))
        })
    }

    /// Adds names and values to the URL's query, percent-encoded as a form's (`application/x-www-form-urlencoded`).
    pub fn query<N: AsRef<[u8]>, V: AsRef<[u8]>>(self, pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        self.with(|request| {
            let query = encode_form(pairs);
            if !query.is_empty() {
                request.url = request.url.with_query(&query)?;
            }
            Ok(())
        })
    }

    /// Sends a user's name and password (RFC 7617).
    ///
    /// ```
    /// # use ferrosock::http::Client;
    /// let request = Client::new().get("http://example.org/").basic_auth("user", "secret");
    /// ```
    pub fn basic_auth(self, user: impl AsRef<[u8]>, password: impl AsRef<[u8]>) -> Self {
        self.with(|request| {
            let credentials = basic_credentials(user.as_ref(), password.as_ref());
            let credentials = credentials.ok_or(Error::InvalidOption("a colon in the name of a user"))?;
            Ok(request.fields.set(b"Authorization", credentials.as_bytes())?)
        })
    }

    /// Sends a token (RFC 6750).
    pub fn bearer_auth(self, token: impl AsRef<[u8]>) -> Self {
        self.with(|request| {
            let value = [b"Bearer ", token.as_ref()].concat();
            Ok(request.fields.set(b"Authorization", &value)?)
        })
    }

    /// What is sent: bytes, text, or a [`Body`] of another kind.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.with(|request| {
            request.body = body.into();
            Ok(())
        })
    }

    /// Sends a text of JSON, and says so in `Content-Type`.
    ///
    /// ```
    /// use ferrosock::codec::json;
    /// # use ferrosock::http::Client;
    /// let value = json::parse("{\"a\": [1, 2]}")?;
    /// let request = Client::new().post("http://example.org/").json(json::to_string(&value));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn json(self, text: impl Into<String>) -> Self {
        self.content(b"application/json", Body::from(text.into()))
    }

    /// Sends a form, percent-encoded, and says so in `Content-Type`.
    pub fn form<N: AsRef<[u8]>, V: AsRef<[u8]>>(self, pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        self.content(b"application/x-www-form-urlencoded", Body::from(encode_form(pairs)))
    }

    /// Sends a form with files, and says so in `Content-Type`.
    pub fn multipart(self, form: Form) -> Self {
        self.with(|request| {
            let (content_type, body) = form.into_body()?;
            request.fields.set(b"Content-Type", content_type.as_bytes())?;
            request.body = body;
            Ok(())
        })
    }

    fn content(self, media_type: &[u8], body: Body) -> Self {
        self.with(|request| {
            if !request.fields.contains(b"content-type") {
                request.fields.append(b"Content-Type", media_type)?;
            }
            request.body = body;
            Ok(())
        })
    }

    /// How long the request may take as a whole.
    pub fn timeout(self, total: Duration) -> Self {
        self.with(|request| {
            request.options.timeouts.total = Some(total);
            Ok(())
        })
    }

    /// How long the request and its parts may take.
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        self.with(|request| {
            request.options.timeouts = timeouts;
            Ok(())
        })
    }

    /// Whether and how far redirects are followed.
    pub fn redirects(self, redirects: Redirects) -> Self {
        self.with(|request| {
            request.options.redirects = redirects;
            Ok(())
        })
    }

    /// When the request is made again.
    pub fn retries(self, retries: Retries) -> Self {
        self.with(|request| {
            request.options.retries = Arc::new(retries);
            Ok(())
        })
    }

    /// Which proxies are used.
    pub fn proxies(self, proxies: Proxies) -> Self {
        self.with(|request| {
            request.options.proxies = Arc::new(proxies);
            Ok(())
        })
    }

    /// How far content in a coding is decoded; `None` leaves it as it is sent, and asks for no coding.
    pub fn decoding(self, limits: Option<DecodeLimits>) -> Self {
        self.with(|request| {
            request.options.decode = limits;
            Ok(())
        })
    }

    /// Sends the body only when the server has said that it wants it (`Expect: 100-continue`, RFC 9110 section 10.1.1), or
    /// has said nothing for `patience`.
    pub fn expect_continue(self, patience: Duration) -> Self {
        self.with(|request| {
            request.options.expect_continue = Some(patience);
            Ok(())
        })
    }

    /// A function that is told how much of the body was sent, and how long it is if that is known.
    pub fn on_upload(self, call: impl FnMut(u64, Option<u64>) + Send + 'static) -> Self {
        self.with(|request| {
            request.upload = Some(Progress::new(call));
            Ok(())
        })
    }

    /// A function that is told how much content of the response was received, as it was sent, and how long it is if that is known.
    ///
    /// ```
    /// # use ferrosock::http::Client;
    /// let request = Client::new().get("http://example.org/big").on_download(|done, total| match total {
    ///     Some(total) => eprint!("\r{done} of {total} bytes"),
    ///     None => eprint!("\r{done} bytes"),
    /// });
    /// ```
    pub fn on_download(self, call: impl FnMut(u64, Option<u64>) + Send + 'static) -> Self {
        self.with(|request| {
            request.download = Some(Progress::new(call));
            Ok(())
        })
    }

    /// Sends the request and gives the response when its head is there.
    ///
    /// # Errors
    /// All of [`Error`], but those about content. A status that tells of an error is none here; see
    /// [`Response::error_for_status`].
    pub fn send(self) -> Result<Response, Error> {
        exchange::run(&self.client.0, self.request?)
    }
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("RequestBuilder");
        match &self.request {
            Ok(request) => shown.field("method", &request.method).field("url", &request.url),
            Err(error) => shown.field("error", error),
        };
        shown.finish_non_exhaustive()
    }
}
