//! What must hold of each decoder, whatever it is given: no panic, no endless loop, no memory by the word of a length, the
//! same from chunks as from the whole, and what it read can be written and read again.
//!
//! Run by cargo-fuzz (`fuzz_targets/`) and by `cargo test` (`driver.rs`, `crates/ferrosock-codec/tests/fuzz.rs`).

use ferrosock_codec as codec;
use ferrosock_codec::base64::Mode;
use ferrosock_codec::framing::{self, Framing};
use ferrosock_codec::record::{ByteOrder, Format};
use ferrosock_codec::{
    ascii85, base32, base64, base85, binhex, hex, html, json, mime, quoted_printable, url, uu, xdr,
};

/// A URL and a reference to it, with a NUL between: what was split and put together splits into the same parts, joining ends,
/// and an authority can be read.
pub(crate) fn url(data: &[u8]) {
    let (base, reference) = match data.iter().position(|&byte| byte == 0) {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &b""[..]),
    };
    for letter_first in [false, true] {
        let options = url::SplitOptions { letter_first, ..url::SplitOptions::default() };
        let Ok(parsed) = url::parse(base, &options, &url::StandardSchemes) else { continue };
        let authority = parsed.split.authority();
        let (host, port) = authority.host_info();
        assert!(host.len() + port.map_or(0, <[u8]>::len) <= authority.0.len());
        let _ = (authority.user_info(), authority.port());
        let written = url::unparse(&parsed, &url::StandardSchemes, url::Slashes::Kept);
        // A path with a colon in its first segment, and no scheme before it, would be read as one.
        if !parsed.split.scheme.is_empty() || !parsed.split.authority.is_empty() {
            let again = url::parse(&written, &options, &url::StandardSchemes).expect("it was split before");
            assert_eq!(again.split.scheme, parsed.split.scheme);
            assert_eq!(again.split.authority, parsed.split.authority);
            assert_eq!(again.split.query, parsed.split.query);
            assert_eq!(again.split.fragment, parsed.split.fragment);
            assert_eq!(url::unparse(&again, &url::StandardSchemes, url::Slashes::Kept), written);
        }
        let (rest, fragment) =
            url::defragment(base, &options, &url::StandardSchemes, url::Slashes::Kept).expect("it splits");
        assert!(!rest.contains(&b'#') && fragment == parsed.split.fragment);
    }
    if let Ok(joined) = url::join(base, reference) {
        assert!(joined.len() <= base.len() + reference.len() + 8);
    }
}

/// Content codings, chosen by the first byte: the same, or the same error, from pieces of any size; no more than the limits.
pub(crate) fn content(data: &[u8]) {
    use codec::content::{Coding, Decoder, Error, Limits, Step};
    let Some((&first, data)) = data.split_first() else { return };
    let of = |at: u8| Coding::ALL[usize::from(at & 3)];
    let list = if first & 0x80 == 0 { vec![of(first)] } else { vec![of(first >> 2), of(first)] };
    let limits = Limits { output: 1 << 20, ratio: u32::MAX, ..Limits::default() };
    let run = |step: usize, room: usize| -> (Vec<u8>, Result<(), Error>) {
        let mut decoder = Decoder::new(&list, limits).expect("all are built");
        let (mut out, mut room) = (Vec::new(), vec![0; room]);
        for mut piece in data.chunks(step) {
            loop {
                let Step { read, written } = match decoder.decode(piece, &mut room) {
                    Ok(step) => step,
                    Err(error) => return (out, Err(error)),
                };
                piece = &piece[read..];
                out.extend_from_slice(&room[..written]);
                if piece.is_empty() && written < room.len() {
                    break;
                }
                assert!(read > 0 || written > 0, "it goes on");
            }
        }
        (out, decoder.finish())
    };
    let (whole, end) = run(data.len().max(1), 1 << 16);
    assert!(whole.len() <= limits.output as usize);
    for (step, room) in [(1, 1 << 12), (7, 100), (1000, 1 << 20)] {
        let (pieces, other) = run(step, room);
        // Which of two errors is met first depends on the pieces; whether there is one does not.
        assert_eq!(end.is_ok(), other.is_ok());
        if other.is_ok() {
            assert_eq!(pieces, whole);
        }
    }
}

