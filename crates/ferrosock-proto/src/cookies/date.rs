//! Dates of cookies: what servers write, read leniently, and written.
//!
//! Times are seconds since 1970-01-01 00:00 UTC. There is no clock here: a year of two digits is understood by the current
//! year, which the caller gives.

use std::fmt;

use super::date_reader::Rest;
use super::text::{is_word, number, trim_start};
use crate::calendar::{DAY, MONTHS, Moment, WEEKDAYS, days};

const LAST_YEAR: i64 = 9999;

/// Why a text is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DateError {
    /// The text has none of the known forms.
    Format,
    /// The year lies behind 9999.
    Year,
    /// There is no such month.
    Month,
    /// The seconds have a fraction.
    Fraction,
    /// A day, hour, minute or second that does not exist, or a year before 1970.
    Range,
    /// The time zone is not known.
    Zone,
}

impl fmt::Display for DateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Format => "not the form of a date",
            Self::Year => "the year lies behind 9999",
            Self::Month => "no such month",
            Self::Fraction => "the seconds have a fraction",
            Self::Range => "a part of the date is out of range",
            Self::Zone => "unknown time zone",
        })
    }
}

impl std::error::Error for DateError {}

/// The parts of a date, as they stand in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateParts<'a> {
    /// The day of the month.
    pub day: &'a [u8],
    /// The month, by name or by number.
    pub month: &'a [u8],
    /// The year.
    pub year: &'a [u8],
    /// The hour and the minute, if the text has a time.
    pub clock: Option<(&'a [u8], &'a [u8])>,
    /// The seconds.
    pub second: Option<&'a [u8]>,
    /// The time zone.
    pub zone: Option<&'a [u8]>,
}

/// Reads the date of an HTTP field: `Expires` of RFC 6265, section 4.1.1, in whatever form servers write it.
///
/// Forms are `Wed, 09 Feb 1994 22:23:32 GMT`, with or without the weekday, with `-` or blanks between the parts, with a year of
/// two digits, without seconds or without a time, and with a time zone by number. Without a zone it is UTC. `this_year` tells
/// the century of a year below 1000: the nearest.
///
/// # Errors
/// [`DateError`] if it is no date, or none after 1970 and before 10000.
///
/// ```
/// use ferrosock_proto::cookies::http_date;
///
/// assert_eq!(http_date(b"Wed, 09 Feb 1994 22:23:32 GMT", 2026), Ok(760832612));
/// assert_eq!(http_date(b"09-Feb-94 22:23:32 GMT", 2026), Ok(760832612));
/// assert!(http_date(b"yesterday", 2026).is_err());
/// ```
pub fn http_date(text: &[u8], this_year: i64) -> Result<i64, DateError> {
    match strict_http_date(text) {
        Some(parts) => parts.timestamp(|| 0),
        None => DateParts::http(text).ok_or(DateError::Format)?.timestamp(|| this_year),
    }
}

/// Reads a date as ISO 8601 writes it: `1994-02-03 14:15:29 -0100`, `19940203T141529Z`. A fraction of a second is dropped.
///
/// # Errors
/// [`DateError`] if it is no date, or none after 1970 and before 10000.
///
/// ```
/// use ferrosock_proto::cookies::iso_date;
///
/// assert_eq!(iso_date(b"1994-02-03T14:15:29Z"), Ok(760284929));
/// assert_eq!(iso_date(b"1994-02-03"), Ok(760233600));
/// ```
pub fn iso_date(text: &[u8]) -> Result<i64, DateError> {
    let mut parts = DateParts::iso(text).ok_or(DateError::Format)?;
    parts.second = parts.second.map(|second| second.split(|byte| *byte == b'.').next().unwrap_or_default());
    parts.timestamp(|| 0)
}

/// Writes a time in the form of Netscape's cookies, `Wed, 09-Feb-1994 22:23:32 GMT`. None outside of the years 1 to 9999.
///
/// ```
/// assert_eq!(ferrosock_proto::cookies::netscape_date(760832612).unwrap(), "Wed, 09-Feb-1994 22:23:32 GMT");
/// ```
#[must_use]
pub fn netscape_date(time: i64) -> Option<String> {
    let moment = moment(time)?;
    let Moment { year, day, hour, minute, second, .. } = moment;
    let (weekday, month) = (&moment.weekday_name()[..3], moment.month_name());
    Some(format!("{weekday}, {day:02}-{month}-{year:04} {hour:02}:{minute:02}:{second:02} GMT"))
}

