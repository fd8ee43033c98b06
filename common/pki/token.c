/* Join tokens: base32 (RFC 4648, small letters, no padding), because it
 * survives being read aloud and selected with a double click. */
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <mbedtls/sha256.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/pki/pki.h"

#define PREFIX      "pt1."
#define PREFIX_SIZE (sizeof(PREFIX) - 1)
#define BINARY_SIZE (PKI_TOKEN_SECRET_SIZE + TLS_FINGERPRINT_SIZE)
#define BASE32_SIZE ((BINARY_SIZE * 8 + 4) / 5)

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

_Static_assert(PREFIX_SIZE + BASE32_SIZE < PKI_TOKEN_SIZE, "token fits");

void pki_token_print(const struct pki_token *token,
                     char out[static PKI_TOKEN_SIZE])
{
    uint8_t bytes[BINARY_SIZE];
    char *next = out + PREFIX_SIZE;
    unsigned bits = 0, held = 0;

    memcpy(bytes, token->secret, PKI_TOKEN_SECRET_SIZE);
    memcpy(bytes + PKI_TOKEN_SECRET_SIZE, token->fingerprint,
           TLS_FINGERPRINT_SIZE);
    memcpy(out, PREFIX, PREFIX_SIZE);
    for (size_t i = 0; i < BINARY_SIZE; i++) {
        bits = (bits << 8 | bytes[i]) & 0xfff;
        held += 8;
        for (; held >= 5; held -= 5)
            *next++ = alphabet[bits >> (held - 5) & 31];
    }
    if (held > 0)
        *next++ = alphabet[bits << (5 - held) & 31];
    *next = '\0';
}

/* A base32 digit's value, or -1. */
static int digit_value(char c)
{
    const char *found;

    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    found = c == '\0' ? NULL : strchr(alphabet, c);
    return found == NULL ? -1 : (int)(found - alphabet);
}

static int decode(const char *text, uint8_t out[static BINARY_SIZE],
                  struct err *err)
{
    unsigned bits = 0, held = 0;
    size_t filled = 0;

    for (size_t i = 0; i < BASE32_SIZE; i++) {
        int value = digit_value(text[i]);

        if (value < 0)
            return err_set(err, -EINVAL,
                           "the token's character %zu is not a letter or one "
                           "of 2 to 7: copy it again",
                           PREFIX_SIZE + i + 1);
        bits = (bits << 5 | (unsigned)value) & 0xfff;
        held += 5;
        if (held >= 8) {
            held -= 8;
            out[filled++] = (uint8_t)(bits >> held);
        }
    }
    if ((bits & ((1u << held) - 1)) != 0)
        return err_set(err, -EINVAL,
                       "the token's last character is wrong: copy it again");
    return 0;
}

int pki_token_parse(const char *text, struct pki_token *out, struct err *err)
{
    uint8_t bytes[BINARY_SIZE];
    size_t length;
    int status;

    while (isspace((unsigned char)*text))
        text++;
    length = strnlen(text, PKI_TOKEN_SIZE * 2);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    if (length < PREFIX_SIZE || strncasecmp(text, PREFIX, PREFIX_SIZE) != 0)
        return err_set(err, -EINVAL,
                       "the token does not begin with '" PREFIX "': give what "
                       "'probectl token create' printed");
    if (length != PREFIX_SIZE + BASE32_SIZE)
        return err_set(err, -EINVAL,
                       "the token has %zu characters, not %zu: was it cut when "
                       "it was copied?",
                       length, PREFIX_SIZE + BASE32_SIZE);
    status = decode(text + PREFIX_SIZE, bytes, err);
    if (status < 0)
        return status;
    memcpy(out->secret, bytes, PKI_TOKEN_SECRET_SIZE);
    memcpy(out->fingerprint, bytes + PKI_TOKEN_SECRET_SIZE,
           TLS_FINGERPRINT_SIZE);
    return 0;
}

void pki_token_hash(const struct pki_token *token,
                    char out[static PKI_TOKEN_HASH_SIZE])
{
    uint8_t hash[32];
    int status =
        mbedtls_sha256_ret(token->secret, sizeof(token->secret), hash, 0);

    assert(status == 0); /* fails only with a hardware accelerator */
    (void)status;
    for (size_t i = 0; i < sizeof(hash); i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
}