/// Forms with the boundary `x`: the same parts, or the same error, from pieces of any size; what was read can be written and
/// read again.
pub(crate) fn multipart(data: &[u8]) {
    use codec::multipart::{Boundary, Decoder, Encoder, Error, Event, Head, Limits, Part, Piece};
    type Parts = Vec<(Head, Vec<u8>)>;
    let boundary = Boundary::new("x").expect("it is one");
    let read = |data: &[u8], step: usize| -> Result<Parts, Error> {
        let mut decoder = Decoder::new(&boundary, Limits { head: 256, ..Limits::default() });
        let mut parts = Parts::new();
        for piece in data.chunks(step) {
            decoder.push(piece);
            while let Some(event) = decoder.poll_event()? {
                match (event, parts.last_mut()) {
                    (Event::Part(head), _) => parts.push((head, Vec::new())),
                    (Event::Data(data), Some((_, content))) => content.extend_from_slice(data),
                    (Event::Data(_), None) => unreachable!("content without a part"),
                    (Event::End, _) => {}
                }
            }
        }
        decoder.finish().map(|()| parts)
    };
    let whole = read(data, data.len().max(1));
    for step in [1, 2, 7] {
        assert_eq!(read(data, step), whole);
    }
    let Ok(parts) = whole else { return };
    let mut form = Encoder::new(boundary.clone());
    for (head, content) in &parts {
        let mut part = Part::new(&head.name).with_length(content.len() as u64);
        if let Some(file_name) = &head.file_name {
            part = part.with_file(file_name, "text/plain");
        }
        form.add(&part, content).expect("it was read");
    }
    let length = form.length().expect("it is known");
    let written: Vec<u8> = form
        .into_pieces()
        .flat_map(|piece| match piece {
            Piece::Lines(lines) => lines,
            Piece::Content(content) => content.clone(),
        })
        .collect();
    assert_eq!(written.len() as u64, length);
    // A backslash stands for the next character in what was read, and for itself in what was written.
    let names = |parts: &Parts| {
        parts.iter().map(|(head, content)| (head.name.clone(), content.clone())).collect::<Vec<_>>()
    };
    if !data.contains(&b'\\') && !data.contains(&b'%') {
        if let Ok(again) = read(&written, 64) {
            assert_eq!(names(&again), names(&parts));
        }
    }
}

/// Percent-encoding: what was encoded decodes to what it was, whatever it was, also in pieces.
pub(crate) fn percent(data: &[u8]) {
    let decoded = url::decode(data);
    for size in [1, 2, 3, 7] {
        let (mut decoder, mut out) = (url::Decoder::new(), Vec::new());
        data.chunks(size).for_each(|chunk| decoder.decode(chunk, &mut out));
        decoder.finish(&mut out);
        assert_eq!(out, *decoded);
    }
    for encoding in [url::Encoding::UNRESERVED, url::Encoding::PATH, url::Encoding::FORM] {
        let encoded = url::encode(data, &encoding);
        assert!(encoded.is_ascii());
        assert_eq!(url::encoded_len(data, &encoding), Some(encoded.len()));
        let back = if encoding.leaves(b'+') || encoded.contains('+') {
            url::decode_component(encoded.as_bytes())
        } else {
            url::decode(encoded.as_bytes())
        };
        assert_eq!(*back, *data);
        let mut short = vec![0; encoded.len() / 2];
        let written = url::encode_to_slice(data, &encoding, &mut short);
        assert_eq!(short[..written], encoded.as_bytes()[..written]);
    }
}

