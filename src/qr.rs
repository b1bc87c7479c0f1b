//! QR codes of provisioning URIs: terminal, SVG and PNG.

mod png;

use alloc::{string::String, vec, vec::Vec};
use core::fmt::{self, Write as _};

use qrcodegen_no_heap::{QrCode as Encoder, QrCodeEcc, Version};

use crate::{
    secret::{SecretBytes, SecretText},
    subject::Enrollment,
    wiped::Wiped,
};

/// A QR code of a string that contains a secret.
///
/// The code reveals the secret, so the code, its renderings and all intermediate buffers are wiped
/// on drop. `Debug` output is redacted.
///
/// # Security
///
/// Show the code once, to its owner, over an encrypted connection. Do not cache or log the code,
/// and do not send it by email. Do not pass the string to an online QR code service.
///
/// # Source
///
/// ISO/IEC 18004: error correction level M (15 %), or better if the size permits; a quiet zone of
/// four modules.
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
#[doc(alias = "barcode")]
pub struct QrCode {
    /// The modules row by row, without the quiet zone.
    dark: Wiped<Vec<bool>>,
    size: usize,
}

impl QrCode {
    /// Creates the smallest QR code that holds `text`.
    ///
    /// # Input
    ///
    /// `text` must have at most 2,331 bytes. Phones easily read a code with up to 200 bytes. A code
    /// with more bytes needs a large, sharp display.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidQr::TooLong`] if `text` does not fit into any QR code.
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

    /// Renders the code in half blocks (`▀`, `▄`, `█`), to print in a terminal.
    ///
    /// Each character shows two modules. The output includes the quiet zone, and every line ends
    /// with a line feed. Each line begins with an escape sequence for black on white, and resets
    /// the colors at its end. Themes do not change these two colors of the 256-color palette.
    /// Therefore, phones can read the code in dark and light terminals. The terminal must support
    /// UTF-8 and 256 colors.
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

    /// Renders the code as an SVG image, with one unit per module.
    ///
    /// The image consists of a white rectangle, which includes the quiet zone, and a black path. It
    /// scales to any size and is readable on any background. The image contains no style and no
    /// script, so a strict content security policy allows it. The image has no intrinsic size:
    /// display it at 200 pixels or more.
    #[doc(alias = "qr_svg")]
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

    /// Renders the code as a black and white PNG image.
    ///
    /// The image has one bit per pixel and includes the quiet zone. `scale` is the width and height
    /// of a module: 1 to 16 pixels. If `scale` is 8, the QR code of a typical provisioning URI is
    /// about 450 pixels wide.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidQr::Scale`] unless `scale` is 1 to 16.
    ///
    /// # Example
    ///
    /// ```
    /// use second_factor::qr::QrCode;
    /// use second_factor::{Secret, otp::{KeyUri, TotpParameters}};
    ///
    /// let secret = Secret::new(b"12345678901234567890")?;
    /// let uri = KeyUri::totp("Example", "alice@example.com", &secret, TotpParameters::new())?;
    /// let small = QrCode::new(&uri.expose_uri())?.expose_png(2)?;
    /// assert!(small.expose().len() < 2_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expose_png(&self, scale: u8) -> Result<SecretBytes, InvalidQr> {
        if !(1..=16).contains(&scale) {
            return Err(InvalidQr::Scale);
        }
        let scale = usize::from(scale);
        Ok(png::render(self.width() * scale, |x, y| self.is_dark(x / scale, y / scale)))
    }

    /// Returns the start and the length of each run of dark modules in line `y`.
    fn runs(&self, y: usize) -> impl Iterator<Item = (usize, usize)> {
        (1..self.width()).filter(move |&x| self.is_dark(x, y) && !self.is_dark(x - 1, y)).map(
            move |start| (start, (start..self.width()).take_while(|&x| self.is_dark(x, y)).count()),
        )
    }

    /// Returns the width, including the quiet zone.
    fn width(&self) -> usize {
        self.size + 2 * QUIET
    }

    /// Returns whether a module is dark. Modules outside of the code are light.
    ///
    /// Coordinates start at the corner of the quiet zone.
    fn is_dark(&self, x: usize, y: usize) -> bool {
        let (Some(x), Some(y)) = (x.checked_sub(QUIET), y.checked_sub(QUIET)) else {
            return false;
        };
        x < self.size && self.dark.get(y * self.size + x).is_some_and(|&dark| dark)
    }
}

impl Enrollment {
    /// Returns the QR code for the authenticator app to scan.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "the expectation always holds")]
    pub fn qr(&self) -> QrCode {
        // The longest names that an enrollment accepts need about 1,800 bytes.
        QrCode::new(&self.expose_uri()).expect("the names of an enrollment fit into a QR code")
    }
}

redacted!(QrCode);

/// The error returned when a [`QrCode`] cannot be created or rendered.
///
/// The error contains no part of the input.
///
/// # Example
///
/// ```
/// use second_factor::qr::InvalidQr;
///
/// assert_eq!(InvalidQr::TooLong.to_string(), "text is too long for a QR code");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidQr {
    /// The scale of a PNG image is not 1 to 16.
    #[error("a module is 1 to 16 pixels wide")]
    Scale,
    /// The input has more bytes than the largest QR code can contain.
    #[error("text is too long for a QR code")]
    TooLong,
}

fn append(text: &mut String, what: fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to a string never fails");
}

/// The width of the quiet zone: four modules on each side (ISO/IEC 18004).
const QUIET: usize = 4;
/// The escape sequence for black on white.
///
/// The colors 16 and 231 are fixed black and white; 0 and 15 depend on the theme.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m\n";
/// The length of the SVG without its runs, with numbers of three digits.
const SVG_FRAME: usize = 165;
/// The length of the longest run, `M181 181h181v1h-181z`.
const SVG_RUN: usize = 20;

#[cfg(test)]
mod tests;
