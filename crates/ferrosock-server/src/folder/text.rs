//! Text as HTML, URLs, JSON and people want it.

use std::fmt::Write;

use ferrosock_proto::calendar::Moment;
use ferrosock_proto::http::url;

/// Appends text that stands between tags, or in an attribute between quotation marks.
pub(super) fn html(text: &str, out: &mut String) {
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // What HTML cannot hold, and what would turn the direction of the text around it.
            '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => out.push('\u{fffd}'),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push('\u{fffd}'),
            _ => out.push(char),
        }
    }
}

/// Appends a name as one part of a URL's path (RFC 3986 section 3.3): all but unreserved characters in percent-encoding.
pub(super) fn url(name: &[u8], out: &mut String) {
    out.push_str(&url::encode(name, &url::Encoding::UNRESERVED));
}

/// Appends a string of JSON (RFC 8259 section 7).
pub(super) fn json(text: &str, out: &mut String) {
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\0'..='\u{1f}' | '\u{7f}' => {
                let _ = write!(out, "\\u{:04x}", char as u32);
            }
            _ => out.push(char),
        }
    }
    out.push('"');
}

/// A size as people read it: three digits at most before the unit.
pub(super) fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64;
    let mut unit = "";
    for next in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        value /= 1000.0;
        unit = next;
        // 999.95 would be written as 1000.
        if value < 999.5 {
            break;
        }
    }
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// A moment of a file's. What lies outside the years that it can have here is the nearest of them.
pub(super) fn moment(seconds: i64) -> Moment {
    Moment::of(seconds.clamp(-62_135_596_800, 253_402_300_799)) // years 1 to 9999
}

/// `2026-11-26 02:33`.
pub(super) fn short(moment: &Moment) -> String {
    let Moment { year, month, day, hour, minute, .. } = moment;
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
}

/// RFC 3339: `2026-11-26T02:33:00Z`.
pub(super) fn iso(moment: &Moment) -> String {
    let Moment { year, month, day, hour, minute, second, .. } = moment;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Decodes `%41` and `+` of a form's value (WHATWG URL section 5.1); what is no encoding stays.
pub(super) fn form_value(text: &[u8]) -> String {
    String::from_utf8_lossy(&url::decode_component(text)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_breaks_out() {
        let mut out = String::new();
        html("<a href='x' id=\"&\">\u{202e}\0\u{85}", &mut out);
        assert_eq!(out, "&lt;a href=&#39;x&#39; id=&quot;&amp;&quot;&gt;\u{fffd}\u{fffd}\u{fffd}");
        out.clear();
        url(b"a b/\"<\xff:%~", &mut out);
        assert_eq!(out, "a%20b%2F%22%3C%FF%3A%25~");
        out.clear();
        json("a\"\\\n\u{7f}\u{e9}", &mut out);
        assert_eq!(out, "\"a\\\"\\\\\\u000a\\u007f\u{e9}\"");
        for (text, value) in
            [("a+b%20c", "a b c"), ("%", "%"), ("%4", "%4"), ("%zz%41", "%zzA"), ("%ff", "\u{fffd}")]
        {
            assert_eq!(form_value(text.as_bytes()), value);
        }
    }

    #[test]
    fn sizes_and_moments() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_949, "9.9 kB"),
            (9_950, "10 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (1_500_000_000, "1.5 GB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (i64::MAX, "9999-12-31T23:59:59Z"),
            (i64::MIN, "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(iso(&moment(seconds)), text);
        }
        assert_eq!(short(&moment(0)), "1970-01-01 00:00");
    }
}
