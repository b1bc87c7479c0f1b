//! The browser, app or place that asks. Stores nothing.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sha2::{Digest as _, Sha256};

/// The browser or app that asks, told apart by something that only it has.
///
/// A challenge or a grant made for a client is good for that client alone, so that a code that was talked
/// out of somebody is of no use in another browser that began another sign-in
/// ([FAILURES 41](crate::manual::threats)).
///
/// # Input
///
/// `binding`: a random value of 16 bytes or more that you keep in a cookie of the sign-in that is not
/// finished yet (or in the app). It is hashed at once. No client is a client of its own: what was
/// made without one is answered without one. Do not use the network address: it changes
/// under people who walk (a signal, never a binding).
///
/// # Example
///
/// ```
/// use second_factor::Client;
///
/// let client = Client::new(b"the random value of the cookie")?;
/// assert_eq!(format!("{client:?}"), "Client(redacted)");
/// assert!(Client::new("").is_err(), "a cookie that is missing is no client");
/// # Ok::<(), second_factor::id::InvalidClient>(())
/// ```
#[derive(Clone)]
pub struct Client {
    binding: [u8; 32],
    from: Option<IpAddr>,
}

impl Client {
    /// The client that holds `binding`.
    ///
    /// # Errors
    ///
    /// [`InvalidClient`] when it has fewer than 16 bytes, or more than 4 KiB.
    pub fn new(binding: impl AsRef<[u8]>) -> Result<Self, InvalidClient> {
        let binding = binding.as_ref();
        if !(16..=4096).contains(&binding.len()) {
            return Err(InvalidClient);
        }
        Ok(Self { binding: Sha256::digest(binding).into(), from: None })
    }

    /// The same, seen at this network address: for your [guard](crate::host::SendGuard) alone.
    ///
    /// It is cut at once, to the first 24 bits of IPv4 and the first 64 of IPv6, within which one
    /// customer can have any ([FAILURES 19](crate::manual::threats)), and is written down nowhere.
    ///
    /// # Security
    ///
    /// Take it from the connection, or from a proxy that you trust; a header that anybody can send is
    /// anybody's.
    #[must_use]
    pub const fn network(mut self, address: IpAddr) -> Self {
        self.from = Some(cut(address));
        self
    }

    pub(crate) const fn from(&self) -> Option<IpAddr> {
        self.from
    }

    pub(crate) const fn binding(&self) -> &[u8; 32] {
        &self.binding
    }
}

redacted!(Client);

/// The network of an address; that of an IPv4 address within IPv6 is that of the IPv4 address.
const fn cut(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// A value that is too short to tell a [`Client`] from any other, or longer than a cookie can be.
///
/// # Example
///
/// ```
/// let error = second_factor::Client::new("").unwrap_err();
/// assert_eq!(error.to_string(), "a client binding has 16 to 4096 bytes");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a client binding has 16 to 4096 bytes")]
#[non_exhaustive]
pub struct InvalidClient;
