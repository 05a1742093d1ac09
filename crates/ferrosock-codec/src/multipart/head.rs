use super::Error;

/// The head of a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The name of the form's field.
    pub name: Vec<u8>,
    /// The name of the file, if it is one. It comes from the peer: no path to write to.
    pub file_name: Option<Vec<u8>>,
    /// The type of the content, as it was sent.
    pub content_type: Option<Vec<u8>>,
    /// All fields of the head, in order.
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Head {
    /// Reads the lines of a head, without the empty one behind them.
    pub(super) fn parse(mut lines: &[u8]) -> Result<Self, Error> {
        let mut head = Self::default();
        let mut named = None;
        while !lines.is_empty() {
            let end = memchr::memmem::find(lines, b"\r\n").unwrap_or(lines.len());
            let line = &lines[..end];
            lines = lines.get(end + 2..).unwrap_or_default();
            let colon = memchr::memchr(b':', line).ok_or(Error::BadField)?;
            let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
            if !is_token(name) || !is_value(value) {
                return Err(Error::BadField);
            }
            if name.eq_ignore_ascii_case(b"content-disposition") {
                if named.is_some() {
                    return Err(Error::BadField);
                }
                (named, head.file_name) = disposition(value)?;
            } else if name.eq_ignore_ascii_case(b"content-type") {
                head.content_type = Some(value.to_vec());
            }
            head.fields.push((name.to_vec(), value.to_vec()));
        }
        head.name = named.ok_or(Error::NoName)?;
        Ok(head)
    }
}

/// A name, and the name of a file.
type Names = (Option<Vec<u8>>, Option<Vec<u8>>);

/// Those of `form-data; name="a"; filename="b"`.
fn disposition(value: &[u8]) -> Result<Names, Error> {
    let end = memchr::memchr(b';', value).unwrap_or(value.len());
    if !value[..end].trim_ascii().eq_ignore_ascii_case(b"form-data") {
        return Err(Error::NoName);
    }
    let (mut name, mut file_name) = (None, None);
    let mut rest = &value[end..];
    while let Some((b';', after)) = rest.split_first() {
        let after = after.trim_ascii_start();
        let Some(equals) = memchr::memchr(b'=', after) else { break };
        let key = after[..equals].trim_ascii();
        let (text, others) = text(after[equals + 1..].trim_ascii_start())?;
        let place = match key.to_ascii_lowercase().as_slice() {
            b"name" => &mut name,
            b"filename" => &mut file_name,
            _ => &mut None,
        };
        // Two of a kind could be read in two ways.
        if place.replace(text).is_some() {
            return Err(Error::BadField);
        }
        rest = others.trim_ascii_start();
    }
    if rest.trim_ascii().is_empty() { Ok((name, file_name)) } else { Err(Error::BadField) }
}

/// A value, in quotation marks or without, and what is behind it.
fn text(bytes: &[u8]) -> Result<(Vec<u8>, &[u8]), Error> {
    let Some((b'"', mut rest)) = bytes.split_first() else {
        let end = memchr::memchr(b';', bytes).unwrap_or(bytes.len());
        return Ok((bytes[..end].trim_ascii().to_vec(), &bytes[end..]));
    };
    let mut text = Vec::new();
    loop {
        let escapes: [(&[u8], u8); 5] =
            [(b"%22", b'"'), (b"%0D", b'\r'), (b"%0A", b'\n'), (b"\\\"", b'"'), (b"\\\\", b'\\')];
        if let Some((escape, byte)) = escapes.iter().find(|(escape, _)| {
            rest.get(..escape.len()).is_some_and(|there| there.eq_ignore_ascii_case(escape))
        }) {
            text.push(*byte);
            rest = &rest[escape.len()..];
            continue;
        }
        match rest.split_first() {
            Some((b'"', after)) => return Ok((text, after)),
            Some((&byte, after)) => {
                text.push(byte);
                rest = after;
            }
            None => return Err(Error::BadField),
        }
    }
}

/// A token (RFC 9110 section 5.6.2).
pub(super) fn is_token(name: &[u8]) -> bool {
    !name.is_empty()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte))
}

/// A value without control characters, save the tabulator.
pub(super) fn is_value(value: &[u8]) -> bool {
    value.iter().all(|&byte| byte == b'\t' || !byte.is_ascii_control())
}
