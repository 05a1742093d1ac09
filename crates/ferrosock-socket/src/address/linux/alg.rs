//! The kernel's cryptography: `struct sockaddr_alg` of `<linux/if_alg.h>`.

use crate::address::RawAddress;
use crate::address::layout::{Reader, Writer, until_nul};
use crate::error::{Error, Result};

const KIND_ROOM: usize = 14;
const NAME_ROOM: usize = 64;

/// An algorithm of the kernel, such as kind `hash`, name `sha256`.
///
/// ```
/// use ferrosock_socket::address::{Address, Algorithm};
/// let address = Address::Algorithm(Algorithm { kind: b"hash".to_vec(), name: b"sha256".to_vec(), feature: 0, mask: 0 });
/// assert_eq!(Address::from_raw(&address.to_raw()?, 0), Some(address));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Algorithm {
    /// The kind: `hash`, `skcipher`, `aead`, `rng`; at most 13 bytes.
    pub kind: Vec<u8>,
    /// The name; at most 63 bytes.
    pub name: Vec<u8>,
    /// The features that are asked for.
    pub feature: u32,
    /// The features that matter.
    pub mask: u32,
}

impl Algorithm {
    /// Whether the system has room for a kind of so many bytes.
    ///
    /// ```
    /// use ferrosock_socket::address::Algorithm;
    /// assert!(Algorithm::kind_fits(13) && !Algorithm::kind_fits(14));
    /// ```
    pub fn kind_fits(length: usize) -> bool {
        length < KIND_ROOM
    }

    /// Whether the system has room for a name of so many bytes.
    ///
    /// ```
    /// use ferrosock_socket::address::Algorithm;
    /// assert!(Algorithm::name_fits(63) && !Algorithm::name_fits(64));
    /// ```
    pub fn name_fits(length: usize) -> bool {
        length < NAME_ROOM
    }

    pub(super) fn to_raw(&self) -> Result<RawAddress> {
        if !Self::kind_fits(self.kind.len()) || !Self::name_fits(self.name.len()) {
            return Err(Error::Os(libc::EINVAL));
        }
        Ok(Writer::new(libc::AF_ALG)
            .padded(&self.kind, KIND_ROOM)
            .u32(self.feature)
            .u32(self.mask)
            .padded(&self.name, NAME_ROOM)
            .finish())
    }

    pub(super) fn read(mut fields: Reader<'_>) -> Self {
        let kind = fields.array::<KIND_ROOM>();
        let feature = fields.u32();
        let mask = fields.u32();
        let name = fields.array::<NAME_ROOM>();
        Self { kind: until_nul(&kind).to_vec(), name: until_nul(&name).to_vec(), feature, mask }
    }
}
