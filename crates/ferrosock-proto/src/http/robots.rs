//! `robots.txt`: which pages of a site a program may fetch.
//!
//! The rules are those of RFC 9309, as Python's `urllib.robotparser` has them since 3.13.14 and 3.14.5: of the rules for an agent
//! the *longest* counts that is about a path, `*` in it stands for anything and `$` for the end. Those of the first
//! specification (<http://www.robotstxt.org/norobots-rfc.txt>), which Python had before, are there as a dialect: in the group
//! for an agent the *first* rule counts that a path begins with, and there are no wildcards. `Crawl-delay`, `Request-rate` and
//! `Sitemap` are what crawlers have added.

use std::borrow::Cow;

use ferrosock_codec::url::{self, Encoding, Error, Parsed, Slashes, Split, SplitOptions, StandardSchemes};

use super::proxy::trim;

/// The rules of a site.
///
/// ```
/// use ferrosock_proto::http::Robots;
///
/// let robots = Robots::parse("User-agent: *\nDisallow: /a\nAllow: /a/b\nCrawl-delay: 5\n\nUser-agent: bad\nDisallow: /*.gif$\n");
/// assert!(robots.allows("spider/1.0", "http://example.org/a/b") && !robots.allows("spider/1.0", "/a/c"));
/// assert!(!robots.allows("bad", "/x.gif") && robots.allows("bad", "/x.gif?"));
/// assert_eq!(robots.group("spider").unwrap().crawl_delay, Some(5));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Robots {
    /// The groups, in their order; of the old dialect those for named agents.
    pub groups: Vec<RobotsGroup>,
    /// Of the old dialect the first group for all others.
    pub default: Option<RobotsGroup>,
    /// The URLs of sitemaps.
    pub sitemaps: Vec<String>,
    /// Whether the rules are those of the old dialect: see [`RobotsDialect::first_match`].
    pub first_match: bool,
}

/// Rules for one agent or more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RobotsGroup {
    /// The names of the agents.
    pub agents: Vec<String>,
    /// The rules, in their order.
    pub rules: Vec<RobotsRule>,
    /// The seconds to wait between two requests.
    pub crawl_delay: Option<u64>,
    /// How many requests may be made in how many seconds.
    pub request_rate: Option<(u64, u64)>,
    /// Whether the first rule counts that is about a path, and not the longest.
    pub first_match: bool,
}

/// Whether what a path is about may be fetched: whatever begins with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsRule {
    /// The path, percent-encoded. `*` stands for anything.
    pub path: String,
    /// Whether a path must end where this one does.
    pub end: bool,
    /// Whether it may.
    pub allow: bool,
}

impl RobotsRule {
    /// How long the part of a path, percent-encoded, is that the rule is about; `None` if it is about another.
    ///
    /// ```
    /// # use ferrosock_proto::http::RobotsRule;
    /// let rule = RobotsRule { path: "/a*.gif".into(), end: true, allow: false };
    /// assert_eq!(rule.covers("/a/b.gif"), Some(8));
    /// assert_eq!(rule.covers("/a/b.gif?c"), None);
    /// ```
    pub fn covers(&self, path: &str) -> Option<usize> {
        robots_cover(self.path.as_bytes(), self.end, path.as_bytes())
    }
}

/// What [`RobotsRule::covers`] says, of bytes. Takes time in proportion to both: what is found first for a wildcard is never
/// tried again.
///
/// ```
/// # use ferrosock_proto::http::robots_cover;
/// assert_eq!(robots_cover(b"/a*b*c", false, b"/a-b-c-c-"), Some(8));
/// assert_eq!(robots_cover(b"/a", true, b"/ab"), None);
/// ```
pub fn robots_cover(rule: &[u8], end: bool, path: &[u8]) -> Option<usize> {
    let Some(first) = memchr::memchr(b'*', rule) else {
        let covered = if end { path == rule } else { path.starts_with(rule) };
        return covered.then_some(rule.len());
    };
    let last = memchr::memrchr(b'*', rule).unwrap_or(first);
    let mut at = path.starts_with(&rule[..first]).then_some(first)?;
    for part in rule.get(first + 1..last).unwrap_or_default().split(|&byte| byte == b'*') {
        at += memchr::memmem::find(&path[at..], part)? + part.len();
    }
    let tail = &rule[last + 1..];
    if end {
        return path[at..].ends_with(tail).then_some(path.len());
    }
    Some(at + memchr::memmem::rfind(&path[at..], tail)? + tail.len())
}

