//! `http.cookies`: quoting, and whole cookies read and written where their classes are as they were written.

use std::ffi::CStr;

use ferrosock_proto::cookies::{CookieParts, is_legal_name, quote_value, unquote_value};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyBool, PyDict, PyInt, PyList, PySet, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::{CALLS, no_text, text_of};
use crate::call::{Args, native_fast, native_named};
use crate::memory::{self, Few};
use crate::seams::{Seams, Seen, attributes, hides_nothing, lookup, same_items, set_own};
use crate::signature::{Signature, required};
use crate::text::{self, Text};
use crate::version::{COOKIES_JUDGED, Change, since};
use crate::version_tag::Known;

/// Dates may have the whole name of the day (gh-123401).
const LONG_DAYS: Change = Change::of(&[(12, 9), (13, 2)]);
/// There is an attribute more since Python 3.14.
const PARTITIONED: bool = since(14);

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([
        native_named!(CALLS, c"_quote", quote, QUOTE_DOC),
        native_named!(CALLS, c"_unquote", unquote, UNQUOTE_DOC),
        native_named!(CALLS, c"_is_legal_key", is_legal_key, LEGAL_DOC),
        native_fast!(CALLS, c"_has_control_character", has_control_character, CONTROL_DOC),
        native_fast!(CALLS, c"parts", parts, PARTS_DOC),
        native_fast!(CALLS, c"load", load, LOAD_DOC),
        native_named!(CALLS, c"__init__", init, INIT_DOC),
        native_fast!(CALLS, c"output", output, OUTPUT_DOC),
        native_fast!(CALLS, c"morsel", morsel, MORSEL_DOC),
    ])
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

const QUOTE: Signature<1> = Signature { text: "_quote(str)", names: ["str"], required: 1 };
const QUOTE_DOC: &CStr = c"_quote($module, str)
--

Return a value as it stands in a field: in quotation marks, with escapes, unless it is a plain word. None stays None.";

fn quote<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [given] = QUOTE.read(&args)?;
    let given = required(given)?;
    if given.is_none() {
        return Ok(given.to_owned());
    }
    let text = Text::of(text_of(given)?)?;
    match quote_value(text.bytes()) {
        std::borrow::Cow::Borrowed(_) => Ok(given.to_owned()),
        std::borrow::Cow::Owned(quoted) => text::string(module.py(), &quoted),
    }
}

const UNQUOTE: Signature<1> = Signature { text: "_unquote(str)", names: ["str"], required: 1 };
const UNQUOTE_DOC: &CStr = c"_unquote($module, str)
--

Return the value that a text in quotation marks stands for; other texts, and None, stay as they are.";

fn unquote<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let [given] = UNQUOTE.read(&args)?;
    let given = required(given)?;
    if given.is_none() {
        return Ok(given.to_owned());
    }
    let Ok(string) = given.cast::<PyString>() else {
        let quoted = given.len()? >= 2 && given.get_item(0)?.eq("\"")? && given.get_item(-1)?.eq("\"")?;
        return if quoted { Err(no_text(given)) } else { Ok(given.to_owned()) };
    };
    let text = Text::of(string)?;
    let bytes = text.bytes();
    if bytes.len() < 2 || !bytes.starts_with(b"\"") || !bytes.ends_with(b"\"") {
        return Ok(given.to_owned());
    }
    text::string(module.py(), &unquote_value(bytes))
}

const LEGAL: Signature<1> = Signature { text: "_is_legal_key(string)", names: ["string"], required: 1 };
const LEGAL_DOC: &CStr = c"_is_legal_key($module, string)
--

Return whether a text may be the name of a cookie.";

fn is_legal_key<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let [given] = LEGAL.read(&args)?;
    let text = Text::of(text_of(required(given)?)?)?;
    Ok(PyBool::new(module.py(), is_legal_name(text.bytes())).to_owned().into_any())
}

const CONTROL_DOC: &CStr = c"_has_control_character($module, /, *val)
--

Return whether one of the values, as text, has a control character of ASCII.";

