//! [`Folder`]: a folder for people, with listings, uploads and archives.
//!
//! What a file is answered with is [`Files`]' matter, on the loop's thread. What has to wait for more of a disk than that, or for a
//! client, goes to threads, of which there are so many and no more: listings to a few, uploads and archives, which last as long as
//! their clients take, to others, so that slow clients hold no listing up.

mod accounts;
mod answers;
mod archive;
mod draft;
mod entries;
mod held;
mod origin;
mod page;
mod qr;
mod rules;
mod text;
mod upload;
mod workers;

use std::ffi::OsStr;
use std::fmt;
use std::sync::Arc;

use ferrosock_proto::http1::RequestHead;

pub use accounts::{Accounts, BadAccount};
pub use origin::CrossOrigin;
pub use qr::qr_code;
pub use upload::Uploads;

use crate::files::Files;
use crate::handler::{Handler, Intake, Reply};
use crate::request::Request;
use crate::response::Response;
use held::Held;
use workers::Workers;

/// How many threads make listings, and how many requests wait for one.
const LISTERS: (usize, usize) = (4, 256);

/// The same for uploads and archives.
const MOVERS: (usize, usize) = (64, 64);

/// The colours of listings.
///
/// ```
/// assert_eq!(ferrosock_server::Theme::default(), ferrosock_server::Theme::Auto);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Theme {
    /// Light or dark, as the reader's system is.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// Serves a folder to people: its files as [`Files`] does, and where a folder has no index file, a listing, as a page or (to who
/// accepts `application/json`) as JSON. The listing can be sorted and filtered, also without script. Uploads, archives and
/// accounts are off until they are wished for: so it only reads, for everybody.
///
/// What browsers are told keeps pages of others from reading, framing or changing anything: a strict `Content-Security-Policy`,
/// and requests that change something are refused if a page of another origin makes them. Where uploads are allowed, uploaded
/// pages are served in a sandbox, so that they cannot act for their reader here.
///
/// ```
/// use ferrosock_server::{Files, Folder, Server, Uploads};
///
/// let folder = Folder::new(Files::new(".")?).archives(true).uploads(Uploads::default());
/// let server = Server::builder().tcp("127.0.0.1:0".parse()?).start(folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct Folder {
    shared: Arc<Shared>,
}

#[derive(Clone)]
struct Shared {
    files: Files,
    /// What the root is called.
    name: String,
    list: bool,
    single_page: bool,
    archives: bool,
    uploads: Option<Uploads>,
    accounts: Accounts,
    cross_origin: CrossOrigin,
    theme: Theme,
    hosts: Vec<String>,
    signature: Option<String>,
    listers: Arc<Workers>,
    movers: Arc<Workers>,
    listings: Held,
}

