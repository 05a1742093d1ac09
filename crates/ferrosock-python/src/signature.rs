//! Functions that are written in Python in the standard library, and native here: they take their arguments, by place
//! or by name, as Python functions do.

use std::ffi::CString;

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{Borrowed, ffi};

use crate::call::Args;
use crate::function::{function_of, row_of};

/// The parameters of a function.
pub(crate) struct Signature<const N: usize> {
    /// As Python writes it, with the function's name, before which a method's has its class's: `quote(string, safe='/')`. A default
    /// need not be the right one.
    pub(crate) text: &'static str,
    pub(crate) names: [&'static str; N],
    /// How many of the first ones have no default.
    pub(crate) required: usize,
}

impl<const N: usize> Signature<N> {
    /// The argument for each parameter.
    ///
    /// A wrong call is refused in the words of the running interpreter: it is made again on a Python function of the same
    /// signature.
    #[inline(always)] // the arguments would go through memory, and be read again where they are used
    pub(crate) fn read<'a, 'py>(
        &self,
        args: &Args<'a, 'py>,
    ) -> PyResult<[Option<Borrowed<'a, 'py, PyAny>>; N]> {
        let mut found = [None; N];
        let given = args.len();
        if given > N {
            return Err(self.refusal(args));
        }
        for (index, place) in found.iter_mut().enumerate().take(given) {
            *place = args.get(index);
        }
        if !args.keyword_values.is_empty() {
            self.sort(args, &mut found)?;
        }
        if found[..self.required].iter().any(Option::is_none) {
            return Err(self.refusal(args));
        }
        Ok(found)
    }

    /// [`Self::read`] of a signature in which all but the first `by_place` parameters stand behind a `*`.
    pub(crate) fn read_named<'a, 'py>(
        &self,
        args: &Args<'a, 'py>,
        by_place: usize,
    ) -> PyResult<[Option<Borrowed<'a, 'py, PyAny>>; N]> {
        if args.len() > by_place { Err(self.refusal(args)) } else { self.read(args) }
    }

    fn sort<'a, 'py>(
        &self,
        args: &Args<'a, 'py>,
        found: &mut [Option<Borrowed<'a, 'py, PyAny>>; N],
    ) -> PyResult<()> {
        // SAFETY: there are keyword values, so there is a tuple of their names; all are alive for the call.
        let given: Borrowed<'_, '_, PyTuple> =
            unsafe { Borrowed::from_ptr(args.py, args.keyword_names).cast_unchecked() };
        for (name, &value) in given.iter_borrowed().zip(args.keyword_values) {
            let name = name.cast::<PyString>()?;
            let text = name.to_str().unwrap_or_default();
            match self.names.iter().position(|known| *known == text) {
                Some(place) if found[place].is_none() => {
                    // SAFETY: as above.
                    found[place] = Some(unsafe { Borrowed::from_ptr(args.py, value) });
                }
                _ => return Err(self.refusal(args)),
            }
        }
        Ok(())
    }

    /// The interpreter's error for a call that does not fit.
    #[cold]
    pub(crate) fn refusal(&self, args: &Args<'_, '_>) -> PyErr {
        self.refused(args)
            .err()
            .unwrap_or_else(|| PyTypeError::new_err(format!("{}: wrong arguments", self.text)))
    }

    fn refused(&self, args: &Args<'_, '_>) -> PyResult<()> {
        let py = args.py;
        let namespace = PyDict::new(py);
        let whole = self.text.split('(').next().unwrap_or_default();
        let name = whole.rsplit('.').next().unwrap_or_default();
        let code = CString::new(format!("def {}: pass", &self.text[whole.len() - name.len()..]))?;
        py.run(&code, Some(&namespace), None)?;
        let Some(function) = namespace.get_item(name)? else { return Ok(()) };
        function.setattr("__qualname__", whole)?; // by which errors call it
        let values = args.values.iter().chain(args.keyword_values).copied();
        let held: Vec<*mut ffi::PyObject> = values.collect();
        // SAFETY: attached; the arguments of the call as they came, and their names.
        unsafe {
            let names = args.keyword_names;
            let given = ffi::PyObject_Vectorcall(function.as_ptr(), held.as_ptr(), args.len(), names);
            Bound::from_owned_ptr_or_err(py, given).map(drop)
        }
    }
}

/// An argument that a signature has shown to be there.
pub(crate) fn required<'a, 'py>(
    argument: Option<Borrowed<'a, 'py, PyAny>>,
) -> PyResult<Borrowed<'a, 'py, PyAny>> {
    argument.ok_or_else(|| PyRuntimeError::new_err("a required argument is missing"))
}

/// The functions of a native module for a Python module, by name.
pub(crate) struct Functions(Vec<ffi::PyMethodDef>);

impl Functions {
    pub(crate) fn new(rows: Vec<ffi::PyMethodDef>) -> Self {
        Self(rows)
    }

    /// The function `name`, made for `module`.
    pub(crate) fn make<'py>(
        &'static self,
        module: &Bound<'py, PyModule>,
        name: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: the names of rows are C strings that live as long as the process.
        let row =
            self.0.iter().find(|row| unsafe { std::ffi::CStr::from_ptr(row.ml_name) }.to_str() == Ok(name));
        let row = row.ok_or_else(|| PyTypeError::new_err(format!("there is no native function {name}")))?;
        function_of(module, row)
    }

    /// Whether `function` was made of the row `name`, for whatever module.
    pub(crate) fn is(&self, function: &Bound<'_, PyAny>, name: &str) -> bool {
        let Some(row) = row_of(function) else { return false };
        // SAFETY: as above.
        let named = unsafe { std::ffi::CStr::from_ptr(row.ml_name) }.to_bytes() == name.as_bytes();
        named && self.0.as_ptr_range().contains(&std::ptr::from_ref(row))
    }
}

// SAFETY: the rows are never written to, and what they point to is static.
unsafe impl Send for Functions {}
// SAFETY: as above.
unsafe impl Sync for Functions {}