/// Writes a time as RFC 6265, section 4.1.1, wants it: `Wed, 09 Feb 1994 22:23:32 GMT`. None outside of the years 1 to 9999.
///
/// ```
/// assert_eq!(ferrosock_proto::cookies::cookie_date(760832612).unwrap(), "Wed, 09 Feb 1994 22:23:32 GMT");
/// ```
#[must_use]
pub fn cookie_date(time: i64) -> Option<String> {
    let moment = moment(time)?;
    let Moment { year, day, hour, minute, second, .. } = moment;
    let (weekday, month) = (&moment.weekday_name()[..3], moment.month_name());
    Some(format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT"))
}

/// Writes a time as files of cookies have it, `1994-02-09 22:23:32Z`. None outside of the years 1 to 9999.
///
/// ```
/// assert_eq!(ferrosock_proto::cookies::iso_z_date(760832612).unwrap(), "1994-02-09 22:23:32Z");
/// ```
#[must_use]
pub fn iso_z_date(time: i64) -> Option<String> {
    let Moment { year, month, day, hour, minute, second, .. } = moment(time)?;
    Some(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}Z"))
}

/// The offset of a time zone from UTC in seconds: `GMT`, `UTC`, `UT`, `Z`, or a number such as `-0800`, `+1:30`.
///
/// None for others: names of zones are ambiguous.
///
/// ```
/// assert_eq!(ferrosock_proto::cookies::zone_offset(b"-0800"), Some(-8 * 3600));
/// assert_eq!(ferrosock_proto::cookies::zone_offset(b"PST"), None);
/// ```
#[must_use]
pub fn zone_offset(zone: &[u8]) -> Option<i64> {
    if matches!(zone, b"GMT" | b"UTC" | b"UT" | b"Z") {
        return Some(0);
    }
    let zone = zone.strip_suffix(b"\n").unwrap_or(zone);
    let (sign, digits) = match zone {
        [b'-', rest @ ..] => (-1, rest),
        [b'+', rest @ ..] => (1, rest),
        _ => (1, zone),
    };
    // The hour has two digits if that leaves two or none for the minute.
    [2, 1].into_iter().find_map(|size| {
        let (hour, minute) = digits.split_at_checked(size)?;
        let minute = minute.strip_prefix(b":").unwrap_or(minute);
        let minute = match minute.len() {
            0 => 0,
            2 => number(minute)?,
            _ => return None,
        };
        Some(sign * (3600 * number(hour)? + 60 * minute))
    })
}

impl<'a> DateParts<'a> {
    /// Cuts up a date of an HTTP field; None if it has not the form of one. See [`http_date`].
    #[must_use]
    pub fn http(text: &'a [u8]) -> Option<Self> {
        let mut rest = Rest(without_weekday(trim_start(text)));
        let day = rest.digits(1, 2)?;
        rest.separator()?;
        let month = rest.take_while(is_word);
        if month.is_empty() {
            return None;
        }
        rest.separator()?;
        let year = rest.take_while(|byte| byte.is_ascii_digit());
        if year.is_empty() {
            return None;
        }
        let (clock, second) = match rest.http_clock() {
            Some((clock, second, behind)) => {
                rest = behind;
                (Some(clock), second)
            }
            None => (None, None),
        };
        rest.blanks();
        let zone = rest.http_zone()?;
        rest.blanks();
        rest.comment();
        rest.0.is_empty().then_some(Self { day, month, year, clock, second, zone })
    }

    /// Cuts up a date of ISO 8601; None if it has not the form of one. See [`iso_date`].
    #[must_use]
    pub fn iso(text: &'a [u8]) -> Option<Self> {
        let mut rest = Rest(trim_start(text));
        // A year is four digits, whatever follows.
        let year = rest.exactly(4)?;
        rest.one_of(b"-/");
        // Parts without anything between them may be cut in several ways; the first one that fits the whole is taken.
        for month_size in [2, 1] {
            let mut rest = rest;
            let Some(month) = rest.exactly(month_size) else { continue };
            rest.one_of(b"-/");
            for day_size in [2, 1] {
                let mut rest = rest;
                let Some(day) = rest.exactly(day_size) else { continue };
                if let Some((clock, second, zone)) = rest.iso_end() {
                    return Some(Self { day, month, year, clock, second, zone });
                }
            }
        }
        None
    }

    /// The time that the parts stand for. `this_year` is asked if the year is below 1000.
    ///
    /// # Errors
    /// [`DateError`]; of several wrong parts, the year comes first, then the month.
    pub fn timestamp(&self, this_year: impl FnOnce() -> i64) -> Result<i64, DateError> {
        let mut year = number(self.year).filter(|year| *year <= LAST_YEAR).ok_or(DateError::Year)?;
        let month = month_number(self.month).ok_or(DateError::Month)?;
        let field = |part: Option<&[u8]>| part.map_or(Some(0), number).ok_or(DateError::Range);
        if self.second.is_some_and(|second| second.contains(&b'.')) {
            return Err(DateError::Fraction);
        }
        let day = field(Some(self.day))?;
        let (hour, minute) =
            (field(self.clock.map(|clock| clock.0))?, field(self.clock.map(|clock| clock.1))?);
        let second = field(self.second)?;
        if year < 1000 {
            year = nearest(year, this_year());
        }
        if year > LAST_YEAR {
            return Err(DateError::Year);
        }
        let possible = year >= 1970
            && (1..=31).contains(&day)
            && (0..=24).contains(&hour)
            && (0..=59).contains(&minute)
            && (0..=61).contains(&second);
        if !possible {
            return Err(DateError::Range);
        }
        let time = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
        let offset = match self.zone {
            None => 0,
            Some(zone) => zone_offset(&zone.to_ascii_uppercase()).ok_or(DateError::Zone)?,
        };
        Ok(time - offset)
    }
}

/// The parts of a date in the one form that RFC 9110, section 5.6.7, prefers: `Wed, 09 Feb 1994 22:23:32 GMT`, to the letter.
///
/// The name of the month has the right letters' cases, but need not be one. A year below 1000 is meant as it stands: give
/// [`DateParts::timestamp`] the year 0.
#[must_use]
pub fn strict_http_date(text: &[u8]) -> Option<DateParts<'_>> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    if text.len() != 29 {
        return None;
    }
    let name = |at: usize, first: &[u8]| {
        first.contains(&text[at]) && text[at + 1].is_ascii_lowercase() && text[at + 2].is_ascii_lowercase()
    };
    let digits = |at: usize, count: usize| text[at..at + count].iter().all(u8::is_ascii_digit);
    let fits = name(0, b"SMTWF")
        && &text[3..5] == b", "
        && digits(5, 2)
        && text[7] == b' '
        && name(8, b"JFMASOND")
        && text[11] == b' '
        && digits(12, 4)
        && text[16] == b' '
        && digits(17, 2)
        && text[19] == b':'
        && digits(20, 2)
        && text[22] == b':'
        && digits(23, 2)
        && &text[25..] == b" GMT";
    fits.then(|| DateParts {
        day: &text[5..7],
        month: &text[8..11],
        year: &text[12..16],
        clock: Some((&text[17..19], &text[20..22])),
        second: Some(&text[23..25]),
        zone: None,
    })
}

