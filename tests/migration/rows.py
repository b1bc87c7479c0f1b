#!/usr/bin/env python3
"""Writes rows.json: rows as other systems store them, with secrets that the tests know.

The rows are made with the algorithm of each system, independently of the Rust code that reads them.
The manual page `migration` names the sources that were read.

    pip install cryptography bcrypt argon2-cffi
    python3 tests/migration/rows.py > tests/migration/rows.json
"""

import base64
import hashlib
import hmac
import json
import os
import struct
import sys

import bcrypt
from argon2.low_level import Type, hash_secret
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET = b"12345678901234567890"
BASE32 = base64.b32encode(SECRET).decode()
# The time at which the clock of the tests stands, and the step of a code that was just used.
NOON = 1_800_000_000
LAST = NOON // 30


def fixed(name, length):
    """Bytes that are the same each time, so that a new run changes no row."""
    return hashlib.shake_128(name.encode()).digest(length)


def b64(data):
    return base64.b64encode(data).decode()


def b64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def compact(value):
    return json.dumps(value, separators=(",", ":"))


# Security keys: P-256, the generator of the curve as the public key.

X = bytes.fromhex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296")
Y = bytes.fromhex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
COSE = bytes.fromhex("a5010203262001215820") + X + bytes.fromhex("225820") + Y
KEY_ID = fixed("credential id", 32)
AAGUID = bytes.fromhex("ee882879721c491397753dfcce97072a")
AAGUID_TEXT = "ee882879-721c-4913-9775-3dfcce97072a"


def attestation_object():
    flags = 0x45
    auth_data = hashlib.sha256(b"example.com").digest() + bytes([flags]) + struct.pack(">I", 7)
    auth_data += AAGUID + struct.pack(">H", len(KEY_ID)) + KEY_ID + COSE
    head = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData"
    return head + b"\x58" + bytes([len(auth_data)]) + auth_data


def django_otp():
    tokens = [base64.b32encode(fixed(f"static {n}", 5)).decode().lower() for n in range(10)]
    return {
        "otp_totp_totpdevice": {
            "user_id": 42, "name": "default", "confirmed": True, "key": SECRET.hex(), "step": 30,
            "t0": 0, "digits": 6, "tolerance": 1, "drift": 0, "last_t": LAST,
        },
        "otp_hotp_hotpdevice": {
            "user_id": 42, "name": "token", "confirmed": True, "key": SECRET.hex(), "digits": 8,
            "tolerance": 5, "counter": 41,
        },
        "otp_static_statictoken": [{"device_id": 1, "token": token} for token in tokens],
    }


def django_allauth():
    seed = fixed("allauth seed", 40).hex()
    mac, codes = hmac.new(seed.encode(), digestmod=hashlib.sha1), []
    for n in range(10):
        mac.update(f"{n:3},".encode())
        codes.append(f"{int.from_bytes(mac.digest()[:4], 'big') % 10**8:08}")
    credential = {
        "id": b64url(KEY_ID), "rawId": b64url(KEY_ID), "type": "public-key",
        "response": {
            "attestationObject": b64url(attestation_object()),
            "clientDataJSON": b64url(compact({"type": "webauthn.create"}).encode()),
            "transports": ["usb"],
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
    return {
        "mfa_authenticator": [
            {"user_id": 42, "type": "totp", "data": {"secret": BASE32}},
            {"user_id": 42, "type": "recovery_codes", "data": {"seed": seed, "used_mask": 0b101}},
            {"user_id": 42, "type": "webauthn", "data": {"name": "Blue", "credential": credential}},
        ],
        "codes": codes,
    }


def devise():
    primary_key, salt, pepper = "primary key of the application", "a salt", "pepper"
    key = hashlib.pbkdf2_hmac("sha256", primary_key.encode(), salt.encode(), 2**16, 32)
    iv = fixed("rails iv", 12)
    sealed = AESGCM(key).encrypt(iv, BASE32.encode(), b"")
    message = {"p": b64(sealed[:-16]), "h": {"iv": b64(iv), "at": b64(sealed[-16:])}}
    codes = [fixed(f"devise {n}", 16).hex() for n in range(5)]
    # Devise uses a cost of 12. The salt is fixed here.
    salted = [b"$2b$04$" + base64.b64encode(fixed(f"salt {n}", 16), b"./")[:21] + b"e" for n in range(5)]
    digests = [bcrypt.hashpw((code + pepper).encode(), one) for code, one in zip(codes, salted)]
    return {
        "users": {
            "id": 42, "otp_secret": compact(message), "consumed_timestep": LAST,
            "otp_required_for_login": True,
            "otp_backup_codes": [digest.decode().replace("$2b$", "$2a$") for digest in digests],
        },
        "primary_key": primary_key, "key_derivation_salt": salt, "pepper": pepper, "codes": codes,
    }


def xchacha(key, nonce, plain):
    def rounds(state):
        def quarter(a, b, c, d):
            for left, right, other, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                state[left] = (state[left] + state[right]) & 0xFFFFFFFF
                mixed = state[other] ^ state[left]
                state[other] = ((mixed << bits) | (mixed >> (32 - bits))) & 0xFFFFFFFF

        for _ in range(10):
            for column in range(4):
                quarter(column, column + 4, column + 8, column + 12)
            for row in range(4):
                quarter(row, (row + 1) % 4 + 4, (row + 2) % 4 + 8, (row + 3) % 4 + 12)

    state = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce[:16]))
    rounds(state)
    subkey = struct.pack("<8I", *state[:4], *state[12:])
    return ChaCha20Poly1305(subkey).encrypt(b"\0\0\0\0" + nonce[16:], plain, None)


