//! `requests.txt`, read: what clients send, and what they must be told.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

pub(crate) struct Case {
    /// The section it belongs to, and its line in the file.
    pub(crate) section: &'static str,
    pub(crate) line: usize,
    /// The statuses of the answers, and the bodies of the requests that are served.
    pub(crate) statuses: Vec<u16>,
    pub(crate) bodies: Vec<Vec<u8>>,
    /// Whether the last answer ends the connection.
    pub(crate) ends: bool,
    /// Whether it takes a server with limits.
    pub(crate) limited: bool,
    pub(crate) message: Vec<u8>,
}

impl Case {
    /// Where it stands, for a test that fails.
    pub(crate) fn place(&self) -> String {
        let shown = &self.message[..self.message.len().min(200)];
        format!("requests.txt:{} ({}): {}", self.line, self.section, shown.escape_ascii())
    }
}

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    let (mut found, mut section) = (Vec::new(), "");
    for (index, line) in include_str!("requests.txt").lines().enumerate() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title;
        } else if !line.is_empty() && !line.starts_with('#') {
            found.push(case(section, index + 1, line));
        }
    }
    found
}

fn case(section: &'static str, line: usize, text: &str) -> Case {
    let mut columns = text.split('\t');
    let expected = columns.next().unwrap();
    let (limited, expected) = expected.strip_prefix("limit ").map_or((false, expected), |rest| (true, rest));
    let (chunked, expected) = match expected.strip_prefix("chunk") {
        Some("") => (true, "400"),
        Some(rest) => (true, rest.trim_start()),
        None => (false, expected),
    };
    let statuses: Vec<u16> =
        expected.split(' ').map(|word| word.trim_end_matches('!').parse().unwrap()).collect();
    let ends = expected.ends_with('!') || *statuses.last().unwrap() >= 400;
    let mut message = Vec::new();
    if chunked {
        message.extend_from_slice(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    }
    message.extend(unescape(columns.next().unwrap()));
    let served = statuses.iter().filter(|status| **status < 400).count();
    let mut bodies: Vec<_> = columns.next().unwrap_or_default().split('|').map(unescape).collect();
    bodies.resize(served, Vec::new());
    assert_eq!(columns.next(), None, "requests.txt:{line}");
    Case { section, line, statuses, bodies, ends, limited, message }
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let tail = &rest[at + 2..];
        let kind = rest.as_bytes()[at + 1];
        rest = tail;
        match kind {
            b'r' => out.push(b'\r'),
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'0' => out.push(0),
            b'\\' => out.push(b'\\'),
            b'x' => {
                out.push(u8::from_str_radix(&tail[..2], 16).unwrap());
                rest = &tail[2..];
            }
            b'{' => {
                let (inside, behind) = tail.split_once('}').unwrap();
                let (piece, count) = inside.rsplit_once('*').unwrap();
                out.extend(unescape(piece).repeat(count.parse().unwrap()));
                rest = behind;
            }
            other => panic!("\\{}", char::from(other)),
        }
    }
    out.extend_from_slice(rest.as_bytes());
    out
}