/// The year that `year`, with its century left out, is nearest to.
fn nearest(year: i64, this_year: i64) -> i64 {
    let short = this_year.rem_euclid(100);
    let full = year + this_year - short;
    match short - year {
        distance if distance > 50 => full + 100,
        distance if distance < -50 => full - 100,
        _ => full,
    }
}

/// A month by its English name of three letters, or by its number (in which single `_` may stand between digits).
fn month_number(text: &[u8]) -> Option<u8> {
    let named = if text.len() == 3 { month_named(text) } else { None };
    if named.is_some() {
        return named;
    }
    let mut value = 0_u8;
    let mut after_digit = false;
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                value = value.saturating_mul(10).saturating_add(byte - b'0');
                after_digit = true;
            }
            b'_' if after_digit => after_digit = false,
            _ => return None,
        }
    }
    (after_digit && (1..=12).contains(&value)).then_some(value)
}

/// The month whose name's three letters a text begins with.
pub(super) fn month_named(text: &[u8]) -> Option<u8> {
    let name = text.get(..3)?;
    let place = MONTHS.iter().position(|month| name.eq_ignore_ascii_case(month.as_bytes()))?;
    Some(place as u8 + 1)
}

fn without_weekday(text: &[u8]) -> &[u8] {
    let known =
        text.len() >= 3 && WEEKDAYS.iter().any(|name| text[..3].eq_ignore_ascii_case(&name.as_bytes()[..3]));
    if !known {
        return text;
    }
    let mut rest = Rest(&text[3..]);
    rest.take_while(|byte| byte.is_ascii_alphabetic());
    rest.one_of(b",");
    rest.blanks();
    rest.0
}