fn has_control_character<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    args.between(0, usize::MAX)?;
    for index in 0..args.len() {
        let value = args.object(index)?;
        let shown;
        let string = match value.cast_exact::<PyString>() {
            Ok(string) => string,
            Err(_) => {
                shown = value.str()?;
                shown.as_borrowed()
            }
        };
        if has_control(Text::of(string)?.bytes()) {
            return Ok(truth(py, true));
        }
    }
    Ok(truth(py, false))
}

/// Whether a text has a control character of ASCII.
fn has_control(text: &[u8]) -> bool {
    text.iter().fold(false, |found, byte| found | (*byte < b' ') | (*byte == 0x7f))
}

/// The parts of a field, as the running Python reads them.
fn parts_of(text: &[u8]) -> CookieParts<'_> {
    CookieParts::new(text).long_days(LONG_DAYS.is_made())
}

const PARTS_DOC: &CStr = c"parts($module, text, /)
--

Return the parts of a Cookie field: tuples of a name and its value, which is still quoted; None for a lone word.";

fn parts<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    args.between(1, 1)?;
    let text = Text::of(text_of(args.object(0)?)?)?;
    let list = PyList::empty(py);
    for part in parts_of(text.bytes()) {
        let value = match part.value {
            Some(value) => text::string(py, value)?,
            None => py.None().into_bound(py),
        };
        list.append(PyTuple::new(py, [text::string(py, part.name)?, value])?)?;
    }
    Ok(list.into_any())
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
    class: Bound<'py, PyAny>,
    empty: Bound<'py, PyDict>,
}

impl<'py> Kit<'py> {
    /// None unless the class Morsel is as it was, with the attributes that this code knows.
    fn of(module: Borrowed<'_, 'py, PyModule>) -> PyResult<Option<Self>> {
        static RESERVED_SEEN: Known = Known::new();
        static DEFAULTS_SEEN: Known = Known::new();
        let py = module.py();
        let Some(seams) = Seams::of(module, &SEEN)? else { return Ok(None) };
        let class = seams.item(MORSEL_CLASS)?;
        if !seams.class(MORSEL, &class)? {
            return Ok(None);
        }
        // A copy of `_reserved`, and what `__init__` makes of it.
        let known = seams.item(RESERVED)?.cast_into::<PyTuple>()?;
        let Some(reserved) = lookup(&class, intern!(py, "_reserved")) else { return Ok(None) };
        if !is_as_it_was(&reserved, &known.get_item(0)?, &RESERVED_SEEN) {
            return Ok(None);
        }
        let empty = known.get_item(1)?.cast_into::<PyDict>()?;
        if PARTITIONED {
            // What `__init__` fills in.
            let Some(defaults) = lookup(&class, intern!(py, "_reserved_defaults")) else { return Ok(None) };
            if !is_as_it_was(&defaults, &empty, &DEFAULTS_SEEN) {
                return Ok(None);
            }
        }
        Ok((empty.len() == ATTRIBUTES.len()).then_some(Self { seams, class, empty }))
    }

    /// Whether the class's set of the attributes without a value is what it was.
    fn knows_flags(&self) -> bool {
        let py = self.class.py();
        let Some(flags) = lookup(&self.class, intern!(py, "_flags")) else { return false };
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
        let py = self.class.py();
        // SAFETY: attached; a live class that derives from dict by way of `__init__`-less types only, called as its
        // metatype would call it; the new object is a dict.
        unsafe {
            let class: *mut ffi::PyTypeObject = self.class.as_ptr().cast();
            let none = PyTuple::empty(py);
            let Some(new) = (*class).tp_new else { return self.class.call0() };
            let made = Bound::from_owned_ptr_or_err(py, new(class, none.as_ptr(), std::ptr::null_mut()))?;
            if ffi::PyDict_Update(made.as_ptr(), self.empty.as_ptr()) < 0 {
                return Err(PyErr::fetch(py));
            }
            Ok(made)
        }
    }

    /// Whether an object is a morsel that has no method of its own in the place of one of its class.
    fn is_morsel(&self, object: &Bound<'py, PyAny>) -> bool {
        object.get_type().as_any().is(&self.class)
            // One that nobody has given anything else has its key and its two values.
            && attributes(object).is_some_and(|own| own.len() <= 3 || hides_nothing(object, &own, &[]))
    }