impl Robots {
    /// Reads a file; lines that are no rules are passed over.
    ///
    /// ```
    /// # use ferrosock_proto::http::Robots;
    /// let robots = Robots::parse("Sitemap: http://a/map # all\nDisallow: /for nobody\nrubbish");
    /// assert_eq!(robots.sitemaps, ["http://a/map"]);
    /// assert!(robots.groups.is_empty() && robots.default.is_none());
    /// ```
    pub fn parse(text: &str) -> Self {
        let mut reader = RobotsReader::new(RobotsDialect::default());
        for line in text.lines() {
            _ = reader.line(line.as_bytes()); // what no reader understands the same way says nothing
        }
        reader.finish()
    }

    /// The group that is for an agent, made of all that are for its name in the file; what follows a slash in its name does
    /// not count.
    ///
    /// ```
    /// # use ferrosock_proto::http::Robots;
    /// let robots = Robots::parse("User-agent: Bot\nDisallow: /a\nUser-agent: *\nDisallow: /b\nUser-agent: bot\nDisallow: /c");
    /// assert_eq!(robots.group("MyBot/2.0").unwrap().rules.len(), 2);
    /// assert_eq!(robots.group("other").unwrap().rules.len(), 1);
    /// ```
    pub fn group(&self, agent: &str) -> Option<Cow<'_, RobotsGroup>> {
        let mut groups = self.groups_for(agent);
        let mut group = Cow::Borrowed(groups.next()?);
        for further in groups {
            let merged = group.to_mut();
            merged.agents.retain(|agent| further.agents.contains(agent));
            merged.rules.extend_from_slice(&further.rules);
            merged.crawl_delay = further.crawl_delay.or(merged.crawl_delay);
            merged.request_rate = further.request_rate.or(merged.request_rate);
        }
        Some(group)
    }

    /// The groups that are for an agent.
    fn groups_for(&self, agent: &str) -> impl Iterator<Item = &RobotsGroup> {
        let (old, mut token) = (self.first_match, None);
        if !old {
            let whole = agent.to_lowercase();
            let name = whole.split('/').next().unwrap_or_default();
            let tokens =
                || self.groups.iter().flat_map(|group| &group.agents).map(|token| token.to_lowercase());
            token = tokens()
                .find(|token| *token == whole)
                .or_else(|| tokens().find(|token| token != "*" && name.contains(token.as_str())))
                .or_else(|| Some("*".to_owned()));
        }
        let only = || self.groups.iter().find(|group| group.is_for(agent)).or(self.default.as_ref());
        let has = move |group: &&RobotsGroup| {
            token
                .as_ref()
                .is_some_and(|token| group.agents.iter().any(|agent| agent.to_lowercase() == *token))
        };
        let several = if old { &[][..] } else { &self.groups[..] };
        if old { only() } else { None }.into_iter().chain(several.iter().filter(has))
    }

    /// Whether an agent may fetch a page, given by its URL or its path. A URL that is none may not be fetched.
    ///
    /// ```
    /// # use ferrosock_proto::http::Robots;
    /// assert!(Robots::default().allows("spider", "http://example.org/"));
    /// ```
    pub fn allows(&self, agent: &str, url: &str) -> bool {
        let dialect = RobotsDialect { first_match: self.first_match, ..RobotsDialect::default() };
        let Some(path) = robots_path(url.as_bytes(), dialect) else { return false };
        if !self.first_match && path == "/robots.txt" {
            return true; // or nobody could know
        }
        allowed(self.first_match, self.groups_for(agent).flat_map(|group| &group.rules), &path)
    }
}

