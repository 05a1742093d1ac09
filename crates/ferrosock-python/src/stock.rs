//! The standard library's own extension modules, beside ours of the same names.

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;

/// Makes the stock extension `name` anew, found without the import system, which may give ours.
pub(crate) fn extension<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    let machinery = py.import("importlib.machinery")?;
    let mut spec = machinery.getattr("BuiltinImporter")?.call_method1("find_spec", (name,))?;
    if spec.is_none() {
        spec = machinery.getattr("PathFinder")?.call_method1("find_spec", (name,))?;
        // A program may have a file of that name.
        if spec.is_none()
            || !spec.getattr("loader")?.is_instance(&machinery.getattr("ExtensionFileLoader")?)?
        {
            return Err(PyImportError::new_err(format!("there is no extension module {name:?}")));
        }
    }
    let module = py.import("importlib.util")?.call_method1("module_from_spec", (&spec,))?;
    spec.getattr("loader")?.call_method1("exec_module", (&module,))?;
    Ok(module)
}
