//! A PNG of one bit a pixel. Written here because a general encoder compresses by way of buffers that
//! it does not wipe, and the image is the secret. Compresses nothing; reads nothing.

use alloc::vec::Vec;

use crate::{secret::SecretBytes, wiped::Wiped};

/// Draws a square image, `side` pixels wide, black where `is_dark(x, y)`.
pub(super) fn draw(side: usize, is_dark: impl Fn(usize, usize) -> bool) -> SecretBytes {
    let line = 1 + side.div_ceil(8);
    let mut pixels = Wiped::new(Vec::with_capacity(line * side));
    for y in 0..side {
        // PNG §9.2: filter type 0, the bytes as they are.
        pixels.push(0);
        pixels.extend((0..side).step_by(8).map(|x| {
            // PNG §7.2: the leftmost pixel is the highest bit. In greyscale, 1 is white.
            (x..x + 8).fold(0, |byte, x| byte << 1 | u8::from(x >= side || !is_dark(x, y)))
        }));
    }

    // What grows leaves an old one behind, which nobody wipes.
    debug_assert_eq!(pixels.len(), line * side);
    let width = narrow(side).to_be_bytes();
    let mut header = [0; 13];
    header[..4].copy_from_slice(&width);
    header[4..8].copy_from_slice(&width);
    // One bit a pixel. The other four are 0: greyscale, the only methods there are, not interlaced.
    header[8] = 1;
    let stream = zlib(&pixels);

    let mut file = Vec::with_capacity(SIGNATURE.len() + 3 * CHUNK + header.len() + stream.len());
    file.extend_from_slice(SIGNATURE);
    chunk(&mut file, b"IHDR", &header);
    chunk(&mut file, b"IDAT", &stream);
    chunk(&mut file, b"IEND", &[]);
    SecretBytes::new(file)
}

/// PNG §5.3: length, type, data, check sum of type and data.
fn chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    file.extend_from_slice(&narrow(data.len()).to_be_bytes());
    let start = file.len();
    file.extend_from_slice(kind);
    file.extend_from_slice(data);
    let sum = crc32(file.get(start..).unwrap_or_default());
    file.extend_from_slice(&sum.to_be_bytes());
}

/// A zlib stream (RFC 1950) that holds the bytes uncompressed.
fn zlib(bytes: &[u8]) -> Wiped<Vec<u8>> {
    let blocks = bytes.len().div_ceil(MAX_BLOCK);
    let mut stream = Wiped::new(Vec::with_capacity(2 + 5 * blocks + bytes.len() + 4));
    // RFC 1950 §2.2: deflate with a window of 32 KiB, fastest.
    stream.extend_from_slice(&[0x78, 0x01]);
    for (number, block) in (1..).zip(bytes.chunks(MAX_BLOCK)) {
        // RFC 1951 §3.2.4: a stored block, its length, and the length again with its bits turned.
        let len = block.len() as u16;
        stream.push(u8::from(number == blocks));
        stream.extend_from_slice(&len.to_le_bytes());
        stream.extend_from_slice(&(!len).to_le_bytes());
        stream.extend_from_slice(block);
    }
    stream.extend_from_slice(&adler32(bytes).to_be_bytes());
    stream
}

/// The largest image has 16 times 185 pixels a side, and so a megabyte.
fn narrow(number: usize) -> u32 {
    number as u32
}

/// PNG annex D.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| {
            sum >> 1 ^ if sum & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

/// RFC 1950 §8.2.
fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1, 0), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
/// Length, type and check sum of a chunk.
const CHUNK: usize = 12;
/// The length of a stored block has 16 bits.
const MAX_BLOCK: usize = 0xffff;