    /// Writes a morsel as `OutputString(attrs)` does; false if that is for the general way.
    fn write(
        &self,
        module: Borrowed<'_, 'py, PyModule>,
        morsel: &Bound<'py, PyAny>,
        attrs: &Attributes<'_, 'py>,
        out: &mut Vec<u8>,
    ) -> PyResult<bool> {
        let py = module.py();
        let Some(own) = attributes(morsel) else { return Ok(false) };
        let field = |name: &Bound<'py, PyString>| -> PyResult<Option<Bound<'py, PyString>>> {
            Ok(own.get_item(name)?.and_then(|value| value.cast_into_exact::<PyString>().ok()))
        };
        let key = field(intern!(py, "_key"))?;
        let coded = field(intern!(py, "_coded_value"))?;
        let (Some(key), Some(coded)) = (key, coded) else { return Ok(false) };
        push(out, &key)?;
        memory::push(out, b'=')?;
        push(out, &coded)?;
        // In one walk over the dict, in which most attributes are empty as a rule.
        let mut found = [const { None }; ATTRIBUTES.len()];
        let (mut position, mut name, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        // SAFETY: attached; instances of the class are dicts, and no Python code runs on the way.
        let is_known = with_critical_section(morsel, || unsafe {
            while ffi::PyDict_Next(morsel.as_ptr(), &raw mut position, &raw mut name, &raw mut value) != 0 {
                let value = Borrowed::from_ptr(py, value);
                if !is_empty(&value) {
                    let Some(index) = place_of(Borrowed::from_ptr(py, name)) else { return false };
                    found[index] = Some(value.to_owned());
                }
            }
            true
        });
        if !is_known {
            return Ok(false);
        }
        if found.iter().any(Option::is_some) && !self.knows_flags() {
            return Ok(false);
        }
        for (index, value) in found.iter().enumerate() {
            let Some(value) = value else { continue };
            if attrs.has(names(py)[index].bind(py))? && !self.write_attribute(module, index, value, out)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn write_attribute(
        &self,
        module: Borrowed<'_, 'py, PyModule>,
        index: usize,
        value: &Bound<'py, PyAny>,
        out: &mut Vec<u8>,
    ) -> PyResult<bool> {
        let py = module.py();
        let (name, spelling) = ATTRIBUTES[index];
        let mut begin = |equals: &[u8]| {
            memory::append(out, b"; ")?;
            memory::append(out, spelling.as_bytes())?;
            memory::append(out, equals)
        };
        if let Ok(string) = value.cast_exact::<PyString>() {
            if is_flag(index) {
                begin(b"")?;
            } else {
                begin(b"=")?;
                let text = Text::of(string.as_borrowed())?;
                match name {
                    "comment" => memory::append(out, &quote_value(text.bytes()))?,
                    _ => memory::append(out, text.bytes())?,
                }
            }
            return Ok(true);
        }
        if let Ok(flag) = value.cast_exact::<PyBool>() {
            if !is_flag(index) {
                return Ok(false);
            }
            if flag.is_true() {
                begin(b"")?;
            }
            return Ok(true);
        }
        if !value.is_exact_instance_of::<PyInt>() || is_flag(index) {
            return Ok(false);
        }
        begin(b"=")?;
        let shown = match name {
            "expires" => module.call_method1(intern!(py, "_getdate"), (value,))?,
            _ => value.str()?.into_any(),
        };
        push(out, shown.cast::<PyString>()?)?;
        Ok(true)
    }
}

/// Which attributes are to be written: all, or those in a collection.
struct Attributes<'a, 'py>(Option<Borrowed<'a, 'py, PyAny>>);

impl<'a, 'py> Attributes<'a, 'py> {
    /// None for objects that may have a `__contains__` of their own.
    fn of(given: Borrowed<'a, 'py, PyAny>) -> Option<Self> {
        let plain = given.is_exact_instance_of::<PyList>()
            || given.is_exact_instance_of::<PyTuple>()
            || given.is_exact_instance_of::<PySet>()
            || given.is_exact_instance_of::<PyDict>();
        match given.is_none() {
            true => Some(Self(None)),
            false => plain.then_some(Self(Some(given))),
        }
    }

    fn has(&self, name: &Bound<'py, PyString>) -> PyResult<bool> {
        self.0.map_or(Ok(true), |attrs| attrs.contains(name))
    }
}

/// Whether an attribute is an empty text, as those are that were never set.
fn is_empty(value: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a live object, asked for its length if it is a str.
    unsafe {
        ffi::PyUnicode_CheckExact(value.as_ptr()) != 0 && ffi::PyUnicode_GET_LENGTH(value.as_ptr()) == 0
    }
}

fn push(out: &mut Vec<u8>, text: &Bound<'_, PyString>) -> PyResult<()> {
    memory::append(out, Text::of(text.as_borrowed())?.bytes())
}

fn truth(py: Python<'_>, value: bool) -> Bound<'_, PyAny> {
    PyBool::new(py, value).to_owned().into_any()
}

const LOAD_DOC: &CStr = c"load($module, cookie, text, /)
--

Do what BaseCookie.load does with a text. Returns False, with nothing done, if that is for the general way.";

fn load<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    args.between(2, 2)?;
    loaded(COOKIE, module, args.object(0)?, args.object(1)?).map(|done| truth(module.py(), done))
}

const INIT: Signature<2> =
    Signature { text: "BaseCookie.__init__(self, input=None)", names: ["self", "input"], required: 1 };
const INIT_DOC: &CStr = c"__init__($module, self, input=None)
--

Load what is given, a field or a mapping.";

fn init<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [cookie, given] = INIT.read(&args)?;
    let cookie = required(cookie)?;
    if let Some(given) = given {
        // With `load` as it was written that is done at once.
        if given.is_truthy()? && !loaded(LOADED_COOKIE, module, cookie, given)? {
            cookie.call_method1(intern!(py, "load"), (given,))?;
        }
    }
    Ok(py.None().into_bound(py))
}

/// Loads a text, if that is what is given and the cookie's class has what that list of seams says; false, with nothing done,
/// if not.
fn loaded<'py>(
    seams: usize,
    module: Borrowed<'_, 'py, PyModule>,
    cookie: Borrowed<'_, 'py, PyAny>,
    given: Borrowed<'_, 'py, PyAny>,
) -> PyResult<bool> {
    let py = module.py();
    let cookie = cookie.to_owned();
    let Ok(string) = given.cast_exact::<PyString>() else { return Ok(false) };
    let Some(kit) = Kit::of(module)? else { return Ok(false) };
    if !kit.seams.object(seams, &cookie)? {
        return Ok(false);
    }
    if !has_own_expression(module, &kit.seams.item(seams)?)? {
        return Ok(false);
    }
    // Those of BaseCookie and of SimpleCookie.
    let decoders = kit.seams.item(DECODERS)?.cast_into::<PyTuple>()?;
    let class = cookie.get_type();
    let decoder = lookup(class.as_any(), intern!(py, "value_decode"));
    let is_decoder = |index: usize| -> PyResult<bool> {
        let known = decoders.get_borrowed_item(index)?;
        Ok(decoder.is_some_and(|decoder| decoder.is(known)))
    };
    let decodes = match (is_decoder(0)?, is_decoder(1)?) {
        (true, _) => false,
        (_, true) => true,
        _ => return Ok(false),
    };
    let text = Text::of(string)?;
    let mut lone = false;
    let Some(steps) = planned(text.bytes(), &mut lone)? else { return Ok(false) };
    if lone && !kit.knows_flags() {
        return Ok(false);
    }
    apply(py, &kit, &cookie, &steps, decodes)
}

/// Whether the method that reads fields generally, the first of a list of seams, has the module's own expression as its default:
/// None, or `_CookiePattern` once somebody has asked for that.
fn has_own_expression(module: Borrowed<'_, '_, PyModule>, list: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = module.py();
    let method = list.cast::<PyTuple>()?.get_borrowed_item(1)?;
    // SAFETY: attached; live objects, of which a function keeps its defaults: a tuple, or null.
    unsafe {
        let defaults = match ffi::PyFunction_Check(method.as_ptr()) {
            0 => std::ptr::null_mut(),
            _ => ffi::PyFunction_GetDefaults(method.as_ptr()),
        };
        if defaults.is_null() || ffi::PyTuple_GET_SIZE(defaults) != 1 {
            return Ok(false);
        }
        let expression = Borrowed::from_ptr(py, ffi::PyTuple_GET_ITEM(defaults, 0));
        if expression.is_none() {
            return Ok(true);
        }
        let own = module.dict().get_item(intern!(py, "_CookiePattern"))?;
        Ok(own.is_some_and(|own| own.is(expression)))
    }
}

/// What a part of a field does.
enum Step<'a> {
    Cookie {
        name: &'a [u8],
        value: &'a [u8],
    },
    /// The value is as it stands.
    Raw {
        place: usize,
        value: Option<&'a [u8]>,
    },
    Attribute {
        place: usize,
        value: &'a [u8],
    },
    Flag {
        place: usize,
    },
}

