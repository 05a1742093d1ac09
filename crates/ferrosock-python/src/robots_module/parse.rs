//! Reading the lines of a `robots.txt`.

use std::ffi::CStr;

use ferrosock_proto::http::{Robots, RobotsGroup, RobotsReader};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyList, PyString};
use pyo3::{Borrowed, intern};

use super::{Classes, PARSER, dialect};
use crate::call::Args;
use crate::signature::{Signature, required};
use crate::text::{self, Text};

const SIGNATURE: Signature<2> =
    Signature { text: "parse(parser, lines)", names: ["parser", "lines"], required: 2 };
pub(super) const DOC: &CStr = c"parse($module, parser, lines)
--

Read the lines of a robots.txt into a RobotFileParser.

Returns False, without having done anything, if that is not as simple as it looks.";

pub(super) fn parse<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    args: Args<'_, 'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = module.py();
    let [parser, lines] = SIGNATURE.read(&args)?;
    let (parser, lines) = (required(parser)?, required(lines)?);
    let done = match (Classes::of(module)?, lines.cast_exact::<PyList>()) {
        (Some(classes), Ok(lines)) if classes.seams.object(PARSER, &parser)? => match read(&lines)? {
            Some(robots) => Some(fill(module, &classes, &parser, &robots)?),
            None => None,
        },
        _ => None,
    };
    Ok(PyBool::new(py, done.is_some()).to_owned().into_any())
}

fn read(lines: &Bound<'_, PyList>) -> PyResult<Option<Robots>> {
    let mut reader = RobotsReader::new(dialect());
    for line in lines.iter() {
        let Ok(line) = line.cast_exact::<PyString>() else { return Ok(None) };
        if reader.line(Text::of(line.as_borrowed())?.bytes()).is_err() {
            return Ok(None);
        }
    }
    Ok(Some(reader.finish()))
}

/// Gives a parser what was read, as its methods would.
fn fill<'py>(
    module: Borrowed<'_, 'py, PyModule>,
    classes: &Classes<'py>,
    parser: &Bound<'py, PyAny>,
    robots: &Robots,
) -> PyResult<()> {
    let py = module.py();
    let rate = module.getattr(intern!(py, "RequestRate"))?;
    let append = |list: Bound<'py, PyAny>, item: Bound<'py, PyAny>| -> PyResult<()> {
        match list.cast_exact::<PyList>() {
            Ok(list) => list.append(item),
            Err(_) => list.call_method1(intern!(py, "append"), (item,)).map(drop),
        }
    };
    for group in &robots.groups {
        let entry = entry(classes, &rate, group)?;
        if robots.first_match {
            append(parser.getattr(intern!(py, "entries"))?, entry)?;
        } else {
            // Of groups that are for the same agent this makes one.
            parser.call_method1(intern!(py, "_add_entry"), (entry,))?;
        }
    }
    let default = intern!(py, "default_entry");
    if let Some(group) = &robots.default {
        if parser.getattr(default)?.is_none() {
            parser.setattr(default, entry(classes, &rate, group)?)?;
        }
    }
    for map in &robots.sitemaps {
        append(parser.getattr(intern!(py, "sitemaps"))?, text::string(py, map.as_bytes())?)?;
    }
    Ok(())
}

/// An `Entry`.
fn entry<'py>(
    classes: &Classes<'py>,
    rate: &Bound<'py, PyAny>,
    group: &RobotsGroup,
) -> PyResult<Bound<'py, PyAny>> {
    let py = rate.py();
    let agents = PyList::empty(py);
    for agent in &group.agents {
        agents.append(text::string(py, agent.as_bytes())?)?;
    }
    let rules = PyList::empty(py);
    for rule in &group.rules {
        let object = bare(&classes.rule)?;
        if !group.first_match {
            object.setattr(intern!(py, "fullmatch"), rule.end)?;
        }
        object.setattr(intern!(py, "path"), text::string(py, rule.path.as_bytes())?)?;
        object.setattr(intern!(py, "allowance"), rule.allow)?;
        rules.append(object)?;
    }
    let entry = bare(&classes.entry)?;
    entry.setattr(intern!(py, "useragents"), agents)?;
    entry.setattr(intern!(py, "rulelines"), rules)?;
    entry.setattr(intern!(py, "delay"), group.crawl_delay)?;
    let rate = group.request_rate.map(|numbers| rate.call1(numbers)).transpose()?;
    entry.setattr(intern!(py, "req_rate"), rate)?;
    Ok(entry)
}

/// An instance that nothing was done to.
fn bare<'py>(class: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    class.call_method1(intern!(class.py(), "__new__"), (class,))
}