/// A form: fields are read as they are counted, and what was read can be written and read again.
pub(crate) fn form(data: &[u8]) {
    for separator in [&b"&"[..], b";", b"&&", b"=&"] {
        for (keep_blank, strict) in [(true, false), (false, false), (true, true)] {
            let options = url::FormOptions { separator, keep_blank, strict, max_fields: None };
            let Ok(fields) = url::parse_form(data, &options) else { continue };
            assert!(fields.len() <= url::count_pieces(data, separator));
            let limit = url::FormOptions { max_fields: Some(url::count_pieces(data, separator)), ..options };
            assert_eq!(url::parse_form(data, &limit).as_ref(), Ok(&fields));
            let written = url::encode_form(fields.iter().map(|(name, value)| (name, value)));
            let plain = url::FormOptions { keep_blank: true, ..url::FormOptions::default() };
            assert_eq!(url::parse_form(written.as_bytes(), &plain), Ok(fields));
        }
    }
}

/// Text with character references: escaped it is read back, and in pieces it is read as it is whole.
pub(crate) fn html(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for quotes in [false, true] {
        let escaped = html::escape(text, quotes);
        assert_eq!(html::escaped_len(data, quotes), Some(escaped.len()));
        assert_eq!(html::unescape(&escaped), text);
        let wide: Vec<u16> = text.encode_utf16().collect();
        let mut space = vec![0; html::escaped_len(&wide, quotes).expect("it is short")];
        assert_eq!(html::escape_to_slice(&wide, quotes, &mut space), space.len());
        assert_eq!(String::from_utf16_lossy(&space), escaped);
    }
    let whole = html::unescape(text);
    for size in [1, 2, 5, 33] {
        let (mut unescaper, mut out) = (html::Unescaper::new(), Vec::new());
        data.chunks(size).for_each(|chunk| unescaper.unescape(chunk, &mut out));
        unescaper.finish(&mut out);
        assert_eq!(out, whole.as_bytes());
    }
}

/// XDR: the first bytes say what is expected, the rest is read so, whole and cut into chunks.
pub(crate) fn xdr(data: &[u8]) {
    let Some((&[kind, size], data)) = data.split_first_chunk() else { return };
    let read = |unpacker: &mut xdr::Unpacker<'_>| -> Result<xdr::Packer, xdr::Error> {
        let mut packer = xdr::Packer::new();
        let limit = usize::from(size);
        match kind % 9 {
            0 => packer.fixed_opaque(unpacker.fixed_opaque(limit)?),
            1 => packer.opaque(unpacker.opaque(limit)?)?,
            2 => packer.string(unpacker.string(limit)?)?,
            3 => packer.array(&unpacker.array(limit, xdr::Unpacker::uint)?, |packer, item| {
                packer.uint(*item);
                Ok(())
            })?,
            4 => packer.list(unpacker.list(limit, |unpacker| unpacker.opaque(limit))?, |packer, item| {
                packer.opaque(item)
            })?,
            5 => packer.optional(unpacker.optional(xdr::Unpacker::hyper)?, |packer, value| {
                packer.hyper(value);
                Ok(())
            })?,
            6 => packer.boolean(unpacker.boolean()?),
            7 => packer
                .array(&unpacker.array(limit, |unpacker| unpacker.string(limit))?, |packer, item| {
                    packer.string(item)
                })?,
            _ => packer.uhyper(unpacker.uhyper()?),
        }
        Ok(packer)
    };
    let mut unpacker = xdr::Unpacker::new(data);
    let whole = unpacker.whole(read);
    match &whole {
        Ok(again) => assert_eq!(Some(again.as_bytes()), data.get(..unpacker.position())),
        Err(_) => assert_eq!(unpacker.position(), 0),
    }
    let _ = xdr::Unpacker::lenient(data).whole(read);

    let mut decoder = xdr::Decoder::new(data.len());
    let mut chunks = data.chunks(3);
    loop {
        match (decoder.decode(read), chunks.next()) {
            (Ok(None), Some(chunk)) => decoder.feed(chunk),
            (Ok(None), None) => break assert!(matches!(whole, Err(xdr::Error::End { .. }))),
            (Ok(Some(value)), _) => break assert_eq!(whole, Ok(value)),
            (Err(error), _) => {
                let beyond = matches!(error, xdr::Error::TooLong { limit, .. } if limit == data.len());
                break assert!(beyond || whole == Err(error));
            }
        }
    }
}

