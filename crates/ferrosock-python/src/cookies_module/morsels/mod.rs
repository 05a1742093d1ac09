//! `http.cookies`: quoting, and whole cookies [read](loading) and [written](output) where their classes are as they were written.

mod loading;
mod output;
mod texts;

use ferrosock_proto::cookies::CookieParts;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PySet, PyString, PyTuple, PyType};
use pyo3::{Borrowed, ffi, intern};

use crate::class::unprepared;
use crate::seams::{Seams, Seen, attributes, hides_nothing, lookup, same_items};
use crate::text;
use crate::version::{Change, since};
use crate::version_tag::Known;

/// Dates may have the whole name of the day (gh-123401).
const LONG_DAYS: Change = Change::of(&[(12, 9), (13, 2)]);
/// There is an attribute more since Python 3.14.
const PARTITIONED: bool = since(14);

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    [texts::functions(), loading::functions(), output::functions()].concat()
}

/// The classes of `http.cookies` that were last seen to be as they were.
static SEEN: Seen = Seen::new();

// The places in the module's `_SEAMS`.
const MORSEL: usize = 1;
const COOKIE: usize = 2;
const RESERVED: usize = 3;
const MORSEL_CLASS: usize = 4;
const DECODERS: usize = 5;
/// As [`COOKIE`], with `load` among them.
const LOADED_COOKIE: usize = 6;

/// Whether a text has a control character of ASCII.
fn has_control(text: &[u8]) -> bool {
    text.iter().fold(false, |found, byte| found | (*byte < b' ') | (*byte == 0x7f))
}

/// The parts of a field, as the running Python reads them.
fn parts_of(text: &[u8]) -> CookieParts<'_> {
    CookieParts::new(text).long_days(LONG_DAYS.is_made())
}

/// The attributes in the order in which they are written, with their spelling.
const ATTRIBUTES: [(&str, &str); COUNT] = {
    let mut known = [("", ""); COUNT];
    let (mut from, mut to) = (0, 0);
    while to < COUNT {
        if PARTITIONED || from != PARTITIONED_PLACE {
            known[to] = ALL_ATTRIBUTES[from];
            to += 1;
        }
        from += 1;
    }
    known
};
const COUNT: usize = if PARTITIONED { 10 } else { 9 };
const PARTITIONED_PLACE: usize = 5;
const ALL_ATTRIBUTES: [(&str, &str); 10] = [
    ("comment", "Comment"),
    ("domain", "Domain"),
    ("expires", "expires"),
    ("httponly", "HttpOnly"),
    ("max-age", "Max-Age"),
    ("partitioned", "Partitioned"),
    ("path", "Path"),
    ("samesite", "SameSite"),
    ("secure", "Secure"),
    ("version", "Version"),
];

static NAMES: PyOnceLock<[Py<PyString>; COUNT]> = PyOnceLock::new();

/// The names of the attributes as str.
fn names(py: Python<'_>) -> &[Py<PyString>; COUNT] {
    NAMES.get_or_init(py, || ATTRIBUTES.map(|(name, _)| PyString::intern(py, name).unbind()))
}

fn place(name: &[u8]) -> Option<usize> {
    ATTRIBUTES.iter().position(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name))
}

/// The place of an attribute's name in lower case, which is one of ours as a rule.
fn place_of(name: Borrowed<'_, '_, PyAny>) -> Option<usize> {
    let known = names(name.py()).iter().position(|known| known.as_ptr() == name.as_ptr());
    known.or_else(|| {
        let text = text::ascii(name.cast_exact::<PyString>().ok()?)?;
        ATTRIBUTES.iter().position(|(known, _)| known.as_bytes() == text)
    })
}

fn is_flag(place: usize) -> bool {
    matches!(ATTRIBUTES[place].0, "secure" | "httponly" | "partitioned")
}

