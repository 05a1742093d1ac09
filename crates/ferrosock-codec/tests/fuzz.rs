//! The targets of `fuzz/targets/codec.rs` on random input: see `fuzz/driver.rs`.

#[path = "../../../fuzz/driver.rs"]
mod driver;
#[path = "../../../fuzz/targets/codec.rs"]
mod targets;

use driver::run;

#[test]
fn xdr() {
    let words: [&[u8]; 3] = [
        b"\0\0\0\x02\0\0\0\x05hello\0\0\0\0\0\0\x01a\0\0\0",
        b"\0\0\0\x01\0\0\0\x01b\0\0\0\0\0\0\x01\0\0\0\x03abc\0\0\0\0\0",
        b"\xff\xff\xff\xff\0\0\0\0",
    ];
    let seeds: Vec<Vec<u8>> = (0..9_u8)
        .flat_map(|kind| [2, 9, 255].map(|size| [kind, size]))
        .flat_map(|head| words.map(|words| [&head[..], words].concat()))
        .collect();
    run("xdr", targets::xdr, &seeds.iter().map(Vec::as_slice).collect::<Vec<_>>());
}

#[test]
fn url() {
    let seeds: [&[u8]; 8] = [
        b"http://user:word@host.example:8080/a/b;c?d=e#f\0../g;x=1/../y",
        b"HTTPS://[fe80::1%eth0]:443/../a/./b/\0//other/c",
        b"//[v1.future]/?#\0?q",
        b"mailto:a@b\0http:g",
        b" \t\nhttp://[::ffff:1.2.3.4]\r/\0#",
        b"http://[1.2.3.4]/\0http://]a[/",
        b"x+y.z-1:////a\0....//./..",
        b"\xc3\xa9://\xff/\0%zz",
    ];
    run("url", targets::url, &seeds);
}

#[test]
fn content() {
    let seeds: [&[u8]; 9] = [
        b"\x02\x1f\x8b\x08\0\0\0\0\0\0\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0",
        b"\x02\x1f\x8b\x08\x1e\0\0\0\0\0\x03\x03\0abcname\0comment\0",
        b"\x03x\x9c\xcbH\xcd\xc9\xc9\x07\0\x06,\x02\x15",
        b"\x03\x03\0",
        b"\x01\x0b\x02\x80hello\x03",
        b"\x01\x5b\xff\xaf\x02\xc0\x22\x79\x5c\xfb\x5a\x8c\x42\x3b\xf4\x25\x55\x19\x5a\x92\x99\xb1\x35\xc8\x19\x9e\x9e\x0a\x7b\x4b\x90\xb9\x3c\x98\xc8\x09\x40\xf3\xe6\xd9\x4d\xe4\x6d\xa4\x1b\x27\x87\x13\x5f\xa6\xe9\x30\x96\x7b\x3c\x15\xd8\x53\x1c",
        b"\x00\x28\xb5\x2f\xfd\x04\x58\x29\0\0hello\xa3m\x9f\x88",
        b"\x00\x28\xb5\x2f\xfd\x04\x68\xb5\x03\x00\x22\x05\x13\x18\x60\xad\x0e\x2f\x25\x36\xd0\x5e\x3d\x25\x06\x06\x00\x00\x7b\xe5\x48\x12\x5a\x58\x49\xf0\x12\xf0\x7d\xd6\x5f\x2d\x3b\x46\x07\x03\xe9\x20\x6c\xef\x31\x07\xbb\x49\xe6\xba\x81\x8c\x5c\xe3\x54\x35\xd4\xaf\xe3\x19\xdd\xe7\x86\x81\x94\x4f\xf7\xb8\x95\x2e\x26\xbe\x14\x14\x72\x3e\x93\xe7\xc2\xfa\xb4\xb4\x06\x17\xa8\x10\xa0\xdd\xff\x3b\x90\x33\x5c\x1d\x10\x12\x61\x45\xb0\x05\x12\xff\x7d\x0d\xb2\xcb\x8a\x02\x51\x82\xb1\x44\xb3\x97\xbc\x63\x97\xd2\x8f\x05\x28\x05\x81\xac\x0d\x71",
        b"\x80\x28\xb5\x2f\xfd\0\x58\x78\0\0\x28\xb5\x2f\xfd\0\x58\x29\0\0hello\x02\0\x10\0\x01\0\0",
    ];
    run("content", targets::content, &seeds);
}

#[test]
fn multipart() {
    let seeds: [&[u8]; 4] = [
        b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n",
        b"pre\r\n--x \r\nContent-Disposition: form-data; name=b; filename=\"c%22\"\r\nContent-Type: t/p\r\n\r\n\r\n--x--",
        b"--x\r\nContent-Disposition: form-data; name=\"\\\"\"\r\n\r\n\r\n--\r\n--y\r\n--x--post",
        b"\r\n--x\r\n",
    ];
    run("multipart", targets::multipart, &seeds);
}

