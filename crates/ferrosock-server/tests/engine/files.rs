//! Files, conditions, ranges, codings, and names that try to escape.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use ferrosock_server::Files;

use crate::client::{Answer, Client, Served, serve};

/// A folder for one test, removed behind it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn folder(name: &str) -> Folder {
    let path = std::env::temp_dir().join(format!("engine-files-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(path.join("root/sub/deep")).unwrap();
    fs::write(path.join("secret.txt"), "secret").unwrap();
    let root = path.join("root");
    fs::write(root.join("index.html"), "<p>index").unwrap();
    fs::write(root.join("small.txt"), "0123456789").unwrap();
    fs::write(root.join("large.bin"), large()).unwrap();
    fs::write(root.join("a b\u{e9}.css"), "css").unwrap();
    fs::write(root.join(".hidden"), "hidden").unwrap();
    fs::write(root.join("sub/index.html"), "<p>sub").unwrap();
    fs::write(root.join("empty"), "").unwrap();
    Folder(path)
}

fn large() -> Vec<u8> {
    (0..1_500_000_u32).map(|number| (number % 253) as u8).collect()
}

fn root(folder: &Folder) -> Files {
    Files::new(folder.0.join("root")).unwrap()
}

fn ask(served: &Served, path: &str, fields: &[(&str, &str)]) -> Answer {
    ask_by("GET", served, path, fields)
}

fn ask_by(method: &str, served: &Served, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n");
    for (name, value) in fields {
        request += &format!("{name}: {value}\r\n");
    }
    let mut client = served.connect();
    client.send(request + "\r\n");
    if method == "HEAD" {
        let head = client.head().unwrap();
        return Answer { status: head[9..12].parse().unwrap(), head, body: Vec::new() };
    }
    client.answer().unwrap()
}

#[test]
fn files_folders_and_types() {
    let folder = folder("types");
    let served = serve(root(&folder));
    for (path, status, kind, body) in [
        ("/", 200, "text/html; charset=utf-8", &b"<p>index"[..]),
        ("/small.txt?query", 200, "text/plain; charset=utf-8", b"0123456789"),
        ("/large.bin", 200, "application/octet-stream", &large()),
        ("/a%20b%C3%A9.css", 200, "text/css; charset=utf-8", b"css"),
        ("/sub/", 200, "text/html; charset=utf-8", b"<p>sub"),
        ("/empty", 200, "application/octet-stream", b""),
        ("/sub/deep/", 404, "text/plain; charset=utf-8", b"404 Not Found\n"),
        ("/small.txt/", 404, "text/plain; charset=utf-8", b"404 Not Found\n"),
        ("/small.txt/a", 404, "text/plain; charset=utf-8", b"404 Not Found\n"),
    ] {
        let answer = ask(&served, path, &[]);
        assert_eq!((answer.status, answer.field("content-type").as_deref()), (status, Some(kind)), "{path}");
        assert!(answer.body == body, "{path}");
        let head = ask_by("HEAD", &served, path, &[]);
        assert_eq!(head.status, status);
        assert_eq!(head.field("content-length"), answer.field("content-length"), "{path}");
    }
    let moved = ask(&served, "/sub?a=b", &[]);
    assert_eq!((moved.status, moved.field("location").as_deref()), (301, Some("/sub/?a=b")));
    // Browsers would take it for another host.
    fs::create_dir(folder.0.join("root/\\host")).unwrap();
    let moved = ask(&served, "/\\host", &[]);
    assert_eq!((moved.status, moved.field("location").as_deref()), (301, Some("/%5Chost/")));
    let refused = ask_by("POST", &served, "/", &[("Content-Length", "0")]);
    assert_eq!((refused.status, refused.field("allow").as_deref()), (405, Some("GET, HEAD, OPTIONS")));
    assert_eq!(ask_by("OPTIONS", &served, "/", &[]).status, 204);
}

#[test]
fn nothing_outside_is_served() {
    let folder = folder("escape");
    let base = folder.0.join("root");
    symlink("../secret.txt", base.join("out")).unwrap();
    symlink("..", base.join("up")).unwrap();
    symlink("small.txt", base.join("in")).unwrap();
    symlink("loop", base.join("loop")).unwrap();
    fs::create_dir_all(folder.0.join("root-beside")).unwrap();
    fs::write(folder.0.join("root-beside/x"), "secret").unwrap();
    symlink("../root-beside", base.join("beside")).unwrap();
    let served = serve(root(&folder));
    for path in [
        "/../secret.txt",
        "/sub/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/sub/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/.%2e/secret.txt",
        "/%252e%252e/secret.txt",
        "/..%c0%afsecret.txt",
        "/small.txt%00",
        "/secret.txt%00.html",
        "//secret.txt",
        "//a.example/sub",
        "/./small.txt",
        "/out",
        "/up/secret.txt",
        "/up/",
        "/beside/x",
        "/loop",
        "/.hidden",
        "/%2ehidden",
        "http://a/../secret.txt",
    ] {
        let answer = ask(&served, path, &[]);
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        assert_eq!(answer.field("location"), None);
    }
    assert_eq!(ask(&served, "/in", &[]).text(), "0123456789");
    let open = serve(root(&folder).links_out(true).hidden(true));
    assert_eq!(ask(&open, "/out", &[]).text(), "secret");
    assert_eq!(ask(&open, "/up/secret.txt", &[]).text(), "secret");
    assert_eq!(ask(&open, "/.hidden", &[]).text(), "hidden");
    assert_eq!(ask(&open, "/../secret.txt", &[]).status, 404);
}

#[test]
fn conditions_are_heeded() {
    let folder = folder("conditions");
    let served = serve(root(&folder).cache_control("max-age=60"));
    let first = ask(&served, "/small.txt", &[]);
    let (tag, date) = (first.field("etag").unwrap(), first.field("last-modified").unwrap());
    assert_eq!(first.field("cache-control").as_deref(), Some("max-age=60"));
    for (name, value, status) in [
        ("If-None-Match", tag.as_str(), 304),
        ("If-None-Match", "\"x\"", 200),
        ("If-Modified-Since", &date, 304),
        ("If-Match", &tag, 200),
        ("If-Match", "\"x\"", 412),
        ("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 412),
    ] {
        let answer = ask(&served, "/small.txt", &[(name, value)]);
        assert_eq!(answer.status, status, "{name}: {value}");
        if status == 304 {
            assert_eq!(answer.field("etag").as_ref(), Some(&tag));
            assert_eq!((answer.field("content-length"), answer.field("content-type")), (None, None));
        }
    }
    fs::write(folder.0.join("root/small.txt"), "changed").unwrap();
    let changed = ask(&served, "/small.txt", &[("If-None-Match", &tag)]);
    assert_eq!((changed.status, changed.text().as_str()), (200, "changed"));
}

#[test]
fn parts_of_files() {
    let folder = folder("parts");
    let served = serve(root(&folder));
    let tag = ask(&served, "/small.txt", &[]).field("etag").unwrap();
    for (range, status, said, body) in [
        ("bytes=2-4", 206, Some("bytes 2-4/10"), "234"),
        ("bytes=7-", 206, Some("bytes 7-9/10"), "789"),
        ("bytes=-2", 206, Some("bytes 8-9/10"), "89"),
        ("bytes=10-", 416, Some("bytes */10"), "416 Range Not Satisfiable\n"),
        ("bytes=4-2", 200, None, "0123456789"),
        ("pages=1", 200, None, "0123456789"),
    ] {
        let answer = ask(&served, "/small.txt", &[("Range", range)]);
        assert_eq!((answer.status, answer.field("content-range").as_deref()), (status, said), "{range}");
        assert_eq!(answer.text(), body, "{range}");
    }
    let part = ask(&served, "/large.bin", &[("Range", "bytes=100000-1299999")]);
    assert!(part.status == 206 && part.body == large()[100_000..1_300_000]);
    let right = [("Range", "bytes=0-0"), ("If-Range", tag.as_str())];
    assert_eq!(ask(&served, "/small.txt", &right).status, 206);
    let wrong = [("Range", "bytes=0-0"), ("If-Range", "\"other\"")];
    assert_eq!(ask(&served, "/small.txt", &wrong).status, 200);
    assert_eq!(ask_by("HEAD", &served, "/small.txt", &[("Range", "bytes=0-0")]).status, 200);

    let many = ask(&served, "/large.bin", &[("Range", "bytes=0-2,100-100099,-1")]);
    assert_eq!(many.status, 206);
    let kind = many.field("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/byteranges; boundary=").unwrap();
    let mut expected = Vec::new();
    for (index, (first, last)) in [(0, 2), (100, 100_099), (1_499_999, 1_499_999)].into_iter().enumerate() {
        let start = if index == 0 { "" } else { "\r\n" };
        let head = format!(
            "{start}--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {first}-{last}/1500000\r\n\r\n"
        );
        expected.extend_from_slice(head.as_bytes());
        expected.extend_from_slice(&large()[first..=last]);
    }
    expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    assert!(many.body == expected);
}

#[test]
fn files_that_are_compressed_already() {
    let folder = folder("codings");
    for (extension, body) in [("br", "as br"), ("gz", "as gzip"), ("zst", "as zstd")] {
        fs::write(folder.0.join(format!("root/small.txt.{extension}")), body).unwrap();
    }
    fs::write(folder.0.join("root/index.html.gz"), "index as gzip").unwrap();
    let served = serve(root(&folder).precompressed(true));
    for (path, accepted, coding, body) in [
        ("/small.txt", "", None, "0123456789"),
        ("/small.txt", "gzip, br", Some("br"), "as br"),
        ("/small.txt", "gzip", Some("gzip"), "as gzip"),
        ("/small.txt", "gzip, br;q=0.5", Some("gzip"), "as gzip"),
        ("/small.txt", "gzip;q=0, zstd", Some("zstd"), "as zstd"),
        ("/small.txt", "*", Some("br"), "as br"),
        ("/small.txt", "br;q=0, *;q=0.1", Some("zstd"), "as zstd"),
        ("/small.txt", "identity", None, "0123456789"),
        ("/small.txt", "gzip;q=0.5, identity", None, "0123456789"),
        ("/small.txt", "gzip;q=0.5, br, identity;q=0.7", Some("br"), "as br"),
        ("/small.txt", "gzip, identity", Some("gzip"), "as gzip"),
        ("/", "br, gzip", Some("gzip"), "index as gzip"),
        ("/sub/", "br, gzip", None, "<p>sub"),
    ] {
        let answer = ask(&served, path, &[("Accept-Encoding", accepted)]);
        assert_eq!(
            (answer.field("content-encoding").as_deref(), answer.text().as_str()),
            (coding, body),
            "{accepted}"
        );
        assert_eq!(answer.field("vary").as_deref(), Some("Accept-Encoding"));
        assert!(answer.field("content-type").unwrap().starts_with("text/"));
    }
    let tags: std::collections::HashSet<_> = ["", "gzip", "br"]
        .map(|accepted| ask(&served, "/small.txt", &[("Accept-Encoding", accepted)]).field("etag"))
        .into();
    assert_eq!(tags.len(), 3);
}

#[test]
fn what_is_no_file_is_not_served() {
    let folder = folder("odd");
    let pipe = folder.0.join("root/pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let served = serve(root(&folder));
    assert_eq!(ask(&served, "/pipe", &[]).status, 404);
    assert_eq!(ask(&served, &format!("/{}", "x".repeat(5000)), &[]).status, 404);
    let mut client: Client = served.connect();
    assert_eq!(client.get("/small.txt").text(), "0123456789");
}