/// The size of chunks that an input asks for, and the rest of it.
fn chunked(data: &[u8]) -> (usize, &[u8]) {
    let size = data.first().map_or(1, |byte| usize::from(byte % 16) + 1);
    (size, data)
}

/// Base64, lenient and strict, in three alphabets.
pub(crate) fn base64(data: &[u8]) {
    use base64::{Alphabet, Decoder, Encoder, Mode, decode_with, decoded_len, encode_with};
    let (size, data) = chunked(data);
    for alphabet in [Alphabet::STANDARD, Alphabet::URL_SAFE, Alphabet::new(*b"A=")] {
        for mode in [Mode::Lenient, Mode::Strict, Mode::AlmostStrict] {
            let whole = decode_with(data, alphabet, mode);
            let (mut decoder, mut out) = (Decoder::new(alphabet, mode), Vec::new());
            let chunks = data.chunks(size).try_for_each(|chunk| decoder.update(chunk, &mut out));
            assert_eq!(chunks.and_then(|()| decoder.finish()).map(|()| out), whole);
            if let Ok(bytes) = whole {
                assert!(bytes.len() <= decoded_len(data.len()));
            }
        }
    }
    for alphabet in [Alphabet::STANDARD, Alphabet::URL_SAFE] {
        let text = encode_with(data, alphabet);
        assert_eq!(decode_with(&text, alphabet, Mode::Strict).as_deref(), Ok(data));
        let (mut encoder, mut out) = (Encoder::new(alphabet), Vec::new());
        data.chunks(size).for_each(|chunk| encoder.update(chunk, &mut out));
        encoder.finish(&mut out);
        assert_eq!(out, text);
    }
}

/// Base32, in both alphabets, strict and lenient.
pub(crate) fn base32(data: &[u8]) {
    use base32::{Alphabet, Decoder, Encoder, Leniency, decode, encode, encoded_len};
    let (size, data) = chunked(data);
    for alphabet in [Alphabet::Standard, Alphabet::Hex] {
        for one in [None, Some(b'L'), Some(b'=')] {
            let leniency = Leniency { fold_case: one.is_some(), one };
            let whole = decode(data, alphabet, leniency);
            let (mut decoder, mut out) = (Decoder::new(alphabet, leniency), Vec::new());
            let chunks = data.chunks(size).try_for_each(|chunk| decoder.update(chunk, &mut out));
            // Which error comes first depends on the chunks.
            let chunks = chunks.and_then(|()| decoder.finish(&mut out));
            assert_eq!(chunks.ok().map(|()| out), whole.ok());
        }
        let text = encode(data, alphabet);
        assert_eq!(encoded_len(data.len()), Some(text.len()));
        assert_eq!(decode(text.as_bytes(), alphabet, Leniency::default()).as_deref(), Ok(data));
        let (mut encoder, mut out) = (Encoder::new(alphabet), Vec::new());
        data.chunks(size).for_each(|chunk| encoder.update(chunk, &mut out));
        encoder.finish(&mut out);
        assert_eq!(out, text.as_bytes());
    }
}

/// Base85, in both alphabets.
pub(crate) fn base85(data: &[u8]) {
    use base85::{Alphabet, Decoder, Encoder, decode, decoded_len, encode};
    let (size, data) = chunked(data);
    for alphabet in [Alphabet::Git, Alphabet::Z85] {
        let whole = decode(data, alphabet);
        let (mut decoder, mut out) = (Decoder::new(alphabet), Vec::new());
        let chunks = data.chunks(size).try_for_each(|chunk| decoder.update(chunk, &mut out));
        assert_eq!(chunks.and_then(|()| decoder.finish(&mut out)).map(|()| out), whole);
        if let Ok(bytes) = whole {
            assert_eq!(bytes.len(), decoded_len(data.len()));
        }
        for pad in [false, true] {
            let text = encode(data, alphabet, pad);
            let bytes = decode(text.as_bytes(), alphabet).expect("what was encoded can be decoded");
            assert!(bytes.starts_with(data) && bytes.len() < data.len() + 4);
            let (mut encoder, mut out) = (Encoder::new(alphabet), Vec::new());
            data.chunks(size).for_each(|chunk| encoder.update(chunk, &mut out));
            encoder.finish(pad, &mut out);
            assert_eq!(out, text.as_bytes());
        }
    }
}