/// What rules say of a path: the first of them, or the longest, and of two equal ones that which allows.
fn allowed<'r>(first_match: bool, rules: impl Iterator<Item = &'r RobotsRule>, path: &str) -> bool {
    let mut about = rules.filter_map(|rule| Some((rule.covers(path)?, rule.allow)));
    let counts = if first_match { about.next() } else { about.max() };
    counts.is_none_or(|(_, allow)| allow)
}

impl RobotsGroup {
    /// Whether the rules are for an agent: whether its name has that of one of theirs in it. In the old dialect `*` is for all.
    ///
    /// ```
    /// # use ferrosock_proto::http::Robots;
    /// assert!(Robots::parse("User-agent: b\nDisallow: /").groups[0].is_for("ABC"));
    /// ```
    pub fn is_for(&self, agent: &str) -> bool {
        let name = agent.split('/').next().unwrap_or_default().to_lowercase();
        let all = |known: &str| known == "*" && self.first_match;
        let named = |known: &str| (known != "*" || self.first_match) && name.contains(&known.to_lowercase());
        self.agents.iter().any(|known| all(known) || named(known))
    }

    /// Whether a path, percent-encoded, may be fetched.
    ///
    /// ```
    /// # use ferrosock_proto::http::Robots;
    /// let robots = Robots::parse("User-agent: b\nDisallow: /a");
    /// assert!(robots.groups[0].allows("/b") && !robots.groups[0].allows("/a%20b"));
    /// ```
    pub fn allows(&self, path: &str) -> bool {
        allowed(self.first_match, self.rules.iter(), path)
    }
}

/// How files and URLs are read, which differs between versions of Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RobotsDialect {
    /// As of [`SplitOptions`].
    pub letter_first: bool,
    /// As of [`url::unsplit`].
    pub slashes: Slashes,
    /// The rules that Python had before those of RFC 9309: in the group for an agent, which an empty line ends, the first rule
    /// counts that a path begins with; there are no wildcards.
    pub first_match: bool,
    /// Whether the `?` of an empty query, and the `#` of an empty fragment, belongs to a URL's path, without `first_match`.
    pub keep_empty: bool,
    /// Refuse what depends on more than is known here: text beyond ASCII, numbers beyond 64 bits, hosts in brackets, schemes
    /// other than those of HTTP.
    pub plain: bool,
}

impl Default for RobotsDialect {
    fn default() -> Self {
        Self {
            letter_first: true,
            slashes: Slashes::Kept,
            first_match: false,
            keep_empty: true,
            plain: false,
        }
    }
}

/// A line or a URL that a [`RobotsReader`] cannot say the meaning of.
///
/// ```
/// use ferrosock_proto::http::{RobotsDialect, RobotsReader};
///
/// let mut reader = RobotsReader::new(RobotsDialect::default());
/// reader.line(b"User-agent: a").unwrap();
/// assert!(reader.line(b"Disallow: /[").is_ok());
/// let old = RobotsDialect { first_match: true, ..RobotsDialect::default() };
/// let mut reader = RobotsReader::new(old);
/// reader.line(b"User-agent: a").unwrap();
/// assert!(reader.line(b"Disallow: //[").is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OddRobots;

impl std::fmt::Display for OddRobots {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a line of robots.txt or a URL with no plain meaning")
    }
}

impl std::error::Error for OddRobots {}

