/* Join tokens: print and parse, and what a bad copy is told. */
#include <errno.h>
#include <string.h>

#include "common/base/err.h"
#include "common/pki/pki.h"
#include "tests/unit/test.h"

static void fill(struct pki_token *token, unsigned seed)
{
    uint8_t *bytes = (uint8_t *)token;

    for (size_t i = 0; i < sizeof(*token); i++) {
        seed = seed * 1664525u + 1013904223u;
        bytes[i] = (uint8_t)(seed >> 24);
    }
}

static void round_trip_keeps_every_octet(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 500; seed++) {
        char text[PKI_TOKEN_SIZE];
        struct pki_token token, back;

        fill(&token, seed);
        if (seed == 0)
            memset(&token, 0xff, sizeof(token));
        pki_token_print(&token, text);
        assert_int_equal(strlen(text), 81);
        assert_int_equal(pki_token_parse(text, &back, NULL), 0);
        assert_memory_equal(&token, &back, sizeof(token));
    }
}

static void known_text(void **state)
{
    char text[PKI_TOKEN_SIZE];
    struct pki_token token = {0};

    (void)state;
    memcpy(token.secret, "foobarfoobarfoob", 16);
    pki_token_print(&token, text);
    /* RFC 4648: base32("foobarfoobarfoob") begins so. */
    assert_memory_equal(text, "pt1.mzxw6ytboj", 14);
}

static void capitals_and_blanks_are_taken(void **state)
{
    char text[PKI_TOKEN_SIZE], loud[PKI_TOKEN_SIZE + 4];
    struct pki_token token, back;

    (void)state;
    fill(&token, 7);
    pki_token_print(&token, text);
    snprintf(loud, sizeof(loud), " %s\n", text);
    for (char *c = loud; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    assert_int_equal(pki_token_parse(loud, &back, NULL), 0);
    assert_memory_equal(&token, &back, sizeof(token));
}

static void assert_refused(const char *text, const char *words)
{
    struct pki_token token;
    struct err err = {0};

    assert_int_equal(pki_token_parse(text, &token, &err), -EINVAL);
    assert_non_null(strstr(err.text, words));
}

static void garbage_is_refused_with_a_reason(void **state)
{
    char text[PKI_TOKEN_SIZE], bad[PKI_TOKEN_SIZE + 8];
    struct pki_token token;

    (void)state;
    fill(&token, 3);
    pki_token_print(&token, text);
    assert_refused("", "begin with 'pt1.'");
    assert_refused("   \n", "begin with 'pt1.'");
    assert_refused("pt2.aaaa", "begin with 'pt1.'");
    assert_refused("pt1.", "has 4 characters, not 81");
    for (size_t length = 4; length < 81; length++) {
        snprintf(bad, sizeof(bad), "%.*s", (int)length, text);
        assert_refused(bad, "was it cut");
    }
    snprintf(bad, sizeof(bad), "%sa", text);
    assert_refused(bad, "has 82 characters");
    for (size_t i = 4; i < 81; i++) {
        snprintf(bad, sizeof(bad), "%s", text);
        bad[i] = "018!-\x80\xff"[i % 7];
        assert_refused(bad, "character");
    }
}

static void spare_bits_must_be_zero(void **state)
{
    char text[PKI_TOKEN_SIZE];
    struct pki_token token = {0};

    (void)state;
    pki_token_print(&token, text);
    assert_int_equal(text[80], 'a');
    text[80] = 'b';
    assert_refused(text, "last character");
}

static void hash_depends_on_the_secret_alone(void **state)
{
    char one[PKI_TOKEN_HASH_SIZE], two[PKI_TOKEN_HASH_SIZE];
    struct pki_token token;

    (void)state;
    fill(&token, 1);
    pki_token_hash(&token, one);
    assert_int_equal(strlen(one), 64);
    token.fingerprint[0] ^= 1;
    pki_token_hash(&token, two);
    assert_string_equal(one, two);
    token.secret[0] ^= 1;
    pki_token_hash(&token, two);
    assert_string_not_equal(one, two);
    assert_true(pki_equal(one, one, 64));
    assert_false(pki_equal(one, two, 64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip_keeps_every_octet),
        cmocka_unit_test(known_text),
        cmocka_unit_test(capitals_and_blanks_are_taken),
        cmocka_unit_test(garbage_is_refused_with_a_reason),
        cmocka_unit_test(spare_bits_must_be_zero),
        cmocka_unit_test(hash_depends_on_the_secret_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