#[test]
fn percent() {
    let seeds: [&[u8]; 4] = [b"/a%20b/%C3%B1", b"100% %4 %%41%zz", b"+a+b=c&d=%26&&=;x", b"\0\x80\xff%ff%FF"];
    run("percent", targets::percent, &seeds);
}

#[test]
fn form() {
    let seeds: [&[u8]; 4] = [b"a=1&b=2&&c&=d", b"q=a+b%26;r=%3d", b"=&=&=", b"a==b&&&"];
    run("form", targets::form, &seeds);
}

#[test]
fn html() {
    let seeds: [&[u8]; 6] = [
        b"<a href=\"?x&amp;y\">&lt;&#39;&#x27;&copy &notit; &notin;</a>",
        b"&#0;&#128;&#xD800;&#x110000;&#99999999999999999999;&#000000000000000000000065",
        b"&CounterClockwiseContourIntegral;&acE;&acE &nosuchnameatallthatislongerthananyother;",
        b"&&#&#x&#X;&;&#;&# &x",
        b"caf\xc3\xa9 &eacute\xc3\xa9;",
        b"&amp;amp;lt;",
    ];
    run("html", targets::html, &seeds);
}

#[test]
fn base64() {
    let seeds: [&[u8]; 8] = [
        b"",
        b"Zg==",
        b"Zm8=",
        b"Zm9vYmFy",
        b"TWFu\r\nTWE=\r\n",
        b"-_8=+/8=",
        b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODk=",
        b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\nNTY3ODk=\n",
    ];
    run("base64", targets::base64, &seeds);
}

#[test]
fn base32() {
    let seeds: [&[u8]; 6] =
        [b"", b"MY======", b"MZXW6YTB", b"MZXW6YTBOI======", b"CPNMUOJ1E8======", b"mzxw6ytb0189===="];
    run("base32", targets::base32, &seeds);
}

#[test]
fn base85() {
    let seeds: [&[u8]; 5] = [b"", b"Xk~0{Zv", b"HelloWorld", b"~~~~~", b"cXxL#aCvlSZ*DGca%T"];
    run("base85", targets::base85, &seeds);
}

#[test]
fn ascii85() {
    let seeds: [&[u8]; 6] = [b"", b"z", b"<~GB\\6`E-ZP=Df.1GEb>~>", b"BOu!r\nDZ", b"y zz\ty", b"uuuuu"];
    run("ascii85", targets::ascii85, &seeds);
}

#[test]
fn hex() {
    let seeds: [&[u8]; 4] =
        [b"", b"b901ef", b"B901EF", b"0123456789abcdefABCDEF0123456789abcdefABCDEF01234567"];
    run("hex", targets::hex, &seeds);
}

#[test]
fn quoted_printable() {
    let seeds: [&[u8]; 7] = [
        b"",
        b"caf=C3=A9 =3D 1=20\n",
        b"a_b=5Fc",
        b"soft =\r\nbreak =\nagain=",
        b"blanks \t\r\n.\r\n",
        b"Now's the time for all folk to come to the aid of their country. Now's the time for all folk",
        b"=\r\r\n==3D=4",
    ];
    run("quoted_printable", targets::quoted_printable, &seeds);
}

#[test]
fn uu() {
    let seeds: [&[u8]; 5] = [
        b"",
        b"#0V%T\n",
        b"!````\n",
        b"M5VAE;B!I;B!T:&4@0V]U<G-E(&]F(&AU;6%N(&5V96YT<RP@:70@8F5C;VUE\n",
        b"\"  `\r\n",
    ];
    run("uu", targets::uu, &seeds);
}

#[test]
fn binhex() {
    let seeds: [&[u8]; 4] = [b"", b"B@*M:", b"B@\r\n*M", b"a\x90\x05\x90\x00"];
    run("binhex", targets::binhex, &seeds);
}

#[test]
fn json() {
    let seeds: [&[u8]; 8] = [
        b"{\"a\": [1, 2.5e-3, -0, null, true, false], \"b\": {\"c\": \"d\"}}",
        b"[\"\\u00e9\\ud83d\\ude00\\n\\\"\", \"\xc3\xa9\xe2\x82\xac\", 123456789012345678901234567890]",
        b"[NaN, Infinity, -Infinity]",
        b"[[[[[[[[[[]]]]]]]]]]",
        b"{\"a\":1}\n{\"b\":2}\n3 4 \"x\"",
        b"[1e400, 5e-324, 1e-05, 0.1]",
        b"{",
        b"\"\\",
    ];
    run("json", targets::json, &seeds);
}