/// Reads `robots.txt` line by line.
///
/// ```
/// use ferrosock_proto::http::{RobotsDialect, RobotsReader};
///
/// let mut reader = RobotsReader::new(RobotsDialect::default());
/// for line in ["User-agent: a", "Disallow: /b"] {
///     reader.line(line.as_bytes())?;
/// }
/// assert_eq!(reader.finish().groups.len(), 1);
/// # Ok::<(), ferrosock_proto::http::OddRobots>(())
/// ```
#[derive(Debug)]
pub struct RobotsReader {
    dialect: RobotsDialect,
    robots: Robots,
    group: RobotsGroup,
    /// Whether the group has agents, and whether it has anything for them.
    named: bool,
    ruled: bool,
}

impl RobotsReader {
    /// A reader that has read nothing.
    ///
    /// ```
    /// # use ferrosock_proto::http::{Robots, RobotsDialect, RobotsReader};
    /// assert_eq!(RobotsReader::new(RobotsDialect::default()).finish(), Robots::default());
    /// ```
    pub fn new(dialect: RobotsDialect) -> Self {
        let first_match = dialect.first_match;
        let robots = Robots { first_match, ..Robots::default() };
        let group = RobotsGroup { first_match, ..RobotsGroup::default() };
        Self { dialect, robots, group, named: false, ruled: false }
    }

    /// Takes the next line, without its end. An empty one ends a group in the old dialect.
    ///
    /// # Errors
    /// Its meaning is not plain; it is passed over.
    ///
    /// ```
    /// # use ferrosock_proto::http::{RobotsDialect, RobotsReader};
    /// let mut reader = RobotsReader::new(RobotsDialect { plain: true, ..RobotsDialect::default() });
    /// assert!(reader.line("# é".as_bytes()).is_ok() && reader.line("é: é".as_bytes()).is_err());
    /// ```
    pub fn line(&mut self, line: &[u8]) -> Result<(), OddRobots> {
        if line.is_empty() {
            if self.named && self.dialect.first_match {
                self.end_group();
            }
            return Ok(());
        }
        let content = &line[..memchr::memchr(b'#', line).unwrap_or(line.len())];
        if self.dialect.plain && !content.is_ascii() {
            return Err(OddRobots);
        }
        let content = trim(content);
        let Some(colon) = memchr::memchr(b':', content) else { return Ok(()) };
        let (name, value) = (trim(&content[..colon]), trim(&content[colon + 1..]));
        let text = || match self.dialect.first_match {
            true => decoded(value),
            false => String::from_utf8_lossy(value).into_owned(),
        };
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("user-agent") {
            let agent = text();
            if self.ruled {
                self.end_group();
            }
            self.group.agents.push(agent);
            self.named = true;
        } else if is("sitemap") {
            let url = text();
            self.robots.sitemaps.push(url);
        } else if self.named {
            let text = text();
            self.rule(name, &text, value)?;
        }
        Ok(())
    }

    /// Takes a line that says something of the group. `raw` is the value as it stands there.
    fn rule(&mut self, name: &[u8], value: &str, raw: &[u8]) -> Result<(), OddRobots> {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("disallow") || is("allow") {
            let path = match self.dialect.first_match {
                true => Some((rule_path(value, self.dialect)?, false)),
                false => rule_pattern(raw),
            };
            // To disallow nothing is to allow all.
            let allow = is("allow") || value.is_empty();
            self.group.rules.extend(path.map(|(path, end)| RobotsRule { path, end, allow }));
        } else if is("crawl-delay") {
            self.group.crawl_delay = self.number(value)?.or(self.group.crawl_delay);
        } else if is("request-rate") {
            if let [requests, seconds] = value.split('/').collect::<Vec<_>>()[..] {
                // One after the other: the second may be odd, whatever the first is.
                if let (Some(requests), Some(seconds)) = (self.number(requests)?, self.number(seconds)?) {
                    self.group.request_rate = Some((requests, seconds));
                }
            }
        } else {
            return Ok(());
        }
        self.ruled = true;
        Ok(())
    }

