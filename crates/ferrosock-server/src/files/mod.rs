//! [`Files`]: a folder, served.

pub(crate) mod conditions;
mod media;
pub(crate) mod open;
pub(crate) mod path;
mod ranges;
mod select;

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use ferrosock_proto::http::{format_date, weight_of, weighted};

use crate::handler::{Handler, Reply};
use crate::request::Request;
use crate::response::{Content, Response};
use conditions::Validators;
pub use media::media_type_of;
use ranges::Multipart;
pub use select::{Representation, Selection};

/// A file that is so small is read and sent with the head in one call; a larger one goes by `sendfile`.
const SMALL: u64 = 16 * 1024;

/// Serves the files below a folder, to GET and HEAD.
///
/// With each goes its type by its name, an entity tag (from the time of its change, its size and its inode) and `Last-Modified`;
/// conditions (RFC 9110 section 13) and ranges (section 14), one or several, are heeded. A folder without a slash at the end of
/// its path is redirected; with it, it is its index file, or 404. A path cannot leave the folder: dots, encoded slashes, NULs
/// and empty parts are 404, and so are links that lead out and hidden files, unless that is wished for.
///
/// Files are opened and read on the loop's thread: they should lie on a disk that is quick to answer.
///
/// ```
/// use ferrosock_server::{Files, Server};
///
/// let files = Files::new(".")?.precompressed(true);
/// let server = Server::builder().tcp("127.0.0.1:0".parse()?).start(files)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Files {
    /// Without links in it.
    pub(crate) root: PathBuf,
    index: Option<String>,
    pub(crate) hidden: bool,
    pub(crate) links: bool,
    precompressed: bool,
    cache_control: Option<String>,
}

impl Files {
    /// The files below `root`.
    ///
    /// # Errors
    /// If it is not there, or no folder.
    ///
    /// ```
    /// assert!(ferrosock_server::Files::new("/nowhere").is_err());
    /// ```
    pub fn new(root: impl AsRef<Path>) -> io::Result<Self> {
        let root = root.as_ref().canonicalize()?;
        if !root.is_dir() {
            return Err(io::Error::from_raw_os_error(libc::ENOTDIR));
        }
        let index = Some("index.html".to_owned());
        Ok(Self { root, index, hidden: false, links: false, precompressed: false, cache_control: None })
    }

