//! UTF-8 that comes in pieces (RFC 6455 section 8.1).

use super::error::Error;

/// Looks at what of `bytes` is behind `checked`; gives how far it is now known to be UTF-8. The rest, three bytes at most, is the
/// beginning of a character.
pub(super) fn check(bytes: &[u8], checked: usize) -> Result<usize, Error> {
    match std::str::from_utf8(&bytes[checked..]) {
        Ok(_) => Ok(bytes.len()),
        Err(error) if error.error_len().is_some() => Err(Error::BadText),
        Err(error) => Ok(checked + error.valid_up_to()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_fails_at_its_first_wrong_byte_and_not_before() {
        let good = "κόσμε€😀".as_bytes();
        let mut checked = 0;
        for end in 0..=good.len() {
            checked = check(&good[..end], checked).unwrap();
            assert!(end - checked < 4);
        }
        assert_eq!(checked, good.len());
        // A surrogate and a code point beyond the last are wrong in their second byte.
        for bad in [&b"\xed\xa0"[..], b"\xf4\x90", b"\xc0", b"\xff", b"a\x80"] {
            assert_eq!(check(bad, 0), Err(Error::BadText));
            assert!(check(&bad[..bad.len() - 1], 0).is_ok());
        }
    }
}
