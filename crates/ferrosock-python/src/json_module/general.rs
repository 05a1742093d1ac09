//! Writing objects where Python code may be called on the way, and may change whatever is being written.
//!
//! Every reference is one of our own. Containers wait on a stack of ours, so that the interpreter's limit on recursion is the
//! only one.

use std::ffi::c_void;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyDict, PyIterator, PyList, PyString, PyTuple};
use pyo3::{Borrowed, ffi, intern};

use super::depth;
use super::output::{float, integer, push, quote, room};
use super::style::{EMPTY, Fallback, Markers, Strings, Style, has_flag, is_dict, is_exact_dict};
use super::text::{each_width, is_str, units};
use super::walk::is_key;
use crate::convert::{next_entry, type_name};
use crate::memory;

/// Where the items of something that is being written come from.
enum Items<'py> {
    /// A list or tuple by its places, read at each step.
    Places(Bound<'py, PyAny>, isize),
    /// An iterable.
    Iterator(Bound<'py, PyIterator>),
    /// A dict's members as they were.
    Members(Bound<'py, PyList>, usize),
    /// The members of a dict or frozendict, read at each step.
    Live(Bound<'py, PyAny>, ffi::Py_ssize_t),
    /// An iterable of members.
    MemberIterator(Bound<'py, PyIterator>),
    /// What `default` gave for an object, until it is written.
    Replacement(Option<Bound<'py, PyAny>>),
}

/// Something that is being written.
struct Frame<'py> {
    items: Items<'py>,
    first: bool,
    /// Its key in the markers.
    mark: Option<Bound<'py, PyAny>>,
    /// What notes are about, if errors have notes: the container, or what `default` was called with.
    object: Option<Bound<'py, PyAny>>,
    /// The name of the member that is being written, likewise.
    key: Option<Bound<'py, PyAny>>,
}

/// Since 3.14 (gh-122163) an error has a note for each container that it happened in.
const NOTES: bool = crate::version::since(14);

/// Where an error is from.
enum Wrong {
    /// What writes a value, so that its container has a note.
    Value(PyErr),
    /// What gives the next value of the innermost container.
    Step(PyErr),
}

struct Writer<'a, 'py> {
    py: Python<'py>,
    style: &'a Style<'a, 'py>,
    markers: Option<Bound<'py, PyDict>>,
    /// How deep the items of the innermost container lie.
    depth: isize,
    frames: Vec<Frame<'py>>,
    out: &'a mut Vec<u8>,
}

/// Writes an object.
pub(super) fn write<'py>(
    py: Python<'py>,
    style: &Style<'_, 'py>,
    object: Borrowed<'_, 'py, PyAny>,
    base: isize,
    out: &mut Vec<u8>,
) -> PyResult<()> {
    let markers = match style.markers {
        Markers::None => None,
        Markers::Fresh => Some(PyDict::new(py)),
        // SAFETY: the encoder takes nothing but a dict.
        Markers::Given(markers) => Some(unsafe { markers.to_owned().cast_into_unchecked() }),
    };
    Writer { py, style, markers, depth: base, frames: Vec::new(), out }.run(object.to_owned())
}

impl Drop for Writer<'_, '_> {
    fn drop(&mut self) {
        for _ in 0..self.frames.len() {
            // SAFETY: each frame was entered.
            unsafe { depth::leave() };
        }
    }
}

impl<'py> Writer<'_, 'py> {
    fn run(mut self, object: Bound<'py, PyAny>) -> PyResult<()> {
        match self.write(object) {
            Ok(()) => Ok(()),
            Err(Wrong::Value(error)) => Err(self.noted(error)),
            Err(Wrong::Step(error)) => {
                self.leave();
                Err(self.noted(error))
            }
        }
    }

    fn write(&mut self, object: Bound<'py, PyAny>) -> Result<(), Wrong> {
        let mut next = Some(object);
        loop {
            if let Some(object) = next.take() {
                self.value(object).map_err(Wrong::Value)?;
            }
            if self.frames.is_empty() {
                return Ok(());
            }
            next = self.next().map_err(Wrong::Step)?;
            if next.is_none() {
                self.close().map_err(Wrong::Value)?;
            }
        }
    }

    /// Adds a note of each frame to an error, and leaves it.
    #[cold]
    fn noted(&mut self, mut error: PyErr) -> PyErr {
        while NOTES {
            let Some(frame) = self.leave() else { break };
            if let Err(wrong) = frame.note(self.py, &error) {
                wrong.set_context(self.py, Some(error));
                error = wrong;
            }
        }
        error
    }

    /// Writes a scalar, or begins a container.
    fn value(&mut self, object: Bound<'py, PyAny>) -> PyResult<()> {
        let value = object.as_borrowed();
        if is_str(value) {
            self.string(value)
        } else if object.is_none() {
            push(b"null", self.out)
        } else if is_boolean(value, true) {
            push(b"true", self.out)
        } else if is_boolean(value, false) {
            push(b"false", self.out)
        } else if has_flag(value, ffi::Py_TPFLAGS_LONG_SUBCLASS) {
            integer(value, self.out)
        } else if let Some(number) = as_float(value) {
            self.float(value, number)
        } else if has_flag(value, ffi::Py_TPFLAGS_LIST_SUBCLASS)
            || has_flag(value, ffi::Py_TPFLAGS_TUPLE_SUBCLASS)
        {
            self.array(object)
        } else if is_dict(value) {
            self.dict(object)
        } else {
            self.other(object)
        }
    }

    fn string(&mut self, text: Borrowed<'_, 'py, PyAny>) -> PyResult<()> {
        let encoder = match self.style.strings {
            Strings::Ascii => return quote(text, true, self.out),
            Strings::Unicode => return quote(text, false, self.out),
            Strings::Custom(encoder) => encoder,
        };
        let encoded = encoder.call1((text,))?;
        if !is_str(encoded.as_borrowed()) {
            let found = type_name(&encoded);
            return Err(PyTypeError::new_err(format!("encoder() must return a string, not {found}")));
        }
        each_width!(units(encoded.as_borrowed())?, units => {
            room(self.out, units.len().saturating_mul(4))?;
            ferrosock_codec::json::write_utf8(units, self.out);
        });
        Ok(())
    }

    fn float(&mut self, value: Borrowed<'_, 'py, PyAny>, number: f64) -> PyResult<()> {
        if !number.is_finite() && !self.style.allow_nan {
            return Err(self.style.out_of_range(value));
        }
        float(number, self.out)
    }

    /// Goes one level deeper.
    fn enter(
        &mut self,
        object: Bound<'py, PyAny>,
        items: Items<'py>,
        mark: Option<Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        if self.frames.len() == self.frames.capacity() {
            self.frames.try_reserve(8).map_err(|_| pyo3::exceptions::PyMemoryError::new_err(()))?;
        }
        depth::enter(self.py, self.frames.len(), c" while encoding a JSON object")?;
        self.depth += isize::from(!matches!(items, Items::Replacement(_)));
        self.frames.push(Frame { items, first: true, mark, object: NOTES.then_some(object), key: None });
        Ok(())
    }

    /// Leaves the innermost frame.
    fn leave(&mut self) -> Option<Frame<'py>> {
        let frame = self.frames.pop()?;
        // SAFETY: the frame was entered.
        unsafe { depth::leave() };
        Some(frame)
    }

    /// Notes that an object is being written.
    fn mark(&self, object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(markers) = &self.markers else { return Ok(None) };
        // SAFETY: attached; an int of the object's address, or null with an exception set.
        let mark = unsafe {
            Bound::from_owned_ptr_or_err(self.py, ffi::PyLong_FromVoidPtr(object.as_ptr().cast::<c_void>()))?
        };
        if markers.contains(&mark)? {
            return Err(PyValueError::new_err("Circular reference detected"));
        }
        markers.set_item(&mark, object)?;
        Ok(Some(mark))
    }

    fn array(&mut self, object: Bound<'py, PyAny>) -> PyResult<()> {
        let places_of = if self.style.as_generators { None } else { Some(fast_sequence(&object)?) };
        let empty = match &places_of {
            None => !object.is_truthy()?,
            Some(sequence) => places(sequence) == 0,
        };
        if empty {
            return push(b"[]", self.out);
        }
        let mark = self.mark(&object)?;
        push(b"[", self.out)?;
        self.refuse_indent()?;
        let items = match places_of {
            None => Items::Iterator(object.try_iter()?),
            Some(sequence) => Items::Places(sequence, 0),
        };
        self.enter(object, items, mark)
    }

    fn dict(&mut self, object: Bound<'py, PyAny>) -> PyResult<()> {
        // SAFETY: a live instance of dict or frozendict or of a derived class, all of which the interpreter counts.
        let size = unsafe { ffi::PyDict_Size(object.as_ptr()) };
        let empty = if self.style.as_generators { !object.is_truthy()? } else { size == 0 };
        if empty {
            return push(b"{}", self.out);
        }
        let mark = self.mark(&object)?;
        push(b"{", self.out)?;
        self.refuse_indent()?;
        let members = self.members(object.clone())?;
        self.enter(object, members, mark)?;
        if self.style.layout.indent.is_some() && !EMPTY.is_made() { self.before_item(true) } else { Ok(()) }
    }

    fn members(&self, object: Bound<'py, PyAny>) -> PyResult<Items<'py>> {
        if self.style.as_generators {
            let items = object.call_method0(intern!(self.py, "items"))?;
            let items = if self.style.sort_keys { sorted(&items)?.into_any() } else { items };
            return Ok(Items::MemberIterator(items.try_iter()?));
        }
        if is_exact_dict(object.as_borrowed()) && !self.style.sort_keys && crate::version::since(12) {
            return Ok(Items::Live(object, 0));
        }
        // SAFETY: attached; a live mapping: a new list, or null with an exception set.
        let items = unsafe { Bound::from_owned_ptr_or_err(self.py, ffi::PyMapping_Items(object.as_ptr()))? };
        let items = items.cast_into::<PyList>()?;
        if self.style.sort_keys {
            items.sort()?;
        }
        Ok(Items::Members(items, 0))
    }

    /// What JSON does not have: `default` is asked for something else.
    fn other(&mut self, object: Bound<'py, PyAny>) -> PyResult<()> {
        let mark = self.mark(&object)?;
        let replacement = match self.style.default {
            Fallback::Callable(default) => default.call1((&object,))?,
            Fallback::Of(encoder) => encoder.call_method1(intern!(self.py, "default"), (&object,))?,
        };
        self.enter(object, Items::Replacement(Some(replacement)), mark)
    }

    /// The next value of the innermost frame, whatever stands before it written.
    fn next(&mut self) -> PyResult<Option<Bound<'py, PyAny>>> {
        loop {
            let Some(frame) = self.frames.last_mut() else { return Ok(None) };
            let (key, value) = match &mut frame.items {
                Items::Places(list, at) => {
                    let item = place(list, *at);
                    *at += 1;
                    return self.item(item);
                }
                Items::Iterator(iterator) => {
                    let item = iterator.next().transpose()?;
                    return self.item(item);
                }
                Items::Replacement(replacement) => return Ok(replacement.take()),
                Items::Live(dict, position) => match next_entry(dict, position) {
                    Some(member) => member,
                    None => return Ok(None),
                },
                Items::Members(members, at) => {
                    let Ok(item) = members.get_item(*at) else { return Ok(None) };
                    *at += 1;
                    self.member(item)?
                }
                Items::MemberIterator(iterator) => {
                    let Some(item) = iterator.next().transpose()? else { return Ok(None) };
                    self.member(item)?
                }
            };
            if self.key(&key)? {
                if let Some(frame) = self.frames.last_mut().filter(|_| NOTES) {
                    frame.key = Some(key);
                }
                return Ok(Some(value));
            }
        }
    }

    /// An array's item, with the separator before it written.
    fn item(&mut self, item: Option<Bound<'py, PyAny>>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let first = self.frames.last_mut().is_some_and(|frame| std::mem::replace(&mut frame.first, false));
        if item.is_some() {
            self.before_item(first)?;
        }
        Ok(item)
    }

    /// The name and the value of a member that a derived dict gave.
    fn member(&self, item: Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let pair = match item.cast::<PyTuple>() {
            Ok(pair) => pair.clone(),
            Err(_) if self.style.as_generators => item
                .try_iter()?
                .collect::<PyResult<Vec<_>>>()
                .and_then(|parts| PyTuple::new(self.py, parts))?,
            Err(_) => return Err(PyValueError::new_err("items must return 2-tuples")),
        };
        match (pair.len(), self.style.as_generators) {
            (2, _) => Ok((pair.get_item(0)?, pair.get_item(1)?)),
            (_, false) => Err(PyValueError::new_err("items must return 2-tuples")),
            (count @ 0..2, true) => {
                Err(PyValueError::new_err(format!("not enough values to unpack (expected 2, got {count})")))
            }
            _ => Err(PyValueError::new_err("too many values to unpack (expected 2)")),
        }
    }

    /// Writes a member's name and what stands around it, unless it is to be skipped.
    fn key(&mut self, key: &Bound<'py, PyAny>) -> PyResult<bool> {
        let name = key.as_borrowed();
        if !is_str(name) && !is_key(name) {
            return if self.style.skip_keys { Ok(false) } else { Err(self.refused_key(key)) };
        }
        let scalar = if is_str(name) { None } else { Some(self.key_text(name)?) };
        let first = self.frames.last_mut().is_some_and(|frame| std::mem::replace(&mut frame.first, false));
        if !first {
            self.before_item(false)?;
        } else if EMPTY.is_made() {
            self.before_item(true)?;
        }
        match (scalar, self.style.strings) {
            (None, _) => self.string(name)?,
            (Some(text), Strings::Custom(_)) => {
                let text = super::text::ascii_str(self.py, &text)?;
                self.string(text.as_borrowed())?;
            }
            (Some(text), _) => {
                push(b"\"", self.out)?;
                push(&text, self.out)?;
                push(b"\"", self.out)?;
            }
        }
        push(&self.style.layout.key_separator, self.out)?;
        Ok(true)
    }

    /// The text of a name that is no str, all ASCII and without anything to escape.
    fn key_text(&self, key: Borrowed<'_, 'py, PyAny>) -> PyResult<Vec<u8>> {
        let mut text = Vec::new();
        if let Some(number) = as_float(key) {
            if !number.is_finite() && !self.style.allow_nan {
                return Err(self.style.out_of_range(key));
            }
            float(number, &mut text)?;
        } else if key.is_none() {
            push(b"null", &mut text)?;
        } else if is_boolean(key, true) {
            push(b"true", &mut text)?;
        } else if is_boolean(key, false) {
            push(b"false", &mut text)?;
        } else {
            integer(key, &mut text)?;
        }
        Ok(text)
    }

    #[cold]
    fn refused_key(&self, key: &Bound<'py, PyAny>) -> PyErr {
        let found = if self.style.as_generators {
            let name = key.getattr(intern!(self.py, "__class__")).and_then(|class| class.getattr("__name__"));
            match name.and_then(|name| name.str().map(|name| name.to_string_lossy().into_owned())) {
                Ok(name) => name,
                Err(error) => return error,
            }
        } else {
            type_name(key)
        };
        PyTypeError::new_err(format!("keys must be str, int, float, bool or None, not {found}"))
    }

    fn refuse_indent(&self) -> PyResult<()> {
        self.style
            .wrong_indent
            .as_deref()
            .map_or(Ok(()), |message| Err(PyTypeError::new_err(message.to_owned())))
    }

    fn depth(&self) -> usize {
        usize::try_from(self.depth).unwrap_or(0)
    }

    fn before_item(&mut self, first: bool) -> PyResult<()> {
        if self.style.layout.indent.is_none() {
            return if first { Ok(()) } else { push(&self.style.layout.item_separator, self.out) };
        }
        let depth = self.depth();
        room(self.out, self.style.line_room(depth))?;
        self.style.layout.before_item(first, depth, self.out);
        Ok(())
    }

    /// Ends the innermost frame.
    fn close(&mut self) -> PyResult<()> {
        let depth = self.depth();
        let Some(frame) = self.leave() else { return Ok(()) };
        let bracket = match frame.items {
            Items::Places(..) | Items::Iterator(_) => Some(b"]"),
            Items::Members(..) | Items::Live(..) | Items::MemberIterator(_) => Some(b"}"),
            Items::Replacement(_) => None,
        };
        if let (Some(mark), Some(markers)) = (&frame.mark, &self.markers) {
            markers.del_item(mark)?;
        }
        if let Some(bracket) = bracket {
            self.depth -= 1;
            let is_empty = frame.first && bracket == b"}" && EMPTY.is_made();
            if self.style.layout.indent.is_some() && !is_empty {
                room(self.out, self.style.line_room(depth))?;
                self.style.layout.before_end(depth, self.out);
            }
            push(bracket, self.out)?;
        }
        Ok(())
    }
}

impl<'py> Frame<'py> {
    /// Adds a note of what was being written to an error.
    fn note(&self, py: Python<'py>, error: &PyErr) -> PyResult<()> {
        let Some(object) = &self.object else { return Ok(()) };
        let class = object.get_type().fully_qualified_name()?;
        let class = class.to_string_lossy();
        let note = match (&self.items, &self.key) {
            (Items::Places(_, at), _) => format!("when serializing {class} item {}", at - 1),
            (_, Some(_)) => format!("when serializing {class} item "),
            _ => format!("when serializing {class} object"),
        };
        let mut note = PyString::new(py, &note).into_any();
        if let Some(key) = &self.key {
            note = note.add(key.repr()?)?;
        }
        error.value(py).call_method1(intern!(py, "add_note"), (note,)).map(drop)
    }
}

fn is_boolean(value: Borrowed<'_, '_, PyAny>, which: bool) -> bool {
    // SAFETY: static objects of the interpreter.
    value.as_ptr() == unsafe { if which { ffi::Py_True() } else { ffi::Py_False() } }
}

/// The value of a float, or of an instance of a derived class.
fn as_float(value: Borrowed<'_, '_, PyAny>) -> Option<f64> {
    // SAFETY: a live object, read as a float only if it is one.
    unsafe { (ffi::PyFloat_Check(value.as_ptr()) != 0).then(|| ffi::PyFloat_AS_DOUBLE(value.as_ptr())) }
}

/// The list or tuple itself, or what an instance of a derived class iterates over as a list.
fn fast_sequence<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: attached; a live object: a new reference, or null with an exception set.
    unsafe {
        let sequence = ffi::PySequence_Fast(object.as_ptr(), c"_iterencode_list needs a sequence".as_ptr());
        Bound::from_owned_ptr_or_err(object.py(), sequence)
    }
}