/// Ascii85, with all options.
pub(crate) fn ascii85(data: &[u8]) {
    use ascii85::{Decoder, Form, Options, decode, decoded_most, encode, encoded_most};
    let (size, data) = chunked(data);
    for adobe in [false, true] {
        let fold_spaces = size % 2 == 0;
        let form = Form { fold_spaces, adobe };
        let whole = decode(data, form);
        if let (false, Ok(bytes)) = (adobe, &whole) {
            assert!(decoded_most(data.len()).is_some_and(|most| bytes.len() <= most));
            let (mut decoder, mut out) = (Decoder::new(fold_spaces), Vec::new());
            let chunks = data.chunks(size).try_for_each(|chunk| decoder.update(chunk, &mut out));
            chunks.and_then(|()| decoder.finish(&mut out)).expect("chunks are decoded as the whole is");
            assert_eq!(&out, bytes);
        }
        for columns in [0, size + 1] {
            let options = Options { fold_spaces, columns, pad: false, adobe };
            let text = encode(data, options);
            assert!(encoded_most(data.len(), options).is_some_and(|most| text.len() <= most));
            assert_eq!(decode(text.as_bytes(), form).as_deref(), Ok(data));
        }
    }
}

/// Hexadecimal digits.
pub(crate) fn hex(data: &[u8]) {
    let (size, data) = chunked(data);
    let whole = hex::decode(data);
    let (mut decoder, mut out) = (hex::Decoder::default(), Vec::new());
    let chunks = data.chunks(size).try_for_each(|chunk| decoder.update(chunk, &mut out));
    let chunks = chunks.and_then(|()| decoder.finish());
    assert_eq!(chunks.is_ok(), whole.is_ok());
    if let Ok(bytes) = whole {
        assert_eq!(bytes, out);
        assert_eq!(hex::encode(&bytes).as_bytes(), data.to_ascii_lowercase());
    }
    assert_eq!(hex::decode(hex::encode(data).as_bytes()).as_deref(), Ok(data));
    for group in [size as isize, -(size as isize)] {
        let mut separated = hex::encode_separated(data, b':', group);
        assert_eq!(Some(separated.len()), hex::separated_len(data.len(), group));
        separated.retain(|byte| *byte != b':');
        assert_eq!(separated, hex::encode(data).into_bytes());
    }
}

/// Quoted-printable, both codecs.
pub(crate) fn quoted_printable(data: &[u8]) {
    use quoted_printable::{Decoder, Encoder, LineEnd, Options, decode, encode, encoded_most, lines};
    let (size, data) = chunked(data);
    for header in [false, true] {
        let whole = decode(data, header);
        assert!(whole.len() <= data.len());
        let (mut decoder, mut out) = (Decoder::new(header), Vec::new());
        data.chunks(size).for_each(|chunk| decoder.update(chunk, &mut out));
        decoder.finish(&mut out);
        assert_eq!(out, whole);
        for (text, line_end) in [(false, LineEnd::Lf), (true, LineEnd::CrLf), (true, LineEnd::Lf)] {
            let options = Options { header, text, line_end, quote_tabs: size % 2 == 0 };
            let encoded = encode(data, options);
            assert!(encoded_most(data.len()).is_some_and(|most| encoded.len() <= most));
            if !text {
                assert_eq!(decode(&encoded, header), data);
            }
            let (mut encoder, mut out) = (Encoder::new(options), Vec::new());
            data.chunks(size).for_each(|chunk| encoder.update(chunk, &mut out));
            encoder.finish(&mut out);
            assert_eq!(out, encoded);
        }
        assert!(lines::decode(data, header).len() <= data.len() + 1);
        assert!(lines::encode(data, true, header).len() >= data.len());
    }
}

