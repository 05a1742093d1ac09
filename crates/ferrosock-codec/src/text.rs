//! Encoded bytes as text.

/// The ASCII that an encoder wrote, as a `String`. All encoders of text write ASCII alone.
pub(crate) fn ascii(bytes: Vec<u8>) -> String {
    debug_assert!(bytes.is_ascii());
    String::from_utf8(bytes).unwrap_or_default()
}
