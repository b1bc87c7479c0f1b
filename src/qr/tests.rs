use alloc::{format, string::ToString as _};

use super::*;

const URI: &str = "otpauth://totp/Example:alice%40example.com\
                   ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example";

#[test]
fn k_01_uri_with_defaults_has_a_small_code() {
    use crate::otp::{KeyUri, TotpParameters};

    let key = crate::Secret::new(b"12345678901234567890").unwrap();
    let uri = KeyUri::totp("Example", "alice@example.com", &key, TotpParameters::new()).unwrap();
    let code = QrCode::new(&uri.expose_uri()).unwrap();
    // ISO/IEC 18004, table 7: version 6 with level M holds 106 bytes, version 5 holds 84.
    assert_eq!(code.size, 41, "{} bytes", uri.expose_uri().expose().len());
}

fn code(text: &str) -> QrCode {
    QrCode::new(&secret(text)).unwrap()
}

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_string())
}

/// Decodes a canvas of `side` pixels with an independent reader.
///
/// The reader needs three pixels per module.
fn read(side: usize, is_dark: impl Fn(usize, usize) -> bool) -> String {
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
        if is_dark(x, y) { 0 } else { 255 }
    });
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "there is one code to be seen");
    grids[0].decode().unwrap().1
}

fn read_modules(modules: &[Vec<bool>]) -> String {
    assert!(modules.iter().all(|line| line.len() == modules.len()), "it is a square");
    read(modules.len() * 4, |x, y| modules[y / 4][x / 4])
}

/// Emulates a terminal with two modules per character and two escape sequences.
fn terminal(text: &str) -> Vec<Vec<bool>> {
    let mut modules: Vec<Vec<bool>> = Vec::new();
    for line in text.lines() {
        let line = line.strip_prefix("\x1b[38;5;16;48;5;231m").expect("black on white");
        let line = line.strip_suffix("\x1b[0m").expect("reset");
        let halves = |dark: &str| line.chars().map(|half| dark.contains(half)).collect();
        assert!(line.chars().all(|half| " ▀▄█".contains(half)));
        modules.push(halves("▀█"));
        modules.push(halves("▄█"));
    }
    // A line has two halves and the code an odd height: the last half is margin.
    assert!(modules.pop().unwrap().iter().all(|&dark| !dark));
    modules
}

/// Renders an SVG with one `viewBox` and paths of the form `M x y h w v1 h-w z`.
fn svg(text: &str) -> Vec<Vec<bool>> {
    let attribute = |name: &str| {
        let start = text.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
        &text[start..start + text[start..].find('"').unwrap()]
    };
    let side: usize = attribute("viewBox").strip_prefix("0 0 ").unwrap()[..]
        .rsplit(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(text.contains(&format!("<rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/>")));
    let mut modules = vec![vec![false; side]; side];
    for run in attribute(" d").split_terminator('z') {
        let (place, size) = run.strip_prefix('M').unwrap().split_once('h').unwrap();
        let (x, y) = place.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let (len, back) = size.split_once("v1h-").unwrap();
        assert_eq!(len, back);
        let run = &mut modules[y][x..x + len.parse::<usize>().unwrap()];
        assert!(!run.is_empty() && !run.contains(&true), "each is drawn once");
        run.fill(true);
    }
    modules
}

/// Decodes the file with a decoder that verifies both checksums.
fn png(bytes: &[u8]) -> (usize, Vec<u8>) {
    let mut options = ::png::DecodeOptions::default();
    options.set_ignore_checksums(false);
    let mut reader =
        ::png::Decoder::new_with_options(std::io::Cursor::new(bytes), options).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    reader.finish().unwrap();
    assert_eq!(info.width, info.height);
    assert_eq!(info.bit_depth, ::png::BitDepth::One);
    assert_eq!(info.color_type, ::png::ColorType::Grayscale);
    (info.width as usize, pixels)
}

fn read_png(bytes: &[u8]) -> String {
    let (side, pixels) = png(bytes);
    read(side, |x, y| pixels[y * side.div_ceil(8) + x / 8] >> (7 - x % 8) & 1 == 0)
}

#[test]
fn every_rendering_decodes_to_the_text() {
    let code = code(URI);
    assert_eq!(read_modules(&terminal(code.expose_terminal().expose())), URI);
    assert_eq!(read_modules(&svg(code.expose_svg().expose())), URI);
    for pixels in [3, 8] {
        let file = code.expose_png(pixels).unwrap();
        assert_eq!(read_png(file.expose()), URI, "{pixels} pixels a module");
    }
}

#[test]
fn every_rendering_has_the_same_modules() {
    let code = code(URI);
    let modules = svg(code.expose_svg().expose());
    assert_eq!(modules, terminal(code.expose_terminal().expose()));
    for scale in [1, 2, 7] {
        let (side, pixels) = png(code.expose_png(scale).unwrap().expose());
        let scale = usize::from(scale);
        assert_eq!(side, modules.len() * scale);
        for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
            let dark = pixels[y * side.div_ceil(8) + x / 8] >> (7 - x % 8) & 1 == 0;
            assert_eq!(dark, modules[y / scale][x / scale]);
        }
    }
}

