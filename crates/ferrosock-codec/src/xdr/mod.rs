//! XDR, the External Data Representation of RFC 4506: what ONC RPC, NFS and many instruments speak.
//!
//! Every value takes a multiple of four bytes, big-endian, and the data doesn't say what it holds: reader and writer know
//! the description. A structure is its members one after another, a union its discriminant and then the arm
//! ([`Unpacker::whole`] reads such), and void nothing at all.
//!
//! | RFC 4506 | to write | to read |
//! |---|---|---|
//! | 4.1 integer | [`Packer::int`] | [`Unpacker::int`] |
//! | 4.2 unsigned integer | [`Packer::uint`] | [`Unpacker::uint`] |
//! | 4.3 enumeration | [`Packer::enumeration`] | [`Unpacker::enumeration`] |
//! | 4.4 boolean | [`Packer::boolean`] | [`Unpacker::boolean`] |
//! | 4.5 hyper, unsigned hyper | [`Packer::hyper`], [`Packer::uhyper`] | [`Unpacker::hyper`], [`Unpacker::uhyper`] |
//! | 4.6 float, 4.7 double | [`Packer::float`], [`Packer::double`] | [`Unpacker::float`], [`Unpacker::double`] |
//! | 4.9 fixed opaque, 4.10 opaque | [`Packer::fixed_opaque`], [`Packer::opaque`] | [`Unpacker::fixed_opaque`], [`Unpacker::opaque`] |
//! | 4.11 string | [`Packer::string`] | [`Unpacker::string`] |
//! | 4.12 fixed array, 4.13 array | [`Packer::fixed_array`], [`Packer::array`] | [`Unpacker::fixed_array`], [`Unpacker::array`] |
//! | 4.19 optional data | [`Packer::optional`] | [`Unpacker::optional`] |
//! | 4.19 linked list | [`Packer::list`] | [`Unpacker::list`] |
//!
//! [`Unpacker`] reads data that is there whole; [`Decoder`] reads values out of chunks as a stream gives them.
//!
//! ```
//! use ferrosock_codec::xdr::{Packer, Unpacker};
//!
//! // The file of RFC 4506, section 7.
//! let mut packer = Packer::new();
//! packer.string("sillyprog")?;
//! packer.int(2); // EXEC
//! packer.string("lisp")?; // its interpreter
//! packer.string("john")?;
//! packer.opaque(b"(quit)")?;
//! assert_eq!(packer.len(), 48);
//!
//! let mut unpacker = Unpacker::new(packer.as_bytes());
//! assert_eq!(unpacker.string(255)?, "sillyprog");
//! assert_eq!(unpacker.int()?, 2);
//! assert_eq!(unpacker.string(255)?, "lisp");
//! assert_eq!(unpacker.string(255)?, "john");
//! assert_eq!(unpacker.opaque(65_535)?, b"(quit)");
//! unpacker.finish()?;
//! # Ok::<(), ferrosock_codec::xdr::Error>(())
//! ```

mod decoder;
mod error;
mod pack;
mod unpack;

#[cfg(test)]
mod tests;

pub use decoder::Decoder;
pub use error::Error;
pub use pack::Packer;
pub use unpack::Unpacker;

/// How many bytes of fill follow `length` bytes, so that the next value begins at a multiple of four.
const fn fill(length: usize) -> usize {
    length.wrapping_neg() % 4
}
