//! Dates as HTTP writes them (RFC 9110 section 5.6.7). No clock is read: who needs one passes the time.

use std::fmt;

use crate::calendar::{DAY, MONTHS, Moment, WEEKDAYS, days, month_length};

/// Midnight of 1 January of the years 0 and 10000.
const FIRST: i64 = -62_167_219_200;
const BEYOND: i64 = 253_402_300_800;

/// Why a text is no date, or a time has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidDate {
    /// The text has none of the three forms.
    Form,
    /// The text has the form of a date, but there is no such day or time.
    NoSuchTime,
    /// The time is not in the years 0 to 9999.
    OutOfRange,
}

impl fmt::Display for InvalidDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Form => "not a date of HTTP",
            Self::NoSuchTime => "no such day or time",
            Self::OutOfRange => "time outside the years 0 to 9999",
        })
    }
}

impl std::error::Error for InvalidDate {}

/// The moment of a time that HTTP can write.
fn moment(seconds: i64) -> Result<Moment, InvalidDate> {
    if (FIRST..BEYOND).contains(&seconds) { Ok(Moment::of(seconds)) } else { Err(InvalidDate::OutOfRange) }
}

/// The time of a day and of seconds since its midnight.
fn timestamp(year: i64, month: u8, day: i64, second: i64) -> Result<i64, InvalidDate> {
    if day < 1 || day > month_length(year, month) {
        return Err(InvalidDate::NoSuchTime);
    }
    Ok(days(year, month, day) * DAY + second)
}