    fn number(&self, text: &str) -> Result<Option<u64>, OddRobots> {
        if self.dialect.plain && !text.is_ascii() {
            return Err(OddRobots); // other scripts have digits, too
        }
        let digits = trim(text.as_bytes());
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Ok(None);
        }
        let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
        if number.is_none() && self.dialect.plain { Err(OddRobots) } else { Ok(number) }
    }

    /// Puts the group away, if it has anything in it, and begins the next.
    fn end_group(&mut self) {
        let first_match = self.dialect.first_match;
        let next = RobotsGroup { first_match, ..RobotsGroup::default() };
        let group = std::mem::replace(&mut self.group, next);
        if !first_match {
            if self.named {
                self.robots.groups.push(group);
            }
        } else if self.ruled {
            if !group.agents.iter().any(|agent| agent == "*") {
                self.robots.groups.push(group);
            } else if self.robots.default.is_none() {
                self.robots.default = Some(group);
            }
        }
        (self.named, self.ruled) = (false, false);
    }

    /// What was read.
    ///
    /// ```
    /// # use ferrosock_proto::http::{RobotsDialect, RobotsReader};
    /// let mut reader = RobotsReader::new(RobotsDialect::default());
    /// reader.line(b"User-agent: a without rules").unwrap();
    /// assert!(reader.finish().allows("a without rules", "/"));
    /// ```
    pub fn finish(mut self) -> Robots {
        self.end_group();
        self.robots
    }
}

/// The percent-encoded path of a URL, with what follows it, as rules are compared with it; `None` for a URL that is none, or
/// whose meaning is not plain to the dialect.
///
/// ```
/// use ferrosock_proto::http::{RobotsDialect, robots_path};
///
/// let path = |url: &str| robots_path(url.as_bytes(), RobotsDialect::default());
/// assert_eq!(path("http://example.org/a b%3F?c=%3D").as_deref(), Some("/a%20b%3F?c=%3D"));
/// assert_eq!(path("http://example.org").as_deref(), Some("/"));
/// ```
pub fn robots_path(url: &[u8], dialect: RobotsDialect) -> Option<String> {
    if dialect.plain && !url.is_ascii() {
        return None;
    }
    if !dialect.first_match {
        let path = uri_path(url, dialect)?;
        return Some(if path.is_empty() { "/".to_owned() } else { path });
    }
    let url = decoded(url);
    let parsed = parsed(&url, dialect).ok()?;
    let split = Split { scheme: b"".into(), authority: b"".into(), ..parsed.split };
    let path = encoded(&Parsed { split, params: parsed.params }, dialect);
    Some(if path.is_empty() { "/".to_owned() } else { path })
}

/// The path of a URL with its query and its fragment, in the form in which rules are compared with it.
fn uri_path(url: &[u8], dialect: RobotsDialect) -> Option<String> {
    let refuse = |_: &[u8]| Err(Error::Refused);
    let lenient = SplitOptions { letter_first: dialect.letter_first, ..SplitOptions::default() };
    let strict = SplitOptions { check_brackets: &refuse, check: &refuse, ..lenient };
    let split = url::split(url, if dialect.plain { &strict } else { &lenient }).ok()?;
    let mark = memchr::memchr(b'#', url);
    let question = memchr::memchr(b'?', &url[..mark.unwrap_or(url.len())]);
    let mut whole = Vec::with_capacity(url.len() + 2);
    if dialect.slashes != Slashes::Lost && split.path.starts_with(b"//") {
        whole.extend_from_slice(b"//");
    }
    whole.extend_from_slice(&split.path);
    for (mark, found, part) in [(b'?', question, &split.query), (b'#', mark, &split.fragment)] {
        if !part.is_empty() || (dialect.keep_empty && found.is_some()) {
            whole.push(mark);
            whole.extend_from_slice(part);
        }
    }
    Some(normalized(&whole, b"", b"=&"))
}