/// A line of a uuencoded file.
pub(crate) fn uu(data: &[u8]) {
    if let Ok(bytes) = uu::decode_line(data) {
        assert!(bytes.len() <= uu::DECODED);
    }
    for backtick in [false, true] {
        if let Ok(line) = uu::encode_line(data, backtick) {
            assert_eq!(uu::decode_line(&line).as_deref(), Ok(data));
        }
    }
}

/// The two encodings of BinHex files.
pub(crate) fn binhex(data: &[u8]) {
    if let Ok((bytes, _)) = binhex::decode(data) {
        assert!(bytes.len() <= data.len());
    }
    if let Ok(bytes) = binhex::expand(data) {
        assert!(bytes.len() <= data.len() * 255);
    }
    assert_eq!(binhex::expand(&binhex::compress(data)).as_deref(), Ok(data));
    let closed = binhex::encode(data) + ":";
    assert_eq!(binhex::decode(closed.as_bytes()), Ok((data.to_vec(), true)));
}

/// A JSON document: what was read is read again from any layout, as a stream, and from wider units.
pub(crate) fn json(data: &[u8]) {
    let python = json::Options { controls: true, depth: 64, ..json::Options::python() };
    let found = json::parse_bytes(data, python);
    let wide: Vec<u32> = data.iter().map(|&byte| byte.into()).collect();
    let begin = json::skip_space(data, 0);
    let narrow_end = json::read(data, begin, python, &mut Ignore).ok();
    assert_eq!(json::read(&wide, begin, python, &mut Ignore).ok(), narrow_end);

    let mut decoder = json::Decoder::new(python).with_longest(data.len());
    for chunk in data.chunks(3) {
        decoder.feed(chunk);
        while let Ok(Some(_)) = decoder.next_value() {}
    }
    for _ in 0..=data.len() {
        if decoder.finish() == Ok(None) {
            break;
        }
    }
    assert_eq!(decoder.finish(), Ok(None));

    match found {
        // NaN is not what it is.
        Ok(value) if !value.to_text(&json::Layout::compact()).contains("NaN") => {
            for layout in [json::Layout::compact(), json::Layout::python(), json::Layout::indented(" ")] {
                assert_eq!(json::parse_with(&value.to_text(&layout), python).as_ref(), Ok(&value));
            }
        }
        Ok(_) => {}
        Err(error) => {
            assert!(error.position <= data.len());
            let (line, column) = error.line_and_column(data);
            assert!(line >= 1 && column >= 1);
        }
    }
}

/// Takes no notice of what is read.
struct Ignore;

impl<U: json::Unit> json::Sink<U> for Ignore {
    type Error = std::convert::Infallible;
}

/// A JSON string behind its quote: the code points that are found have the length and the width that were promised.
pub(crate) fn json_string(data: &[u8]) {
    for controls in [false, true] {
        let Ok((text, end)) = json::Text::scan(data, 0, controls) else { continue };
        assert!(end <= data.len() && data[end - 1] == b'"');
        let mut space = vec![0_u32; text.len()];
        text.write_to(&mut space);
        let wide: Vec<u32> = data.iter().map(|&byte| byte.into()).collect();
        let (again, wide_end) = json::Text::scan(&wide, 0, controls).expect("the same units");
        assert_eq!((again.len(), wide_end), (text.len(), end));
        let mut other = vec![0_u32; again.len()];
        again.write_to(&mut other);
        assert_eq!(space, other);
        let width = |bits: u32| [0x80, 0x100, 0x1_0000].iter().filter(|&&bound| bits >= bound).count();
        let bits = space.iter().fold(0, |bits, unit| bits | unit);
        assert_eq!((width(bits), width(bits)), (width(text.bits()), width(again.bits())));
        let mut quoted = Vec::new();
        json::quote_ascii(&space, &mut quoted);
        let (back, _) = json::Text::scan(&quoted, 1, false).expect("it was quoted");
        // Two halves that were escaped apart are one character once they are written side by side.
        if !space
            .windows(2)
            .any(|pair| (0xd800..0xdc00).contains(&pair[0]) && (0xdc00..0xe000).contains(&pair[1]))
        {
            let mut read = vec![0_u32; back.len()];
            back.write_to(&mut read);
            assert_eq!(read, space);
        }
    }
}

