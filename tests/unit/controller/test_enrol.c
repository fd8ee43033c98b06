/* Who gets in with a token, and who does not. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "controller/server/enrol.h"
#include "controller/store/store.h"
#include "tests/unit/test.h"

#define NOW 1800000000

static char dir[64], path[96];
static char *authority, *authority_key, *host_key, *request;
static struct enrol enrol;

static int setup(void **state)
{
    struct err err = {0};

    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/probe-enrol-XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/db", dir);
    assert_int_equal(store_open(&enrol.store, path, true, &err), 0);
    assert_int_equal(pki_make_key(&authority_key, &err), 0);
    assert_int_equal(
        pki_make_authority(authority_key, NOW - 60, 3650, &authority, &err), 0);
    assert_int_equal(pki_make_key(&host_key, &err), 0);
    assert_int_equal(pki_make_request(host_key, "whatever", &request, &err), 0);
    enrol.authority_pem = authority;
    enrol.authority_key_pem = authority_key;
    return 0;
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    store_free(enrol.store);
    free(authority);
    free(authority_key);
    free(host_key);
    free(request);
    snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    return system(command);
}

static void make_token(uint32_t ttl_s, uint32_t uses, const char *agent,
                       char token[static PKI_TOKEN_SIZE])
{
    struct message_token_request wanted = {.ttl_s = ttl_s, .uses = uses};
    struct err err = {0};

    snprintf(wanted.agent, sizeof(wanted.agent), "%s", agent);
    assert_int_equal(enrol_create_token(&enrol, &wanted, NOW, token, &err), 0);
}

static int join(const char *token, const char *name, int64_t now_s,
                struct message_join_reply *reply, struct err *err)
{
    struct message_join_request wanted = {0};

    memset(err, 0, sizeof(*err));
    snprintf(wanted.token, sizeof(wanted.token), "%s", token);
    snprintf(wanted.name, sizeof(wanted.name), "%s", name);
    snprintf(wanted.request, sizeof(wanted.request), "%s", request);
    return enrol_join(&enrol, &wanted, now_s, reply, err);
}

static void expect_refusal(const char *token, const char *name, int64_t now_s,
                           const char *words)
{
    struct message_join_reply reply = {0};
    struct err err;

    assert_true(join(token, name, now_s, &reply, &err) < 0);
    assert_non_null(strstr(err.text, words));
    assert_string_equal(reply.certificate, "");
}

static void test_certificate_carries_our_name_and_role(void **state)
{
    char token[PKI_TOKEN_SIZE], name[CONN_NAME_SIZE];
    struct message_join_reply reply;
    struct store_agent agent;
    enum peer_role role;
    int64_t not_after_s;
    struct err err;

    (void)state;
    make_token(3600, 1, "", token);
    assert_int_equal(join(token, "hostA", NOW, &reply, &err), 0);
    assert_int_equal(
        pki_describe(reply.certificate, &role, name, &not_after_s, &err), 0);
    assert_int_equal(role, PEER_AGENT);
    assert_string_equal(name, "hostA"); /* not the request's own */
    assert_in_range(not_after_s, NOW + 89 * 86400, NOW + 91 * 86400);
    assert_string_equal(reply.authority, authority);
    assert_int_equal(store_find_agent(enrol.store, "hostA", &agent, &err), 0);
    assert_int_equal(agent.not_after_s, not_after_s);
    assert_int_equal(agent.enrolled_s, NOW);
    assert_int_equal(strlen(agent.fingerprint), 64);
}

/* The key last enrolled, however old its certificate, and no other. */
static void test_only_the_last_key_may_connect(void **state)
{
    uint8_t first[TLS_FINGERPRINT_SIZE], second[TLS_FINGERPRINT_SIZE];
    char token[PKI_TOKEN_SIZE];
    struct message_join_reply reply;
    struct err err = {0};

    (void)state;
    make_token(3600, 5, "hostA", token);
    assert_int_equal(join(token, "hostA", NOW, &reply, &err), 0);
    assert_int_equal(pki_fingerprint(reply.certificate, first, &err), 0);
    assert_int_equal(enrol_check_key(&enrol, "hostB", first, &err), -ENOENT);
    assert_int_equal(join(token, "hostA", NOW + 5, &reply, &err), 0);
    assert_int_equal(enrol_check_key(&enrol, "hostA", first, &err), 0);
    free(host_key);
    free(request);
    assert_int_equal(pki_make_key(&host_key, &err), 0);
    assert_int_equal(pki_make_request(host_key, "hostA", &request, &err), 0);
    assert_int_equal(join(token, "hostA", NOW + 9, &reply, &err), 0);
    assert_int_equal(pki_fingerprint(reply.certificate, second, &err), 0);
    assert_int_equal(enrol_check_key(&enrol, "hostA", second, &err), 0);
    assert_int_equal(enrol_check_key(&enrol, "hostA", first, &err),
                     -EKEYREVOKED);
    assert_non_null(strstr(err.text, "'hostA' at 2027-01-15 08:00:09 UTC"));
    make_token(3600, 1, "", token);
    expect_refusal(token, "hostA", NOW, "enrolled already");
    assert_int_equal(enrol_check_key(&enrol, "hostA", second, &err), 0);
}

static void test_store_keeps_no_token(void **state)
{
    char token[PKI_TOKEN_SIZE], command[320];

    (void)state;
    make_token(3600, 1, "", token);
    snprintf(command, sizeof(command), "grep -qF '%s' '%s' '%s-wal'", token,
             path, path);
    assert_int_not_equal(system(command), 0);
}

