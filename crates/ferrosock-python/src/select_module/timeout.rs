//! Timeouts as the three kinds of waiting read them: they differ in unit, rounding and what a negative one means.

use std::time::Duration;

use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::convert;

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;

/// `select`: seconds, not negative; None waits without end.
pub(super) fn seconds(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Duration>> {
    let Some(nanoseconds) = nanoseconds(value, SECOND, "timeout must be a float or None")? else {
        return Ok(None);
    };
    match u64::try_from(nanoseconds) {
        Ok(nanoseconds) => Ok(Some(Duration::from_nanos(nanoseconds))),
        Err(_) => Err(PyValueError::new_err("timeout must be non-negative")),
    }
}

/// `poll`: milliseconds; None and a negative one wait without end.
pub(super) fn milliseconds(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Duration>> {
    let Some(nanoseconds) = nanoseconds(value, MILLISECOND, "timeout must be an integer or None")? else {
        return Ok(None);
    };
    // With ppoll() since 3.15 (gh-142434) no time is too long.
    if crate::version::since(15) && !cfg!(target_os = "macos") {
        return Ok(u64::try_from(nanoseconds).ok().map(Duration::from_nanos));
    }
    // Away from zero: the slightest negative time is -1 millisecond.
    let away = nanoseconds / MILLISECOND + (nanoseconds % MILLISECOND).signum();
    limited(away, nanoseconds)
}

/// `epoll`: seconds; None and a negative one, from -1 millisecond on, wait without end.
#[cfg_attr(target_os = "macos", allow(dead_code, reason = "no epoll there"))]
pub(super) fn epoll_seconds(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Duration>> {
    let Some(nanoseconds) = nanoseconds(value, SECOND, "timeout must be an integer or None")? else {
        return Ok(None);
    };
    // Up: what is above -1 millisecond counts as zero.
    let up = nanoseconds.div_euclid(MILLISECOND) + i64::from(nanoseconds.rem_euclid(MILLISECOND) != 0);
    limited(up, nanoseconds.max(0))
}

/// `nanoseconds`, if their number of milliseconds fits into a C int as the system call takes it.
fn limited(milliseconds: i64, nanoseconds: i64) -> PyResult<Option<Duration>> {
    match i32::try_from(milliseconds) {
        Ok(0..) => Ok(Some(Duration::from_nanos(nanoseconds.unsigned_abs()))),
        Ok(_) => Ok(None),
        Err(_) => Err(PyOverflowError::new_err("timeout is too large")),
    }
}

/// A number of `unit` nanoseconds each; `wanted` is said of what is no number before 3.15 (gh-67795).
pub(super) fn nanoseconds(
    value: Option<&Bound<'_, PyAny>>,
    unit: i64,
    wanted: &'static str,
) -> PyResult<Option<i64>> {
    match value.filter(|value| !value.is_none()) {
        None => Ok(None),
        Some(value) => match convert::nanoseconds(value, unit) {
            Ok(nanoseconds) => Ok(Some(nanoseconds)),
            Err(error) if error.is_instance_of::<PyTypeError>(value.py()) => {
                if !crate::version::since(15) {
                    return Err(PyTypeError::new_err(wanted));
                }
                let found = value.get_type().fully_qualified_name()?;
                Err(PyTypeError::new_err(format!("timeout must be a real number or None, not {found}")))
            }
            Err(error) => Err(error),
        },
    }
}