/// Whether a value that is quoted stands for one with a control character.
fn hides_control(value: &[u8]) -> bool {
    value.starts_with(b"\"") && value.contains(&b'\\') && has_control(&unquote_value(value))
}

/// Room for most fields, so that they grow only once.
const FIELD: usize = 256;

/// The steps of a field, none if it is invalid; None if they would end in an exception half way. `lone` tells whether a word
/// without a value was met.
fn planned<'a>(text: &'a [u8], lone: &mut bool) -> PyResult<Option<Few<Step<'a>>>> {
    let mut steps = Few::new();
    let mut seen = false;
    let refuses = COOKIES_JUDGED.is_made();
    if refuses && has_control(text) {
        return Ok(None);
    }
    for part in parts_of(text) {
        *lone |= part.value.is_none();
        if refuses && part.value.is_some_and(hides_control) {
            return Ok(None);
        }
        let step = match (part.name, part.value) {
            ([b'$', ..], _) if !seen => continue,
            ([b'$', name @ ..], value) => match place(name) {
                Some(place) => Step::Raw { place, value },
                None => return Ok(None),
            },
            (name, value) => match (place(name), value) {
                (Some(_), _) if !seen => return Ok(Some(Few::new())),
                (Some(place), Some(value)) => Step::Attribute { place, value },
                (Some(place), None) if is_flag(place) => Step::Flag { place },
                (None, Some(value)) => {
                    if !is_legal_name(name) {
                        return Ok(None);
                    }
                    seen = true;
                    Step::Cookie { name, value }
                }
                (_, None) => return Ok(Some(Few::new())),
            },
        };
        memory::push_few(&mut steps, step)?;
    }
    Ok(Some(steps))
}

