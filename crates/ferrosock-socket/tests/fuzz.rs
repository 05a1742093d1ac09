//! The targets of `fuzz/targets/socket.rs` on random input: see `fuzz/driver.rs`.

#[path = "../../../fuzz/driver.rs"]
mod driver;
#[path = "../../../fuzz/targets/socket.rs"]
mod targets;

use driver::run;

#[test]
fn address() {
    let families: Vec<Vec<u8>> = (0..46_u16)
        .flat_map(|family| [0_u8, 1, 3, 6, 7].map(|protocol| (family, protocol)))
        .map(|(family, protocol)| {
            let mut seed = vec![protocol];
            seed.extend(family.to_ne_bytes());
            seed.extend(1..30);
            seed
        })
        .collect();
    run("address", targets::address, &families.iter().map(Vec::as_slice).collect::<Vec<_>>());
}

#[test]
fn control() {
    let header = size_of::<libc::cmsghdr>();
    let seeds: Vec<Vec<u8>> = [header, header + 4, header + 12, header + 40, 0, usize::MAX, usize::MAX - 7]
        .into_iter()
        .map(|length| {
            let mut seed = length.to_ne_bytes().to_vec();
            seed.extend(libc::SOL_SOCKET.to_ne_bytes());
            seed.extend(libc::SCM_RIGHTS.to_ne_bytes());
            seed.extend([0xff; 48]);
            seed
        })
        .collect();
    run("control", targets::control, &seeds.iter().map(Vec::as_slice).collect::<Vec<_>>());
}

#[test]
fn host() {
    let seeds: [&[u8]; 8] = [
        b"127.0.0.1\x0080",
        b"127.1\0",
        b"0x7f.1\x0065536",
        b"::1\x00443",
        b"::ffff:1.2.3.4\x000",
        b"fe80::1%1\x001",
        b"1:2:3:4:5:6:7:8\x00-1",
        b"255.255.255.256\x0080",
    ];
    run("host", targets::host, &seeds);
}

#[test]
fn text() {
    let seeds: [&[u8]; 5] =
        [b"127.0.0.1:80", b"[::1]:443", b"[fe80::1%3]:65535", b"00:1A:7D:DA:71:13", b"1:2:3:4:5:6"];
    run("text", targets::text, &seeds);
}
