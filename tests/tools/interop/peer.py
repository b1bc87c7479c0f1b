"""pyotp: checks the codes of standard input, or generates keys with their codes.

    peer.py check < LINES
    peer.py generate SEED COUNT
"""

import base64
import hashlib
import json
import random
import sys
import urllib.parse

import pyotp

ALGORITHMS = [hashlib.sha1, hashlib.sha256, hashlib.sha512]
DIGITS = {6: 1, 8: 2}


def code(otp, time):
    return otp.at(time if isinstance(otp, pyotp.TOTP) else 0)


def check():
    count = 0
    for line in map(json.loads, sys.stdin):
        ours = code(pyotp.parse_uri(line["uri"]), line["time"])
        if ours != line["code"]:
            sys.exit(f"pyotp: {ours} is not {line['code']}: {line['uri']}")
        count += 1
    print(f"pyotp: {count} codes are equal")


def name():
    return "n" + "".join(random.choices("abcXYZ019 .-_@'!~,äßé€日本🔑", k=random.randint(1, 20))) + "n"


def key():
    """A key with the values of the protobuf message of an export, or None where it has no place."""
    secret = random.randbytes(random.randint(16, 64))
    digest, digits = random.choice(ALGORITHMS), random.choice([6, 7, 8])
    period, counter = random.choice([30, 30, random.randint(15, 120)]), random.getrandbits(53)
    text = base64.b32encode(secret).decode().rstrip("=")
    common = {"s": text, "digits": digits, "digest": digest, "name": name(), "issuer": name()}
    if random.random() < 0.25:
        return secret, counter, pyotp.HOTP(**common, initial_count=counter)
    return secret, None, pyotp.TOTP(**common, interval=period)


def varint(value):
    head = b""
    while value > 127:
        head += bytes([value & 127 | 128])
        value >>= 7
    return head + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def export(keys):
    """The URI of an export of Google Authenticator."""
    entries = b""
    for secret, counter, otp in keys:
        entry = field(1, secret) + field(2, otp.name.encode()) + field(3, otp.issuer.encode())
        entry += field(4, ALGORITHMS.index(otp.digest) + 1) + field(5, DIGITS[otp.digits])
        entry += field(6, 2 if counter is None else 1)
        entries += field(1, entry + (field(7, counter) if counter is not None else b""))
    payload = entries + field(2, 1) + field(3, 1) + field(4, 0) + field(5, random.getrandbits(31))
    return "otpauth-migration://offline?data=" + urllib.parse.quote(base64.b64encode(payload), safe="")


def has_place(entry):
    """An export has no field for the period, and none for seven digits."""
    otp = entry[2]
    return otp.digits in DIGITS and getattr(otp, "interval", 30) == 30


def generate(seed, count):
    random.seed(seed)
    time = lambda: random.randrange(7258118400)
    for _ in range(count):
        _, _, otp = key()
        at = time()
        line = {"from": "pyotp", "uri": otp.provisioning_uri(), "time": at, "code": code(otp, at)}
        print(json.dumps({**line, "issuer": otp.issuer, "account": otp.name}))
    for _ in range(count // 10):
        keys = [entry for entry in (key() for _ in range(12)) if has_place(entry)]
        at = time()
        if keys:
            codes = [code(otp, at) for _, _, otp in keys]
            print(json.dumps({"from": "exports", "uri": export(keys), "time": at, "codes": codes}))


if sys.argv[1] == "check":
    check()
else:
    generate(int(sys.argv[2]), int(sys.argv[3]))
