//! Device tokens.

use crate::{
    keys::{Generation, Keys, TextKind, concat_into},
    sign_in::DeviceToken,
    wiped::Wiped,
};

/// The content of a token.
#[derive(Clone, Copy)]
pub(crate) struct TokenContent<'t> {
    pub(crate) record: &'t [u8; 16],
    pub(crate) series: &'t [u8; 16],
    /// The number of earlier tokens in the series.
    pub(crate) rotation: u32,
    pub(crate) secret: &'t [u8; 32],
}

impl<'t> TokenContent<'t> {
    pub(crate) fn read(plain: &'t [u8]) -> Option<Self> {
        let (record, rest) = plain.split_first_chunk()?;
        let (series, rest) = rest.split_first_chunk()?;
        let (rotation, rest) = rest.split_first_chunk()?;
        let secret = <&[u8; 32]>::try_from(rest).ok()?;
        let rotation = u32::from_be_bytes(*rotation);
        Some(Self { record, series, rotation, secret })
    }

    /// Returns the sealed token, or `None` if the generation is not known.
    ///
    /// Sealing is deterministic.
    pub(crate) fn seal(&self, keys: &Keys, generation: Generation) -> Option<DeviceToken> {
        let mut plain = Wiped::new([0; TOKEN_BYTES]);
        concat_into(
            &mut *plain,
            &[self.record, self.series, &self.rotation.to_be_bytes(), self.secret],
        );
        keys.seal_same_text(generation, TextKind::Device, &*plain).map(DeviceToken::new)
    }
}

const TOKEN_BYTES: usize = 16 + 16 + 4 + 32;
