//! What of a file a request gets, by its conditions and ranges.

use std::fmt::Write;

use ferrosock_proto::http::Fields;

use super::conditions::{self, Validators, Verdict};
use super::ranges;

/// A file as HTTP sees it: by its validators and its size.
///
/// ```
/// use ferrosock_proto::http::Fields;
/// use ferrosock_server::{Representation, Selection};
///
/// let file = Representation::new(1_700_000_000, 0, 1000, 7, None);
/// let mut fields = Fields::new();
/// fields.append(b"Range", b"bytes=-10")?;
/// assert_eq!(file.select("GET", &fields, 1_800_000_000), Selection::Part(990, 999));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Representation {
    pub(super) validators: Validators,
    size: u64,
}

/// What a request gets of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of it.
    Whole,
    /// The bytes from the first position to the last one (206).
    Part(u64, u64),
    /// Several such parts, in one message of parts (206, RFC 9110 section 14.6).
    Parts(Vec<(u64, u64)>),
    /// Nothing: the client has it (304).
    NotModified,
    /// Nothing: it is not what the client means (412).
    Failed,
    /// Nothing: it does not reach as far (416).
    Unsatisfiable,
}

impl Representation {
    /// A file that was changed so many seconds and nanoseconds after the beginning of 1970, of a size in bytes, by the number that
    /// tells it from others in its place, and perhaps in a content coding.
    ///
    /// ```
    /// let file = ferrosock_server::Representation::new(1_700_000_000, 0, 1000, 7, Some("br"));
    /// assert_eq!(file.tag(), "\"6553f100.0-3e8-7-br\"");
    /// ```
    pub fn new(seconds: i64, nanoseconds: i64, size: u64, inode: u64, coding: Option<&str>) -> Self {
        let mut tag = String::with_capacity(48);
        // A string takes everything.
        let _ = write!(tag, "\"{seconds:x}.{nanoseconds:x}-{size:x}-{inode:x}");
        if let Some(coding) = coding {
            let _ = write!(tag, "-{coding}");
        }
        tag.push('"');
        Self { validators: Validators { tag, modified: seconds }, size }
    }

    /// Its entity tag, a strong one with its quotes (RFC 9110 section 8.8.3).
    ///
    /// ```
    /// let file = ferrosock_server::Representation::new(1_700_000_000, 0, 1000, 7, None);
    /// assert!(file.tag().starts_with('"'));
    /// ```
    pub fn tag(&self) -> &str {
        &self.validators.tag
    }

    /// What a GET or HEAD with these fields gets: conditions first (RFC 9110 section 13), then ranges (section 14), which are for
    /// GET alone. `now` is in seconds since the beginning of 1970.
    ///
    /// ```
    /// use ferrosock_proto::http::Fields;
    /// use ferrosock_server::{Representation, Selection};
    ///
    /// let file = Representation::new(1_700_000_000, 0, 1000, 7, None);
    /// let mut fields = Fields::new();
    /// fields.append(b"If-None-Match", file.tag().as_bytes())?;
    /// assert_eq!(file.select("GET", &fields, 1_800_000_000), Selection::NotModified);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select(&self, method: &str, fields: &Fields, now: i64) -> Selection {
        match conditions::judge(method, fields, &self.validators, now) {
            Verdict::Failed => return Selection::Failed,
            Verdict::NotModified => return Selection::NotModified,
            Verdict::Go => {}
        }
        let wish = fields.get(b"range").filter(|_| method == "GET");
        let wish = wish.filter(|_| conditions::range_counts(fields, &self.validators, now));
        wish.map_or(Selection::Whole, |value| ranges::parts(value, self.size))
    }
}
