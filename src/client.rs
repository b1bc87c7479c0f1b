//! The browser, app or place that asks. Stores nothing.

use core::fmt;

use sha2::{Digest as _, Sha256};

/// The browser or app that asks, told apart by something that only it has.
///
/// A challenge made for a client is answered by that client alone, so that a code that was talked
/// out of somebody is of no use in another browser that began another sign-in (FAILURES 41).
///
/// # Input
///
/// `binding`: a random value of 16 bytes or more that you keep in a cookie of the *pending* sign-in
/// (or in the app), of any length. It is hashed at once. Do not use the network address: it changes
/// under people who walk (a signal, never a binding).
///
/// # Example
///
/// ```
/// use second_factor::Client;
///
/// let client = Client::new(b"the random value of the pre-session cookie");
/// assert_eq!(format!("{client:?}"), "Client(redacted)");
/// ```
#[derive(Clone)]
pub struct Client {
    binding: [u8; 32],
}

impl Client {
    /// The client that holds `binding`.
    #[must_use]
    pub fn new(binding: impl AsRef<[u8]>) -> Self {
        Self { binding: Sha256::digest(binding.as_ref()).into() }
    }

    pub(crate) const fn binding(&self) -> &[u8; 32] {
        &self.binding
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client(redacted)")
    }
}
