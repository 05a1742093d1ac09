//! Forms with files.

use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::Path;

use ferrosock_codec::multipart::{Boundary, Encoder, Error as FormError, Part, Piece};

use super::body::Body;
use super::error::Error;

/// A form with files (`multipart/form-data`, RFC 7578). It can be sent again if all of its parts can.
///
/// ```
/// use ferrosock::http::{Body, Client, Form, Part};
///
/// let form = Form::new()
///     .text("user", "ann")
///     .part(Part::new("log").with_file("a.log", "text/plain"), Body::from("one\ntwo\n"));
/// let request = Client::new().post("http://example.org/upload").multipart(form);
/// ```
#[derive(Debug)]
#[must_use = "a form is sent by RequestBuilder::multipart"]
pub struct Form {
    encoder: Encoder<Body>,
    error: Option<Error>,
}

impl Form {
    /// A form without parts, and a boundary that nobody can foretell.
    pub fn new() -> Self {
        let mut bytes = [0; 16];
        for half in bytes.chunks_mut(8) {
            // The standard library seeds each of these anew.
            half.copy_from_slice(&RandomState::new().build_hasher().finish().to_ne_bytes());
        }
        Self::with_boundary(Boundary::from_random(bytes))
    }

    /// A form without parts that `boundary` divides.
    pub fn with_boundary(boundary: Boundary) -> Self {
        Self { encoder: Encoder::new(boundary), error: None }
    }

    /// Adds a field of text.
    pub fn text(self, name: impl AsRef<[u8]>, value: impl Into<String>) -> Self {
        self.part(Part::new(name), Body::from(value.into()))
    }

    /// Adds a file, under the name that it has in its folder; it is opened now and read when the form is sent.
    ///
    /// ```
    /// use ferrosock::http::Form;
    ///
    /// let form = Form::new().file("script", "run.sh", "text/x-shellscript"); // an error shows when it is sent
    /// ```
    pub fn file(
        mut self,
        name: impl AsRef<[u8]>,
        path: impl AsRef<Path>,
        content_type: impl AsRef<[u8]>,
    ) -> Self {
        let path = path.as_ref();
        match File::open(path).and_then(Body::try_from) {
            Ok(body) => {
                let file_name = path.file_name().unwrap_or_default().to_string_lossy();
                self.part(Part::new(name).with_file(file_name.as_bytes(), content_type), body)
            }
            Err(error) => {
                self.error.get_or_insert(Error::Body(error));
                self
            }
        }
    }

    /// Adds a part of any kind.
    pub fn part(mut self, part: Part, body: Body) -> Self {
        let part = match body.len() {
            Some(length) => part.with_length(length),
            None => part,
        };
        if let Err(error) = self.encoder.add(&part, body) {
            self.error.get_or_insert(Error::Form(error));
        }
        self
    }

    /// The field `Content-Type`, and what is sent.
    pub(crate) fn into_body(self) -> Result<(String, Body), Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let content_type = self.encoder.boundary().content_type();
        let parts = self.encoder.into_pieces().map(|piece| match piece {
            Piece::Lines(lines) => Body::from(lines),
            Piece::Content(body) => body,
        });
        Ok((content_type, Body::from_parts(parts.collect())))
    }
}

impl Default for Form {
    fn default() -> Self {
        Self::new()
    }
}

impl From<FormError> for Error {
    fn from(error: FormError) -> Self {
        Self::Form(error)
    }
}