/// A mail header's value: what it holds, written again, holds the same.
pub(crate) fn mime_header(data: &[u8]) {
    let Ok(header) = std::str::from_utf8(data) else { return };
    let Ok(pieces) = mime::decode_header(header) else { return };
    for piece in &pieces {
        let mime::Piece::Encoded { bytes, charset } = piece else { continue };
        let word = mime::encode_word(bytes, "x", "", None);
        assert_eq!(mime::decode_word(&word, Mode::Strict).map(|word| word.bytes), Ok(bytes.clone()));
        let _ = mime::text_of(bytes, charset);
    }
    for charset in [mime::Charset::UsAscii, mime::Charset::Utf8] {
        let options = mime::FoldOptions { name: "To", most: 30, ..mime::FoldOptions::default() };
        let _ = mime::encode_header(&[(header, charset), ("x", mime::Charset::UsAscii)], &options);
    }
    // Line ends and the space around them are folded away.
    let line: String =
        header.chars().map(|c| if c.is_whitespace() || c.is_control() { '_' } else { c }).collect();
    let written = mime::encode_header(&[(&line, mime::Charset::Utf8)], &mime::FoldOptions::default());
    let read = mime::decode_header(&written.expect("UTF-8 has every character, and there is no line end"));
    let text: String = read.expect("its own Base64").iter().filter_map(mime::Piece::text).collect();
    assert_eq!(text, line);
}

/// An encoded word, and the text of one.
pub(crate) fn mime_word(data: &[u8]) {
    for mode in [Mode::Strict, Mode::AlmostStrict] {
        let _ = std::str::from_utf8(data).map(|word| mime::decode_word(word, mode));
        let _ = mime::b_decode(data, mode);
    }
    assert!(mime::q_decode(data).len() <= data.len());
    assert_eq!(mime::q_decode(mime::q_encode(data).as_bytes()), data);
    assert_eq!(mime::q_encode(data).len(), mime::q_encoded_len(data));
}

/// Parameters, one a line, with `=` between name and value.
pub(crate) fn mime_parameters(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parameters = text.lines().map(|line| line.split_once('=').unwrap_or((line, "")));
    let Ok(found) = mime::decode_parameters(parameters) else { return };
    assert!(found.len() <= text.lines().count());
    for parameter in &found {
        let octets = parameter.value.octets();
        let again = mime::encode_extended(&octets, Some(("x", "")));
        let read = mime::decode_parameters([("name*", again.as_str())]);
        assert_eq!(read.map(|read| read[0].value.octets()), Ok(octets));
    }
}

/// Records: a line of format, then bytes to be unpacked by it. What comes out is packed again into what it came from, but for
/// what formats skip and for the many NaNs.
pub(crate) fn record(data: &[u8]) {
    let mut parts = data.splitn(2, |&byte| byte == b'\n');
    let (format, bytes) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Ok(format) = Format::parse_bytes(format) else { return };
    assert!(format.fields().iter().all(|field| field.offset() <= format.size()));
    if format.size() > bytes.len() {
        assert!(format.unpack_from(bytes, 0).is_err());
        return;
    }
    let values = format.unpack_from(bytes, 0).expect("there are bytes enough");
    assert_eq!(values.len(), format.count());
    let packed = format.pack(&values).expect("what was unpacked fits");
    let again = format.unpack(&packed).expect("what was packed has the size");
    assert_eq!(format!("{values:?}"), format!("{again:?}"));
}