    /// The file that stands for its folder, `index.html` by default; `None` for none.
    ///
    /// ```
    /// # let files = ferrosock_server::Files::new(".")?;
    /// let files = files.index(Some("home.html"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn index(mut self, name: Option<&str>) -> Self {
        self.index = name.map(str::to_owned);
        self
    }

    /// Whether names that begin with a dot are served; by default only `.well-known` (RFC 8615) is.
    ///
    /// ```
    /// # let files = ferrosock_server::Files::new(".")?;
    /// let files = files.hidden(true);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn hidden(mut self, serve: bool) -> Self {
        self.hidden = serve;
        self
    }

    /// Whether symbolic links may lead out of the folder; by default they may not.
    ///
    /// ```
    /// # let files = ferrosock_server::Files::new(".")?;
    /// let files = files.links_out(true);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn links_out(mut self, follow: bool) -> Self {
        self.links = follow;
        self
    }

    /// Whether `name.br`, `name.zst` or `name.gz` goes in the place of `name` to a client that takes it; off by default, for it
    /// costs up to three more looks for a file.
    ///
    /// ```
    /// # let files = ferrosock_server::Files::new(".")?;
    /// let files = files.precompressed(true);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn precompressed(mut self, look: bool) -> Self {
        self.precompressed = look;
        self
    }

    /// A `Cache-Control` for all files. One that cannot be sent is left out.
    ///
    /// ```
    /// # let files = ferrosock_server::Files::new(".")?;
    /// let files = files.cache_control("public, max-age=3600");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn cache_control(mut self, value: impl Into<String>) -> Self {
        self.cache_control = Some(value.into());
        self
    }

    /// Answers a request; for handlers that serve files among other things.
    ///
    /// ```
    /// use ferrosock_server::{Files, Request, Response, Server};
    ///
    /// let files = Files::new(".")?;
    /// let server = Server::builder().tcp("127.0.0.1:0".parse()?).start(move |request: Request| {
    ///     if request.path() == b"/hello" { Response::text("hello") } else { files.answer(&request) }
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn answer(&self, request: &Request) -> Response {
        match request.method() {
            "GET" | "HEAD" => {}
            "OPTIONS" => return allowing(Response::new(204)),
            _ => return allowing(Response::plain(405)),
        }
        let Some(named) = path::name(request.path(), self.hidden) else { return Response::plain(404) };
        self.serve(request, &named).unwrap_or_else(|error| Response::plain(status_of(&error)))
    }

    fn serve(&self, request: &Request, named: &path::Named) -> io::Result<Response> {
        match self.look(request, named)? {
            Found::Answer(response) => Ok(response),
            Found::Folder(_) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// What a GET or HEAD of a place comes to.
    pub(crate) fn look(&self, request: &Request, named: &path::Named) -> io::Result<Found> {
        let (mut file, mut metadata) = open::open(&self.root, &named.path, self.links)?;
        let mut path = named.path.clone();
        if metadata.is_dir() {
            if !named.is_folder {
                return Ok(Found::Answer(redirect(request)));
            }
            let Some(index) = &self.index else { return Ok(Found::Folder(file)) };
            path.push(index);
            match open::open(&self.root, &path, self.links) {
                Ok(opened) if opened.1.is_file() => (file, metadata) = opened,
                Err(error) if status_of(&error) != 404 => return Err(error),
                _ => return Ok(Found::Folder(file)),
            }
        } else if named.is_folder {
            return Err(io::ErrorKind::NotFound.into());
        }
        if !metadata.is_file() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mut coding = None;
        if let Some((name, encoded, its)) = self.encoded(request, &path) {
            (coding, file, metadata) = (Some(name), encoded, its);
        }
        self.give(request, &path, file, &metadata, coding).map(Found::Answer)
    }

    /// The file in a coding that the client likes best.
    fn encoded(&self, request: &Request, path: &Path) -> Option<(&'static str, File, Metadata)> {
        let accepted = request.head.fields.joined(b"accept-encoding").filter(|_| self.precompressed)?;
        let accepted = weighted(&accepted);
        let mut codings = [("br", "br"), ("zstd", "zst"), ("gzip", "gz")]
            .map(|coding| (weight_of(&accepted, coding.0.as_bytes()), coding));
        codings.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight)); // ours, where the client has no preference
        let mut named = accepted.iter().filter(|(coding, _)| coding.eq_ignore_ascii_case(b"identity"));
        let least = named.next().map_or(1, |(_, weight)| (*weight).max(1));
        for (_, (name, extension)) in codings.into_iter().filter(|(weight, _)| *weight >= least) {
            let mut beside = path.as_os_str().to_owned();
            beside.push(".");
            beside.push(extension);
            match open::open(&self.root, Path::new(&beside), self.links) {
                Ok((file, metadata)) if metadata.is_file() => return Some((name, file, metadata)),
                _ => {}
            }
        }
        None
    }

    fn give(
        &self,
        request: &Request,
        path: &Path,
        file: File,
        metadata: &Metadata,
        coding: Option<&str>,
    ) -> io::Result<Response> {
        let now = now();
        let own = representation(metadata, coding);
        let selection = own.select(request.method(), &request.head.fields, now);
        if selection == Selection::Failed {
            return Ok(Response::plain(412));
        }
        let size = metadata.len();
        let kind = media_type_of(path);
        let mut response = Response::new(if selection == Selection::NotModified { 304 } else { 200 });
        response.put(b"ETag", own.tag().as_bytes());
        if let Ok(date) = format_date(metadata.mtime()) {
            response.put(b"Last-Modified", date.as_bytes());
        }
        if self.precompressed {
            response.put(b"Vary", b"Accept-Encoding");
        }
        if let Some(value) = &self.cache_control {
            let _ = response.fields.append(b"Cache-Control", value.as_bytes()); // documented: left out if it is wrong
        }
        if selection == Selection::NotModified {
            return Ok(response);
        }
        response.put(b"Accept-Ranges", b"bytes");
        if let Some(coding) = coding {
            response.put(b"Content-Encoding", coding.as_bytes());
        }
        let (first, length) = match selection {
            Selection::Part(first, last) => {
                response.status = 206;
                response.put(b"Content-Range", format!("bytes {first}-{last}/{size}").as_bytes());
                (first, last - first + 1)
            }
            Selection::Unsatisfiable => {
                let mut response = Response::plain(416);
                response.put(b"Content-Range", format!("bytes */{size}").as_bytes());
                return Ok(response);
            }
            Selection::Parts(parts) => {
                let boundary = unforeseeable();
                let parts = Multipart::new(Arc::new(file), size, &parts, kind, &boundary);
                response.status = 206;
                response
                    .put(b"Content-Type", format!("multipart/byteranges; boundary={boundary}").as_bytes());
                response.put(b"Content-Length", parts.length.to_string().as_bytes());
                return Ok(response.with_content(Content::Chunks(Box::new(parts))));
            }
            Selection::Whole | Selection::NotModified | Selection::Failed => (0, size),
        };
        response.put(b"Content-Type", kind.as_bytes());
        Ok(response.with_content(content(request, file, first, length)?))
    }
}