#[test]
fn json_string() {
    let seeds: [&[u8]; 6] = [
        b"plain text of some length\"",
        b"\\ud83d\\ude00\"",
        b"\\ud83d\\u0041\\udc00\\ud800\"",
        b"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        b"\xe9\xff\x7f\"",
        b"\x00\x1f\"",
    ];
    run("json_string", targets::json_string, &seeds);
}

#[test]
fn mime_header() {
    let seeds: [&[u8]; 6] = [
        b"=?utf-8?q?caf=C3=A9_au_lait?= and more",
        b"a =?UTF-8?B?w6k?=\r\n =?utf-8?b?w6k=?= (=?iso-8859-1*en?Q?=E9?=)",
        b"one; two, three\n\tfour: =?=?q?b?==?x?y?z?=",
        "Gr\u{fc}\u{df}e \u{65e5}\u{672c} ====".as_bytes(),
        b"Hi\nBcc: all\n x:",
        b"=?a?b?Zg?= =?a?b?Zg==?= =?a?b?Z?=",
    ];
    run("mime_header", targets::mime_header, &seeds);
}

#[test]
fn mime_word() {
    let seeds: [&[u8]; 5] =
        [b"=?utf-8?q?a=20b_c?=", b"=?x*en?B?Zm9v?=", b"Zm9vYg", b"Zm=9 vYg==", b"=4=zz=E9"];
    run("mime_word", targets::mime_word, &seeds);
}

#[test]
fn mime_parameters() {
    let seeds: [&[u8]; 4] = [
        b"name*0*=utf-8'en'a%20b\nname*1=\"c\\\"d\"\nname*2*=%e9%",
        b"filename*=iso-8859-1''%A3%20rates",
        b"a*10=x\na*9=y\na*01=z\nb*=''",
        b"plain=<v>\n*=*\na*b*=c",
    ];
    run("mime_parameters", targets::mime_parameters, &seeds);
}

#[test]
fn record() {
    let seeds: [&[u8]; 8] = [
        b"<IHQd\n0123456789abcdefghijklmnop",
        b">4s2H?\nabcd\x01\x02\x03\x04\x05",
        b"!3p 2x e f\n\xffab\0\0\x7c\x01\x7f\xc0\0\0",
        b"@bIq0lnNP\n\x80\0\0\0\xff\xff\xff\xff0123456701234567012345670123456701234567",
        b"=9223372036854775807x2b\n",
        b"12c\nabcdefghijkl",
        b"99999999999999999999s\n",
        b"3\0i\n",
    ];
    run("record", targets::record, &seeds);
}

#[test]
fn frames() {
    let streams: [&[u8]; 8] = [
        b"\x05hello\x00\x01x",
        b"\x00\x05hello\x00\x00",
        b"\x05\0\0\0hello\xff\xff\xff\xff",
        b"\0\0\0\0\0\0\0\x02hi\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x81\x01x\x80\x00",
        b"line\nanother\r\n\n",
        b"aaabxaab",
        b"3:abc,0:,12:hello world!,01:x,",
    ];
    let seeds: Vec<Vec<u8>> =
        (0..9_u8).flat_map(|kind| streams.map(|stream| [&[kind, 200][..], stream].concat())).collect();
    run("frames", targets::frames, &seeds.iter().map(Vec::as_slice).collect::<Vec<_>>());
}

#[test]
fn msgpack() {
    let seeds: [&[u8]; 6] = [
        b"\x93\x01\xa3two\xc0",
        b"\x82\xa1a\xcb\x3f\xf1\x99\x99\x99\x99\x99\x9a\xa1b\xc7\x03\xff123",
        b"\xdd\xff\xff\xff\xff\x91\x91\x91\x91\xc4\x01x",
        b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff\xd3\x80\0\0\0\0\0\0\0\xca\x7f\xc0\0\0",
        b"\xde\0\x02\x01\x02\x03\xdc\0\x01\xd9\x01x\xda\0\x01y\xdb\0\0\0\x01z",
        b"\xd4\x05x\xd8\x050123456789abcdef\xc1",
    ];
    run("msgpack", targets::msgpack, &seeds);
}

#[test]
fn cbor() {
    let seeds: [&[u8]; 6] = [
        b"\x9f\x01\x7f\x61a\x61b\xff\x5f\x41c\xff\xbf\xff\xff",
        b"\xa2\x61a\x01\x61b\x82\x02\xf9\x3e\x00",
        b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x81\x81\x81",
        b"\xc2\x49\x01\0\0\0\0\0\0\0\0\x3b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xf8\xff\xf8\x18\xf7\xf0\xfa\x7f\x80\x00\x00\xfb\x7f\xf8\0\0\0\0\0\x01",
        b"\xd9\xd9\xf7\xbf\x61a\x9f\xff\x61b\xa0\xff\x62\xc3\xbc",
    ];
    run("cbor", targets::cbor, &seeds);
}
