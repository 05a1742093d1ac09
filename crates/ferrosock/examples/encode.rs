//! A text in encodings that are made of printable characters, and back.
//!
//! ```console
//! $ cargo run --example encode -- 'light work'
//! $ cargo run --example encode -- --decode base64 'bGlnaHQgd29yaw=='
//! ```

use std::error::Error;
use std::io::Write;

use ferrosock::codec::url::Encoding;
use ferrosock::codec::{base32, base64, base85, checksum, hex, url};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["--decode", encoding, text] => {
            std::io::stdout().write_all(&decoded(encoding, text.as_bytes())?)?;
        }
        [text] => show(text.as_bytes()),
        _ => return Err("a text, or --decode, an encoding and a text".into()),
    }
    Ok(())
}

fn show(data: &[u8]) {
    println!("hex    {}", hex::encode(data));
    println!("base32 {}", base32::encode(data, base32::Alphabet::Standard));
    println!("base64 {}", base64::encode(data));
    println!("base85 {}", base85::encode(data, base85::Alphabet::default(), false));
    println!("url    {}", url::encode(data, &Encoding::UNRESERVED));
    println!("crc32  {:08x}", checksum::crc32(data, checksum::CRC_32_START));
}

fn decoded(encoding: &str, text: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    Ok(match encoding {
        "hex" => hex::decode(text)?,
        "base32" => base32::decode(text, base32::Alphabet::Standard, base32::Leniency::default())?,
        "base64" => base64::decode_strict(text)?,
        "base85" => base85::decode(text, base85::Alphabet::default())?,
        "url" => url::decode(text).into_owned(),
        _ => return Err(format!("not known here: {encoding}").into()),
    })
}
