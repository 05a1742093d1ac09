//! Messages of `email.message`, filled with the fields of a header section.

use std::borrow::Cow;
use std::ffi::CStr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use ferrosock_proto::http1::{ClearLine, clear_line};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyInt, PyList, PyString, PyTuple, PyType};
use pyo3::{Borrowed, ffi, intern};
use smallvec::SmallVec;

use super::names::Names;
use super::{CALLS, COMPAT, MESSAGE, PARSER, PARSER_NAMES, SEEN, raised};
use crate::call::{Args, docstring, native_named};
use crate::error::dismiss;
use crate::fast::SocketFile;
pub(crate) use crate::seams::set_own as set;
use crate::seams::{Seams, lookup};
use crate::signature::{Signature, required};
use crate::version_tag::{Kept, Known as State};
use crate::{memory, version};

pub(super) fn functions() -> Vec<ffi::PyMethodDef> {
    Vec::from([native_named!(CALLS, c"parse_headers", parse_headers, PARSE_DOC)])
}

/// How many lines of a head the most that there may be does not count: since Python 3.15 the empty one.
const UNCOUNTED: usize = version::since(15) as usize;

/// What a head may be: the module's `_MAXLINE` and `_MAXHEADERS`.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) line: usize,
    /// Of lines, with the empty one.
    pub(crate) lines: usize,
}

impl Limits {
    /// None if they are no such numbers.
    pub(crate) fn of(module: Borrowed<'_, '_, PyModule>) -> PyResult<Option<Self>> {
        static SEEN: State = State::new();
        static KEPT: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];
        let py = module.py();
        let names = module.dict();
        // SAFETY: attached; a live dict.
        if unsafe { SEEN.is(names.as_ptr()) } {
            let [line, lines] = KEPT.each_ref().map(|kept| kept.load(Ordering::Relaxed));
            return Ok(Some(Self { line, lines }));
        }
        let number = |name| -> PyResult<Option<usize>> {
            Ok(names.get_item(name)?.and_then(|value| value.extract::<usize>().map_err(dismiss).ok()))
        };
        let (line, lines) = (number(intern!(py, "_MAXLINE"))?, number(intern!(py, "_MAXHEADERS"))?);
        let Some((line, lines)) = line.zip(lines) else { return Ok(None) };
        let lines = lines.saturating_add(UNCOUNTED);
        KEPT[0].store(line, Ordering::Relaxed);
        KEPT[1].store(lines, Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { SEEN.note(names.as_ptr()) };
        Ok(Some(Self { line, lines }))
    }
}

impl Limits {
    /// The module's HTTPException if a head of `count` lines, with the empty one, is too long.
    fn check(self, module: Borrowed<'_, '_, PyModule>, count: usize) -> PyResult<()> {
        if count <= self.lines {
            return Ok(());
        }
        let most = self.unended();
        Err(raised(module, "HTTPException", (format!("got more than {most} headers"),))?)
    }

    /// How many lines a head may have that has not come to its empty one.
    pub(crate) fn unended(self) -> usize {
        self.lines.saturating_sub(UNCOUNTED)
    }
}

/// Where the names and values of a header section of clear lines are. It is large: it is read in place.
#[derive(Default)]
pub(crate) struct Places(SmallVec<[Place; 24]>);

impl Places {
    /// Reads a section at the beginning of `input`, and gives how many bytes it takes. None if a line is not clear, or not
    /// there, or beyond the limits; or if it speaks of a body that has parts, of which a message has more to say.
    pub(crate) fn read(&mut self, input: &[u8], limits: Limits) -> Option<usize> {
        let Self(fields) = self;
        fields.clear();
        let mut at = 0;
        while fields.len() < limits.lines {
            match clear_line(&input[at..])? {
                ClearLine::End => return Some(at + 2),
                ClearLine::Field { name, value, length } => {
                    if length > limits.line || has_parts(name, value) || fields.try_reserve(1).is_err() {
                        return None;
                    }
                    // The value ends where the line's CR LF begins.
                    let value_at = u32::try_from(at + length - 2 - value.len()).ok()?;
                    fields.push([at as u32, name.len() as u32, value_at, value.len() as u32]);
                    at += length;
                }
            }
        }
        None
    }

