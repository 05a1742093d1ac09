//! Whether a page may be fetched.

use std::ffi::CStr;

use ferrosock_proto::http::{RobotsDialect, robots_cover, robots_path};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyList, PyString};
use pyo3::{Borrowed, intern};

use super::{Classes, ENTRY, PARSER, dialect};
use crate::call::Args;
use crate::signature::{Signature, required};
use crate::text::{self, ascii};

const SIGNATURE: Signature<3> = Signature {
    text: "can_fetch(parser, useragent, url)",
    names: ["parser", "useragent", "url"],
    required: 3,
};
pub(super) const DOC: &CStr = c"can_fetch($module, parser, useragent, url)
--

Return what the rules of a RobotFileParser say of a page for an agent; None if that is not as simple as it looks.";

pub(super) fn can_fetch<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [parser, agent, url] = SIGNATURE.read(&args)?;
    let (parser, agent, url) = (required(parser)?, required(agent)?, required(url)?);
    let (Some(agent), Some(url), Some(classes)) = (plain(agent), plain(url), Classes::of(module)?) else {
        return Ok(py.None().into_bound(py));
    };
    let dialect = dialect();
    let answer = match robots_path(url, dialect) {
        Some(path) if classes.seams.object(PARSER, &parser)? => {
            answer(&classes, &parser, dialect, agent, &path)?
        }
        _ => None,
    };
    Ok(answer.unwrap_or_else(|| py.None().into_bound(py)))
}

fn answer<'py>(
    classes: &Classes<'py>,
    parser: &Bound<'py, PyAny>,
    dialect: RobotsDialect,
    agent: &[u8],
    path: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    if !dialect.first_match {
        return answer_by_rfc_9309(classes, parser, agent, path);
    }
    let py = parser.py();
    let name = agent.split(|&byte| byte == b'/').next().unwrap_or_default().to_ascii_lowercase();
    let entries = parser.getattr(intern!(py, "entries"))?;
    let Ok(entries) = entries.cast_exact::<PyList>() else { return Ok(None) };
    for entry in entries.iter() {
        match is_for(classes, &entry, &name, true)? {
            None => return Ok(None),
            Some(true) => return allowance(classes, &entry, path),
            Some(false) => {}
        }
    }
    let default = parser.getattr(intern!(py, "default_entry"))?;
    if default.is_none() {
        return Ok(Some(PyBool::new(py, true).to_owned().into_any()));
    }
    // One that is no Entry of ours may be false.
    if is_ours(classes, &default)? { allowance(classes, &default, path) } else { Ok(None) }
}

/// The answer of the group for an agent, and in it of the longest rule for a path.
fn answer_by_rfc_9309<'py>(
    classes: &Classes<'py>,
    parser: &Bound<'py, PyAny>,
    agent: &[u8],
    path: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = parser.py();
    let yes = || Ok(Some(PyBool::new(py, true).to_owned().into_any()));
    if path == "/robots.txt" {
        return yes();
    }
    let groups = parser.getattr(intern!(py, "groups"))?;
    let Ok(groups) = groups.cast_exact::<PyDict>() else { return Ok(None) };
    let whole = agent.to_ascii_lowercase();
    if let Some(entry) = groups.get_item(text::string(py, &whole)?)? {
        return longest(classes, &entry, path);
    }
    let name = whole.split(|&byte| byte == b'/').next().unwrap_or_default();
    // Nothing on the way runs Python code.
    for (_, entry) in groups.iter() {
        match is_for(classes, &entry, name, false)? {
            None => return Ok(None),
            Some(true) => return longest(classes, &entry, path),
            Some(false) => {}
        }
    }
    match groups.get_item(intern!(py, "*"))? {
        Some(entry) => longest(classes, &entry, path),
        None => yes(),
    }
}

/// What the longest rule for a path says, and of two equal ones that which allows.
fn longest<'py>(
    classes: &Classes<'py>,
    entry: &Bound<'py, PyAny>,
    path: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = entry.py();
    if !is_ours(classes, entry)? {
        return Ok(None);
    }
    let rules = entry.getattr(intern!(py, "rulelines"))?;
    let Ok(rules) = rules.cast_exact::<PyList>() else { return Ok(None) };
    let mut found = None;
    for rule in rules.iter() {
        if !rule.get_type().is(&classes.rule) {
            return Ok(None);
        }
        let (wanted, end) = (rule.getattr(intern!(py, "path"))?, rule.getattr(intern!(py, "fullmatch"))?);
        let (Some(wanted), Ok(end)) = (plain(wanted.as_borrowed()), end.cast_exact::<PyBool>()) else {
            return Ok(None);
        };
        if let Some(length) = robots_cover(wanted, end.is_true(), path.as_bytes()) {
            let allowance = rule.getattr(intern!(py, "allowance"))?;
            let Ok(allowance) = allowance.cast_exact::<PyBool>() else { return Ok(None) };
            found = found.max(Some((length, allowance.is_true())));
        }
    }
    let allowance = found.is_none_or(|(_, allowance)| allowance);
    Ok(Some(PyBool::new(py, allowance).to_owned().into_any()))
}

fn is_ours<'py>(classes: &Classes<'py>, entry: &Bound<'py, PyAny>) -> PyResult<bool> {
    Ok(entry.get_type().is(&classes.entry) && classes.seams.object(ENTRY, entry)?)
}

/// Whether an entry is for an agent, whose name is in small letters; `all` says whether `*` is for all.
fn is_for<'py>(
    classes: &Classes<'py>,
    entry: &Bound<'py, PyAny>,
    name: &[u8],
    all: bool,
) -> PyResult<Option<bool>> {
    if !is_ours(classes, entry)? {
        return Ok(None);
    }
    let agents = entry.getattr(intern!(entry.py(), "useragents"))?;
    let Ok(agents) = agents.cast_exact::<PyList>() else { return Ok(None) };
    for agent in agents.iter() {
        let Some(agent) = plain(agent.as_borrowed()) else { return Ok(None) };
        let is_for = if agent == b"*" { all } else { contains(name, &agent.to_ascii_lowercase()) };
        if is_for {
            return Ok(Some(true));
        }
    }
    Ok(Some(false))
}

/// What the first rule for a path says.
fn allowance<'py>(
    classes: &Classes<'py>,
    entry: &Bound<'py, PyAny>,
    path: &str,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = entry.py();
    let rules = entry.getattr(intern!(py, "rulelines"))?;
    let Ok(rules) = rules.cast_exact::<PyList>() else { return Ok(None) };
    for rule in rules.iter() {
        if !rule.get_type().is(&classes.rule) {
            return Ok(None);
        }
        let begin = rule.getattr(intern!(py, "path"))?;
        let Some(begin) = plain(begin.as_borrowed()) else { return Ok(None) };
        if begin == b"*" || path.as_bytes().starts_with(begin) {
            let allowance = rule.getattr(intern!(py, "allowance"))?;
            return Ok((!allowance.is_none()).then_some(allowance));
        }
    }
    Ok(Some(PyBool::new(py, true).to_owned().into_any()))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

fn plain<'a>(object: Borrowed<'a, '_, PyAny>) -> Option<&'a [u8]> {
    object.cast_exact::<PyString>().ok().and_then(ascii)
}