#[test]
fn quiet_zone_has_four_light_modules() {
    let modules = svg(code(URI).expose_svg().expose());
    let last = modules.len() - 1;
    for (y, line) in modules.iter().enumerate() {
        for (x, dark) in line.iter().enumerate() {
            let edge = x.min(y).min(last - x).min(last - y);
            assert!(edge >= 4 || !dark);
        }
    }
    // The corner of a finder pattern: the quiet zone is not wider.
    assert!(modules[4][4] && modules[4][last - 4] && modules[last - 4][4]);
}

#[test]
fn texts_of_every_size_decode() {
    for len in [1, 14, 15, 100, 500, 1_000, 2_330, 2_331] {
        let text: String = ('a'..='z').cycle().take(len).collect();
        assert_eq!(read_modules(&svg(code(&text).expose_svg().expose())), text, "{len} bytes");
    }
}

#[test]
fn texts_in_any_script_decode() {
    for text in ["otpauth://totp/Пример", "日本語", "1234567", "ABC 12", "é"] {
        assert_eq!(read_modules(&svg(code(text).expose_svg().expose())), text);
    }
}

#[test]
fn text_over_2331_bytes_is_rejected() {
    for len in [2_332, 10 << 20] {
        assert_eq!(QrCode::new(&secret(&"a".repeat(len))).unwrap_err(), InvalidQr::TooLong);
    }
}

#[test]
fn qr_survives_damage_of_49_modules() {
    let mut modules = svg(code(URI).expose_svg().expose());
    // 49 of about 1,400 modules, in one place, away from the corners.
    for line in &mut modules[24..31] {
        line[20..27].fill(true);
    }
    assert_eq!(read_modules(&modules), URI);
}

#[test]
fn secret_buffers_are_never_reallocated() {
    for code in [code("a"), code(URI), code(&"é".repeat(1_165))] {
        // One allocation for each buffer of secret data: none was reallocated.
        let counted = |draw: &dyn Fn()| allocation_counter::measure(draw).count_total;
        assert_eq!(counted(&|| drop(code.expose_terminal())), 1);
        assert_eq!(counted(&|| drop(code.expose_svg())), 1);
        assert_eq!(counted(&|| drop(code.expose_png(8))), 3, "pixels, stream, file");
    }
    let text = secret(URI);
    assert_eq!(allocation_counter::measure(|| drop(QrCode::new(&text))).count_total, 1);
}

#[test]
fn debug_of_qr_types_is_redacted() {
    let code = code(URI);
    assert_eq!(format!("{code:?}"), "QrCode(redacted)");
    assert_eq!(format!("{:?}", code.expose_svg()), "SecretText(redacted)");
    assert_eq!(format!("{:?}", code.expose_png(8).unwrap()), "SecretBytes(redacted)");
}

#[test]
fn largest_png_decodes() {
    // 2,960 pixels a side and therefore 17 blocks.
    let text = "a".repeat(2_331);
    let file = code(&text).expose_png(16).unwrap();
    assert_eq!(read_png(file.expose()), text);
}
