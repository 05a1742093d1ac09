//! The Python that this build is for. A wheel serves one version, so what differs between them is settled by the compiler;
//! what a bug-fix release changed is settled as the program runs.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use pyo3::prelude::*;

/// The running Python is 3.`MINOR`.
pub(crate) const MINOR: u8 = number(env!("PYTHON_MINOR"));

/// Whether the running Python is 3.`minor` or newer.
pub(crate) const fn since(minor: u8) -> bool {
    MINOR >= minor
}

/// The running Python is 3.`MINOR`.`PATCH`.
static PATCH: AtomicU8 = AtomicU8::new(0);

/// The folder of the standard library's files, where it has one.
static LIBRARY: OnceLock<PathBuf> = OnceLock::new();

/// Makes the running Python's bug-fix release known.
pub(crate) fn prepare(py: Python<'_>) {
    PATCH.store(py.version_info().patch, Ordering::Relaxed);
    let file = py.import("os").and_then(|os| os.getattr("__file__")?.extract::<PathBuf>());
    if let Some(folder) = file.ok().as_deref().and_then(Path::parent) {
        LIBRARY.get_or_init(|| folder.to_owned());
    }
}

/// A change of behaviour that came into the standard library with bug-fix releases.
///
/// ```ignore
/// const REFUSED: Change = Change::of(&[(12, 13), (13, 12), (14, 3)]);
/// if REFUSED.is_made() { ... }
/// ```
pub(crate) struct Change {
    /// The first bug-fix release that has it; None if none of this version has.
    since: Option<u8>,
}

impl Change {
    /// The change that came with 3.x.y for each (x, y), in order. Versions newer than the last one have it from their
    /// beginning, and others that are not listed have it not.
    pub(crate) const fn of(releases: &[(u8, u8)]) -> Self {
        let mut at = 0;
        while at < releases.len() {
            if releases[at].0 == MINOR {
                return Self { since: Some(releases[at].1) };
            }
            at += 1;
        }
        let newest = !releases.is_empty() && releases[releases.len() - 1].0 < MINOR;
        Self { since: if newest { Some(0) } else { None } }
    }

    /// Whether the running Python has it.
    #[inline]
    pub(crate) fn is_made(&self) -> bool {
        match self.since {
            None => false,
            Some(0) => true,
            Some(first) => PATCH.load(Ordering::Relaxed) >= first,
        }
    }
}

/// A change that distributions take into older releases, whose numbers stay, as they do with the mending of security holes.
///
/// ```ignore
/// static REFUSED: Backport = Change::of(&[(13, 12), (14, 3)]).or_mark("http/cookies.py", "_has_control_character");
/// ```
pub(crate) struct Backport {
    change: Change,
    file: &'static str,
    text: &'static str,
    found: OnceLock<bool>,
}

impl Change {
    /// The change, which the running Python also has if this text stands in this file of the standard library.
    pub(crate) const fn or_mark(self, file: &'static str, text: &'static str) -> Backport {
        Backport { change: self, file, text, found: OnceLock::new() }
    }
}

/// Control characters are refused in the names, values and attributes of cookies (gh-143919).
pub(crate) static COOKIES_JUDGED: Backport = Change::of(&[(10, 20), (11, 15), (12, 13), (13, 12), (14, 3)])
    .or_mark("http/cookies.py", "def _has_control_character");

/// Whether a distribution has mended the running Python without making it another release.
pub(crate) fn is_mended() -> bool {
    !COOKIES_JUDGED.change.is_made() && COOKIES_JUDGED.is_made()
}

impl Backport {
    /// Whether the running Python has it.
    #[inline]
    pub(crate) fn is_made(&self) -> bool {
        self.change.is_made() || *self.found.get_or_init(|| self.stands())
    }

    fn stands(&self) -> bool {
        let content = LIBRARY.get().and_then(|library| std::fs::read(library.join(self.file)).ok());
        content.is_some_and(|content| memchr::memmem::find(&content, self.text.as_bytes()).is_some())
    }
}

/// A decimal number of the build script's.
const fn number(text: &str) -> u8 {
    let digits = text.as_bytes();
    let mut value = 0;
    let mut at = 0;
    while at < digits.len() {
        value = value * 10 + (digits[at] - b'0');
        at += 1;
    }
    value
}
