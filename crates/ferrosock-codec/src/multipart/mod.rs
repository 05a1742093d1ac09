//! Forms with files: `multipart/form-data` (RFC 7578, RFC 2046 section 5.1, and the WHATWG's HTML for what names may hold).
//!
//! An [`Encoder`] writes the lines around the parts and says how long the whole is; what the parts hold, bytes or an open file,
//! stays the caller's, who copies it in its place. A [`Decoder`] takes a body as it comes, holds a part's head at most, and
//! refuses more than its [`Limits`].
//!
//! ```
//! use ferrosock_codec::multipart::{Boundary, Decoder, Encoder, Event, Limits, Part, Piece};
//!
//! let mut form = Encoder::new(Boundary::from_random([7; 16]));
//! form.add(&Part::new("user").with_length(3), &b"ann"[..])?;
//! form.add(&Part::new("photo").with_file("me \"1\".png", "image/png").with_length(4), b"\x89PNG")?;
//! assert_eq!(form.length(), Some(280));
//!
//! let boundary = form.boundary().clone();
//! let body: Vec<u8> = form.into_pieces().flat_map(|piece| match piece {
//!     Piece::Lines(lines) => lines,
//!     Piece::Content(content) => content.to_vec(),
//! }).collect();
//! assert_eq!(body.len(), 280);
//!
//! let mut decoder = Decoder::new(&boundary, Limits::default());
//! decoder.push(&body);
//! while let Some(event) = decoder.poll_event()? {
//!     match event {
//!         Event::Part(head) => println!("{} {:?}", head.name.escape_ascii(), head.file_name),
//!         Event::Data(data) => println!("{}", data.escape_ascii()),
//!         Event::End => {}
//!     }
//! }
//! decoder.finish()?;
//! # Ok::<(), ferrosock_codec::multipart::Error>(())
//! ```

mod boundary;
mod decoder;
mod encoder;
mod error;
mod head;
#[cfg(test)]
mod tests;

pub use boundary::Boundary;
pub use decoder::{Decoder, Event, Limits};
pub use encoder::{Encoder, Part, Piece};
pub use error::Error;
pub use head::Head;
