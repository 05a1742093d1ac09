//! Text in HTML: special characters escaped, and character references read.
//!
//! The rules are those of the HTML Standard (sections 13.2.5.72 to 13.2.5.80, and 13.5 for the names) as Python's `html`
//! module applies them to text outside of a document.
//!
//! ```
//! use ferrosock_codec::html;
//!
//! assert_eq!(html::escape("<a href='?x&y'>", true), "&lt;a href=&#x27;?x&amp;y&#x27;&gt;");
//! assert_eq!(html::unescape("caf&eacute; &#8211; &lt;b&gt"), "café – <b>");
//! ```

mod escape;
mod names;
mod names_table;
mod stream;
#[cfg(test)]
mod tests;
mod unescape;

pub use escape::{Unit, escape, escape_into, escape_to_slice, escaped_len};
pub use names::{named_reference, named_references};
pub use stream::{Escaper, Unescaper};
pub use unescape::{Reference, numeric_reference, reference, unescape, unescape_into};