    /// The fields of the section that was read, which `input` begins with.
    pub(crate) fn fields<'a>(&'a self, input: &'a [u8]) -> Fields<'a> {
        Fields { input, places: &self.0 }
    }
}

/// A header section of clear lines that keeps itself.
pub(super) struct OwnedFields {
    input: Vec<u8>,
    places: Box<[Place]>,
}

impl OwnedFields {
    pub(super) fn new(input: Vec<u8>, places: &Places) -> Self {
        Self { input, places: places.0.as_slice().into() }
    }

    pub(super) fn borrowed(&self) -> Fields<'_> {
        Fields { input: &self.input, places: &self.places }
    }
}

/// Where a name and a value are: their offsets, each with its length.
type Place = [u32; 4];

/// A header section of clear lines.
pub(crate) struct Fields<'a> {
    input: &'a [u8],
    places: &'a [Place],
}

impl<'a> Fields<'a> {
    pub(crate) fn all(&self) -> impl ExactSizeIterator<Item = (&'a [u8], &'a [u8])> + Clone {
        let input = self.input;
        let part = move |at: u32, length: u32| {
            input.get(at as usize..).and_then(|rest| rest.get(..length as usize)).unwrap_or_default()
        };
        self.places.iter().map(move |&[name, length, value, size]| (part(name, length), part(value, size)))
    }

    /// The first field of a name in lower case.
    pub(crate) fn get(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.all().find(|field| field.0.eq_ignore_ascii_case(name)).map(|field| field.1)
    }

    /// The values of all fields of a name in any case, with commas between.
    pub(super) fn joined(&self, name: &[u8]) -> PyResult<Option<Cow<'a, [u8]>>> {
        let mut found: Option<Cow<'a, [u8]>> = None;
        for (_, value) in self.all().filter(|field| field.0.eq_ignore_ascii_case(name)) {
            match &mut found {
                None => found = Some(Cow::Borrowed(value)),
                Some(before) => {
                    memory::append(before.to_mut(), b", ")?;
                    memory::append(before.to_mut(), value)?;
                }
            }
        }
        Ok(found)
    }

    /// The list of the names and values.
    pub(super) fn pairs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let fields = self.all();
        // SAFETY: attached; a new list of so many places, each of which is empty until it is given a new tuple. Nobody knows
        // the list before it is given away; one that fails on the way gives up what it has.
        unsafe {
            let list = Bound::from_owned_ptr_or_err(py, ffi::PyList_New(fields.len() as ffi::Py_ssize_t))?;
            let mut names = Names::take();
            for (place, (name, value)) in fields.enumerate() {
                let pair = (names.text(py, name)?, latin(py, value)?).into_pyobject(py)?;
                ffi::PyList_SET_ITEM(list.as_ptr(), place as ffi::Py_ssize_t, pair.into_ptr());
            }
            Ok(list)
        }
    }

    /// The message of a class that [may be filled](may_fill), made as `email.parser` makes it with a policy.
    pub(crate) fn message<'py>(
        &self,
        class: &Bound<'py, PyType>,
        policy: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = class.py();
        let (attributes, usual) = fresh(policy)?;
        let attributes = attributes.bind(py).copy()?;
        if !policy.is(usual) {
            attributes.set_item(intern!(py, "policy"), policy)?;
        }
        attributes.set_item(intern!(py, "_headers"), self.pairs(py)?)?;
        attributes.set_item(intern!(py, "defects"), PyList::empty(py))?;
        // SAFETY: attached; the class's `__new__` is that of object (a seam), which only allocates.
        let made = unsafe {
            let class = class.as_type_ptr();
            let made = (*class).tp_alloc.map_or(std::ptr::null_mut(), |alloc| alloc(class, 0));
            Bound::from_owned_ptr_or_err(py, made)?
        };
        if cfg!(Py_3_13) {
            // An instance may keep attributes in itself, in front of a dict: the class's descriptor knows how to end that.
            set(&made, intern!(py, "__dict__"), &attributes)?;
            return Ok(made);
        }
        // SAFETY: attached; two live objects; 0 is no failure.
        match unsafe {
            ffi::PyObject_GenericSetDict(made.as_ptr(), attributes.as_ptr(), std::ptr::null_mut())
        } {
            0 => Ok(made),
            _ => Err(PyErr::fetch(py)),
        }
    }
}

