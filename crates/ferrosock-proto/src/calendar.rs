//! Days and times of the proleptic Gregorian calendar in UTC, for the forms that protocols write them in. Without leap seconds,
//! as POSIX counts. No clock is read: who needs one passes the time.

/// Seconds of a day.
pub const DAY: i64 = 86_400;

/// The months' names in English, of which protocols write the first three letters.
pub const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The days' names in English, from Sunday on.
pub const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// From 1 March of the year 0, from which the arithmetic counts, to 1 January 1970: a leap day is then the last of its year.
const SHIFT: i64 = 719_468;
/// Days of 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

/// A day and a time of it.
///
/// ```
/// use ferrosock_proto::calendar::Moment;
///
/// let moment = Moment::of(784_111_777);
/// assert_eq!((moment.year, moment.month, moment.day), (1994, 11, 6));
/// assert_eq!((moment.hour, moment.minute, moment.second), (8, 49, 37));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Moment {
    /// The year; 0 is 1 BC.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// Days since Sunday.
    pub weekday: u8,
}

impl Moment {
    /// So many seconds after the beginning of 1970.
    #[must_use]
    pub fn of(seconds: i64) -> Self {
        let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let shifted = days + SHIFT;
        let (era, of_era) = (shifted.div_euclid(ERA), shifted.rem_euclid(ERA));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Self {
            year: year + era * 400 + i64::from(month <= 2),
            month: month as u8,
            day: (of_year - (153 * from_march + 2) / 5 + 1) as u8,
            hour: (second / 3600) as u8,
            minute: (second / 60 % 60) as u8,
            second: (second % 60) as u8,
            weekday: (days + 4).rem_euclid(7) as u8,
        }
    }

    /// The month's name, of three letters.
    #[must_use]
    pub fn month_name(&self) -> &'static str {
        MONTHS[usize::from(self.month.wrapping_sub(1)) % 12]
    }

    /// The day's name, whole.
    #[must_use]
    pub fn weekday_name(&self) -> &'static str {
        WEEKDAYS[usize::from(self.weekday) % 7]
    }
}

/// Days since 1 January 1970, of a day within some millions of years. A day that its month does not have is one of the months
/// before or behind.
///
/// ```
/// use ferrosock_proto::calendar::days;
///
/// assert_eq!(days(1970, 1, 1), 0);
/// assert_eq!(days(2000, 2, 30), days(2000, 3, 1));
/// ```
#[must_use]
pub fn days(year: i64, month: u8, day: i64) -> i64 {
    // The year begins in March here, so that the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((i64::from(month) + 9) % 12) + 2) / 5 + day - 1;
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    era * ERA + year * 365 + year / 4 - year / 100 + of_year - SHIFT
}

/// How many days a month has.
///
/// ```
/// use ferrosock_proto::calendar::month_length;
///
/// assert_eq!((month_length(1900, 2), month_length(2000, 2), month_length(2000, 4)), (28, 29, 30));
/// ```
#[must_use]
pub fn month_length(year: i64, month: u8) -> i64 {
    match month {
        2 => 28 + i64::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_twelve_hundred_years() {
        let mut number = days(1599, 12, 31);
        let mut weekday = Moment::of(number * DAY).weekday;
        for year in 1600..2800 {
            for month in 1..=12 {
                for day in 1..=month_length(year, month) {
                    number += 1;
                    weekday = (weekday + 1) % 7;
                    assert_eq!(days(year, month, day), number);
                    let found = Moment::of(number * DAY + DAY - 1);
                    assert_eq!((found.year, found.month, i64::from(found.day)), (year, month, day));
                    assert_eq!((found.hour, found.minute, found.second), (23, 59, 59));
                    assert_eq!(found.weekday, weekday);
                }
            }
        }
    }

    #[test]
    fn the_ends() {
        let first = Moment::of(-62_167_219_200);
        assert_eq!((first.year, first.month, first.day, first.weekday_name()), (0, 1, 1, "Saturday"));
        let last = Moment::of(253_402_300_799);
        assert_eq!(
            (last.year, last.month_name(), last.day, last.weekday_name()),
            (9999, "Dec", 31, "Friday")
        );
        for seconds in [i64::MIN, i64::MAX] {
            let Moment { year, month, day, hour, minute, second, .. } = Moment::of(seconds);
            let of_day = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
            assert_eq!(days(year, month, i64::from(day)), seconds.div_euclid(DAY));
            assert_eq!(of_day, seconds.rem_euclid(DAY));
        }
    }
}
