//! `robots.txt`: which pages of a site a program may fetch.
//!
//! The rules are those of the first specification (<http://www.robotstxt.org/norobots-rfc.txt>) as Python's
//! `urllib.robotparser` has them: in the group for an agent the *first* rule counts that a path begins with, and there are no
//! wildcards; RFC 9309 takes the longest. `Crawl-delay`, `Request-rate` and `Sitemap` are what crawlers have added.

use ferrosock_codec::url::{self, Encoding, Error, Parsed, Split, SplitOptions, StandardSchemes};

use super::proxy::trim;

/// The rules of a site.
///
/// ```
/// use ferrosock_proto::http::Robots;
///
/// let robots = Robots::parse("User-agent: *\nAllow: /a/b\nDisallow: /a\nCrawl-delay: 5\n\nUser-agent: bad\nDisallow: /\n");
/// assert!(robots.allows("spider/1.0", "http://example.org/a/b") && !robots.allows("spider/1.0", "/a/c"));
/// assert!(!robots.allows("bad", "/"));
/// assert_eq!(robots.group("spider").unwrap().crawl_delay, Some(5));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Robots {
    /// The groups for named agents, in their order.
    pub groups: Vec<RobotsGroup>,
    /// The first group for all others.
    pub default: Option<RobotsGroup>,
    /// The URLs of sitemaps.
    pub sitemaps: Vec<String>,
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
}

/// Whether what begins with a path may be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsRule {
    /// The path, percent-encoded.
    pub path: String,
    /// Whether it may.
    pub allow: bool,
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

    /// The group that is for an agent; what follows a slash in its name does not count.
    ///
    /// ```
    /// # use ferrosock_proto::http::Robots;
    /// let robots = Robots::parse("User-agent: Bot\nDisallow: /a");
    /// assert!(robots.group("MyBot/2.0").is_some() && robots.group("other").is_none());
    /// ```
    pub fn group(&self, agent: &str) -> Option<&RobotsGroup> {
        self.groups.iter().find(|group| group.is_for(agent)).or(self.default.as_ref())
    }

    /// Whether an agent may fetch a page, given by its URL or its path. A URL that is none may not be fetched.
    ///
    /// ```
    /// # use ferrosock_proto::http::Robots;
    /// assert!(Robots::default().allows("spider", "http://example.org/"));
    /// ```
    pub fn allows(&self, agent: &str, url: &str) -> bool {
        let Some(path) = robots_path(url.as_bytes(), RobotsDialect::default()) else { return false };
        self.group(agent).is_none_or(|group| group.allows(&path))
    }
}

impl RobotsGroup {
    /// Whether the rules are for an agent: whether its name has that of one of theirs in it.
    ///
    /// ```
    /// # use ferrosock_proto::http::Robots;
    /// assert!(Robots::parse("User-agent: b\nDisallow: /").groups[0].is_for("ABC"));
    /// ```
    pub fn is_for(&self, agent: &str) -> bool {
        let name = agent.split('/').next().unwrap_or_default().to_lowercase();
        self.agents.iter().any(|known| known == "*" || name.contains(&known.to_lowercase()))
    }

    /// Whether a path, percent-encoded, may be fetched.
    ///
    /// ```
    /// # use ferrosock_proto::http::Robots;
    /// let robots = Robots::parse("User-agent: b\nDisallow: /a");
    /// assert!(robots.groups[0].allows("/b") && !robots.groups[0].allows("/a%20b"));
    /// ```
    pub fn allows(&self, path: &str) -> bool {
        let rule = self.rules.iter().find(|rule| rule.path == "*" || path.starts_with(&rule.path));
        rule.is_none_or(|rule| rule.allow)
    }
}

/// How URLs are read, which differs between versions of Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RobotsDialect {
    /// As of [`SplitOptions`].
    pub letter_first: bool,
    /// As of [`url::unsplit`].
    pub slashes: bool,
    /// Refuse what depends on more than is known here: text beyond ASCII, numbers beyond 64 bits, hosts in brackets, schemes
    /// other than those of HTTP.
    pub plain: bool,
}

impl Default for RobotsDialect {
    fn default() -> Self {
        Self { letter_first: true, slashes: true, plain: false }
    }
}

/// A line or a URL that a [`RobotsReader`] cannot say the meaning of.
///
/// ```
/// use ferrosock_proto::http::{RobotsDialect, RobotsReader};
///
/// let mut reader = RobotsReader::new(RobotsDialect::default());
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
        Self { dialect, robots: Robots::default(), group: RobotsGroup::default(), named: false, ruled: false }
    }

    /// Takes the next line, without its end. An empty one ends a group.
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
            if self.named {
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
        let value = || decoded(value);
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("user-agent") {
            if self.ruled {
                self.end_group();
            }
            self.group.agents.push(value());
            self.named = true;
        } else if is("sitemap") {
            self.robots.sitemaps.push(value());
        } else if self.named {
            self.rule(name, &value())?;
        }
        Ok(())
    }

    /// Takes a line that says something of the group.
    fn rule(&mut self, name: &[u8], value: &str) -> Result<(), OddRobots> {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("disallow") || is("allow") {
            let path = rule_path(value, self.dialect)?;
            // To disallow nothing is to allow all.
            self.group.rules.push(RobotsRule { path, allow: is("allow") || value.is_empty() });
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
        let group = std::mem::take(&mut self.group);
        if self.ruled {
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
    /// assert!(reader.finish().groups.is_empty());
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
/// assert_eq!(path("http://example.org/a b%2F?c").as_deref(), Some("/a%20b/%3Fc"));
/// assert_eq!(path("http://example.org").as_deref(), Some("/"));
/// ```
pub fn robots_path(url: &[u8], dialect: RobotsDialect) -> Option<String> {
    if dialect.plain && !url.is_ascii() {
        return None;
    }
    let url = decoded(url);
    let parsed = parsed(&url, dialect).ok()?;
    let split = Split { scheme: b"".into(), authority: b"".into(), ..parsed.split };
    let path = encoded(&Parsed { split, params: parsed.params }, dialect);
    Some(if path.is_empty() { "/".to_owned() } else { path })
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

    #[test]
    fn groups_begin_and_end() {
        let text = "Disallow: /nobody\n\nUser-agent: a\nUser-agent: b\nDisallow: /x\nuser-AGENT : c \n Allow:/y#z\n\n\
                    User-agent: d\n\nDisallow: /e\nUser-agent: *\nDisallow:\n\nUser-agent: *\nDisallow: /\n\
                    User-agent: f\nCrawl-delay: x\n";
        let robots = Robots::parse(text);
        let shown: Vec<_> =
            robots.groups.iter().map(|group| (group.agents.join(" "), group.rules.len())).collect();
        assert_eq!(shown, [("a b".into(), 1), ("c".into(), 1), ("f".into(), 0)]);
        assert_eq!(robots.groups[1].rules[0], RobotsRule { path: "/y".into(), allow: true });
        let default = robots.default.as_ref().unwrap();
        assert_eq!(default.rules, [RobotsRule { path: String::new(), allow: true }]);
        assert!(robots.allows("nobody known", "/"));
    }

    #[test]
    fn numbers() {
        let delay = |value: &str| {
            let robots =
                Robots::parse(&format!("User-agent: a\nCrawl-delay: {value}\nRequest-rate: {value}/ 7"));
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
        let dialect = RobotsDialect::default();
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
}