/// Framings: the first bytes say which, the rest is the stream. It gives the same frames whole and byte by byte, those can be
/// framed again, and a driver that receives what is missing never receives too much.
pub(crate) fn frames(data: &[u8]) {
    let Some((&[kind, limit], stream)) = data.split_first_chunk() else { return };
    let limit = usize::from(limit);
    let order = if kind & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big };
    let prefixed = |width| framing::LengthPrefixed::new(width, order).limit(limit);
    match kind % 9 {
        0 => all_frames(&prefixed(framing::Width::One), stream),
        1 => all_frames(&prefixed(framing::Width::Two), stream),
        2 => all_frames(&prefixed(framing::Width::Four), stream),
        3 => all_frames(&prefixed(framing::Width::Eight), stream),
        4 => all_frames(&prefixed(framing::Width::Varint), stream),
        5 => all_frames(&framing::Delimited::new(b"\n").limit(limit), stream),
        6 => all_frames(&framing::Delimited::new(b"\r\n").limit(limit), stream),
        7 => all_frames(&framing::Delimited::new(b"aab").limit(limit).keep(true), stream),
        _ => all_frames(&framing::Netstrings::new().limit(limit), stream),
    }
}

fn all_frames<F: Framing>(framing: &F, stream: &[u8]) {
    let frames = |step: usize| {
        let mut decoder = framing::Decoder::new(framing.clone());
        let mut found = Vec::new();
        for piece in stream.chunks(step) {
            decoder.push(piece);
            loop {
                match decoder.poll_frame() {
                    Ok(Some(frame)) => found.push(frame.to_vec()),
                    Ok(None) => break,
                    Err(error) => return (found, Err(error)),
                }
            }
            assert!(decoder.missing() > 0);
        }
        let rest = decoder.rest().len();
        (found, Ok(rest))
    };
    let whole = frames(stream.len().max(1));
    assert_eq!(whole, frames(1));
    let mut sent = Vec::new();
    for frame in &whole.0 {
        framing.encode_into(frame, &mut sent).expect("a frame that was read can be written");
    }
    assert!(stream.starts_with(&sent), "frames have one form");
    let mut decoder = framing::Decoder::new(framing.clone());
    let mut rest = stream;
    for frame in &whole.0 {
        loop {
            let missing = decoder.missing();
            if missing == 0 {
                break;
            }
            let (taken, after) = rest.split_at(missing);
            decoder.push(taken);
            rest = after;
        }
        assert_eq!(decoder.poll_frame(), Ok(Some(&frame[..])));
        assert!(decoder.rest().is_empty());
    }
}

/// MessagePack: what was read can be written and read again, and a stream's items are what is read.
pub(crate) fn msgpack(data: &[u8]) {
    all_items(&codec::msgpack::Items::new(), data);
    let limits = codec::msgpack::Limits { depth: 30 };
    if let Ok(value) = codec::msgpack::decode(data, limits) {
        let again = codec::msgpack::encode(&value).expect("what was read can be written");
        assert!(again.len() <= data.len(), "the shortest form");
        let value_again = codec::msgpack::decode(&again, limits).expect("what was written can be read");
        assert_eq!(format!("{value:?}"), format!("{value_again:?}"));
        assert_eq!(codec::msgpack::Items::new().encode(data).as_deref(), Ok(data));
    }
}

/// CBOR, in the same way.
pub(crate) fn cbor(data: &[u8]) {
    all_items(&codec::cbor::Items::new(), data);
    let limits = codec::cbor::Limits { depth: 30 };
    if let Ok(value) = codec::cbor::decode(data, limits) {
        let again = codec::cbor::encode(&value).expect("what was read can be written");
        let value_again = codec::cbor::decode(&again, limits).expect("what was written can be read");
        assert_eq!(format!("{value:?}"), format!("{value_again:?}"));
        assert_eq!(codec::cbor::Items::new().encode(data).as_deref(), Ok(data));
    }
}

/// A stream gives the same items whole and byte by byte.
fn all_items<F: Framing>(framing: &F, stream: &[u8]) {
    let items = |step: usize| {
        let mut decoder = framing::Decoder::new(framing.clone());
        let mut found = Vec::new();
        for piece in stream.chunks(step) {
            decoder.push(piece);
            loop {
                match decoder.poll_frame() {
                    Ok(Some(item)) => found.push(item.to_vec()),
                    Ok(None) => break,
                    Err(error) => return (found, Some(error)),
                }
            }
        }
        (found, None)
    };
    assert_eq!(items(stream.len().max(1)), items(1));
}