/// The path of a rule with wildcards, and whether it ends in `$`; `None` if that stands elsewhere.
fn rule_pattern(value: &[u8]) -> Option<(String, bool)> {
    // What stands for the same as one of them is one.
    let mut short = Vec::with_capacity(value.len());
    for &byte in value {
        let again = match short.last() {
            Some(b'*') => byte == b'*',
            Some(b'$') => matches!(byte, b'$' | b'*'),
            _ => false,
        };
        if !again {
            short.push(byte);
        }
    }
    let mut path = normalized(&short, b"*$", b"=&*$");
    let end = path.ends_with('$');
    path.truncate(path.trim_end_matches('$').len());
    (!path.contains('$')).then_some((path, end))
}

/// A path and a query with just those bytes percent-encoded that must be; what stands between the bytes that mean something is
/// looked at by itself.
fn normalized(text: &[u8], ends: &[u8], ends_of_query: &[u8]) -> String {
    let mut out = Vec::with_capacity(text.len() + 8);
    match memchr::memchr(b'?', text) {
        Some(question) => {
            normalize_into(&text[..question], ends, &mut out);
            out.push(b'?');
            normalize_into(&text[question + 1..], ends_of_query, &mut out);
        }
        None => normalize_into(text, ends, &mut out),
    }
    String::from_utf8(out).unwrap_or_default() // it is ASCII
}

fn normalize_into(text: &[u8], ends: &[u8], out: &mut Vec<u8>) {
    for piece in text.split_inclusive(|byte| ends.contains(byte)) {
        let (run, end) = match piece.split_last() {
            Some((last, run)) if ends.contains(last) => (run, Some(*last)),
            _ => (piece, None),
        };
        url::encode_into(&url::decode(run), &Encoding::PATH, out);
        out.extend(end);
    }
}

/// The path of a rule.
fn rule_path(value: &str, dialect: RobotsDialect) -> Result<String, OddRobots> {
    // Nearly all are paths and nothing else, which are neither taken apart nor put together.
    let plain = |byte: u8| byte > b' ' && byte < 127 && !matches!(byte, b';' | b'?' | b'#' | b':');
    if value.starts_with('/') && !value.starts_with("//") && value.bytes().all(plain) {
        return Ok(url::encode(value.as_bytes(), &Encoding::PATH).into_owned());
    }
    Ok(encoded(&parsed(value, dialect)?, dialect))
}

fn parsed(url: &str, dialect: RobotsDialect) -> Result<Parsed<'_>, OddRobots> {
    let refuse = |_: &[u8]| if dialect.plain { Err(Error::Refused) } else { Ok(()) };
    let lenient = SplitOptions { letter_first: dialect.letter_first, ..SplitOptions::default() };
    let strict = SplitOptions { check_brackets: &refuse, check: &refuse, ..lenient };
    // The parts borrow from the URL alone, but their type cannot say so.
    let options = if dialect.plain { &strict } else { &lenient };
    let parsed = match url::parse(url.as_bytes(), options, &StandardSchemes) {
        Ok(parsed) => own(parsed),
        Err(_) => return Err(OddRobots),
    };
    let known = matches!(&*parsed.split.scheme, b"" | b"http" | b"https");
    if dialect.plain && !known { Err(OddRobots) } else { Ok(parsed) }
}

fn own<'a>(parsed: Parsed<'_>) -> Parsed<'a> {
    let Parsed { split: Split { scheme, authority, path, query, fragment }, params } = parsed;
    let [scheme, authority, path, query, fragment, params] =
        [scheme, authority, path, query, fragment, params].map(|part| part.into_owned().into());
    Parsed { split: Split { scheme, authority, path, query, fragment }, params }
}

fn encoded(parsed: &Parsed<'_>, dialect: RobotsDialect) -> String {
    let url = url::unparse(parsed, &StandardSchemes, dialect.slashes);
    url::encode(&url, &Encoding::PATH).into_owned()
}

