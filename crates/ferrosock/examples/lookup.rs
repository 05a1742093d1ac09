//! Names to addresses and back.
//!
//! ```console
//! $ cargo run --example lookup -- localhost http
//! ```

use std::error::Error;
use std::ffi::CString;

use ferrosock::socket::Uninterrupted;
use ferrosock::socket::address::Address;
use ferrosock::socket::connection::interleaved;
use ferrosock::socket::resolver::{Hints, address_info, name_info};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let node = CString::new(arguments.next().unwrap_or_else(|| "localhost".to_owned()))?;
    let service = CString::new(arguments.next().unwrap_or_else(|| "80".to_owned()))?;

    let hints = Hints { kind: libc::SOCK_STREAM, ..Default::default() };
    let found = address_info(&Uninterrupted, Some(&node), Some(&service), hints)?;
    // In the order in which create_connection would try them.
    for index in interleaved(found.iter().map(|info| info.family)) {
        let info = &found[index];
        if let Some(address) = Address::from_raw(&info.address, info.protocol) {
            let numbers = libc::NI_NUMERICHOST | libc::NI_NUMERICSERV;
            let names = name_info(&Uninterrupted, &info.address, numbers)?;
            println!("{address} (host {})", String::from_utf8_lossy(&names.node));
        }
    }
    Ok(())
}
