//! Provisioning URIs as QR codes: for a terminal, as SVG and as PNG. Writes no file and reads no code.

mod png;

use alloc::{string::String, vec, vec::Vec};
use core::fmt::{self, Write as _};

use qrcodegen_no_heap::{QrCode as Encoder, QrCodeEcc, Version};

use crate::{
    secret::{SecretBytes, SecretText},
    subject::Enrollment,
    wiped::Wiped,
};

/// A QR code of a text that holds a secret.
///
/// Whoever photographs it has the secret, so it is treated as one: wiped on drop, with all that was
/// drawn from it and all that was used to make it; `Debug` is redacted.
///
/// # Security
///
/// Show it once, to its owner, over an encrypted connection, and let nothing keep it: no cache, no
/// log, no mail. Never hand the text to a service that draws QR codes.
///
/// # Source
///
/// ISO/IEC 18004: error correction level M (15 %) or better, as the size allows; four modules of
/// quiet zone.
///
/// # Example
///
/// ```
/// use second_factor::qr::QrCode;
/// use second_factor::{Secret, otp::{KeyUri, TotpParameters}};
///
/// let secret = Secret::new(b"12345678901234567890")?;
/// let uri = KeyUri::totp("Example", "alice@example.com", &secret, TotpParameters::new())?;
/// let code = QrCode::new(&uri.expose_uri())?;
/// assert!(code.expose_svg().expose().starts_with("<svg "));
/// assert_eq!(format!("{code:?}"), "QrCode(redacted)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct QrCode {
    /// Row by row, without the quiet zone.
    dark: Wiped<Vec<bool>>,
    size: usize,
}

impl QrCode {
    /// The smallest QR code that holds `text`.
    ///
    /// # Input
    ///
    /// Up to 2,331 bytes. Phones read a hundred or two with ease; more wants a large, sharp print.
    ///
    /// # Errors
    ///
    /// [`InvalidQr::TooLong`] when no QR code holds so much.
    pub fn new(text: &SecretText) -> Result<Self, InvalidQr> {
        let mut scratch = Wiped::new([0; Version::MAX.buffer_len()]);
        let mut place = Wiped::new([0; Version::MAX.buffer_len()]);
        let code = Encoder::encode_text(
            text.expose(),
            &mut *scratch,
            &mut *place,
            QrCodeEcc::Medium,
            Version::MIN,
            Version::MAX,
            None,
            true,
        )
        .map_err(|_| InvalidQr::TooLong)?;

        let side = code.size();
        let size = side.unsigned_abs() as usize;
        let mut dark = Wiped::new(vec![false; size * size]);
        let modules = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
        for (dark, (x, y)) in dark.iter_mut().zip(modules) {
            *dark = code.get_module(x, y);
        }
        Ok(Self { dark, size })
    }

    /// The code in half blocks (`▀`, `▄`, `█`), to print in a terminal.
    ///
    /// Two modules a character, quiet zone included, every line ended by a line feed. Each line sets
    /// black on white by an escape sequence, from the part of the 256 colours that themes leave
    /// alone, so that phones read it in dark and in light terminals; and resets it at the end.
    /// Needs a terminal that knows UTF-8 and 256 colours.
    #[must_use]
    pub fn expose_terminal(&self) -> SecretText {
        let width = self.width();
        let line = BLACK_ON_WHITE.len() + 3 * width + RESET.len();
        let mut text = String::with_capacity(line * width.div_ceil(2));
        for y in (0..width).step_by(2) {
            text.push_str(BLACK_ON_WHITE);
            text.extend((0..width).map(|x| match (self.is_dark(x, y), self.is_dark(x, y + 1)) {
                (false, false) => ' ',
                (false, true) => '▄',
                (true, false) => '▀',
                (true, true) => '█',
            }));
            text.push_str(RESET);
        }
        SecretText::new(text)
    }

    /// The code as an SVG image, one unit a module.
    ///
    /// One rectangle of white and one path of black, quiet zone included: it scales to any size and
    /// reads on any background. There is no style and no script in it, so that it may stand in a
    /// page with a strict content security policy. It names no size; give it one of 200 pixels or
    /// more.
    #[must_use]
    pub fn expose_svg(&self) -> SecretText {
        let width = self.width();
        let runs = (0..width).map(|y| self.runs(y).count()).sum::<usize>();
        let mut text = String::with_capacity(SVG_FRAME + runs * SVG_RUN);
        text.push_str("<svg xmlns=\"http://www.w3.org/2000/svg\" ");
        append(&mut text, format_args!("viewBox=\"0 0 {width} {width}\" "));
        text.push_str("shape-rendering=\"crispEdges\">");
        append(&mut text, format_args!("<rect width=\"{width}\" height=\"{width}\" "));
        text.push_str("fill=\"#fff\"/><path d=\"");
        for y in 0..width {
            for (x, len) in self.runs(y) {
                append(&mut text, format_args!("M{x} {y}h{len}v1h-{len}z"));
            }
        }
        text.push_str("\" fill=\"#000\"/></svg>");
        SecretText::new(text)
    }

