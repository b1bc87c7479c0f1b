//! PNG images of one bit per pixel.
//!
//! The image is secret, and general encoders compress through buffers that they do not wipe. This
//! module stores the data uncompressed.

use alloc::vec::Vec;

use crate::{secret::SecretBytes, wiped::Wiped};

/// Renders a square image with `side` pixels a side.
///
/// The pixel at `x` and `y` is black if `is_dark(x, y)` is true.
pub(super) fn render(side: usize, is_dark: impl Fn(usize, usize) -> bool) -> SecretBytes {
    let line = 1 + side.div_ceil(8);
    let mut pixels = Wiped::new(Vec::with_capacity(line * side));
    for y in 0..side {
        // PNG §9.2: filter type 0, unfiltered bytes.
        pixels.push(0);
        pixels.extend((0..side).step_by(8).map(|x| {
            // PNG §7.2: the leftmost pixel is the highest bit. In grayscale, 1 is white.
            (x..x + 8).fold(0, |byte, x| byte << 1 | u8::from(x >= side || !is_dark(x, y)))
        }));
    }

    // A buffer that grows would leave an unwiped copy behind.
    debug_assert_eq!(pixels.len(), line * side);
    let width = narrow(side).to_be_bytes();
    let mut header = [0; 13];
    header[..4].copy_from_slice(&width);
    header[4..8].copy_from_slice(&width);
    // One bit per pixel. The other four bytes are 0: grayscale, the only defined methods, not
    // interlaced.
    header[8] = 1;
    let stream = zlib(&pixels);

    let mut file = Vec::with_capacity(SIGNATURE.len() + 3 * CHUNK + header.len() + stream.len());
    file.extend_from_slice(SIGNATURE);
    chunk(&mut file, b"IHDR", &header);
    chunk(&mut file, b"IDAT", &stream);
    chunk(&mut file, b"IEND", &[]);
    SecretBytes::new(file)
}

/// Appends a chunk: length, type, data, checksum of type and data (PNG §5.3).
fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    file.extend_from_slice(&narrow(data.len()).to_be_bytes());
    let start = file.len();
    file.extend_from_slice(kind);
    file.extend_from_slice(data);
    let sum = crc32(file.get(start..).unwrap_or_default());
    file.extend_from_slice(&sum.to_be_bytes());
}

/// Returns a zlib stream (RFC 1950) with the bytes uncompressed.
fn zlib(bytes: &[u8]) -> Wiped<Vec<u8>> {
    let blocks = bytes.len().div_ceil(MAX_BLOCK);
    let mut stream = Wiped::new(Vec::with_capacity(2 + 5 * blocks + bytes.len() + 4));
    // RFC 1950 §2.2: deflate with a window of 32 KiB, fastest.
    stream.extend_from_slice(&[0x78, 0x01]);
    for (number, block) in (1..).zip(bytes.chunks(MAX_BLOCK)) {
        // RFC 1951 §3.2.4: a stored block, its length, and the complement of its length.
        let len = block.len() as u16;
        stream.push(u8::from(number == blocks));
        stream.extend_from_slice(&len.to_le_bytes());
        stream.extend_from_slice(&(!len).to_le_bytes());
        stream.extend_from_slice(block);
    }
    stream.extend_from_slice(&adler32(bytes).to_be_bytes());
    stream
}

/// Converts a number of an image to 32 bits.
///
/// The largest image has 16 times 185 pixels a side, and one megabyte.
fn narrow(number: usize) -> u32 {
    number as u32
}

/// Returns the CRC-32 of `bytes` (PNG annex D).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            sum >> 1 ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

/// Returns the Adler-32 checksum of `bytes` (RFC 1950 §8.2).
fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1, 0), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
/// The bytes of the length, the type and the checksum of a chunk.
const CHUNK: usize = 12;
/// The largest stored block, whose length has 16 bits.
const MAX_BLOCK: usize = 0xffff;