/// What a percent-encoded text stands for. What is not in UTF-8 becomes U+FFFD.
fn decoded(text: &[u8]) -> String {
    String::from_utf8_lossy(&url::decode(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: RobotsDialect = RobotsDialect {
        letter_first: true,
        slashes: Slashes::Kept,
        first_match: true,
        keep_empty: false,
        plain: false,
    };

    fn read(text: &str, dialect: RobotsDialect) -> Robots {
        let mut reader = RobotsReader::new(dialect);
        for line in text.lines() {
            reader.line(line.as_bytes()).unwrap();
        }
        reader.finish()
    }

    #[test]
    fn groups_begin_and_end() {
        let text = "Disallow: /nobody\n\nUser-agent: a\nUser-agent: b\nDisallow: /x\nuser-AGENT : c \n Allow:/y#z\n\n\
                    User-agent: d\n\nDisallow: /e\nUser-agent: *\nDisallow:\n\nUser-agent: *\nDisallow: /\n\
                    User-agent: f\nCrawl-delay: x\n";
        let robots = read(text, OLD);
        let shown: Vec<_> =
            robots.groups.iter().map(|group| (group.agents.join(" "), group.rules.len())).collect();
        assert_eq!(shown, [("a b".into(), 1), ("c".into(), 1), ("f".into(), 0)]);
        assert_eq!(robots.groups[1].rules[0], RobotsRule { path: "/y".into(), end: false, allow: true });
        let default = robots.default.as_ref().unwrap();
        assert_eq!(default.rules, [RobotsRule { path: String::new(), end: false, allow: true }]);
        assert!(robots.allows("nobody known", "/"));
    }

    #[test]
    fn numbers() {
        let delay = |value: &str| {
            let robots = read(&format!("User-agent: a\nCrawl-delay: {value}\nRequest-rate: {value}/ 7"), OLD);
            (robots.groups[0].crawl_delay, robots.groups[0].request_rate)
        };
        assert_eq!(delay("3"), (Some(3), Some((3, 7))));
        assert_eq!(delay("%203"), (Some(3), Some((3, 7))));
        for none in ["", "x", "-1", "1.5", "99999999999999999999"] {
            assert_eq!(delay(none), (None, None), "{none}");
        }
    }

    #[test]
    fn paths() {
        let dialect = OLD;
        for (value, expected) in [
            ("/a", "/a"),
            ("/a b?c#d", "/a%20b%3Fc%23d"),
            ("/%7ejoe/\u{e9}", "/%257ejoe/%C3%A9"),
            ("/*.gif$", "/%2A.gif%24"),
            ("http://example.org/a;b?", "http%3A//example.org/a%3Bb"),
            ("//host/a", "//host/a"),
            (" /a\n", "/a"),
        ] {
            assert_eq!(rule_path(value, dialect).unwrap(), expected, "{value}");
        }
        let plain = RobotsDialect { plain: true, ..dialect };
        for odd in ["ftp://a/", "//[::1]/", "//[", "//\u{e9}/"] {
            assert!(rule_path(odd, plain).is_err(), "{odd}");
        }
        assert_eq!(robots_path("/\u{e9}".as_bytes(), plain), None);
    }

    #[test]
    fn groups_of_rfc_9309() {
        let text = "Disallow: /nobody\nUser-agent: a\nUser-agent: b\n\nDisallow: /x\nuser-AGENT : C \n Allow:/y#z\nUser-agent: \
                    A\nDisallow: /\nCrawl-delay: 7\nUser-agent: *\nDisallow: /all\nUser-agent: last";
        let robots = Robots::parse(text);
        let agents: Vec<_> = robots.groups.iter().map(|group| group.agents.join(" ")).collect();
        assert_eq!(agents, ["a b", "C", "A", "*", "last"]);
        assert_eq!(robots.group("c/1").unwrap().rules[0].path, "/y");
        let group = robots.group("A").unwrap();
        assert_eq!((group.rules.len(), group.crawl_delay), (2, Some(7)));
        assert!(!robots.allows("a", "/z") && robots.allows("b", "/z") && !robots.allows("xbx", "/xyz"));
        assert!(robots.allows("last", "/all") && !robots.allows("xyz", "/all/1"));
        assert!(robots.allows("a", "http://example.org/robots.txt"));
        assert!(Robots::parse("").allows("a", "/"));
    }

    #[test]
    fn the_longest_rule_counts() {
        let allows =
            |rules: &str, path: &str| Robots::parse(&format!("User-agent: *\n{rules}")).allows("a", path);
        assert!(
            allows("Disallow: /a\nAllow: /a/b", "/a/b/c") && !allows("Disallow: /a/b\nAllow: /a", "/a/b/c")
        );
        assert!(allows("Disallow: /a\nAllow: /a", "/a") && allows("Allow: /a\nDisallow: /a", "/a"));
        assert!(allows("Disallow:", "/a") && allows("Disallow: /a$b", "/a$b"));
        assert!(!allows("Disallow: /*.gif$", "/x/y.gif") && allows("Disallow: /*.gif$", "/x/y.gif?"));
        assert!(!allows("Disallow: /%7Ejoe", "/~joe/") && !allows("Disallow: /~joe", "/%7ejoe/"));
        assert!(!allows("Disallow: /a?b=%26", "/a?b=%26&c") && allows("Disallow: /a?b=%26", "/a?b=&c"));
        assert!(!allows("Disallow: /a%2A", "/a*") && allows("Disallow: /a%2A", "/ab"));
    }

    #[test]
    fn patterns_and_paths() {
        for (value, path) in [
            ("/a**b", Some(("/a*b", false))),
            ("/a$$*$", Some(("/a", true))),
            ("/a$b", None),
            ("/a%24", Some(("/a%24", false))),
            ("/\u{e9}?\u{e9}=?*", Some(("/%C3%A9?%C3%A9=%3F*", false))),
            ("", Some(("", false))),
        ] {
            let found = rule_pattern(value.as_bytes());
            assert_eq!(found.as_ref().map(|(path, end)| (path.as_str(), *end)), path, "{value}");
        }
        assert_eq!(rule_pattern(b"/\xff").unwrap().0, "/%FF");
        let path = |url: &str, keep_empty| {
            robots_path(url.as_bytes(), RobotsDialect { keep_empty, ..RobotsDialect::default() }).unwrap()
        };
        for (url, kept, left) in [
            ("http://a/b?", "/b?", "/b"),
            ("http://a/b?#", "/b?%23", "/b"),
            ("/b#?", "/b%23?", "/b%23?"),
            ("//a//b", "////b", "////b"),
            ("?a=%41%3d", "?a=A%3D", "?a=A%3D"),
            ("", "/", "/"),
        ] {
            assert_eq!((path(url, true), path(url, false)), (kept.to_owned(), left.to_owned()), "{url}");
        }
    }

    #[test]
    fn wildcards() {
        for (rule, end, path, covered) in [
            ("/a*", false, "/abc", Some(4)),
            ("*", false, "", Some(0)),
            ("/*b*c", false, "/abcbcx", Some(6)),
            ("/*b*c", true, "/abcbcx", None),
            ("/*b*c", true, "/bxc", Some(4)),
            ("/*aa*a", true, "/aa", None),
            ("/**b", false, "/b", Some(2)),
            ("/a*b", false, "/b", None),
        ] {
            assert_eq!(robots_cover(rule.as_bytes(), end, path.as_bytes()), covered, "{rule} {path}");
        }
        let (rule, path) = ("*a".repeat(50_000), "a".repeat(1 << 20));
        assert_eq!(robots_cover(rule.as_bytes(), false, path.as_bytes()), Some(1 << 20));
        assert_eq!(robots_cover(format!("{rule}b").as_bytes(), false, path.as_bytes()), None);
    }
}
