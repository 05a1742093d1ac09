use super::{Boundary, Error};

/// What the head of a part says.
///
/// ```
/// use ferrosock_codec::multipart::Part;
///
/// let part = Part::new("photo").with_file("a.png", "image/png").with_field("X-Width", "640").with_length(1024);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    name: Vec<u8>,
    file_name: Option<Vec<u8>>,
    content_type: Option<Vec<u8>>,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    length: Option<u64>,
}

impl Part {
    /// A part of a name; UTF-8, if it is for a server of today.
    pub fn new(name: impl AsRef<[u8]>) -> Self {
        Self { name: name.as_ref().into(), ..Self::default() }
    }

    /// A file, by its name and the type of what it holds.
    #[must_use]
    pub fn with_file(self, file_name: impl AsRef<[u8]>, content_type: impl AsRef<[u8]>) -> Self {
        self.with_file_name(file_name).with_content_type(content_type)
    }

    /// A file, by its name alone.
    #[must_use]
    pub fn with_file_name(mut self, file_name: impl AsRef<[u8]>) -> Self {
        self.file_name = Some(file_name.as_ref().into());
        self
    }

    /// The type of the content; without one it is text.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl AsRef<[u8]>) -> Self {
        self.content_type = Some(content_type.as_ref().into());
        self
    }

    /// Another field of the head.
    #[must_use]
    pub fn with_field(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.fields.push((name.as_ref().into(), value.as_ref().into()));
        self
    }

    /// How many bytes the content has, if that is known.
    #[must_use]
    pub fn with_length(mut self, length: u64) -> Self {
        self.length = Some(length);
        self
    }
}

/// A piece of an encoded form, in the order in which they are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<T> {
    /// Boundaries and heads.
    Lines(Vec<u8>),
    /// What a part holds: all of it comes here.
    Content(T),
}

/// Writes a form around contents that are of any type: bytes, open files, whatever the caller can copy.
#[derive(Debug, Clone)]
pub struct Encoder<T> {
    boundary: Boundary,
    parts: Vec<(Vec<u8>, T)>,
    /// How many bytes heads and contents have; None if that of a content is not known.
    length: Option<u64>,
}

impl<T> Encoder<T> {
    /// A form without parts.
    pub fn new(boundary: Boundary) -> Self {
        Self { boundary, parts: Vec::new(), length: Some(0) }
    }

    /// What divides the parts; [`Boundary::content_type`] says it to the server.
    pub fn boundary(&self) -> &Boundary {
        &self.boundary
    }

    /// Adds a part. In its name and file name a carriage return, a line feed and a quotation mark become `%0D`, `%0A` and `%22`
    /// (WHATWG HTML section 4.10.21.8), so that no name can end its line.
    ///
    /// # Errors
    /// [`Error::BadField`]: a type, or a field, that may not stand in a head.
    ///
    /// ```
    /// use ferrosock_codec::multipart::{Boundary, Encoder, Error, Part, Piece};
    ///
    /// let mut form = Encoder::new(Boundary::new("x")?);
    /// form.add(&Part::new("a\"; b=\"\r\nc"), "content")?;
    /// let lines = "--x\r\nContent-Disposition: form-data; name=\"a%22; b=%22%0D%0Ac\"\r\n\r\n";
    /// assert_eq!(form.into_pieces().next(), Some(Piece::Lines(lines.into())));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn add(&mut self, part: &Part, content: T) -> Result<(), Error> {
        let mut lines = Vec::new();
        if !self.parts.is_empty() {
            lines.extend_from_slice(b"\r\n");
        }
        lines.extend_from_slice(b"--");
        lines.extend_from_slice(self.boundary.as_str().as_bytes());
        lines.extend_from_slice(b"\r\nContent-Disposition: form-data; name=");
        quote(&part.name, &mut lines);
        if let Some(file_name) = &part.file_name {
            lines.extend_from_slice(b"; filename=");
            quote(file_name, &mut lines);
        }
        lines.extend_from_slice(b"\r\n");
        if let Some(content_type) = &part.content_type {
            field(b"Content-Type", content_type, &mut lines)?;
        }
        for (name, value) in &part.fields {
            field(name, value, &mut lines)?;
        }
        lines.extend_from_slice(b"\r\n");
        self.length = match (self.length, part.length) {
            (Some(all), Some(length)) => {
                all.checked_add(length).and_then(|all| all.checked_add(lines.len() as u64))
            }
            _ => None,
        };
        self.parts.push((lines, content));
        Ok(())
    }

    /// How many bytes the form has, if the length of every content is known.
    pub fn length(&self) -> Option<u64> {
        self.length?.checked_add(self.last().len() as u64)
    }

    /// The last boundary.
    fn last(&self) -> Vec<u8> {
        let line_end = if self.parts.is_empty() { "" } else { "\r\n" };
        format!("{line_end}--{}--\r\n", self.boundary).into()
    }

    /// The form, piece by piece.
    pub fn into_pieces(self) -> impl Iterator<Item = Piece<T>> {
        let last = self.last();
        let parts = self.parts.into_iter();
        parts
            .flat_map(|(lines, content)| [Piece::Lines(lines), Piece::Content(content)])
            .chain([Piece::Lines(last)])
    }
}

fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text {
        match byte {
            b'\n' => out.extend_from_slice(b"%0A"),
            b'\r' => out.extend_from_slice(b"%0D"),
            b'"' => out.extend_from_slice(b"%22"),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

fn field(name: &[u8], value: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
    if !super::head::is_token(name) || !super::head::is_value(value) {
        return Err(Error::BadField);
    }
    [name, b": ", value, b"\r\n"].iter().for_each(|part| out.extend_from_slice(part));
    Ok(())
}
