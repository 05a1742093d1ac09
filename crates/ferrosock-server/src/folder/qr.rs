//! QR codes for terminals.

use qrcode::{Color, EcLevel, QrCode};

/// A text as a QR code (ISO/IEC 18004) of block characters, two modules a character, with the quiet zone around it. Light modules
/// are drawn and dark ones are not, as fits a terminal with a dark background; with `colours` the two are black and white whatever
/// the background is (ECMA-48's SGR). `None` for a text that is too long.
///
/// ```
/// let code = ferrosock_server::qr_code("http://192.0.2.1:8000/", false).unwrap();
/// assert!(code.lines().count() > 10 && code.lines().all(|line| line.chars().count() == code.lines().count() * 2 - 1));
/// ```
pub fn qr_code(text: &str, colours: bool) -> Option<String> {
    const QUIET: usize = 4;
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width();
    let modules = code.to_colors();
    let size = width + 2 * QUIET;
    let light = |row: usize, column: usize| {
        let inside = |at: usize| at.checked_sub(QUIET).filter(|at| *at < width);
        match (inside(row), inside(column)) {
            (Some(row), Some(column)) => modules[row * width + column] == Color::Light,
            _ => row < size, // and nothing below the last row
        }
    };
    let mut out = String::new();
    for row in (0..size).step_by(2) {
        if colours {
            out.push_str("\x1b[97;40m");
        }
        for column in 0..size {
            out.push(match (light(row, column), light(row + 1, column)) {
                (true, true) => '\u{2588}',
                (true, false) => '\u{2580}',
                (false, true) => '\u{2584}',
                (false, false) => ' ',
            });
        }
        out.push_str(if colours { "\x1b[0m\n" } else { "\n" });
    }
    Some(out)
}