    /// The code as a PNG image: black and white, one bit a pixel, quiet zone included.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::qr::{QrCode, Scale};
    /// use second_factor::{Secret, otp::{KeyUri, TotpParameters}};
    ///
    /// let secret = Secret::new(b"12345678901234567890")?;
    /// let uri = KeyUri::totp("Example", "alice@example.com", &secret, TotpParameters::new())?;
    /// let small = QrCode::new(&uri.expose_uri())?.expose_png(Scale::new(2)?);
    /// assert!(small.expose().len() < 2_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn expose_png(&self, scale: Scale) -> SecretBytes {
        let scale = usize::from(scale.pixels());
        png::draw(self.width() * scale, |x, y| self.is_dark(x / scale, y / scale))
    }

    /// Where dark modules begin in line `y`, and how many there are in a row.
    fn runs(&self, y: usize) -> impl Iterator<Item = (usize, usize)> {
        (1..self.width()).filter(move |&x| self.is_dark(x, y) && !self.is_dark(x - 1, y)).map(
            move |start| (start, (start..self.width()).take_while(|&x| self.is_dark(x, y)).count()),
        )
    }

    /// With the quiet zone.
    fn width(&self) -> usize {
        self.size + 2 * QUIET
    }

    /// Counted from the corner of the quiet zone; all around the code is light.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        let (Some(x), Some(y)) = (x.checked_sub(QUIET), y.checked_sub(QUIET)) else {
            return false;
        };
        x < self.size && self.dark.get(y * self.size + x).is_some_and(|&dark| dark)
    }
}

impl Enrollment {
    /// The QR code that an authenticator app reads.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "what is expected there cannot fail")]
    pub fn qr(&self) -> QrCode {
        // The longest names that an enrollment takes make some 1,800 bytes.
        QrCode::new(&self.expose_uri()).expect("an enrollment has no name too long for a QR code")
    }
}

redacted!(QrCode);

/// How many pixels wide and high a module of a PNG is.
///
/// # Input
///
/// 1 to 16; 8 by default, at which the QR code of a usual provisioning URI is about 450 pixels wide.
///
/// # Example
///
/// ```
/// use second_factor::qr::Scale;
///
/// assert_eq!(Scale::default().pixels(), 8);
/// assert!(Scale::new(0).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scale(u8);

impl Scale {
    /// That many pixels.
    ///
    /// # Errors
    ///
    /// [`InvalidQr::Scale`] unless `pixels` is 1 to 16.
    pub const fn new(pixels: u8) -> Result<Self, InvalidQr> {
        if pixels < 1 || pixels > 16 {
            return Err(InvalidQr::Scale);
        }
        Ok(Self(pixels))
    }

    /// How many pixels.
    #[must_use]
    pub const fn pixels(self) -> u8 {
        self.0
    }
}

impl Default for Scale {
    fn default() -> Self {
        Self(8)
    }
}

/// A text or a scale of which no QR code can be drawn. Never holds the value.
///
/// # Example
///
/// ```
/// use second_factor::qr::{InvalidQr, Scale};
///
/// assert_eq!(Scale::new(17).unwrap_err(), InvalidQr::Scale);
/// assert_eq!(InvalidQr::TooLong.to_string(), "text is too long for a QR code");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidQr {
    /// The scale is not 1 to 16.
    #[error("a module is 1 to 16 pixels wide")]
    Scale,
    /// The text has more bytes than the largest QR code holds.
    #[error("text is too long for a QR code")]
    TooLong,
}

fn append(text: &mut String, what: fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a string takes whatever is written to it");
}

/// ISO/IEC 18004: four modules on each side.
const QUIET: usize = 4;
/// 16 and 231 are the fixed black and white; 0 and 15 are whatever the theme makes of them.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m\n";
/// All of the SVG but its runs, with numbers of three digits.
const SVG_FRAME: usize = 165;
/// The longest run, `M181 181h181v1h-181z`.
const SVG_RUN: usize = 20;

#[cfg(test)]
mod tests;