/// The moment of a time that cookies can have.
fn moment(time: i64) -> Option<Moment> {
    // The years 1 to 9999.
    (-719_162..=2_932_896).contains(&time.div_euclid(DAY)).then(|| Moment::of(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_was_written() {
        let mut random = 88_172_645_463_325_252_u64;
        for _ in 0..5000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let time = (random % 253_402_300_800) as i64;
            assert_eq!(http_date(cookie_date(time).unwrap().as_bytes(), 2026), Ok(time));
            assert_eq!(http_date(netscape_date(time).unwrap().as_bytes(), 2026), Ok(time));
            assert_eq!(iso_date(iso_z_date(time).unwrap().as_bytes()), Ok(time));
        }
    }

    #[test]
    fn the_edges_of_the_calendar() {
        assert_eq!(iso_z_date(0).unwrap(), "1970-01-01 00:00:00Z");
        assert_eq!(iso_z_date(-62_135_596_800).unwrap(), "0001-01-01 00:00:00Z");
        assert_eq!(iso_z_date(-62_135_596_801), None);
        assert_eq!(iso_z_date(253_402_300_799).unwrap(), "9999-12-31 23:59:59Z");
        assert_eq!(iso_z_date(253_402_300_800), None);
        assert_eq!(iso_z_date(951_782_400).unwrap(), "2000-02-29 00:00:00Z");
    }

    #[test]
    fn many_forms_of_one_date() {
        for text in [
            "03 Feb 1994 00:00:00 GMT",
            "Thu, 03 Feb 1994 00:00:00 GMT",
            "03-Feb-94 00:00 GMT",
            "03-Feb-1994",
            "3/feb/1994:00:00",
            "03 2 1994 01:00:00 +0100 (CET)",
            "  03   feb   1994  0:00  ",
            "3 0_2 1994",
        ] {
            assert_eq!(http_date(text.as_bytes(), 2026), Ok(760_233_600), "{text}");
        }
        for text in
            ["1994-02-03", "19940203", "1994-2-3 00:00", "1994/02/03T000000Z", "1994-02-03 01:00:00 +01:00"]
        {
            assert_eq!(iso_date(text.as_bytes()), Ok(760_233_600), "{text}");
        }
    }

    #[test]
    fn what_is_no_date() {
        let error = |text: &str| http_date(text.as_bytes(), 2026).unwrap_err();
        assert_eq!(error(""), DateError::Format);
        assert_eq!(error("03 Feb 1994 10:00 AM"), DateError::Format);
        assert_eq!(error("03 Feb 1994 10:00 BST"), DateError::Zone);
        assert_eq!(error("03 Feb 10000"), DateError::Year);
        assert_eq!(error("03 Feb 99999999999999999999999"), DateError::Year);
        assert_eq!(error("03 Fob 1994"), DateError::Month);
        assert_eq!(error("32 Feb 1994"), DateError::Range);
        assert_eq!(error("03 Feb 1969"), DateError::Range);
    }

    #[test]
    fn a_short_year_is_the_nearest() {
        for (text, year) in [("70", 2070), ("76", 2076), ("77", 1977), ("26", 2026), ("94", 1994)] {
            let text = format!("01 Jan {text}");
            assert_eq!(http_date(text.as_bytes(), 2026), Ok(days(year, 1, 1) * DAY), "{text}");
        }
    }
}
