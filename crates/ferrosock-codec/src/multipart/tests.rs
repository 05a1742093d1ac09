use super::{Boundary, Decoder, Encoder, Error, Event, Head, Limits, Part, Piece};

fn encode(form: Encoder<&[u8]>) -> Vec<u8> {
    let length = form.length();
    let pieces = form.into_pieces().map(|piece| match piece {
        Piece::Lines(lines) => lines,
        Piece::Content(content) => content.to_vec(),
    });
    let body: Vec<u8> = pieces.collect::<Vec<_>>().concat();
    assert!(length.is_none_or(|length| length == body.len() as u64));
    body
}

type Parts = Vec<(Head, Vec<u8>)>;

fn decode(boundary: &str, body: &[u8], step: usize, limits: Limits) -> Result<Parts, Error> {
    let mut decoder = Decoder::new(&Boundary::new(boundary).unwrap(), limits);
    let mut parts = Parts::new();
    let mut open = false;
    for piece in body.chunks(step) {
        decoder.push(piece);
        while let Some(event) = decoder.poll_event()? {
            match event {
                Event::Part(head) => {
                    assert!(!std::mem::replace(&mut open, true));
                    parts.push((head, Vec::new()));
                }
                Event::Data(data) => {
                    assert!(open && !data.is_empty());
                    parts.last_mut().unwrap().1.extend_from_slice(data);
                }
                Event::End => assert!(std::mem::take(&mut open)),
            }
        }
    }
    decoder.finish().map(|()| parts)
}

fn names(boundary: &str, body: &[u8]) -> Result<Vec<(String, Option<String>, String)>, Error> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let parts = decode(boundary, body, 7, Limits::default())?;
    Ok(parts
        .iter()
        .map(|(head, data)| (text(&head.name), head.file_name.as_deref().map(text), text(data)))
        .collect())
}

#[test]
fn what_was_written_is_read_again_in_pieces_of_any_size() {
    let contents: [&[u8]; 6] = [b"", b"\r\n", b"--x", b"\r\n--", b"\r\n--y\r\n\r\n--", b"\0\xff\r"];
    let mut form = Encoder::new(Boundary::new("x-boundary").unwrap());
    for (number, content) in contents.iter().enumerate() {
        let part =
            Part::new(format!("na\"me\r\n{number}")).with_file("caf\u{e9} %0a \"x\"", "text/plain; a=b");
        form.add(&part.with_field("X-Of", "us").with_length(content.len() as u64), *content).unwrap();
    }
    let body = encode(form);
    for step in [1, 2, 3, 5, 17, 1000] {
        let parts = decode("x-boundary", &body, step, Limits::default()).unwrap();
        assert_eq!(parts.len(), contents.len());
        for (number, (head, data)) in parts.iter().enumerate() {
            assert_eq!(head.name, format!("na\"me\r\n{number}").as_bytes());
            // The escapes of the WHATWG cannot be told from the same characters in a name.
            assert_eq!(head.file_name.as_deref(), Some("caf\u{e9} \n \"x\"".as_bytes()));
            assert_eq!(head.content_type.as_deref(), Some(&b"text/plain; a=b"[..]));
            assert_eq!(head.fields[2], (b"X-Of".to_vec(), b"us".to_vec()));
            assert_eq!(data, contents[number]);
        }
        for end in 0..body.len() - 4 {
            assert_eq!(decode("x-boundary", &body[..end], step, Limits::default()), Err(Error::Truncated));
        }
    }
}

/// HTML 4.01 section 17.13.4, without its nested part.
#[test]
fn the_specifications_example() {
    let body = b"--AaB03x\r\n\
        Content-Disposition: form-data; name=\"submit-name\"\r\n\r\nLarry\r\n--AaB03x\r\n\
        Content-Disposition: form-data; name=\"files\"; filename=\"file1.txt\"\r\n\
        Content-Type: text/plain\r\n\r\n... contents of file1.txt ...\r\n--AaB03x--\r\n";
    let file = ("files".into(), Some("file1.txt".into()), "... contents of file1.txt ...".into());
    assert_eq!(names("AaB03x", body).unwrap(), [("submit-name".into(), None, "Larry".into()), file]);
}

#[test]
fn what_may_stand_around_the_parts() {
    let part = "Content-Disposition: form-data; name=a\r\n\r\n1\r\n";
    let one = [("a".to_owned(), None, "1".to_owned())];
    for body in [
        format!("--x\r\n{part}--x--"),
        format!("\r\n--x \t\r\n{part}--x--\r\nepilogue\r\n--x\r\n"),
        format!("preamble --x\r\n--x\r\n{part}--x--"),
    ] {
        assert_eq!(names("x", body.as_bytes()).unwrap(), one, "{body:?}");
    }
    let bare = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n--x--\r\n";
    assert_eq!(names("x", bare).unwrap(), [("a".to_owned(), None, String::new())]);
    assert_eq!(names("x", b"--x--\r\n").unwrap(), []);
    let empty = Encoder::<&[u8]>::new(Boundary::new("x").unwrap());
    assert_eq!(encode(empty), b"--x--\r\n");
}