def better_auth():
    application, secret = "BETTER_AUTH_SECRET of the application", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0fG"
    key = hashlib.sha256(application.encode()).digest()
    codes = ["aB3dE-6gH9j", "Zz9yX-8wV7u", "00000-aaaaa"]

    def seal(name, text):
        nonce = fixed(name, 24)
        return (nonce + xchacha(key, nonce, text.encode())).hex()

    return {
        "twoFactor": {
            "id": "k3", "userId": "42", "secret": seal("secret", secret),
            "backupCodes": seal("codes", compact(codes)), "verified": True,
        },
        "versioned": "$ba$1$" + seal("versioned", secret),
        "passkey": {
            "id": "p1", "userId": "42", "name": "Blue", "publicKey": b64(COSE),
            "credentialID": b64url(KEY_ID), "counter": 7, "deviceType": "singleDevice",
            "backedUp": False, "transports": "usb", "aaguid": AAGUID_TEXT,
        },
        "application": application, "secret": secret, "codes": codes,
    }


def keycloak():
    codes = ["A1B2C3D4E5F6", "Z9Y8X7W6V5U4", "ABCDEFGHIJKL"]
    hashed = [
        {"number": n + 1, "encodedHashedValue": b64(hashlib.sha512(code.encode()).digest())}
        for n, code in enumerate(codes)
    ]
    otp = {"digits": 6, "counter": 0, "period": 30, "algorithm": "HmacSHA256"}
    webauthn = {
        "aaguid": AAGUID_TEXT, "credentialId": b64(KEY_ID), "counter": 7,
        "attestationStatementFormat": "none", "credentialPublicKey": b64url(COSE),
        "transports": ["usb"],
    }

    def row(kind, secret, data):
        return {
            "USER_ID": "u-42", "TYPE": kind, "USER_LABEL": "Blue",
            "SECRET_DATA": compact(secret), "CREDENTIAL_DATA": compact(data),
        }

    return {
        "CREDENTIAL": [
            row("otp", {"value": SECRET.decode()}, {"subType": "totp", **otp}),
            row("otp", {"value": BASE32}, {
                **otp, "subType": "hotp", "counter": 41, "period": 0, "algorithm": "HmacSHA1",
                "secretEncoding": "BASE32",
            }),
            row("recovery-authn-codes", {"codes": hashed}, {
                "algorithm": "SHA-512", "totalCodes": len(codes), "remainingCodes": len(codes),
            }),
            row("webauthn", {}, webauthn),
        ],
        "codes": codes,
    }


def supabase():
    row_id, key_id = "5b1f0d2a-6a57-4a2e-9a53-0a6f6d1a2b3c", "k1"
    application = fixed("supabase key", 32)
    key = HKDF(hashes.SHA256(), 32, salt=None, info=row_id.encode()).derive(application)
    nonce = fixed("supabase nonce", 12)
    sealed = {
        "key_id": key_id, "alg": "aes-gcm-hkdf",
        "data": b64(AESGCM(key).encrypt(nonce, BASE32.encode(), None)), "nonce": b64(nonce),
    }
    credential = {
        "id": b64(KEY_ID), "publicKey": b64(COSE), "attestationType": "none", "transport": ["usb"],
        "flags": {"userPresent": True, "userVerified": True, "backupEligible": False, "backupState": False},
        "authenticator": {"AAGUID": b64(AAGUID), "signCount": 7, "cloneWarning": False},
    }
    base = {"user_id": "42", "status": "verified"}
    return {
        "mfa_factors": [
            {**base, "id": row_id, "factor_type": "totp", "secret": compact(sealed), "friendly_name": "app"},
            {**base, "id": "p", "factor_type": "phone", "phone": "14155550100", "friendly_name": "phone"},
            {**base, "id": "w", "factor_type": "webauthn", "web_authn_credential": credential,
             "friendly_name": "Blue"},
            {**base, "id": "x", "factor_type": "totp", "secret": "MFRGGZDFMZTWQ2LK", "status": "unverified"},
        ],
        "plain": BASE32, "key_id": key_id, "key": b64url(application),
    }


def aes_cbc(key, iv, plain):
    padder = padding.PKCS7(128).padder()
    padded = padder.update(plain) + padder.finalize()
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return cipher.update(padded) + cipher.finalize()