static void test_uses_are_counted_across_a_restart(void **state)
{
    char token[PKI_TOKEN_SIZE];
    struct message_join_reply reply;
    struct err err;

    (void)state;
    make_token(3600, 2, "", token);
    assert_int_equal(join(token, "hostA", NOW, &reply, &err), 0);
    store_free(enrol.store);
    assert_int_equal(store_open(&enrol.store, path, false, &err), 0);
    assert_int_equal(join(token, "hostB", NOW, &reply, &err), 0);
    expect_refusal(token, "hostC", NOW, "spent");
}

static void test_expired_token_says_when(void **state)
{
    char token[PKI_TOKEN_SIZE];

    (void)state;
    make_token(60, 1, "", token);
    expect_refusal(token, "hostA", NOW + 60, "2027-01-15 08:01:00 UTC");
}

static void test_unknown_and_malformed_tokens(void **state)
{
    struct pki_token made_up = {{1}, {2}};
    char token[PKI_TOKEN_SIZE];

    (void)state;
    pki_token_print(&made_up, token);
    expect_refusal(token, "hostA", NOW, "unknown");
    expect_refusal("nonsense", "hostA", NOW, "token");
}

static void test_token_for_one_name(void **state)
{
    char token[PKI_TOKEN_SIZE];
    struct message_join_reply reply;
    struct err err;

    (void)state;
    make_token(3600, 1, "hostB", token);
    expect_refusal(token, "hostA", NOW, "made for the agent 'hostB'");
    assert_int_equal(join(token, "hostB", NOW, &reply, &err), 0);
}

/* An operator writes a name as he likes; the host has one. */
static void test_capitals_make_no_other_name(void **state)
{
    char any[PKI_TOKEN_SIZE], own[PKI_TOKEN_SIZE];
    struct message_join_reply reply;
    struct err err;

    (void)state;
    make_token(3600, 2, "HOSTB", own);
    assert_int_equal(join(own, "hostB", NOW, &reply, &err), 0);
    expect_refusal(own, "HOSTB", NOW,
                   "'hostB' is enrolled already, and capitals");
    assert_int_equal(join(own, "hostB", NOW, &reply, &err), 0);
    make_token(3600, 2, "", any);
    expect_refusal(any, "HostB", NOW, "capitals make no other name");
    assert_int_equal(join(any, "hostC", NOW, &reply, &err), 0);
}

static void test_taken_name_needs_a_token_of_its_own(void **state)
{
    char any[PKI_TOKEN_SIZE], own[PKI_TOKEN_SIZE];
    struct message_join_reply reply;
    struct err err;

    (void)state;
    make_token(3600, 2, "", any);
    assert_int_equal(join(any, "hostA", NOW, &reply, &err), 0);
    expect_refusal(any, "hostA", NOW, "enrolled already");
    /* The refused try cost no use. */
    assert_int_equal(join(any, "hostB", NOW, &reply, &err), 0);
    make_token(3600, 1, "hostA", own);
    assert_int_equal(join(own, "hostA", NOW, &reply, &err), 0);
}

static void test_bad_names_and_requests(void **state)
{
    char token[PKI_TOKEN_SIZE];
    struct message_join_reply reply;
    struct err err;

    (void)state;
    make_token(3600, 1, "", token);
    expect_refusal(token, "", NOW, "cannot be an agent's name");
    expect_refusal(token, "../etc", NOW, "cannot be an agent's name");
    free(request);
    request = strdup("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n");
    expect_refusal(token, "hostA", NOW, "request");
    free(request);
    assert_int_equal(pki_make_request(host_key, "x", &request, &err), 0);
    assert_int_equal(join(token, "hostA", NOW, &reply, &err), 0);
}

static void test_token_requests_have_bounds(void **state)
{
    struct message_token_request wanted = {.ttl_s = 60, .uses = 0};
    char token[PKI_TOKEN_SIZE];
    struct err err = {0};

    (void)state;
    assert_int_equal(enrol_create_token(&enrol, &wanted, NOW, token, &err),
                     -EINVAL);
    wanted.uses = 1;
    wanted.ttl_s = 0;
    assert_int_equal(enrol_create_token(&enrol, &wanted, NOW, token, &err),
                     -EINVAL);
    wanted.ttl_s = UINT32_MAX;
    assert_int_equal(enrol_create_token(&enrol, &wanted, NOW, token, &err),
                     -EINVAL);
    wanted.ttl_s = 60;
    snprintf(wanted.agent, sizeof(wanted.agent), "a b");
    assert_int_equal(enrol_create_token(&enrol, &wanted, NOW, token, &err),
                     -EINVAL);
}

#define ENROL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENROL_TEST(test_certificate_carries_our_name_and_role),
        ENROL_TEST(test_only_the_last_key_may_connect),
        ENROL_TEST(test_store_keeps_no_token),
        ENROL_TEST(test_uses_are_counted_across_a_restart),
        ENROL_TEST(test_expired_token_says_when),
        ENROL_TEST(test_unknown_and_malformed_tokens),
        ENROL_TEST(test_token_for_one_name),
        ENROL_TEST(test_capitals_make_no_other_name),
        ENROL_TEST(test_taken_name_needs_a_token_of_its_own),
        ENROL_TEST(test_bad_names_and_requests),
        ENROL_TEST(test_token_requests_have_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
