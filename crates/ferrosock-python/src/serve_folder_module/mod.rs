//! `ferrosock._native.serve_folder`: `ferrosock serve DIR`. `ferrosock.serve._folder` puts the command in front.

mod options;
mod server;

use ferrosock::server::{Accounts, qr_code};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::call::Calls;

pub(crate) static CALLS: Calls = Calls::new();

/// Builds the module.
pub(crate) fn make(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "ferrosock._native.serve_folder")?;
    module
        .setattr("__doc__", "A folder on the serving engine: the native side of ferrosock.serve._folder.")?;
    module.add_class::<server::FolderServer>()?;
    module.add_function(wrap_pyfunction!(check_account, &module)?)?;
    module.add_function(wrap_pyfunction!(qr, &module)?)?;
    Ok(module)
}

/// Raise ValueError, whose message is one sentence, if a text is no account: USER:PASSWORD, USER:sha256:HEX or USER:sha512:HEX.
#[pyfunction]
#[pyo3(signature = (account, /))]
fn check_account(account: &str) -> PyResult<()> {
    Accounts::new().add(account).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Return a text as a QR code of block characters, None if it is too long; with `colours` black and white by escape sequences.
#[pyfunction]
#[pyo3(signature = (text, colours, /))]
fn qr(text: &str, colours: bool) -> Option<String> {
    qr_code(text, colours)
}