def fortify():
    key, short = fixed("APP_KEY", 32), "GEZDGNBVGY3TQOJQ"
    codes = ["abcDEF1234-ghiJKL5678", "0123456789-zyxwvutsrq"]

    def encrypt(name, text):
        serialized = f's:{len(text.encode())}:"{text}";'.encode()
        iv = fixed(name, 16)
        value = b64(aes_cbc(key, iv, serialized))
        mac = hmac.new(key, (b64(iv) + value).encode(), hashlib.sha256).hexdigest()
        return b64(compact({"iv": b64(iv), "value": value, "mac": mac, "tag": ""}).encode())

    return {
        "users": {
            "id": 42, "two_factor_secret": encrypt("secret", short),
            "two_factor_recovery_codes": encrypt("codes", compact(codes)),
            "two_factor_confirmed_at": "2026-11-01 10:00:00",
        },
        "APP_KEY": "base64:" + b64(key), "secret": short, "codes": codes,
    }


def authelia():
    encryption_key = "a_very_important_secret"
    key = hashlib.sha256(encryption_key.encode()).digest()

    def encrypt(name, plain):
        nonce = fixed(name, 12)
        return (nonce + AESGCM(key).encrypt(nonce, plain, None)).hex()

    return {
        "totp_configurations": {
            "id": 1, "username": "42", "issuer": "Authelia", "algorithm": "SHA512", "digits": 8,
            "period": 60, "secret": encrypt("totp", BASE32.encode()), "last_used_at": NOON,
        },
        "webauthn_credentials": {
            "rpid": "example.com", "username": "42", "description": "Blue", "kid": b64(KEY_ID),
            "aaguid": AAGUID_TEXT, "attachment": "cross-platform", "transport": "usb", "sign_count": 7,
            "legacy": False, "discoverable": False, "present": True, "verified": True,
            "backup_eligible": False, "backup_state": False, "public_key": encrypt("key", COSE),
        },
        "encryption_key": encryption_key,
    }


def nextcloud():
    secret = "the secret of config.php"
    material = HKDF(hashes.SHA512(), 64, salt=None, info=b"").derive(secret.encode())
    key = hashlib.pbkdf2_hmac("sha1", material[:32], b"phpseclib", 1000, 16)
    iv = fixed("nextcloud iv", 16)
    sealed, iv_hex = aes_cbc(key, iv, BASE32.encode()).hex(), iv.hex()
    mac_key = hashlib.sha512(material[32:] + b"a").hexdigest().encode()
    mac = hmac.new(mac_key, (sealed + iv_hex).encode(), hashlib.sha512).hexdigest()
    codes = ["abcdefgijkmnpqrs", "ABCDEFGHJKLMNPQR", "sTyAHNgJXfKm6nrM"]
    # PHP uses 64 MiB and 4 passes.
    hashed = [
        "3|" + hash_secret(code.encode(), fixed(code, 16), 1, 64, 1, 32, Type.ID).decode() for code in codes
    ]
    old = "1|" + bcrypt.hashpw(b"oldoldoldoldoldo", b"$2b$04$abcdefghijklmnopqrstuu").decode().replace("$2b$", "$2y$")
    return {
        "oc_twofactor_totp_secrets": {
            "user_id": "42", "secret": f"{sealed}|{iv_hex}|{mac}|3", "state": 2, "last_counter": LAST,
            "algorithm": "sha1",
        },
        "oc_twofactor_backupcodes": [
            {"user_id": "42", "code": code, "used": used} for code, used in zip([*hashed, old], [0, 1, 0, 0])
        ],
        "oc_twofactor_webauthn_regs": {
            "name": "Blue", "public_key_credential_id": b64(KEY_ID), "type": "public-key",
            "transports": '["usb"]', "attestation_type": "none", "aaguid": AAGUID_TEXT,
            "credential_public_key": b64(COSE), "user_handle": "42", "counter": 7, "active": True,
        },
        "secret": secret, "codes": [*codes, "oldoldoldoldoldo"],
    }


def totp_rs():
    return {
        "encoded": BASE32, "raw": SECRET.hex(),
        "url": f"otpauth://totp/Example:alice?secret={BASE32}&digits=8&algorithm=SHA512&issuer=Example",
        "serde": {
            "algorithm": "SHA256", "digits": 6, "skew": 1, "step": 30, "secret": list(SECRET),
            "issuer": "Example", "account_name": "alice",
        },
    }


SYSTEMS = [
    authelia, better_auth, devise, django_allauth, django_otp, fortify, keycloak, nextcloud, supabase,
    totp_rs,
]

if __name__ == "__main__":
    rows = {system.__name__: system() for system in SYSTEMS}
    rows["security_key"] = {"id": KEY_ID.hex(), "x": X.hex(), "y": Y.hex(), "cose": COSE.hex()}
    json.dump(rows, sys.stdout, indent=1)
    print()