fn apply<'py>(
    py: Python<'py>,
    kit: &Kit<'py>,
    cookie: &Bound<'py, PyAny>,
    steps: &[Step<'_>],
    decodes: bool,
) -> PyResult<bool> {
    // SAFETY: as the seams say, the class derives from dict and has dict's own methods: the dict in it may be used as such.
    let held: &Bound<'py, PyDict> = unsafe { cookie.cast_unchecked() };
    let mut names_seen = Few::new();
    for step in steps {
        if let Step::Cookie { name, .. } = step {
            let name = text::string(py, name)?;
            if held.get_item(&name)?.is_some_and(|old| !kit.is_morsel(&old)) {
                return Ok(false);
            }
            memory::push_few(&mut names_seen, name)?;
        }
    }
    let mut names_seen = names_seen.into_iter();
    let mut current: Option<Bound<'py, PyAny>> = None;
    let set = |current: &Option<Bound<'py, PyAny>>, place: usize, value: &Bound<'py, PyAny>| match current {
        // SAFETY: attached; an instance of a class derived from dict, a str and a live object.
        Some(morsel) => unsafe {
            let status = ffi::PyDict_SetItem(morsel.as_ptr(), names(py)[place].as_ptr(), value.as_ptr());
            if status < 0 { Err(PyErr::fetch(py)) } else { Ok(()) }
        },
        None => Ok(()),
    };
    for step in steps {
        match step {
            Step::Cookie { value, .. } => {
                let Some(name) = names_seen.next() else { return Ok(true) };
                let coded = text::string(py, value)?;
                let plain = if decodes && value.starts_with(b"\"") {
                    text::string(py, &unquote_value(value))?
                } else {
                    coded.clone()
                };
                let morsel = match held.get_item(&name)? {
                    Some(old) => old,
                    None => kit.make()?,
                };
                // The class has object's `__setattr__` (a seam).
                set_own(&morsel, intern!(py, "_key"), &name)?;
                set_own(&morsel, intern!(py, "_value"), &plain)?;
                set_own(&morsel, intern!(py, "_coded_value"), &coded)?;
                held.set_item(name, &morsel)?;
                current = Some(morsel);
            }
            Step::Raw { place, value } => {
                let value = match value {
                    Some(value) => text::string(py, value)?,
                    None => py.None().into_bound(py),
                };
                set(&current, *place, &value)?;
            }
            Step::Attribute { place, value } => {
                set(&current, *place, &text::string(py, &unquote_value(value))?)?;
            }
            Step::Flag { place } => set(&current, *place, &truth(py, true))?,
        }
    }
    Ok(true)
}