/// The attributes of a message without fields, in their order, and the policy among them, which is the first that was asked for.
/// A copy of the dict takes a third of the time of setting each.
fn fresh<'py>(policy: &Bound<'py, PyAny>) -> PyResult<&'py (Py<PyDict>, Py<PyAny>)> {
    static FRESH: PyOnceLock<(Py<PyDict>, Py<PyAny>)> = PyOnceLock::new();
    let py = policy.py();
    let make = || {
        let attributes = PyDict::new(py);
        let (none, empty) = (py.None().into_bound(py), intern!(py, "").as_any());
        for (name, value) in [
            (intern!(py, "policy"), policy),
            (intern!(py, "_headers"), &none),
            (intern!(py, "_unixfrom"), &none),
            (intern!(py, "_payload"), empty),
            (intern!(py, "_charset"), &none),
            (intern!(py, "preamble"), &none),
            (intern!(py, "epilogue"), &none),
            (intern!(py, "defects"), &none),
            (intern!(py, "_default_type"), intern!(py, "text/plain").as_any()),
        ] {
            attributes.set_item(name, value)?;
        }
        Ok((attributes.unbind(), policy.clone().unbind()))
    };
    FRESH.get_or_try_init(py, make)
}

/// Whether the instances of a class can be made and keep what is [set](fresh) in their dicts: none of the names is one of the
/// class, which is not abstract.
fn keeps_attributes<'py>(seams: &Seams<'py>, class: &Bound<'py, PyType>) -> PyResult<bool> {
    static SEEN: AtomicU64 = AtomicU64::new(0);
    let state = seams.state(class.as_any());
    if state == Some(SEEN.load(Ordering::Relaxed)) {
        return Ok(true);
    }
    let py = class.py();
    // SAFETY: a live type.
    let flags = unsafe { ffi::PyType_GetFlags(class.as_type_ptr()) };
    let (attributes, _) = fresh(&seams.item(COMPAT)?)?;
    let mut names = attributes.bind(py).iter().map(|(name, _)| name.cast_into::<PyString>());
    let keeps = flags & ffi::Py_TPFLAGS_IS_ABSTRACT == 0
        && names.all(|name| name.is_ok_and(|name| lookup(class.as_any(), &name).is_none()));
    if let Some(state) = seams.state(class.as_any()).filter(|_| keeps) {
        SEEN.store(state, Ordering::Relaxed);
    }
    Ok(keeps)
}

fn has_parts(name: &[u8], value: &[u8]) -> bool {
    let begins = |with: &[u8]| value.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    name.len() == 12
        && name.eq_ignore_ascii_case(b"content-type")
        && (begins(b"multipart") || begins(b"message"))
}

/// A str of Latin-1.
pub(crate) fn latin<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let length = bytes.len() as ffi::Py_ssize_t;
    // SAFETY: attached; so many bytes; gives a new str, or null with an exception set.
    unsafe {
        let text = ffi::PyUnicode_DecodeLatin1(bytes.as_ptr().cast(), length, std::ptr::null());
        Bound::from_owned_ptr_or_err(py, text)
    }
}

