//! Reading the parts of a date from left to right.

use super::text::{is_blank, is_word};

/// What is left to read.
#[derive(Clone, Copy)]
pub(super) struct Rest<'a>(pub(super) &'a [u8]);

pub(super) type Clock<'a> = (&'a [u8], &'a [u8]);
pub(super) type End<'a> = (Option<Clock<'a>>, Option<&'a [u8]>, Option<&'a [u8]>);

impl<'a> Rest<'a> {
    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self.0.iter().position(|byte| !wanted(*byte)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    /// All of the next digits, if they are so many.
    pub(super) fn digits(&mut self, least: usize, most: usize) -> Option<&'a [u8]> {
        let mut rest = *self;
        let digits = rest.take_while(|byte| byte.is_ascii_digit());
        (least..=most).contains(&digits.len()).then(|| {
            *self = rest;
            digits
        })
    }

    /// The next so many bytes, if they are digits.
    pub(super) fn exactly(&mut self, count: usize) -> Option<&'a [u8]> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        digits.iter().all(u8::is_ascii_digit).then(|| {
            self.0 = rest;
            digits
        })
    }

    pub(super) fn one_of(&mut self, wanted: &[u8]) -> bool {
        match self.0 {
            [first, rest @ ..] if wanted.contains(first) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    pub(super) fn blanks(&mut self) -> bool {
        !self.take_while(is_blank).is_empty()
    }

    /// Blanks, or one `-` or `/`.
    pub(super) fn separator(&mut self) -> Option<()> {
        (self.blanks() || self.one_of(b"-/")).then_some(())
    }

    /// A time behind blanks or a colon, and what follows it.
    pub(super) fn http_clock(mut self) -> Option<(Clock<'a>, Option<&'a [u8]>, Self)> {
        if !self.blanks() && !self.one_of(b":") {
            return None;
        }
        let hour = self.digits(1, 2)?;
        if !self.one_of(b":") {
            return None;
        }
        let minute = self.exactly(2)?;
        let mut behind = self;
        let second = if behind.one_of(b":") { behind.exactly(2) } else { None };
        Some(((hour, minute), second, if second.is_some() { behind } else { self }))
    }

    /// A time zone, if one follows; the outer None if what follows can't be one.
    pub(super) fn http_zone(&mut self) -> Option<Option<&'a [u8]>> {
        let start = self.0;
        let morning = matches!(start, [b'A' | b'P' | b'a' | b'p', b'M' | b'm', ..])
            && !start.get(2).is_some_and(|byte| is_word(*byte));
        match start {
            [byte, ..] if byte.is_ascii_alphabetic() && !morning => {
                Some(Some(self.take_while(|byte| byte.is_ascii_alphabetic())))
            }
            [byte, ..] if byte.is_ascii_digit() || matches!(byte, b'-' | b'+') => {
                self.one_of(b"-+");
                let digits = self.digits(2, 4)?.len();
                let sign = start.len() - self.0.len() - digits;
                Some(Some(&start[..sign + digits]))
            }
            _ => Some(None),
        }
    }

    /// A word in parentheses.
    pub(super) fn comment(&mut self) {
        let mut rest = *self;
        if rest.one_of(b"(") && !rest.take_while(is_word).is_empty() && rest.one_of(b")") {
            rest.blanks();
            *self = rest;
        }
    }

    /// An optional time and an optional zone, which reach to the end.
    pub(super) fn iso_end(self) -> Option<End<'a>> {
        let mut rest = self;
        if rest.blanks() || rest.one_of(b"-:Tt") {
            for hour_size in [2, 1] {
                let mut rest = rest;
                let Some(hour) = rest.exactly(hour_size) else { continue };
                rest.one_of(b":");
                let Some(minute) = rest.exactly(2) else { continue };
                let mut behind = rest;
                behind.one_of(b":");
                let seconds = behind.seconds().and_then(|second| Some((second, behind.iso_zone()?)));
                if let Some((second, zone)) = seconds {
                    return Some((Some((hour, minute)), Some(second), zone));
                }
                if let Some(zone) = rest.iso_zone() {
                    return Some((Some((hour, minute)), None, zone));
                }
            }
        }
        self.iso_zone().map(|zone| (None, None, zone))
    }

    /// Two digits, and a fraction.
    fn seconds(&mut self) -> Option<&'a [u8]> {
        let start = self.0;
        self.exactly(2)?;
        if self.one_of(b".") {
            self.take_while(|byte| byte.is_ascii_digit());
        }
        Some(&start[..start.len() - self.0.len()])
    }

    /// An optional zone up to the end; the outer None if something else is there.
    fn iso_zone(mut self) -> Option<Option<&'a [u8]>> {
        self.blanks();
        let start = self.0;
        if start.is_empty() {
            return Some(None);
        }
        let mut rest = self;
        if rest.one_of(b"Zz") {
            rest.blanks();
            return rest.0.is_empty().then_some(Some(&start[..1]));
        }
        rest.one_of(b"-+");
        let zone = |rest: Rest<'a>| {
            let length = start.len() - rest.0.len();
            let mut behind = rest;
            behind.blanks();
            behind.0.is_empty().then_some(Some(&start[..length]))
        };
        for hour_size in [2, 1] {
            let mut rest = rest;
            if rest.exactly(hour_size).is_none() {
                continue;
            }
            // One colon or two, or none, and two digits; or one colon without any.
            let mut behind = rest;
            behind.one_of(b":");
            let bare = behind;
            behind.one_of(b":");
            let full = behind.exactly(2).and_then(|_| zone(behind));
            if let Some(found) = full.or_else(|| zone(bare)).or_else(|| zone(rest)) {
                return Some(found);
            }
        }
        None
    }
}
