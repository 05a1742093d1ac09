//! The Python that this build is for. A wheel serves one version, so what differs between them is settled by the compiler.

/// The running Python is 3.`MINOR`.
pub(crate) const MINOR: u8 = number(env!("PYTHON_MINOR"));

/// Whether the running Python is 3.`minor` or newer.
pub(crate) const fn since(minor: u8) -> bool {
    MINOR >= minor
}

/// A decimal number of the build script's.
const fn number(text: &str) -> u8 {
    let digits = text.as_bytes();
    let mut value = 0;
    let mut at = 0;
    while at < digits.len() {
        value = value * 10 + (digits[at] - b'0');
        at += 1;
    }
    value
}
