//! Writing objects as long as no Python code is called.
//!
//! Nothing can change meanwhile, so that references are borrowed and iteration needs no care. Whatever would call Python code
//! (`default`, a derived dict, another encoder of strings), or raise one of JSON's own errors, makes the walk give up without
//! a trace: [`general`](super::general) then does it anew, with all the ceremony.

use std::mem::MaybeUninit;

use ferrosock_codec::json::{Lines, Separator};
use pyo3::prelude::*;
use pyo3::{Borrowed, ffi};

use super::depth;
use super::output::{float, is_beyond_floats, large_integer, push, quote, room, small_integer};
use super::style::{EMPTY, Strings, Style, has_flag, is_exact_dict};
use super::text::ascii;
use crate::{memory, text};

/// Deeper than this, cycles are looked for in a dict and not along the path.
const DEEPEST: usize = 128;

/// Why the walk ends early.
enum Stop {
    /// Python code would have to be called.
    Impure,
    Raised(PyErr),
}

impl From<PyErr> for Stop {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

/// The containers on the path to what is being written, the outermost first.
struct Path {
    containers: [MaybeUninit<*mut ffi::PyObject>; DEEPEST],
    depth: usize,
}

impl Path {
    const fn new() -> Self {
        Self { containers: [MaybeUninit::uninit(); DEEPEST], depth: 0 }
    }

    /// Goes into a container, unless it lies in itself or too deep.
    #[inline]
    fn enter(&mut self, container: *mut ffi::PyObject) -> Result<(), Stop> {
        let depth = self.depth;
        // SAFETY: so many have been written.
        let found = self.containers[..depth]
            .iter()
            .fold(false, |found, outer| found | (unsafe { outer.assume_init() } == container));
        if found || depth >= DEEPEST {
            return Err(Stop::Impure);
        }
        self.containers[depth].write(container);
        self.depth += 1;
        Ok(())
    }
}

struct Walk<'a, 'py> {
    py: Python<'py>,
    style: &'a Style<'a, 'py>,
    ascii: bool,
    lines: Lines<'a>,
    indented: bool,
    item_separator: Separator,
    key_separator: Separator,
    /// How deep the outermost object lies in what the caller writes around it.
    base: isize,
    /// More bytes than this are too many.
    limit: usize,
    path: Path,
    /// Members of the dicts on the path that are sorted, those of the innermost at the end.
    sorted: Vec<Member>,
    out: &'a mut Vec<u8>,
}

/// Writes an object, or says that this takes Python code or more than `limit` bytes; what has been written then is worth nothing.
#[inline]
pub(super) fn write<'py>(
    py: Python<'py>,
    style: &Style<'_, 'py>,
    object: Borrowed<'_, 'py, PyAny>,
    base: isize,
    limit: usize,
    out: &mut Vec<u8>,
) -> PyResult<bool> {
    if matches!(style.strings, Strings::Custom(_)) || style.wrong_indent.is_some() {
        return Ok(false);
    }
    let layout = &style.layout;
    let separators = Separator::new(&layout.item_separator).zip(Separator::new(&layout.key_separator));
    let Some((item_separator, key_separator)) = separators else {
        return Ok(false);
    };
    let ascii = matches!(style.strings, Strings::Ascii);
    match (Walk {
        py,
        style,
        ascii,
        lines: Lines::new(layout),
        indented: layout.indent.is_some(),
        item_separator,
        key_separator,
        sorted: Vec::new(),
        base,
        limit,
        path: Path::new(),
        out,
    })
    .value(object.as_ptr())
    {
        Ok(()) => Ok(true),
        Err(Stop::Impure) => Ok(false),
        // Since 3.14 (gh-122163) errors have notes of where, which only `general` knows.
        Err(Stop::Raised(_)) if crate::version::since(14) => Ok(false),
        Err(Stop::Raised(error)) => Err(error),
    }
}

impl Drop for Walk<'_, '_> {
    fn drop(&mut self) {
        for _ in 0..self.path.depth {
            // SAFETY: what was entered and not left, since the walk gave up.
            unsafe { depth::leave() };
        }
    }
}