/// Writes a time, in seconds since 1970 in UTC, in the form that HTTP prefers ("IMF-fixdate").
///
/// # Errors
/// [`InvalidDate::OutOfRange`].
///
/// ```
/// use ferrosock_proto::http::format_date;
///
/// assert_eq!(format_date(784_111_777)?, "Sun, 06 Nov 1994 08:49:37 GMT");
/// # Ok::<(), ferrosock_proto::http::InvalidDate>(())
/// ```
pub fn format_date(seconds: i64) -> Result<String, InvalidDate> {
    let moment = moment(seconds)?;
    let Moment { year, day, hour, minute, second, .. } = moment;
    let (weekday, month) = (&moment.weekday_name()[..3], moment.month_name());
    Ok(format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT"))
}

/// Writes a time in the obsolete form of RFC 850, whose year has two digits. For tests and old peers: nothing new sends it.
///
/// # Errors
/// [`InvalidDate::OutOfRange`].
///
/// ```
/// use ferrosock_proto::http::format_rfc850_date;
///
/// assert_eq!(format_rfc850_date(784_111_777)?, "Sunday, 06-Nov-94 08:49:37 GMT");
/// # Ok::<(), ferrosock_proto::http::InvalidDate>(())
/// ```
pub fn format_rfc850_date(seconds: i64) -> Result<String, InvalidDate> {
    let moment = moment(seconds)?;
    let Moment { year, day, hour, minute, second, .. } = moment;
    let (weekday, month, year) = (moment.weekday_name(), moment.month_name(), year % 100);
    Ok(format!("{weekday}, {day:02}-{month}-{year:02} {hour:02}:{minute:02}:{second:02} GMT"))
}

/// Writes a time in the form of C's `asctime`, which is obsolete too.
///
/// # Errors
/// [`InvalidDate::OutOfRange`].
///
/// ```
/// use ferrosock_proto::http::format_asctime_date;
///
/// assert_eq!(format_asctime_date(784_111_777)?, "Sun Nov  6 08:49:37 1994");
/// # Ok::<(), ferrosock_proto::http::InvalidDate>(())
/// ```
pub fn format_asctime_date(seconds: i64) -> Result<String, InvalidDate> {
    let moment = moment(seconds)?;
    let Moment { year, day, hour, minute, second, .. } = moment;
    let (weekday, month) = (&moment.weekday_name()[..3], moment.month_name());
    Ok(format!("{weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year:04}"))
}

/// Reads a date in any of the three forms; gives seconds since 1970 in UTC.
///
/// `now`, in the same unit, is for the two digits of an RFC 850 year: the date is the latest that lies not more than 50
/// years ahead. The weekday must be one, but need not be the day's; a leap second counts as the one before it.
///
/// # Errors
/// [`InvalidDate::Form`] or [`InvalidDate::NoSuchTime`].
///
/// ```
/// use ferrosock_proto::http::parse_date;
///
/// let now = 1_700_000_000;
/// for date in [
///     "Sun, 06 Nov 1994 08:49:37 GMT",  // IMF-fixdate
///     "Sunday, 06-Nov-94 08:49:37 GMT", // RFC 850
///     "Sun Nov  6 08:49:37 1994",       // asctime
/// ] {
///     assert_eq!(parse_date(date.as_bytes(), now)?, 784_111_777);
/// }
/// # Ok::<(), ferrosock_proto::http::InvalidDate>(())
/// ```
pub fn parse_date(text: &[u8], now: i64) -> Result<i64, InvalidDate> {
    let text = super::grammar::trim(text);
    let comma = text.iter().position(|&byte| byte == b',');
    match comma {
        Some(3) => parse_fixdate(text),
        Some(comma) => parse_rfc850(&text[..comma], &text[comma + 1..], now),
        None => parse_asctime(text),
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn parse_fixdate(text: &[u8]) -> Result<i64, InvalidDate> {
    let text: &[u8; 29] = text.try_into().map_err(|_| InvalidDate::Form)?;
    let separators = [text[4], text[7], text[11], text[16]] == *b"    " && &text[25..] == b" GMT";
    check_weekday(&text[..3])?;
    if !separators {
        return Err(InvalidDate::Form);
    }
    let (month, second) = (month(&text[8..11])?, time(&text[17..25])?);
    timestamp(number(&text[12..16])?, month, number(&text[5..7])?, second)
}

/// `Sunday`, ` 06-Nov-94 08:49:37 GMT`
fn parse_rfc850(weekday: &[u8], text: &[u8], now: i64) -> Result<i64, InvalidDate> {
    if !WEEKDAYS.iter().any(|name| name.as_bytes() == weekday) {
        return Err(InvalidDate::Form);
    }
    let text: &[u8; 23] = text.try_into().map_err(|_| InvalidDate::Form)?;
    if [text[0], text[3], text[7], text[10]] != *b" -- " || &text[19..] != b" GMT" {
        return Err(InvalidDate::Form);
    }
    let (month, second) = (month(&text[4..7])?, time(&text[11..19])?);
    let today = Moment::of(now.clamp(FIRST, BEYOND - 1));
    let in_century = number(&text[8..10])?;
    // The year with these digits among the 100 that end 50 years from now.
    let latest = today.year + 50;
    let year = latest - (latest - in_century).rem_euclid(100);
    timestamp(year, month, number(&text[1..3])?, second)
}

/// `Sun Nov  6 08:49:37 1994`
fn parse_asctime(text: &[u8]) -> Result<i64, InvalidDate> {
    let text: &[u8; 24] = text.try_into().map_err(|_| InvalidDate::Form)?;
    check_weekday(&text[..3])?;
    if [text[3], text[7], text[10], text[19]] != *b"    " {
        return Err(InvalidDate::Form);
    }
    let day = if text[8] == b' ' { number(&text[9..10])? } else { number(&text[8..10])? };
    let (month, second) = (month(&text[4..7])?, time(&text[11..19])?);
    timestamp(number(&text[20..])?, month, day, second)
}

fn check_weekday(text: &[u8]) -> Result<(), InvalidDate> {
    let known = WEEKDAYS.iter().any(|name| &name.as_bytes()[..3] == text);
    if known { Ok(()) } else { Err(InvalidDate::Form) }
}

fn month(text: &[u8]) -> Result<u8, InvalidDate> {
    let place = MONTHS.iter().position(|month| month.as_bytes() == text).ok_or(InvalidDate::Form)?;
    Ok(place as u8 + 1)
}

fn number(digits: &[u8]) -> Result<i64, InvalidDate> {
    let add = |value: i64, byte: &u8| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0'));
    digits.iter().try_fold(0, add).ok_or(InvalidDate::Form)
}

/// `08:49:37`, as seconds since midnight.
fn time(text: &[u8]) -> Result<i64, InvalidDate> {
    if text[2] != b':' || text[5] != b':' {
        return Err(InvalidDate::Form);
    }
    let (hour, minute, second) = (number(&text[..2])?, number(&text[3..5])?, number(&text[6..])?);
    if hour > 23 || minute > 59 || second > 60 {
        return Err(InvalidDate::NoSuchTime);
    }
    Ok(hour * 3600 + minute * 60 + second.min(59))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_comes_back() {
        let mut seconds = FIRST;
        while seconds < BEYOND {
            for format in [format_date, format_asctime_date] {
                assert_eq!(parse_date(format(seconds).unwrap().as_bytes(), 0), Ok(seconds));
            }
            let short = format_rfc850_date(seconds).unwrap();
            for now in [seconds, seconds - 49 * 365 * DAY, seconds + 48 * 365 * DAY] {
                assert_eq!(parse_date(short.as_bytes(), now), Ok(seconds), "{short} {now}");
            }
            seconds += 97 * DAY + 12_345;
        }
        assert_eq!(format_date(FIRST - 1), Err(InvalidDate::OutOfRange));
        assert_eq!(format_date(BEYOND), Err(InvalidDate::OutOfRange));
        assert_eq!(format_date(BEYOND - 1).as_deref(), Ok("Fri, 31 Dec 9999 23:59:59 GMT"));
    }

    #[test]
    fn no_day_but_those_of_the_calendar() {
        for (date, result) in [
            ("Sun, 29 Feb 2000 00:00:00 GMT", Ok(951_782_400)),
            ("Sun, 28 Feb 1900 23:59:60 GMT", Ok(-2_203_891_201)),
            ("Sun, 29 Feb 1900 00:00:00 GMT", Err(InvalidDate::NoSuchTime)),
            ("Sun, 31 Apr 2000 00:00:00 GMT", Err(InvalidDate::NoSuchTime)),
            ("Sun, 00 Apr 2000 00:00:00 GMT", Err(InvalidDate::NoSuchTime)),
            ("Sun, 01 Apr 2000 24:00:00 GMT", Err(InvalidDate::NoSuchTime)),
            ("Sun, 01 Apr 2000 00:60:00 GMT", Err(InvalidDate::NoSuchTime)),
            ("Sun, 1 Apr 2000 00:00:00 GMT", Err(InvalidDate::Form)),
            ("Sun, 01 apr 2000 00:00:00 GMT", Err(InvalidDate::Form)),
            ("Sun, 01 Apr 2000 00:00:00 UTC", Err(InvalidDate::Form)),
            ("Sun, 01 Apr 2000 00:00:00 +000", Err(InvalidDate::Form)),
            ("Sun, +1 Apr 2000 00:00:00 GMT", Err(InvalidDate::Form)),
            ("Xyz, 01 Apr 2000 00:00:00 GMT", Err(InvalidDate::Form)),
            ("Sun, 01-Apr-00 00:00:00 GMT", Err(InvalidDate::Form)),
            ("Sun Apr 01 00:00:00 2000", Ok(954_547_200)),
            ("", Err(InvalidDate::Form)),
            (",", Err(InvalidDate::Form)),
        ] {
            assert_eq!(parse_date(date.as_bytes(), 0), result, "{date}");
        }
    }

    #[test]
    fn two_digits_of_a_year_mean_the_nearest_past_or_50_years_ahead() {
        let now = parse_date(b"Thu, 01 Jan 2026 00:00:00 GMT", 0).unwrap();
        for (digits, year) in [("26", 2026), ("76", 2076), ("77", 1977), ("00", 2000), ("99", 1999)] {
            let found = parse_date(format!("Monday, 01-Jan-{digits} 00:00:00 GMT").as_bytes(), now).unwrap();
            assert_eq!(Moment::of(found).year, year);
        }
    }
}