/// Whether a dict of the class's is what it was, which `known` is; `seen` is the one that was last found to be.
fn is_as_it_was(dict: &Bound<'_, PyAny>, known: &Bound<'_, PyAny>, seen: &'static Known) -> bool {
    let Ok(dict) = dict.cast_exact::<PyDict>() else { return false };
    // SAFETY: attached; a live dict.
    if unsafe { seen.is(dict.as_ptr()) } {
        return true;
    }
    let same = same_items(dict, known);
    if same {
        // SAFETY: as above.
        unsafe { seen.note(dict.as_ptr()) };
    }
    same
}

/// What a short way knows of the module: its Morsel class, and an empty one's attributes.
struct Kit<'py> {
    seams: Seams<'py>,
    class: Bound<'py, PyType>,
    empty: Bound<'py, PyDict>,
}

impl<'py> Kit<'py> {
    /// None unless the class Morsel is as it was, with the attributes that this code knows.
    fn of(module: Borrowed<'_, 'py, PyModule>) -> PyResult<Option<Self>> {
        static RESERVED_SEEN: Known = Known::new();
        static DEFAULTS_SEEN: Known = Known::new();
        let py = module.py();
        let Some(seams) = Seams::of(module, &SEEN)? else { return Ok(None) };
        let class = seams.item(MORSEL_CLASS)?.cast_into::<PyType>()?;
        if !seams.class(MORSEL, class.as_any())? {
            return Ok(None);
        }
        // A copy of `_reserved`, and what `__init__` makes of it.
        let known = seams.item(RESERVED)?.cast_into::<PyTuple>()?;
        let Some(reserved) = lookup(class.as_any(), intern!(py, "_reserved")) else { return Ok(None) };
        if !is_as_it_was(&reserved, &known.get_item(0)?, &RESERVED_SEEN) {
            return Ok(None);
        }
        let empty = known.get_item(1)?.cast_into::<PyDict>()?;
        if PARTITIONED {
            // What `__init__` fills in.
            let Some(defaults) = lookup(class.as_any(), intern!(py, "_reserved_defaults")) else {
                return Ok(None);
            };
            if !is_as_it_was(&defaults, &empty, &DEFAULTS_SEEN) {
                return Ok(None);
            }
        }
        Ok((empty.len() == ATTRIBUTES.len()).then_some(Self { seams, class, empty }))
    }

    /// Whether the class's set of the attributes without a value is what it was.
    fn knows_flags(&self) -> bool {
        let py = self.class.py();
        let Some(flags) = lookup(self.class.as_any(), intern!(py, "_flags")) else { return false };
        let has = |name: &Bound<'py, PyString>| {
            // SAFETY: attached; a live set and a str, whose hashing and comparing run no Python code and cannot fail.
            unsafe { ffi::PySet_Contains(flags.as_ptr(), name.as_ptr()) == 1 }
        };
        flags.cast_exact::<PySet>().is_ok_and(|flags| flags.len() == 2 + usize::from(PARTITIONED))
            && has(intern!(py, "secure"))
            && has(intern!(py, "httponly"))
            && (!PARTITIONED || has(intern!(py, "partitioned")))
    }

    /// An empty morsel, as `Morsel()` makes one.
    fn make(&self) -> PyResult<Bound<'py, PyAny>> {
        let made = unprepared(&self.class)?;
        // SAFETY: attached; the class derives from dict, and so the new object is one.
        match unsafe { ffi::PyDict_Update(made.as_ptr(), self.empty.as_ptr()) } {
            0 => Ok(made),
            _ => Err(PyErr::fetch(self.class.py())),
        }
    }

    /// Whether an object is a morsel that has no method of its own in the place of one of its class.
    fn is_morsel(&self, object: &Bound<'py, PyAny>) -> bool {
        object.get_type().is(&self.class)
            // One that nobody has given anything else has its key and its two values.
            && attributes(object).is_some_and(|own| own.len() <= 3 || hides_nothing(object, &own, &[]))
    }
}

fn truth(py: Python<'_>, value: bool) -> Bound<'_, PyAny> {
    PyBool::new(py, value).to_owned().into_any()
}