impl Folder {
    /// A folder with listings and nothing else.
    ///
    /// ```
    /// use ferrosock_server::{Files, Folder};
    ///
    /// let folder = Folder::new(Files::new(".")?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new(files: Files) -> Self {
        let name = files.root.file_name().map_or_else(|| "/".into(), OsStr::to_string_lossy).into_owned();
        let workers = |name, (threads, queue)| Arc::new(Workers::new(name, threads, queue));
        Self {
            shared: Arc::new(Shared {
                files,
                name,
                list: true,
                single_page: false,
                archives: false,
                uploads: None,
                accounts: Accounts::new(),
                cross_origin: CrossOrigin::None,
                theme: Theme::Auto,
                hosts: Vec::new(),
                signature: None,
                listers: workers("ferrosock-list", LISTERS),
                movers: workers("ferrosock-move", MOVERS),
                listings: Held::default(),
            }),
        }
    }

    fn set(mut self, change: impl FnOnce(&mut Shared)) -> Self {
        change(Arc::make_mut(&mut self.shared));
        self
    }

    /// Whether folders without an index file are listed; by default they are.
    ///
    /// ```
    /// # use ferrosock_server::{Files, Folder};
    /// let folder = Folder::new(Files::new(".")?).list(false);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn list(self, list: bool) -> Self {
        self.set(|shared| shared.list = list)
    }

    /// Whether a page that is not there is the root's index file, for applications of one page whose script reads the path. Only
    /// what accepts HTML, and whose last part has no dot, is taken for a page.
    ///
    /// ```
    /// # use ferrosock_server::{Files, Folder};
    /// let folder = Folder::new(Files::new(".")?).single_page(true);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn single_page(self, single: bool) -> Self {
        self.set(|shared| shared.single_page = single)
    }

    /// Whether a folder can be had as a zip archive, by the query `?zip`.
    ///
    /// ```
    /// # use ferrosock_server::{Files, Folder};
    /// let folder = Folder::new(Files::new(".")?).archives(true);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn archives(self, offer: bool) -> Self {
        self.set(|shared| shared.archives = offer)
    }

    /// Lets files be uploaded, by PUT to their path, or by a form to the path of their folder. A file is there when it is whole.
    ///
    /// ```
    /// # use ferrosock_server::{Files, Folder, Uploads};
    /// let folder = Folder::new(Files::new(".")?).uploads(Uploads { most: 10 << 20, overwrite: true });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn uploads(self, uploads: Uploads) -> Self {
        self.set(|shared| shared.uploads = Some(uploads))
    }

    /// Lets in only those who have one of these accounts.
    ///
    /// ```
    /// # use ferrosock_server::{Accounts, Files, Folder};
    /// let mut accounts = Accounts::new();
    /// accounts.add("ann:secret")?;
    /// let folder = Folder::new(Files::new(".")?).accounts(accounts);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn accounts(self, accounts: Accounts) -> Self {
        self.set(|shared| shared.accounts = accounts)
    }

    /// Which other origins' pages may read.
    ///
    /// ```
    /// # use ferrosock_server::{CrossOrigin, Files, Folder};
    /// let folder = Folder::new(Files::new(".")?).cross_origin(CrossOrigin::Any);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn cross_origin(self, origins: CrossOrigin) -> Self {
        self.set(|shared| shared.cross_origin = origins)
    }

    /// The colours of listings.
    ///
    /// ```
    /// # use ferrosock_server::{Files, Folder, Theme};
    /// let folder = Folder::new(Files::new(".")?).theme(Theme::Dark);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn theme(self, theme: Theme) -> Self {
        self.set(|shared| shared.theme = theme)
    }
}

impl Folder {
    /// Answers only requests for these hosts (names or addresses, without a port; `*.` before a name for all below it), others with
    /// 421. Without any, all are answered. It keeps pages out whose name an attacker lets lead here (DNS rebinding), which browsers take
    /// for ours.
    ///
    /// ```
    /// # use ferrosock_server::{Files, Folder};
    /// let folder = Folder::new(Files::new(".")?).hosts(["localhost", "127.0.0.1", "*.home.example"]);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn hosts<H: Into<String>>(self, hosts: impl IntoIterator<Item = H>) -> Self {
        let hosts = hosts.into_iter().map(|host| host.into().to_ascii_lowercase()).collect();
        self.set(|shared| shared.hosts = hosts)
    }

    /// The field `Server`; without one there is none. One that cannot be sent is left out.
    ///
    /// ```
    /// # use ferrosock_server::{Files, Folder};
    /// let folder = Folder::new(Files::new(".")?).signature("example/1.0");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn signature(self, words: impl Into<String>) -> Self {
        self.set(|shared| shared.signature = Some(words.into()))
    }
}

impl fmt::Debug for Folder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { files, uploads, accounts, .. } = &*self.shared;
        let mut out = formatter.debug_struct("Folder");
        out.field("files", files).field("uploads", uploads).field("accounts", accounts);
        out.finish_non_exhaustive()
    }
}

impl Handler for Folder {
    fn handle(&self, mut request: Request) -> Reply {
        if let Some(response) = self.shared.refusal(&request.head) {
            return response.into();
        }
        if let Some(response) =
            page::asset(request.path()).filter(|_| matches!(request.method(), "GET" | "HEAD"))
        {
            return response.into();
        }
        match request.method() {
            "GET" | "HEAD" => self.give(request),
            "PUT" | "POST" => {
                let body = std::mem::take(&mut request.body);
                self.take(request, body)
            }
            // "OPTIONS": the rest was refused.
            _ => self.shared.finished(&request.head.fields, self.shared.allowing(Response::new(204))).into(),
        }
    }

    fn intake(&self, head: &RequestHead) -> Intake {
        if let Some(response) = self.shared.refusal(head) {
            return Intake::Refuse(response);
        }
        match (head.method.as_str(), self.shared.uploads) {
            ("PUT" | "POST", Some(uploads)) => Intake::Stream { most: uploads.most },
            _ => Intake::Default,
        }
    }
}
