//! Client binding: the browser or app that makes a request.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sha2::{Digest as _, Sha256};

use crate::{
    error::{Invalid, What},
    sign_in::DeviceToken,
};

/// The browser or app that makes a request.
///
/// A client is identified by a random value that it stores.
///
/// A challenge or grant that was created for a client is valid for that client only. A code that an
/// attacker obtained by phishing is therefore useless in the attacker's own browser
/// ([FAILURES 41](crate::manual::threats)).
///
/// # Input
///
/// `binding` must have at least 16 random bytes. Your application stores them in a cookie of the
/// pending sign-in, or in the app. The crate hashes them immediately. Do not use the network
/// address as the binding: it changes for mobile users, and is only a risk signal.
///
/// # Security
///
/// A challenge or grant that was created without a client can only be used without a client.
///
/// # Example
///
/// ```
/// use second_factor::Client;
///
/// let client = Client::new(b"the random value of the cookie")?;
/// assert_eq!(format!("{client:?}"), "Client(redacted)");
/// assert!(Client::new("").is_err(), "a missing cookie is rejected");
/// # Ok::<(), second_factor::error::Invalid>(())
/// ```
#[doc(alias = "browser")]
#[doc(alias = "device binding")]
#[derive(Clone)]
pub struct Client {
    binding: [u8; 32],
    from: Option<IpAddr>,
    device: Option<DeviceToken>,
}

impl Client {
    /// Creates a client from its binding value.
    ///
    /// # Errors
    ///
    /// Returns [`Invalid`] if `binding` has fewer than 16 bytes or more than 4 KiB. Set a new
    /// cookie.
    pub fn new(binding: impl AsRef<[u8]>) -> Result<Self, Invalid> {
        let binding = binding.as_ref();
        if !(16..=4096).contains(&binding.len()) {
            return Err(Invalid(What::Client));
        }
        Ok(Self { binding: Sha256::digest(binding).into(), from: None, device: None })
    }

    /// Adds the network address of the request.
    ///
    /// Only your [send guard](crate::host::SendGuard) and your [listener](crate::host::Listener)
    /// receive the address.
    ///
    /// The address is truncated immediately, to the first 24 bits of IPv4 or the first 64 bits of
    /// IPv6. One customer may have every address of such a network ([FAILURES
    /// 19](crate::manual::threats)). The address is never stored.
    ///
    /// # Security
    ///
    /// The address must come from the connection or from a trusted proxy. A client can forge any
    /// header that the proxy does not overwrite.
    #[must_use]
    pub fn network(mut self, address: IpAddr) -> Self {
        self.from = Some(cut(address));
        self
    }

    /// Adds the token of a known or trusted device, which the client presents.
    ///
    /// [`next`](crate::Verifier::next) recognizes a trusted device and rotates its token. Other
    /// calls identify the device, and count failures for it, but do not rotate the token.
    ///
    /// Pass the token in every call. An attacker who has the password then cannot lock the owner
    /// out at this device.
    #[doc(alias = "remember me")]
    #[must_use]
    pub fn device(mut self, token: &DeviceToken) -> Self {
        self.device = Some(token.clone());
        self
    }

    pub(crate) const fn device_token(&self) -> Option<&DeviceToken> {
        self.device.as_ref()
    }

    pub(crate) const fn from(&self) -> Option<IpAddr> {
        self.from
    }

    pub(crate) const fn binding(&self) -> &[u8; 32] {
        &self.binding
    }
}

redacted!(Client);

/// Truncates an address to its network.
///
/// An IPv4-mapped IPv6 address is treated as IPv4.
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
