//! Decryption of columns, with the key of their application.

use aes_gcm::{Aes256Gcm, KeyInit as _, aead::Aead as _, aes};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit, block_padding::Pkcs7};
use hmac::{Hmac, Mac as _};

use crate::rows::unhex;

pub fn base64(text: &str) -> Vec<u8> {
    Base64::decode_vec(text).unwrap()
}

pub fn base64url(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}

/// PBKDF2 (RFC 8018 §5.2) with HMAC-SHA-1 or HMAC-SHA-256, for keys of one block.
pub fn pbkdf2<M: hmac::Mac + hmac::KeyInit + Clone>(
    password: &[u8],
    salt: &[u8],
    rounds: u32,
) -> Vec<u8> {
    let mac = <M as hmac::KeyInit>::new_from_slice(password).unwrap();
    let of = |input: &[&[u8]]| {
        let mut mac = mac.clone();
        input.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().to_vec()
    };
    let mut last = of(&[salt, &[0, 0, 0, 1]]);
    let mut all = last.clone();
    for _ in 1..rounds {
        last = of(&[&last]);
        all.iter_mut().zip(&last).for_each(|(all, last)| *all ^= last);
    }
    all
}

/// HKDF (RFC 5869) without a salt, for keys of one block.
pub fn hkdf<M: hmac::Mac + hmac::KeyInit>(input: &[u8], info: &[u8]) -> Vec<u8> {
    let of = |key: &[u8], parts: &[&[u8]]| {
        let mut mac = <M as hmac::KeyInit>::new_from_slice(key).unwrap();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().to_vec()
    };
    let pseudorandom = of(&[0; 64], &[input]);
    of(&pseudorandom, &[info, &[1]])
}

/// AES-256-GCM; the tag follows the ciphertext.
pub fn aes_256_gcm(key: &[u8], nonce: &[u8], sealed: &[u8]) -> Vec<u8> {
    let cipher = Aes256Gcm::new_from_slice(key).unwrap();
    let nonce: [u8; 12] = nonce.try_into().unwrap();
    cipher.decrypt(&nonce.into(), sealed).expect("the key opens the column")
}

pub fn aes_128_cbc(key: &[u8], iv: &[u8], sealed: &[u8]) -> Vec<u8> {
    let cipher = cbc::Decryptor::<aes::Aes128>::new_from_slices(key, iv).unwrap();
    cipher.decrypt_padded_vec::<Pkcs7>(sealed).unwrap()
}

pub fn aes_256_cbc(key: &[u8], iv: &[u8], sealed: &[u8]) -> Vec<u8> {
    let cipher = cbc::Decryptor::<aes::Aes256>::new_from_slices(key, iv).unwrap();
    cipher.decrypt_padded_vec::<Pkcs7>(sealed).unwrap()
}

/// Whether `tag`, in hexadecimal, is the HMAC-SHA-256 of a message.
pub fn is_hmac_sha_256(key: &[u8], message: &[u8], tag: &str) -> bool {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.verify_slice(&unhex(tag)).is_ok()
}

/// Whether `tag`, in hexadecimal, is the HMAC-SHA-512 of a message.
pub fn is_hmac_sha_512(key: &[u8], message: &[u8], tag: &str) -> bool {
    let mut mac = Hmac::<sha2::Sha512>::new_from_slice(key).unwrap();
    mac.update(message);
    mac.verify_slice(&unhex(tag)).is_ok()
}
