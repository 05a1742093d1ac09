//! The Python that this build is for. A wheel serves one version, so what differs between them is settled by the compiler;
//! what a bug-fix release changed is settled as the program runs.

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

/// Makes the running Python's bug-fix release known.
pub(crate) fn prepare(py: Python<'_>) {
    PATCH.store(py.version_info().patch, Ordering::Relaxed);
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