const OUTPUT_DOC: &CStr = c"output($module, cookie, attrs, header, sep, /)
--

Return what BaseCookie.output(attrs, header, sep) does; None if that is for the general way.";

fn output<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    args.between(4, 4)?;
    let cookie = args.object(0)?.to_owned();
    let nothing = || Ok(py.None().into_bound(py));
    let (header, separator) = (args.object(2)?, args.object(3)?);
    let Some(attrs) = Attributes::of(args.object(1)?) else { return nothing() };
    let (Ok(header), Ok(separator)) = (header.cast_exact::<PyString>(), separator.cast_exact::<PyString>())
    else {
        return nothing();
    };
    let Some(kit) = Kit::of(module)? else { return nothing() };
    if !kit.seams.object(COOKIE, &cookie)? {
        return nothing();
    }
    // SAFETY: as in `apply`.
    let held: &Bound<'py, PyDict> = unsafe { cookie.cast_unchecked() };
    let mut items = Few::new();
    for (name, morsel) in held.iter() {
        let Ok(name) = name.cast_into_exact::<PyString>() else { return nothing() };
        if !kit.is_morsel(&morsel) {
            return nothing();
        }
        memory::push_few(&mut items, (name, morsel))?;
    }
    // Text in this form is in the order of its characters.
    let mut keyed = Few::new();
    for (name, morsel) in &items {
        memory::push_few(&mut keyed, (Text::of(name.as_borrowed())?, morsel))?;
    }
    keyed.sort_by(|a, b| a.0.bytes().cmp(b.0.bytes()));
    let (header, separator) = (Text::of(header)?, Text::of(separator)?);
    let refuses = COOKIES_JUDGED.is_made();
    let mut out = memory::room_for(FIELD)?;
    for (index, (_, morsel)) in keyed.iter().enumerate() {
        if index > 0 {
            memory::append(&mut out, separator.bytes())?;
        }
        let start = out.len();
        memory::append(&mut out, header.bytes())?;
        memory::push(&mut out, b' ')?;
        if !kit.write(module, morsel, &attrs, &mut out)? || (refuses && has_control(&out[start..])) {
            return nothing();
        }
    }
    text::string(py, &out)
}

const MORSEL_DOC: &CStr = c"morsel($module, morsel, attrs, /)
--

Return what Morsel.OutputString(attrs) does; None if that is for the general way.";

fn morsel<'py>(module: Borrowed<'_, 'py, PyModule>, args: Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    args.between(2, 2)?;
    let morsel = args.object(0)?.to_owned();
    let kit = Kit::of(module)?.filter(|kit| kit.is_morsel(&morsel));
    let (Some(kit), Some(attrs)) = (kit, Attributes::of(args.object(1)?)) else {
        return Ok(py.None().into_bound(py));
    };
    let mut out = memory::room_for(FIELD)?;
    if kit.write(module, &morsel, &attrs, &mut out)? {
        return text::string(py, &out);
    }
    Ok(py.None().into_bound(py))
}