/// Whether messages of a class may be filled here: it and `email.parser` are as they were, and a message has the attributes
/// that it is known to have.
pub(super) fn may_fill<'py>(seams: &Seams<'py>, class: &Bound<'py, PyType>) -> PyResult<bool> {
    static KNOWN: PyOnceLock<bool> = PyOnceLock::new();
    let py = class.py();
    let names = seams.item(PARSER_NAMES)?;
    let parser = seams.item(PARSER)?;
    if !names.cast::<PyDict>()?.get_item(intern!(py, "Parser"))?.is_some_and(|now| now.is(&parser)) {
        return Ok(false);
    }
    if !seams.class(MESSAGE, class)? || !keeps_attributes(seams, class)? {
        return Ok(false);
    }
    KNOWN
        .get_or_try_init(py, || {
            let limits = Limits { line: 80, lines: 3 };
            let input = &b"A: b\r\nC: \r\n\r\n"[..];
            let mut places = Places::default();
            if places.read(input, limits).is_none() {
                return Ok(false);
            }
            let ours = places.fields(input).message(class, &seams.item(COMPAT)?)?;
            let keywords = PyDict::new(py);
            keywords.set_item("_class", class)?;
            let theirs =
                parser.call((), Some(&keywords))?.call_method1("parsestr", ("A: b\r\nC: \r\n\r\n",))?;
            let attributes = |message: &Bound<'py, PyAny>| message.getattr(intern!(py, "__dict__"));
            attributes(&ours)?.eq(attributes(&theirs)?)
        })
        .copied()
}

const PARSE: Signature<2> =
    Signature { text: "parse_headers(fp, _class=None)", names: ["fp", "_class"], required: 1 };
const PARSE_15: Signature<3> = Signature {
    text: "parse_headers(fp, _class=None, *, _max_headers=None)",
    names: ["fp", "_class", "_max_headers"],
    required: 1,
};
const PARSE_DOC: &CStr = docstring!(
    version::since(15),
    "parse_headers($module, fp, _class=HTTPMessage, *, _max_headers=None)",
    "parse_headers($module, fp, _class=HTTPMessage)\n--",
    "Read a header section, up to its empty line.

Args:
    fp: a binary file; of its methods, only `readline` is called.
    _class: the class of the message, derived from `email.message.Message`.

Returns:
    The message.

Raises:
    LineTooLong: a line has more than `_MAXLINE` bytes.
    HTTPException: there are more than `_MAXHEADERS` lines.

Source: https://docs.python.org/3/library/http.client.html#http.client.parse_headers"
);

fn parse_headers<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: Kept = Kept::new();
    let py = module.py();
    let [fp, class, most] = if !version::since(15) {
        let [fp, class] = PARSE.read(&args)?;
        [fp, class, None]
    } else if args.len() <= 2 {
        PARSE_15.read(&args)?
    } else {
        return Err(PARSE_15.refusal(&args));
    };
    let most = most.filter(|most| !most.is_none());
    let fp = required(fp)?.to_owned();
    let class = match class {
        Some(class) => class.to_owned(),
        None => match CLASS.item(&module.dict(), intern!(py, "HTTPMessage"))? {
            Some(class) => class,
            None => module.getattr(intern!(py, "HTTPMessage"))?,
        },
    };
    let general =
        |lines: Bound<'py, PyAny>| module.getattr(intern!(py, "_parse_any_lines"))?.call1((lines, &class));
    let seams = Seams::lists(module, &SEEN)?;
    let limits = match most {
        None => Limits::of(module)?,
        Some(most) => Limits::of(module)?
            .zip(most.extract::<usize>().map_err(dismiss).ok())
            .map(|(limits, most)| Limits { lines: most.saturating_add(UNCOUNTED), ..limits }),
    };
    let (Some(seams), Some(limits)) = (&seams, limits) else {
        let read = module.getattr(intern!(py, "_read_headers"))?;
        let lines = if version::since(15) { read.call1((&fp, most)) } else { read.call1((&fp,)) };
        return general(lines?);
    };
    let class = class.cast::<PyType>().ok();
    let fills = class.map_or(Ok(false), |class| may_fill(seams, class))?;
    let mut places = Places::default();
    let message = |input: &[u8], places: &Places, class: &Bound<'py, PyType>| {
        places.fields(input).message(class, &seams.item(COMPAT)?)
    };
    if let Some(class) = class.filter(|_| fills) {
        match at_hand(&fp, limits, &mut places)? {
            Some(Section::Copied(input)) => return message(&input, &places, class),
            Some(Section::Lent(input)) => return message(input.as_bytes(), &places, class),
            None => (),
        }
    }
    let (head, lines) = read_lines(module, &fp, limits)?;
    if let Some(class) = class.filter(|_| fills) {
        if places.read(&head, limits) == Some(head.len()) {
            return message(&head, &places, class);
        }
    }
    general(lines.into_any())
}

