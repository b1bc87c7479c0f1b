/* Compares the static library with the test vectors of RFC 4226, RFC 6238 and Steam Guard. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

bool totp_code(const uint8_t key[20], uint64_t time, uint8_t out[6]);
bool steam_code(const uint8_t key[20], uint64_t time, uint8_t out[6]);
bool totp_find(const uint8_t key[20], const uint8_t typed[6], uint64_t time, uint64_t *last);
bool hotp_find(const uint8_t key[20], const uint8_t typed[6], uint64_t *counter);

static int failed = 0;

static void check(bool passed, const char *name) {
    printf("%s: %s\n", passed ? "ok" : "FAILED", name);
    failed |= !passed;
}

static const uint8_t *bytes(const char *text) { return (const uint8_t *)text; }

int main(void) {
    const uint8_t *key = bytes("12345678901234567890");
    /* FMXNK4QEGKVPULRTADY6JIDK5VHUBGZW */
    const uint8_t steam[20] = {0x2b, 0x2e, 0xd5, 0x72, 0x04, 0x32, 0xaa, 0xfa, 0x2e, 0x33,
                               0x00, 0xf1, 0xe4, 0xa0, 0x6a, 0xed, 0x4f, 0x40, 0x9b, 0x36};
    uint8_t out[6];
    uint64_t last = 0;
    uint64_t counter = 0;

    check(totp_code(key, 59, out) && !memcmp(out, "287082", 6), "TOTP code at time 59");
    check(totp_code(key, 36 * 30, out) && !memcmp(out, "003784", 6), "TOTP code with leading zeros");
    check(steam_code(steam, 30, out) && !memcmp(out, "QJY8Y", 6), "Steam code at time 30");
    check(totp_find(key, bytes("287082"), 59, &last) && last == 1, "TOTP code found at step 1");
    check(!totp_find(key, bytes("287082"), 59, &last) && last == 1, "used TOTP code refused");
    check(!totp_find(key, bytes("287083"), 59, &last) && last == 1, "incorrect TOTP code refused");
    check(hotp_find(key, bytes("969429"), &counter) && counter == 4, "HOTP code found at counter 3");
    check(!hotp_find(key, bytes("969429"), &counter) && counter == 4, "used HOTP code refused");
    return failed;
}