#[test]
fn dispositions() {
    let read = |value: &str| {
        let body = format!("--x\r\nCONTENT-DISPOSITION:{value}\r\n\r\n\r\n--x--");
        names("x", body.as_bytes()).map(|mut parts| parts.remove(0))
    };
    let part = |name: &str, file: Option<&str>| Ok((name.to_owned(), file.map(str::to_owned), String::new()));
    assert_eq!(read("form-data; name=\"a;b\" ; filename=\"c=d\""), part("a;b", Some("c=d")));
    assert_eq!(read("Form-Data;NAME=a;x=y;FileName=\"\""), part("a", Some("")));
    assert_eq!(read(r#"form-data; name="a\"b\\c\d""#), part("a\"b\\c\\d", None));
    assert_eq!(read("form-data; name=\"a\"; filename*=UTF-8''b"), part("a", None));
    assert_eq!(read("form-data"), Err(Error::NoName));
    assert_eq!(read("attachment; name=a"), Err(Error::NoName));
    for wrong in
        ["form-data; name=\"a", "form-data; name=a; name=b", "form-data; name=\"a\"b", "form-data; a\x01=b"]
    {
        assert_eq!(read(wrong), Err(Error::BadField), "{wrong:?}");
    }
}

#[test]
fn what_is_no_form() {
    let part = "Content-Disposition: form-data; name=a\r\n\r\n1\r\n";
    for (body, error) in [
        (format!("--x!\r\n{part}--x--"), Error::BadDelimiter),
        (format!("--x{}\r\n{part}--x--", " ".repeat(300)), Error::BadDelimiter),
        (format!("--x\r\n\r\n{part}--x--"), Error::NoName),
        (format!("--x\r\nno colon\r\n{part}--x--"), Error::BadField),
        (format!("--x\r\na b: c\r\n{part}--x--"), Error::BadField),
        (format!("--x\r\na: b\nc: d\r\n{part}--x--"), Error::BadField),
        (format!("--x\r\n{part}--x"), Error::Truncated),
        (format!("--x\n{part}--x--"), Error::BadDelimiter),
    ] {
        assert_eq!(names("x", body.as_bytes()), Err(error), "{body:?}");
    }
}

#[test]
fn limits() {
    let body =
        |name: &str| format!("--x\r\nContent-Disposition: form-data; name={name}\r\n\r\n12345\r\n--x\r\n");
    let limits = Limits { parts: 2, head: 1000, content: 5 };
    let read = |body: String, limits| decode("x", body.as_bytes(), 100, limits);
    assert_eq!(read(body("a").repeat(3), limits), Err(Error::BadField), "boundaries are not there twice");
    let two = format!("{}{}", body("a"), &body("b")[5..]);
    assert_eq!(read(two.clone(), limits), Err(Error::Truncated));
    assert_eq!(read(format!("{two}{}", &body("c")[5..]), limits), Err(Error::TooManyParts));
    assert_eq!(read(body(&"a".repeat(1000)), limits), Err(Error::HeadTooLong));
    assert_eq!(read(body("a"), Limits { content: 4, ..limits }), Err(Error::PartTooLong));
    // A head that never ends is not collected.
    let mut decoder = Decoder::new(&Boundary::new("x").unwrap(), limits);
    decoder.push(b"--x\r\n");
    let end = (0..100).find_map(|_| {
        decoder.push(&[b'a'; 100]);
        decoder.poll_event().err()
    });
    assert_eq!(end, Some(Error::HeadTooLong));
    assert_eq!(decoder.finish(), Err(Error::HeadTooLong));
}

#[test]
fn what_may_not_be_written() {
    let mut form = Encoder::new(Boundary::new("x").unwrap());
    let wrong = [
        Part::new("a").with_content_type("text/plain\r\nX: y"),
        Part::new("a").with_field("X Y", "z"),
        Part::new("a").with_field("", "z"),
        Part::new("a").with_field("X", "\0"),
    ];
    for part in wrong {
        assert_eq!(form.add(&part, &b""[..]), Err(Error::BadField));
    }
    form.add(&Part::new("a").with_length(u64::MAX), b"").unwrap();
    assert_eq!(form.length(), None);
    for boundary in ["", "a ", "a\r\nb", "\"", "\u{e9}", &"x".repeat(71)] {
        assert_eq!(Boundary::new(boundary), Err(Error::BadBoundary));
    }
}