/// How much of a file in memory is looked at.
const AT_HAND: usize = 8192;

/// The bytes of a section, and perhaps what follows it.
enum Section<'py> {
    Copied(Vec<u8>),
    Lent(Bound<'py, PyBytes>),
}

/// A section of clear lines that is in the file's buffer whole, taken out of it. The file is one whose methods are known; what
/// is received meanwhile is what a `readline` would have received.
fn at_hand<'py>(
    fp: &Bound<'py, PyAny>,
    limits: Limits,
    places: &mut Places,
) -> PyResult<Option<Section<'py>>> {
    let py = fp.py();
    if let Some(file) = SocketFile::of(fp) {
        let found = file.look(|input| {
            let length = places.read(input, limits)?;
            Some((length, memory::copied(&input[..length])))
        })?;
        return found.transpose().map(|found| found.map(Section::Copied));
    }
    let Known { memory: memory_file, buffered, at_hand } = known(py)?;
    let class = fp.get_type();
    if class.is(memory_file) {
        let ahead = fp.call_method1(intern!(py, "read"), (at_hand.bind(py),))?;
        let ahead = ahead.cast_into_exact::<PyBytes>()?;
        let input = ahead.as_bytes();
        let length = places.read(input, limits);
        let behind = input.len() - length.unwrap_or(0);
        if behind > 0 {
            fp.call_method1(intern!(py, "seek"), (-(behind as i64), 1))?;
        }
        return Ok(length.map(|_| Section::Lent(ahead)));
    }
    if class.is(buffered) {
        let ahead = fp.call_method0(intern!(py, "peek"))?;
        let Ok(ahead) = ahead.cast_into_exact::<PyBytes>() else { return Ok(None) };
        let Some(length) = places.read(ahead.as_bytes(), limits) else { return Ok(None) };
        fp.call_method1(intern!(py, "read"), (length,))?;
        return Ok(Some(Section::Lent(ahead)));
    }
    Ok(None)
}

/// `io.BytesIO`, `io.BufferedReader`, and [`AT_HAND`].
struct Known {
    memory: Py<PyAny>,
    buffered: Py<PyAny>,
    at_hand: Py<PyAny>,
}

fn known(py: Python<'_>) -> PyResult<&Known> {
    static KNOWN: PyOnceLock<Known> = PyOnceLock::new();
    KNOWN.get_or_try_init(py, || {
        let io = py.import("_io")?;
        Ok(Known {
            memory: io.getattr("BytesIO")?.unbind(),
            buffered: io.getattr("BufferedReader")?.unbind(),
            at_hand: PyInt::new(py, AT_HAND).into_any().unbind(),
        })
    })
}

/// The lines of a header section, together and one by one. What is not bytes is only among the single ones.
fn read_lines<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    fp: &Bound<'py, PyAny>,
    limits: Limits,
) -> PyResult<(Vec<u8>, Bound<'py, PyList>)> {
    let py = module.py();
    let (mut head, lines) = (Vec::new(), PyList::empty(py));
    let readline = intern!(py, "readline");
    let most = limits.line.saturating_add(1).into_pyobject(py)?;
    loop {
        let line = fp.call_method1(readline, (&most,))?;
        if line.len()? > limits.line {
            return Err(raised(module, "LineTooLong", ("header line",))?);
        }
        if UNCOUNTED == 0 {
            lines.append(&line)?;
            limits.check(module, lines.len())?;
        }
        let over = match line.cast_exact::<PyBytes>() {
            Ok(bytes) => {
                memory::append(&mut head, bytes.as_bytes())?;
                matches!(bytes.as_bytes(), b"\r\n" | b"\n" | b"")
            }
            Err(_) => {
                let blank = [&b"\r\n"[..], b"\n", b""].map(|line| PyBytes::new(py, line));
                PyTuple::new(py, blank)?.contains(&line)?
            }
        };
        if over {
            return Ok((head, lines));
        }
        if UNCOUNTED != 0 {
            lines.append(&line)?;
            limits.check(module, lines.len() + UNCOUNTED)?;
        }
    }
}