impl<'py> Walk<'_, 'py> {
    /// # Safety
    /// The object outlives the borrowed reference: nothing that holds it can change before the walk ends.
    #[inline]
    unsafe fn borrowed<'b>(&self, object: *mut ffi::PyObject) -> Borrowed<'b, 'py, PyAny> {
        // SAFETY: promised by the caller.
        unsafe { Borrowed::from_ptr(self.py, object) }
    }

    fn value(&mut self, object: *mut ffi::PyObject) -> Result<(), Stop> {
        // SAFETY: attached; the object is held by its container or the caller, and types of the interpreter are static.
        unsafe {
            let value = self.borrowed(object);
            let class = ffi::Py_TYPE(object);
            if class == &raw mut ffi::PyUnicode_Type {
                quote(value, self.ascii, self.out)?;
            } else if class == &raw mut ffi::PyLong_Type {
                self.integer(value)?;
            } else if class == &raw mut ffi::PyFloat_Type {
                self.float(value)?;
            } else if class == &raw mut ffi::PyDict_Type {
                self.dict(object)?;
            } else if class == &raw mut ffi::PyList_Type {
                let items = |index| ffi::PyList_GET_ITEM(object, index);
                self.array(object, ffi::PyList_GET_SIZE(object), items)?;
            } else if class == &raw mut ffi::PyTuple_Type {
                let items = |index| ffi::PyTuple_GET_ITEM(object, index);
                self.array(object, ffi::PyTuple_GET_SIZE(object), items)?;
            } else if object == ffi::Py_None() {
                push(b"null", self.out)?;
            } else if object == ffi::Py_True() {
                push(b"true", self.out)?;
            } else if object == ffi::Py_False() {
                push(b"false", self.out)?;
            } else {
                self.derived(value)?;
            }
        }
        Ok(())
    }

    /// Instances of derived classes are written as those of their bases, but for those of dict, whose `items` is called, and
    /// for sequences with methods of their own.
    fn derived(&mut self, value: Borrowed<'_, 'py, PyAny>) -> Result<(), Stop> {
        let object = value.as_ptr();
        if has_flag(value, ffi::Py_TPFLAGS_UNICODE_SUBCLASS) {
            return Ok(quote(value, self.ascii, self.out)?);
        }
        if has_flag(value, ffi::Py_TPFLAGS_LONG_SUBCLASS) {
            return self.integer(value);
        }
        // SAFETY: attached; a live object, of the class that is asked for.
        unsafe {
            if ffi::PyFloat_Check(object) != 0 {
                self.float(value)
            } else if has_flag(value, ffi::Py_TPFLAGS_LIST_SUBCLASS)
                && walks_like(ffi::Py_TYPE(object), &raw mut ffi::PyList_Type)
            {
                let items = |index| ffi::PyList_GET_ITEM(object, index);
                self.array(object, ffi::PyList_GET_SIZE(object), items)
            } else if has_flag(value, ffi::Py_TPFLAGS_TUPLE_SUBCLASS)
                && walks_like(ffi::Py_TYPE(object), &raw mut ffi::PyTuple_Type)
            {
                let items = |index| ffi::PyTuple_GET_ITEM(object, index);
                self.array(object, ffi::PyTuple_GET_SIZE(object), items)
            } else if is_exact_dict(value) {
                self.dict(object) // a frozendict
            } else {
                Err(Stop::Impure)
            }
        }
    }

    #[inline]
    fn float(&mut self, value: Borrowed<'_, 'py, PyAny>) -> Result<(), Stop> {
        // SAFETY: the caller has seen that it is a float.
        let number = unsafe { ffi::PyFloat_AS_DOUBLE(value.as_ptr()) };
        if !number.is_finite() && !self.style.allow_nan {
            return Err(Stop::Impure);
        }
        Ok(float(number, self.out)?)
    }

    /// Since 3.12, Python code makes the digits of a very large int.
    #[inline]
    fn integer(&mut self, value: Borrowed<'_, 'py, PyAny>) -> Result<(), Stop> {
        if small_integer(value, self.out)? {
            return Ok(());
        }
        if crate::version::since(12) && is_beyond_floats(value) {
            return Err(Stop::Impure);
        }
        Ok(large_integer(value, self.out)?)
    }

    /// Goes into a container, as far as the interpreter's limit lets it.
    #[inline]
    fn enter(&mut self, container: *mut ffi::PyObject) -> Result<(), Stop> {
        depth::enter(self.py, self.path.depth, c" while encoding a JSON object").map_err(Stop::Raised)?;
        self.path.enter(container).inspect_err(|_| {
            // SAFETY: entered above.
            unsafe { depth::leave() };
        })
    }

    #[inline]
    fn leave(&mut self) {
        self.path.depth -= 1;
        // SAFETY: after `enter`.
        unsafe { depth::leave() };
    }

    fn depth(&self) -> usize {
        usize::try_from(self.base.saturating_add(self.path.depth as isize)).unwrap_or(0)
    }

    #[inline]
    fn before_item(&mut self, first: bool) -> Result<(), Stop> {
        if self.out.len() > self.limit {
            return Err(Stop::Impure);
        }
        if self.indented {
            self.room_for_line()?;
            let depth = self.depth();
            self.lines.before_item(first, depth, self.out);
        } else if !first {
            separate(self.item_separator, self.out)?;
        }
        Ok(())
    }

    fn before_end(&mut self) -> Result<(), Stop> {
        if self.indented {
            self.room_for_line()?;
            let depth = self.depth();
            self.lines.before_end(depth, self.out);
        }
        Ok(())
    }

    fn room_for_line(&mut self) -> Result<(), Stop> {
        Ok(room(self.out, self.style.line_room(self.depth()))?)
    }

    fn array(
        &mut self,
        object: *mut ffi::PyObject,
        length: ffi::Py_ssize_t,
        item: impl Fn(ffi::Py_ssize_t) -> *mut ffi::PyObject,
    ) -> Result<(), Stop> {
        if length == 0 {
            return Ok(push(b"[]", self.out)?);
        }
        self.enter(object)?;
        push(b"[", self.out)?;
        let written = (0..length).try_for_each(|index| {
            self.before_item(index == 0)?;
            self.value(item(index))
        });
        written?;
        self.before_end()?;
        self.leave();
        Ok(push(b"]", self.out)?)
    }

    fn dict(&mut self, object: *mut ffi::PyObject) -> Result<(), Stop> {
        // SAFETY: attached; a live dict, which does not change.
        if unsafe { ffi::PyDict_Size(object) } == 0 {
            return Ok(push(b"{}", self.out)?);
        }
        self.enter(object)?;
        self.members(object)?;
        self.leave();
        Ok(())
    }

    fn members(&mut self, object: *mut ffi::PyObject) -> Result<(), Stop> {
        push(b"{", self.out)?;
        let begin = self.out.len();
        let mut first = true;
        if self.indented {
            self.before_item(true)?;
        }
        if self.style.sort_keys {
            let begin = self.sorted.len();
            self.sort(object)?;
            let mut place = begin;
            while let Some(&Member { key, value, .. }) = self.sorted.get(place) {
                self.member(key, value, &mut first)?;
                place += 1;
            }
            self.sorted.truncate(begin);
        } else {
            let (mut position, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
            // SAFETY: attached; a live dict, which does not change.
            while unsafe { ffi::PyDict_Next(object, &raw mut position, &raw mut key, &raw mut value) } != 0 {
                self.member(key, value, &mut first)?;
            }
        }
        if first && EMPTY.is_made() {
            self.out.truncate(begin);
        } else {
            self.before_end()?;
        }
        Ok(push(b"}", self.out)?)
    }

    #[inline]
    fn member(
        &mut self,
        key: *mut ffi::PyObject,
        value: *mut ffi::PyObject,
        first: &mut bool,
    ) -> Result<(), Stop> {
        // SAFETY: attached; the key is held by its dict.
        let (key, is_str) = unsafe { (self.borrowed(key), ffi::PyUnicode_Check(key) != 0) };
        if !is_str && self.style.skip_keys && !is_key(key) {
            return Ok(());
        }
        if *first {
            *first = false;
        } else {
            self.before_item(false)?;
        }
        if is_str {
            quote(key, self.ascii, self.out)?;
        } else {
            self.other_key(key)?;
        }
        separate(self.key_separator, self.out)?;
        self.value(value)
    }

    /// A name that is no str.
    fn other_key(&mut self, key: Borrowed<'_, 'py, PyAny>) -> Result<(), Stop> {
        push(b"\"", self.out)?;
        // SAFETY: static types and objects of the interpreter.
        unsafe {
            let object = key.as_ptr();
            if ffi::PyFloat_Check(object) != 0 {
                self.float(key)?;
            } else if object == ffi::Py_True() {
                push(b"true", self.out)?;
            } else if object == ffi::Py_False() {
                push(b"false", self.out)?;
            } else if object == ffi::Py_None() {
                push(b"null", self.out)?;
            } else if ffi::PyLong_Check(object) != 0 {
                self.integer(key)?;
            } else {
                return Err(Stop::Impure);
            }
        }
        Ok(push(b"\"", self.out)?)
    }

    /// Appends a dict's members to `sorted` in the order of their names, all of which must be str: others are compared by Python
    /// code.
    fn sort(&mut self, object: *mut ffi::PyObject) -> Result<(), Stop> {
        let (mut position, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        let begin = self.sorted.len();
        let mut all_ascii = true;
        // SAFETY: attached; a live dict, which does not change and holds its names; comparing strs cannot fail and runs no
        // Python code.
        unsafe {
            while ffi::PyDict_Next(object, &raw mut position, &raw mut key, &raw mut value) != 0 {
                if ffi::PyUnicode_CheckExact(key) == 0 {
                    return Err(Stop::Impure);
                }
                let name = text::ascii(self.borrowed(key).cast_unchecked());
                all_ascii &= name.is_some();
                memory::push(&mut self.sorted, Member { first: name.map_or(0, first_units), key, value })?;
            }
            let members = &mut self.sorted[begin..];
            if all_ascii {
                members.sort_unstable_by(|left, right| {
                    left.first.cmp(&right.first).then_with(|| ascii(left.key).cmp(ascii(right.key)))
                });
            } else {
                members.sort_unstable_by(|left, right| ffi::PyUnicode_Compare(left.key, right.key).cmp(&0));
            }
        }
        Ok(())
    }
}

/// A member of a dict whose members are sorted.
#[derive(Clone, Copy)]
struct Member {
    /// The first units of the name, if the names are of ASCII: most differ in them.
    first: u64,
    key: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
}

/// The first eight units as a number that is in the order of the texts; zeros stand for what is missing.
#[inline]
fn first_units(text: &[u8]) -> u64 {
    match text.first_chunk::<8>() {
        Some(word) => u64::from_be_bytes(*word),
        None => text.iter().rev().fold(0, |word, &unit| word >> 8 | u64::from(unit) << 56),
    }
}

/// Appends a separator.
#[inline]
fn separate(separator: Separator, out: &mut Vec<u8>) -> Result<(), Stop> {
    room(out, Separator::LONGEST)?;
    separator.push(out);
    Ok(())
}

/// Whether a class derived from list or tuple leaves to that how its instances are walked through and counted.
///
/// # Safety
/// Live classes.
unsafe fn walks_like(class: *mut ffi::PyTypeObject, base: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: promised by the caller; the tables of a class live as long as it.
    unsafe {
        let lengths = |class: *mut ffi::PyTypeObject| {
            let (sequence, mapping) = ((*class).tp_as_sequence, (*class).tp_as_mapping);
            (
                sequence.as_ref().and_then(|table| table.sq_length).map(|slot| slot as usize),
                mapping.as_ref().and_then(|table| table.mp_length).map(|slot| slot as usize),
            )
        };
        let iterator = |class: *mut ffi::PyTypeObject| (*class).tp_iter.map(|slot| slot as usize);
        let has_bool = (*class).tp_as_number.as_ref().is_some_and(|table| table.nb_bool.is_some());
        iterator(class) == iterator(base) && lengths(class) == lengths(base) && !has_bool
    }
}

/// Whether an object that is no str may be the name of a member.
pub(super) fn is_key(key: Borrowed<'_, '_, PyAny>) -> bool {
    // SAFETY: a live object.
    key.is_none()
        || has_flag(key, ffi::Py_TPFLAGS_LONG_SUBCLASS)
        || unsafe { ffi::PyFloat_Check(key.as_ptr()) != 0 }
}
