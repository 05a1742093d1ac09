//! Close frames (RFC 6455 sections 5.5.1 and 7.4).

use super::error::Error;

/// What a close frame says.
///
/// ```
/// use ferrosock_proto::websocket::CloseFrame;
///
/// let frame = CloseFrame { code: 1001, reason: "going away".to_owned() };
/// assert_eq!(frame.to_string(), "1001 (going away)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseFrame {
    /// Why: 1000 is the normal end (RFC 6455 section 7.4.1).
    pub code: u16,
    /// The same in words, for the log: at most 123 bytes.
    pub reason: String,
}

impl std::fmt::Display for CloseFrame {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.code)?;
        if self.reason.is_empty() { Ok(()) } else { write!(formatter, " ({})", self.reason) }
    }
}

/// Whether a close frame may carry this code: 1000 to 1014 but those that only stand for something (1004, 1005, 1006), or 3000 to
/// 4999 (RFC 6455 section 7.4.2 and IANA's registry).
///
/// ```
/// use ferrosock_proto::websocket::may_send_code;
///
/// assert!(may_send_code(1000) && may_send_code(4999) && !may_send_code(1005) && !may_send_code(2000));
/// ```
pub fn may_send_code(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

impl CloseFrame {
    /// Reads the payload of a close frame; there may be none.
    pub(super) fn read(payload: &[u8]) -> Result<Option<Self>, Error> {
        match payload {
            [] => Ok(None),
            [_] => Err(Error::BadClose),
            [high, low, reason @ ..] => {
                let code = u16::from_be_bytes([*high, *low]);
                if !may_send_code(code) {
                    return Err(Error::BadCloseCode(code));
                }
                let reason = std::str::from_utf8(reason).map_err(|_| Error::BadText)?;
                Ok(Some(Self { code, reason: reason.to_owned() }))
            }
        }
    }
}
