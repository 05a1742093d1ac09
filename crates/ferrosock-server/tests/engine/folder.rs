//! A folder for people: listings, uploads, archives, and who may do what.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ferrosock_server::{Accounts, CrossOrigin, Files, Folder, Server, Uploads};

use crate::client::{Answer, Served, eventually, quick, serve, serve_with};

/// A folder for one test, removed behind it.
struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("engine-folder-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("root/sub/deep")).unwrap();
        fs::write(path.join("secret.txt"), "secret").unwrap();
        let root = path.join("root");
        fs::write(root.join("one.txt"), "0123456789").unwrap();
        fs::write(root.join("<b>&\"'.html"), "<script>alert(1)</script>").unwrap();
        fs::write(root.join(".hidden"), "hidden").unwrap();
        fs::write(root.join("sub/two.txt"), "two").unwrap();
        symlink("../secret.txt", root.join("out")).unwrap();
        symlink("one.txt", root.join("in")).unwrap();
        symlink("nowhere", root.join("broken")).unwrap();
        Self(path)
    }

    fn root(&self) -> PathBuf {
        self.0.join("root")
    }

    fn folder(&self) -> Folder {
        Folder::new(Files::new(self.root()).unwrap())
    }

    fn names(&self, below: &str) -> Vec<String> {
        let read = fs::read_dir(self.root().join(below)).unwrap();
        let mut names: Vec<_> = read.map(|each| each.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn ask(served: &Served, method: &str, path: &str, fields: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut client = served.connect();
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n");
    for (name, value) in fields {
        head += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() || matches!(method, "PUT" | "POST") {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    client.send(head + "\r\n");
    let _ = client.0.write_all(body); // an early answer may have closed it
    if method == "HEAD" {
        let head = client.head().unwrap();
        return Answer { status: head[9..12].parse().unwrap(), head, body: Vec::new() };
    }
    client.answer().unwrap()
}

fn get(served: &Served, path: &str, fields: &[(&str, &str)]) -> Answer {
    ask(served, "GET", path, fields, b"")
}

const JSON: &[(&str, &str)] = &[("Accept", "application/json")];

#[test]
fn listings_escape_and_leave_out() {
    let place = Place::new("list");
    let served = serve(place.folder());
    let page = get(&served, "/", &[]);
    let text = page.text();
    assert_eq!(page.status, 200);
    assert!(page.field("content-security-policy").unwrap().starts_with("default-src 'none'"));
    assert!(
        text.contains("&lt;b&gt;&amp;&quot;&#39;.html")
            && !text.contains("<b>")
            && !text.contains("<script>")
    );
    assert!(text.contains("href=\"./%3Cb%3E%26%22%27.html\"") && text.contains("href=\"./sub/\""));
    for gone in [".hidden", "\"out\"", "\"broken\"", "{{"] {
        assert!(!text.contains(gone), "{gone}");
    }
    let json = get(&served, "/?sort=size&order=desc", JSON).text();
    let at = |name: &str| json.find(&format!("\"name\":\"{name}\"")).unwrap();
    assert!(at("sub") < at("<b>&\\\"'.html") && at("<b>&\\\"'.html") < at("in") && at("in") < at("one.txt"));
    assert!(json.contains("\"type\":\"file\",\"size\":10,\"modified\":\""));
    assert!(get(&served, "/?q=ONE", JSON).text().matches("\"name\"").count() == 1);
    assert_eq!(get(&served, "/sub/deep/", JSON).text().matches("\"name\"").count(), 0);
    // What our own pages are made of, from any depth.
    for path in ["/sub/deep/", "/nothing/at/all"] {
        let text = get(&served, path, &[("Accept", "text/html")]).text();
        let up = "../".repeat(path.matches('/').count() - 1);
        assert!(text.contains(&format!("href=\"{up}.ferrosock/listing.css?")), "{path}");
    }
    for (path, kind) in
        [("listing.css", "text/css"), ("listing.js", "text/javascript"), ("icon.svg", "image/svg+xml")]
    {
        let answer = get(&served, &format!("/.ferrosock/{path}?1"), &[]);
        assert!(answer.status == 200 && answer.field("content-type").unwrap().starts_with(kind), "{path}");
    }
    for (path, status) in [
        ("/.ferrosock/", 404),
        ("/.ferrosock/other", 404),
        ("/../secret.txt", 404),
        ("/%2e%2e/secret.txt", 404),
        ("/..%2fsecret.txt", 404),
        ("/out", 404),
        ("/.hidden", 404),
        ("/sub", 301),
        ("/in", 200),
        ("/?zip", 200),
    ] {
        let answer = get(&served, path, &[]);
        assert_eq!(answer.status, status, "{path}");
        assert!(!answer.text().contains("secret\n") && answer.field("content-disposition").is_none());
    }
    for method in ["PUT", "POST", "DELETE", "PROPFIND"] {
        let answer = ask(&served, method, "/new.txt", &[], b"x");
        assert_eq!(
            (answer.status, answer.field("allow").as_deref()),
            (405, Some("GET, HEAD, OPTIONS")),
            "{method}"
        );
    }
    assert_eq!(ask(&served, "OPTIONS", "/", &[], b"").status, 204);
}

#[test]
fn many_entries_come_by_pages() {
    let place = Place::new("pages");
    for number in 0..2_100 {
        fs::write(place.root().join(format!("sub/deep/{number}")), "").unwrap();
    }
    let served = serve(place.folder());
    let first = get(&served, "/sub/deep/", &[]).text();
    assert!(
        first.contains("Page 1 of 2") && first.contains("page=2") && !first.contains("data-name=\"2099\"")
    );
    let last = get(&served, "/sub/deep/?page=9&q=9", &[]).text();
    assert!(!last.contains("class=\"pages\"") && last.contains("data-name=\"2099\""));
    assert!(get(&served, "/sub/deep/?page=2", &[]).text().contains("data-name=\"2099\""));
    assert_eq!(get(&served, "/sub/deep/", JSON).text().matches("\"name\"").count(), 2_100);
}

#[test]
fn files_are_put_and_never_replaced_unless_asked() {
    let place = Place::new("put");
    let served = serve(place.folder().uploads(Uploads::default()));
    let put = |path: &str, body: &str| ask(&served, "PUT", path, &[], body.as_bytes());
    let answer = put("/sub/new%20file.txt", "new");
    assert_eq!((answer.status, answer.field("location").as_deref()), (201, Some("/sub/new%20file.txt")));
    assert_eq!(fs::read(place.root().join("sub/new file.txt")).unwrap(), b"new");
    assert_eq!(put("/sub/empty", "").status, 201);
    for (path, status) in [
        ("/sub/new%20file.txt", 409),
        ("/sub", 409),
        ("/sub/", 405),
        ("/nowhere/a", 409),
        ("/one.txt/a", 409),
        ("/../a", 404),
        ("/%2e%2e/a", 404),
        ("/sub/..%2f..%2fa", 404),
        ("/a%00", 404),
        ("/a%0Ab", 400),
        ("/a%7F", 400),
        ("/.a", 404),
        ("/sub/.a", 404),
        ("/out", 409),
        ("/broken", 409),
        ("/", 405),
    ] {
        assert_eq!(put(path, "evil").status, status, "{path}");
    }
    let long = format!("/{}", "x".repeat(256));
    assert_eq!(put(&long, "evil").status, 400);
    for (fields, status) in [
        (&[("Content-Range", "bytes 0-3/10")][..], 400),
        (&[("Content-Encoding", "gzip")], 415),
        (&[("If-Match", "\"x\"")], 412),
        (&[("Sec-Fetch-Site", "cross-site")], 403),
        (&[("Origin", "http://evil.example")], 403),
    ] {
        assert_eq!(ask(&served, "PUT", "/other", fields, b"evil").status, status, "{fields:?}");
    }
    assert_eq!(place.names("sub"), ["deep", "empty", "new file.txt", "two.txt"]);
    assert_eq!(fs::read(place.0.join("secret.txt")).unwrap(), b"secret");
    assert_eq!(fs::read_dir(&place.0).unwrap().count(), 2);

    let served = serve(place.folder().uploads(Uploads { overwrite: true, ..Uploads::default() }));
    let put = |path: &str, fields: &[(&str, &str)]| ask(&served, "PUT", path, fields, b"other").status;
    assert_eq!(put("/sub/two.txt", &[]), 204);
    assert_eq!(put("/sub/two.txt", &[("If-None-Match", "*")]), 412);
    let tag = get(&served, "/sub/two.txt", &[]).field("etag").unwrap();
    assert_eq!(put("/sub/two.txt", &[("If-Match", &tag)]), 204);
    assert_eq!(put("/sub/deep", &[]), 409);
    // A link is replaced, not followed.
    assert_eq!(put("/out", &[]), 204);
    assert_eq!(fs::read(place.0.join("secret.txt")).unwrap(), b"secret");
    assert!(!place.root().join("out").is_symlink());
    let html = ask(&served, "PUT", "/page.html", &[], b"<script>1</script>");
    assert_eq!(html.status, 201);
    assert!(
        get(&served, "/page.html", &[]).field("content-security-policy").unwrap().starts_with("sandbox ")
    );
}

fn form(parts: &[(&str, Option<&str>, &str)]) -> Vec<u8> {
    let mut out = String::new();
    for (name, file, content) in parts {
        out += &format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"");
        if let Some(file) = file {
            out += &format!("; filename=\"{file}\"\r\nContent-Type: text/plain");
        }
        out += &format!("\r\n\r\n{content}\r\n");
    }
    (out + "--B--\r\n").into_bytes()
}

const FORM: (&str, &str) = ("Content-Type", "multipart/form-data; boundary=B");

#[test]
fn forms_of_pages() {
    let place = Place::new("form");
    let served = serve(place.folder().uploads(Uploads::default()));
    let post = |path: &str, fields: &[(&str, &str)], body: &[u8]| ask(&served, "POST", path, fields, body);
    let files = [
        ("file", Some("a.txt"), "A"),
        ("x", None, "y"),
        ("file", Some("..\\..\\b c.txt"), ""),
        ("f", Some(""), ""),
    ];
    let answer = post("/sub/", &[FORM], &form(&files));
    assert_eq!((answer.status, answer.field("location").as_deref()), (303, Some("/sub/")));
    assert_eq!(place.names("sub"), ["a.txt", "b c.txt", "deep", "two.txt"]);
    let answer = post(
        "/sub/",
        &[FORM, JSON[0]],
        &form(&[("file", Some("../../c"), "C"), ("file", Some("a.txt"), "X")]),
    );
    assert_eq!(answer.status, 409);
    assert!(
        answer.text().contains("\"stored\":[{\"name\":\"c\",\"size\":1,\"replaced\":false}]"),
        "{}",
        answer.text()
    );
    assert_eq!(fs::read(place.root().join("sub/a.txt")).unwrap(), b"A");
    for (path, fields, body, status) in [
        ("/sub", &[FORM][..], form(&files), 405),
        ("/none/", &[FORM], form(&files), 409),
        ("/sub/deep/", &[], form(&files), 415),
        ("/sub/deep/", &[("Content-Type", "multipart/form-data")], form(&files), 415),
        ("/sub/deep/", &[("Content-Type", "text/plain; boundary=B")], form(&files), 415),
        ("/sub/deep/", &[FORM], b"--B\r\nnonsense".to_vec(), 400),
        ("/sub/deep/", &[FORM], b"--B--\r\n".to_vec(), 400),
        ("/sub/deep/", &[FORM], form(&[("file", Some(".."), "x")]), 400),
        ("/sub/deep/", &[FORM], form(&[("file", Some(".bashrc"), "x")]), 400),
        ("/sub/deep/", &[FORM], form(&[("file", Some("a\tb"), "x")]), 400),
        ("/sub/deep/", &[FORM, ("Sec-Fetch-Site", "cross-site")], form(&files), 403),
        ("/sub/deep/", &[FORM, ("Origin", "null")], form(&files), 403),
    ] {
        assert_eq!(post(path, fields, &body).status, status, "{path} {fields:?}");
    }
    assert!(place.names("sub/deep").is_empty());
    assert_eq!(fs::read_dir(&place.0).unwrap().count(), 2);
}

#[test]
fn what_breaks_leaves_nothing() {
    let place = Place::new("break");
    let folder = place.folder().uploads(Uploads { most: 100_000, ..Uploads::default() });
    let served = serve_with(Server::builder().timeouts(quick()), folder);
    for head in [
        "Content-Length: 50000\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nffff\r\n",
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
    ] {
        let mut client = served.connect();
        client.send(format!("PUT /sub/deep/gone HTTP/1.1\r\nHost: a\r\n{head}some of it"));
        drop(client);
    }
    let mut slow = served.connect();
    slow.send("PUT /sub/deep/slow HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\nsome of it");
    assert_eq!(slow.answer().unwrap().status, 408);
    let mut broken = served.connect();
    broken.send(b"POST /sub/deep/ HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 5000\r\n\r\n");
    broken.send(&form(&[("file", Some("half"), "half of it")])[..70]);
    drop(broken);
    assert_eq!(ask(&served, "PUT", "/sub/deep/large", &[], &[0; 100_001]).status, 413);
    let mut chunked = served.connect();
    chunked.send("PUT /sub/deep/large HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    chunked.send("fff0\r\n").send(vec![0; 0xfff0]).send("\r\nfff0\r\n");
    assert_eq!(chunked.answer().unwrap().status, 413);
    assert_eq!(ask(&served, "PUT", "/sub/deep/right", &[], &[0; 100_000]).status, 201);
    eventually("drafts stay", || place.names("sub/deep") == ["right"]);
    // Nobody is told to send what will be refused.
    let mut polite = served.connect();
    polite.send("PUT /one.txt HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
    assert_eq!(polite.answer().unwrap().status, 409);
}

#[test]
fn conditions_hold_until_the_file_is_whole() {
    let place = Place::new("meanwhile");
    let served = serve(place.folder().uploads(Uploads { overwrite: true, ..Uploads::default() }));
    let tag = get(&served, "/one.txt", &[]).field("etag").unwrap();
    let begin = |path: &str, field: &str| {
        let mut client = served.connect();
        let head = format!(
            "PUT {path} HTTP/1.1\r\nHost: a\r\n{field}\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        );
        client.send(head);
        assert!(client.head().unwrap().contains(" 100 "), "{field}");
        client
    };
    // Each is let in, and then another writes there.
    let mut new = begin("/new.txt", "If-None-Match: *");
    let mut known = begin("/one.txt", &format!("If-Match: {tag}"));
    let mut right = begin("/right.txt", "If-None-Match: *");
    for name in ["new.txt", "one.txt"] {
        fs::write(place.root().join(name), "other's").unwrap();
    }
    assert_eq!(new.send("mine").answer().unwrap().status, 412);
    assert_eq!(known.send("mine").answer().unwrap().status, 412);
    assert_eq!(right.send("mine").answer().unwrap().status, 201);
    for name in ["new.txt", "one.txt"] {
        assert_eq!(fs::read(place.root().join(name)).unwrap(), b"other's", "{name}");
    }
    // What cannot be opened is there all the same; and a date is for those who read (RFC 9110 section 13.1.3).
    let put = |path: &str, field: (&str, &str)| ask(&served, "PUT", path, &[field], b"mine").status;
    assert_eq!(put("/out", ("If-None-Match", "*")), 412);
    assert!(place.root().join("out").is_symlink());
    assert_eq!(put("/one.txt", ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")), 204);
}

#[test]
fn slow_uploads_hold_nobody_up() {
    let place = Place::new("slow");
    let served = serve(place.folder().uploads(Uploads::default()));
    let slow: Vec<_> = (0..100)
        .map(|number| {
            let mut client = served.connect();
            client.send(format!("PUT /slow{number} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx"));
            client
        })
        .collect();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(get(&served, "/", JSON).status, 200);
    let more: Vec<_> = (0..60)
        .map(|_| {
            let mut client = served.connect();
            client.send("PUT /more HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx");
            client
        })
        .collect();
    let full = more.into_iter().filter_map(|mut client| {
        client.0.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let mut byte = [0; 12];
        client.0.peek(&mut byte).is_ok().then(|| client.answer().unwrap().status)
    });
    assert!(full.into_iter().any(|status| status == 503));
    for mut client in slow {
        client.send("12345678");
        assert_eq!(client.answer().unwrap().status, 201);
    }
}

#[test]
fn accounts_and_other_origins() {
    let place = Place::new("who");
    let mut accounts = Accounts::new();
    accounts.add("ann:secret").unwrap();
    let origins = CrossOrigin::Origins(vec!["https://app.example".into()]);
    let folder =
        place.folder().uploads(Uploads::default()).archives(true).accounts(accounts).cross_origin(origins);
    let served = serve(folder);
    let ann = ("Authorization", "Basic YW5uOnNlY3JldA==");
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/one.txt"),
        ("GET", "/?zip"),
        ("GET", "/.ferrosock/listing.css"),
        ("PUT", "/new"),
        ("OPTIONS", "/"),
        ("GET", "/none"),
        ("DELETE", "/"),
    ] {
        for fields in [&[][..], &[("Authorization", "Basic YW5uOndyb25n")], &[("Authorization", "nonsense")]]
        {
            let answer = ask(&served, method, path, fields, b"");
            assert_eq!(answer.status, 401, "{method} {path}");
            assert!(answer.field("www-authenticate").unwrap().starts_with("Basic realm="));
        }
        assert_ne!(ask(&served, method, path, &[ann], b"").status, 401, "{method} {path}");
    }
    let app = ("Origin", "https://app.example");
    let evil = ("Origin", "https://evil.example");
    let asks = ("Access-Control-Request-Method", "PUT");
    let allowed = |answer: &Answer| answer.field("access-control-allow-origin");
    let answer =
        ask(&served, "OPTIONS", "/one.txt", &[app, asks, ("Access-Control-Request-Headers", "x-a")], b"");
    assert_eq!((answer.status, allowed(&answer).as_deref()), (204, Some("https://app.example")));
    assert_eq!(answer.field("access-control-allow-methods").as_deref(), Some("GET, HEAD, POST, PUT"));
    assert_eq!(allowed(&ask(&served, "OPTIONS", "/one.txt", &[evil, asks], b"")), None);
    assert_eq!(allowed(&get(&served, "/one.txt", &[app, ann])).as_deref(), Some("https://app.example"));
    assert_eq!(allowed(&get(&served, "/one.txt", &[evil, ann])), None);
    assert_eq!(
        ask(&served, "PUT", "/by-app", &[app, ann, ("Sec-Fetch-Site", "cross-site")], b"x").status,
        201
    );
    assert_eq!(
        ask(&served, "PUT", "/by-evil", &[evil, ann, ("Sec-Fetch-Site", "cross-site")], b"x").status,
        403
    );

    let served = serve(place.folder().uploads(Uploads::default()).cross_origin(CrossOrigin::Any));
    assert_eq!(allowed(&get(&served, "/", &[evil])).as_deref(), Some("*"));
    let answer = ask(&served, "OPTIONS", "/x", &[evil, asks], b"");
    assert_eq!(answer.field("access-control-allow-methods").as_deref(), Some("GET, HEAD"));
    assert_eq!(ask(&served, "PUT", "/by-evil", &[evil], b"x").status, 403);
    // Without the wish for it nothing is said.
    assert_eq!(allowed(&get(&serve(place.folder()), "/", &[app])), None);
}

#[test]
fn names_that_lead_here() {
    let place = Place::new("hosts");
    let served =
        serve(place.folder().hosts(["LocalHost", "127.0.0.1", "::1", "*.home.example"]).signature("mine/1"));
    for (host, status) in [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:8000", 200),
        ("[::1]", 200),
        ("a.home.example", 200),
        ("home.example", 421),
        (".home.example", 421),
        ("evilhome.example", 421),
        ("localhost.evil.example", 421),
        ("evil.example:8000", 421),
    ] {
        let mut client = served.connect();
        client.send(format!("GET /one.txt HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        let answer = client.answer().unwrap();
        assert_eq!((answer.status, answer.field("server").as_deref()), (status, Some("mine/1")), "{host}");
    }
    // The name in an absolute target counts, not the field.
    for (target, host, status) in [
        ("http://localhost/one.txt", "evil.example", 200),
        ("http://[::1]:8000/one.txt", "evil.example", 200),
        ("HTTP://LocalHost", "evil.example", 200),
        ("http://evil.example/one.txt", "localhost", 421),
        ("http://evil.example?//localhost/", "localhost", 421),
    ] {
        let mut client = served.connect();
        client.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        assert_eq!(client.answer().unwrap().status, status, "{target} {host}");
    }
}

#[test]
fn pages_of_one_application() {
    let place = Place::new("spa");
    fs::write(place.root().join("index.html"), "<p>app").unwrap();
    let served = serve(place.folder().single_page(true));
    let html = ("Accept", "text/html,*/*;q=0.8");
    for (path, fields, status) in [
        ("/", &[html][..], 200),
        ("/users/7", &[html], 200),
        ("/sub/none", &[html], 200),
        ("/users/7", &[("Accept", "application/json")], 404),
        ("/users/7", &[], 404),
        ("/app.js", &[html], 404),
        ("/../x", &[html], 404),
        ("/.env", &[html], 404),
        ("/sub/two.txt", &[html], 200),
    ] {
        let answer = get(&served, path, fields);
        assert_eq!(answer.status, status, "{path}");
        if status == 200 && !path.ends_with(".txt") {
            assert_eq!(answer.text(), "<p>app", "{path}");
        }
        // Whether there is such a page is a matter of what is accepted; so is how it is said that there is none.
        let varies = answer.field("vary").is_some_and(|field| field.contains("Accept"));
        assert_eq!(varies, !matches!(path, "/" | "/sub/two.txt"), "{path} {fields:?}");
    }
    let served = serve(place.folder().single_page(true).archives(true));
    assert_eq!(get(&served, "/sub/?zip", &[html]).field("content-type").as_deref(), Some("application/zip"));
    assert_eq!(get(&served, "/none/?zip", &[html]).text(), "<p>app");
    let served = serve(place.folder().list(false));
    assert_eq!((get(&served, "/", &[]).status, get(&served, "/sub/", &[]).status), (200, 404));
}

#[test]
fn an_archive_is_whole() {
    let place = Place::new("zip");
    let noise: Vec<u8> =
        (0..300_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    fs::write(place.root().join("sub/noise.png"), &noise).unwrap();
    symlink("..", place.root().join("sub/loop")).unwrap();
    let served = serve(place.folder().archives(true));
    let answer = get(&served, "/sub/?zip", &[]);
    assert_eq!((answer.status, answer.field("content-type").as_deref()), (200, Some("application/zip")));
    assert_eq!(
        answer.field("content-disposition").as_deref(),
        Some("attachment; filename=\"sub.zip\"; filename*=UTF-8''sub.zip")
    );
    let body = &answer.body;
    assert!(body.starts_with(b"PK\x03\x04") && body.len() > noise.len());
    assert_eq!(names_in(body), ["sub/", "sub/noise.png", "sub/two.txt", "sub/deep/"]);
    let whole = get(&served, "/?zip", &[]).body;
    let names = names_in(&whole);
    assert!(names.iter().any(|name| name.ends_with("root/in")), "{names:?}");
    assert!(
        !names.iter().any(|name| name.contains("out") || name.contains("hidden") || name.contains("loop"))
    );
    // A client that leaves stops the work, and nobody else notices.
    let mut client = served.connect();
    client.send("GET /?zip HTTP/1.1\r\nHost: a\r\n\r\n");
    drop(client);
    assert_eq!(ask(&served, "HEAD", "/?zip", &[], b"").status, 200);
}

/// The names of a central directory.
fn names_in(archive: &[u8]) -> Vec<String> {
    let end = archive.windows(4).rposition(|four| four == b"PK\x05\x06").unwrap();
    let short = |at: usize| usize::from(u16::from_le_bytes([archive[at], archive[at + 1]]));
    let long = |at: usize| short(at) | short(at + 2) << 16;
    let (count, mut at) = (short(end + 10), long(end + 16));
    let mut names = Vec::new();
    for _ in 0..count {
        assert_eq!(&archive[at..at + 4], b"PK\x01\x02");
        let name = &archive[at + 46..at + 46 + short(at + 28)];
        names.push(String::from_utf8(name.to_vec()).unwrap());
        at += 46 + short(at + 28) + short(at + 30) + short(at + 32);
    }
    assert_eq!(at, end);
    names
}

/// Requests thrown together from what has led out of folders before: none does, and nothing panics.
#[test]
fn chance_finds_no_way_out() {
    let place = Place::new("chance");
    fs::create_dir_all(place.root().join("a b/%2e")).unwrap();
    let uploads = Uploads { most: 100, overwrite: true };
    let served = serve(place.folder().uploads(uploads).archives(true).cross_origin(CrossOrigin::Any));
    let parts = [
        "/",
        "..",
        ".",
        "%2e",
        "%2E%2e",
        "%2f",
        "\\",
        "%5c",
        "%00",
        "%",
        "%f",
        "sub",
        "one.txt",
        "out",
        "in",
        "a%20b",
        "%252e",
        "?zip",
        "?q=%ff%",
        "&sort=size",
        "&page=-1",
        "secret.txt",
        ".ferrosock",
        "listing.css",
        ".hidden",
        "~",
        ";",
        "http://a",
        "//",
        "%C0%AE",
        "*",
        "\u{e9}",
        "#",
        "<",
        "proc/self/environ",
        "\u{202e}",
    ];
    let methods = ["GET", "GET", "GET", "HEAD", "PUT", "POST", "OPTIONS", "DELETE", "get"];
    let fields = [
        "Accept: text/html",
        "Accept: application/json",
        "Origin: http://a",
        "Range: bytes=0-0",
        "Depth: infinity",
        "Content-Type: multipart/form-data; boundary=B",
        "If-None-Match: *",
        "Sec-Fetch-Site: none",
        "Overwrite: T",
    ];
    let mut state = 1_u64;
    let mut draw = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most
    };
    for _ in 0..3_000 {
        let target: String = (0..=draw(6)).map(|_| parts[draw(parts.len())]).collect();
        let (method, first, second) =
            (methods[draw(methods.len())], fields[draw(fields.len())], fields[draw(fields.len())]);
        let slash = if draw(8) == 0 { "" } else { "/" };
        let mut client = served.connect();
        client.send(format!(
            "{method} {slash}{target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{first}\r\n{second}\r\nContent-Length: 4\r\n\r\nevil"
        ));
        let answer = client.rest();
        let text = String::from_utf8_lossy(&answer);
        assert!(
            text.starts_with("HTTP/1.1 ") && !text.starts_with("HTTP/1.1 500"),
            "{method} {target}: {text}"
        );
        let leaks =
            text.contains("\r\n\r\nsecret") || text.contains("\r\n\r\nhidden") || text.contains("PATH=");
        assert!(!leaks, "{method} {target}: {text}");
    }
    assert_eq!(fs::read(place.0.join("secret.txt")).unwrap(), b"secret");
    assert_eq!(fs::read_dir(&place.0).unwrap().count(), 2);
    assert_eq!(fs::read(place.root().join(".hidden")).unwrap(), b"hidden");
    assert_eq!(served.errors(), Vec::<String>::new());
}

#[test]
fn a_root_that_goes_away() {
    let place = Place::new("gone");
    let served = serve(place.folder().uploads(Uploads::default()).archives(true));
    fs::remove_dir_all(place.root()).unwrap();
    assert!(!Path::new(&place.root()).exists());
    assert_eq!(get(&served, "/", &[]).status, 404);
    assert_eq!(ask(&served, "PUT", "/x", &[], b"x").status, 409);
    assert_eq!(get(&served, "/?zip", &[]).status, 404);
}
