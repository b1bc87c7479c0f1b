/* Calls the static library and compares with the vectors of RFC 4226, RFC 6238 and Steam Guard. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

bool totp_code(const uint8_t key[20], uint64_t time, uint8_t place[6]);
bool steam_code(const uint8_t key[20], uint64_t time, uint8_t place[6]);
bool totp_find(const uint8_t key[20], const uint8_t typed[6], uint64_t time, uint64_t *last);
bool hotp_find(const uint8_t key[20], const uint8_t typed[6], uint64_t *counter);

static int failed = 0;

static void check(bool right, const char *fact) {
    printf("%s: %s\n", right ? "ok" : "FAILED", fact);
    failed |= !right;
}

static const uint8_t *bytes(const char *text) { return (const uint8_t *)text; }

int main(void) {
    const uint8_t *key = bytes("12345678901234567890");
    /* FMXNK4QEGKVPULRTADY6JIDK5VHUBGZW */
    const uint8_t steam[20] = {0x2b, 0x2e, 0xd5, 0x72, 0x04, 0x32, 0xaa, 0xfa, 0x2e, 0x33,
                               0x00, 0xf1, 0xe4, 0xa0, 0x6a, 0xed, 0x4f, 0x40, 0x9b, 0x36};
    uint8_t place[6];
    uint64_t last = 0;
    uint64_t counter = 0;

    check(totp_code(key, 59, place) && !memcmp(place, "287082", 6), "the code of time 59");
    check(totp_code(key, 36 * 30, place) && !memcmp(place, "003784", 6), "leading zeros");
    check(steam_code(steam, 30, place) && !memcmp(place, "QJY8Y", 6), "the Steam code of time 30");
    check(totp_find(key, bytes("287082"), 59, &last) && last == 1, "found at step 1");
    check(!totp_find(key, bytes("287082"), 59, &last) && last == 1, "not found twice");
    check(!totp_find(key, bytes("287083"), 59, &last) && last == 1, "no other code is found");
    check(hotp_find(key, bytes("520489"), &counter) && counter == 10, "the code of counter 9");
    check(!hotp_find(key, bytes("520489"), &counter) && counter == 10, "and not again");
    return failed;
}
