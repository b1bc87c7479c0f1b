//! Device tokens.

use crate::{
    keys::{Keys, TextKind, concat_into},
    moment::Moment,
    sign_in::DeviceToken,
    wiped::Wiped,
};

/// The content of a token.
#[derive(Clone, Copy)]
pub(crate) struct TokenContent<'t> {
    pub(crate) record: &'t [u8; 16],
    pub(crate) series: &'t [u8; 16],
    pub(crate) secret: &'t [u8; 32],
}

impl<'t> TokenContent<'t> {
    pub(crate) fn read(plain: &'t [u8]) -> Option<Self> {
        let (record, rest) = plain.split_first_chunk()?;
        let (series, rest) = rest.split_first_chunk()?;
        let secret = <&[u8; 32]>::try_from(rest).ok()?;
        Some(Self { record, series, secret })
    }

    pub(crate) fn seal(&self, keys: &Keys, moment: &mut Moment) -> DeviceToken {
        let mut plain = Wiped::new([0; TOKEN_BYTES]);
        concat_into(&mut *plain, &[self.record, self.series, self.secret]);
        DeviceToken::new(keys.seal_text(TextKind::Device, &*plain, moment))
    }
}

const TOKEN_BYTES: usize = 16 + 16 + 32;