/// What stands at a place.
pub(crate) enum Found {
    /// A file, or what is to be said of it.
    Answer(Response),
    /// A folder without an index file, open.
    Folder(File),
}

impl Handler for Files {
    fn handle(&self, request: Request) -> Reply {
        self.answer(&request).into()
    }
}

fn content(request: &Request, file: File, offset: u64, length: u64) -> io::Result<Content> {
    if length > SMALL || request.method() == "HEAD" {
        return Ok(Content::File { file: Arc::new(file), offset, length });
    }
    let mut bytes = vec![0; length as usize];
    file.read_exact_at(&mut bytes, offset)?;
    Ok(Content::Bytes(bytes))
}

pub(crate) fn validators(metadata: &Metadata, coding: Option<&str>) -> Validators {
    representation(metadata, coding).validators
}

fn representation(metadata: &Metadata, coding: Option<&str>) -> Representation {
    Representation::new(metadata.mtime(), metadata.mtime_nsec(), metadata.len(), metadata.ino(), coding)
}

/// Seconds since the beginning of 1970.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() as i64)
}

/// 128 bits that nobody outside can foresee, as hexadecimal digits: a boundary that no part holds, a name that nothing has.
pub(crate) fn unforeseeable() -> String {
    use std::hash::{BuildHasher, RandomState};
    // Processes that were forked from one have the same keys.
    let part = || RandomState::new().hash_one(std::process::id());
    format!("{:016x}{:016x}", part(), part())
}

/// To the same path with a slash behind it.
fn redirect(request: &Request) -> Response {
    let mut target = location(request.path());
    target.push(b'/');
    if let Some(query) = request.query() {
        target.push(b'?');
        target.extend_from_slice(query);
    }
    let mut response = Response::plain(301);
    response.put(b"Location", &target);
    response
}

/// A path of a request, to be sent somebody to. It begins with one slash, so that it names no other host; but browsers take a
/// backslash for a slash (WHATWG URL section 4.4).
pub(crate) fn location(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len() + 1);
    for byte in path {
        match byte {
            b'\\' => out.extend_from_slice(b"%5C"),
            byte => out.push(*byte),
        }
    }
    out
}

fn allowing(mut response: Response) -> Response {
    response.put(b"Allow", b"GET, HEAD, OPTIONS");
    response
}

pub(crate) fn status_of(error: &io::Error) -> u16 {
    match error.raw_os_error() {
        Some(libc::EACCES | libc::EPERM) => 403,
        Some(libc::ENOENT | libc::ENOTDIR | libc::ENAMETOOLONG | libc::ELOOP | libc::ENXIO) => 404,
        Some(libc::EMFILE | libc::ENFILE) => 503,
        _ if error.kind() == io::ErrorKind::NotFound => 404,
        _ => 500,
    }
}