/// The length of a list or tuple.
fn places(list: &Bound<'_, PyAny>) -> isize {
    // SAFETY: a live list or tuple, or an instance of a derived class.
    unsafe {
        if ffi::PyList_Check(list.as_ptr()) != 0 {
            ffi::PyList_GET_SIZE(list.as_ptr())
        } else {
            ffi::PyTuple_GET_SIZE(list.as_ptr())
        }
    }
}

/// The item in this place of a list or tuple, if it is that long.
fn place<'py>(list: &Bound<'py, PyAny>, at: isize) -> Option<Bound<'py, PyAny>> {
    let item = || {
        if at >= places(list) {
            return None;
        }
        // SAFETY: attached; the index is within the length; the reference is borrowed until it is counted here.
        unsafe {
            let item = if ffi::PyList_Check(list.as_ptr()) != 0 {
                ffi::PyList_GET_ITEM(list.as_ptr(), at)
            } else {
                ffi::PyTuple_GET_ITEM(list.as_ptr(), at)
            };
            Some(Borrowed::from_ptr(list.py(), item).to_owned())
        }
    };
    with_critical_section(list, item)
}

/// The items in order.
fn sorted<'py>(items: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    let mut found = Vec::new();
    for item in items.try_iter()? {
        memory::push(&mut found, item?)?;
    }
    let list = PyList::new(items.py(), found)?;
    list.sort()?;
    Ok(list)
}
