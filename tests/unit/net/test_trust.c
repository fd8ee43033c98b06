/* Who may talk to whom: authorities, names, roles, joining, resumption. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <mbedtls/oid.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/net/conn_internal.h"
#include "common/net/tls_internal.h"
#include "common/pki/pki.h"
#include "tests/unit/net/ends.h"
#include "tests/unit/test.h"

#define DAY 86400

static struct installation ours, theirs;

static int make_installations(void **state)
{
    (void)state;
    installation_make(&ours);
    installation_make(&theirs);
    return 0;
}

static int free_installations(void **state)
{
    (void)state;
    installation_free(&ours);
    installation_free(&theirs);
    return 0;
}

static void send_text(struct end *end)
{
    assert_int_equal(conn_send(end->conn, (const uint8_t *)"hello", 5), 0);
}

static void both_ends_know_each_other(void **state)
{
    struct ends ends;
    struct address local;

    (void)state;
    ends_open(&ends, server_context(&ours),
              client_context(&ours, PEER_AGENT, "127.0.0.1"));
    ends.client.on_ready = send_text;
    ends.server.on_ready = send_text;
    ends_connect(&ends);
    assert_int_equal(ends.client.peer.role, PEER_CONTROLLER);
    assert_string_equal(ends.client.peer.name, "ctl");
    assert_int_equal(ends.server.peer.role, PEER_AGENT);
    assert_string_equal(ends.server.peer.name, "hostA");
    assert_true(address_is_loopback(&ends.server.peer.address));
    assert_true(ends.server.peer.port != 0);
    local = conn_local_address(ends.client.conn);
    assert_true(address_is_loopback(&local));
    ends_run_until(&ends, ends.client.frames == 1 && ends.server.frames == 1);
    assert_memory_equal(ends.server.last, "hello", 5);
    assert_false(ends.client.resumed);
    conn_close(ends.client.conn, 0, "done");
    ends_run_until(&ends, ends.client.closed && ends.server.closed);
    end_assert_told(&ends.client, 0, "done");
    end_assert_told(&ends.server, 0, "closed by the peer");
    ends_close(&ends);
}

static void the_name_may_be_any_of_the_controllers(void **state)
{
    const char *const names[] = {"127.0.0.1", "::1", "0:0:0:0:0:0:0:1",
                                 "ctl.example.org", "CTL.example.ORG"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct ends ends;

        ends_open(&ends, server_context(&ours),
                  client_context(&ours, PEER_AGENT, names[i]));
        ends_connect(&ends);
        ends_close(&ends);
    }
}

static void a_wrong_name_is_refused(void **state)
{
    const char *const names[] = {"127.0.0.2", "::2", "example.org", "ctl",
                                 "x.ctl.example.org"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct ends ends;

        ends_open(&ends, server_context(&ours),
                  client_context(&ours, PEER_AGENT, names[i]));
        ends_fail(&ends);
        end_assert_told(&ends.client, -EKEYREJECTED, "does not name");
        assert_non_null(strstr(ends.client.reason, names[i]));
        assert_int_equal(ends.client.ready, 0);
        ends_close(&ends);
    }
}

static void an_operator_is_seen_as_operator(void **state)
{
    struct ends ends;

    (void)state;
    ends_open(&ends, server_context(&ours),
              client_context(&ours, PEER_OPERATOR, "127.0.0.1"));
    ends_connect(&ends);
    assert_int_equal(ends.server.peer.role, PEER_OPERATOR);
    assert_string_equal(ends.server.peer.name, "admin");
    ends_close(&ends);
}

static void another_authoritys_controller_is_refused(void **state)
{
    struct ends ends;

    (void)state;
    ends_open(&ends, server_context(&theirs),
              client_context(&ours, PEER_AGENT, "127.0.0.1"));
    ends_fail(&ends);
    end_assert_told(&ends.client, -EKEYREJECTED, "not signed by our authority");
    end_assert_told(&ends.server, -EACCES, "authority is another one");
    assert_int_equal(ends.client.ready + ends.server.ready, 0);
    ends_close(&ends);
}

/* Their agent's certificate, but our authority's, so that the client is
 * content and the server has to notice. */
static void another_authoritys_agent_is_refused(void **state)
{
    struct ends ends;
    struct tls_context *client =
        client_context(&theirs, PEER_AGENT, "127.0.0.1");

    (void)state;
    mbedtls_x509_crt_free(&client->authority);
    mbedtls_x509_crt_init(&client->authority);
    mbedtls_x509_crt_parse(&client->authority,
                           (const unsigned char *)ours.authority,
                           strlen(ours.authority) + 1);
    ends_open(&ends, server_context(&ours), client);
    ends_fail(&ends);
    end_assert_told(&ends.server, -EKEYREJECTED, "not signed by our authority");
    assert_int_equal(ends.server.ready, 0);
    assert_int_equal(ends.client.why, -EACCES);
    ends_close(&ends);
}

/* Puts another certificate of ours into a context, past its own checks. */
static void wear(struct tls_context *context, const char *certificate,
                 const char *key)
{
    mbedtls_x509_crt_free(&context->chain);
    mbedtls_x509_crt_init(&context->chain);
    mbedtls_pk_free(&context->key);
    mbedtls_pk_init(&context->key);
    assert_int_equal(mbedtls_x509_crt_parse(&context->chain,
                                            (const unsigned char *)certificate,
                                            strlen(certificate) + 1),
                     0);
    assert_int_equal(mbedtls_pk_parse_key(&context->key,
                                          (const unsigned char *)key,
                                          strlen(key) + 1, NULL, 0),
                     0);
}

static void an_agent_cannot_pose_as_controller(void **state)
{
    struct ends ends;
    struct tls_context *server = server_context(&ours);

    (void)state;
    wear(server, ours.agent, ours.agent_key);
    /* mbedTLS would not even offer it: forget the usage, but on our side only.
     * What is sent stays as it was signed. */
    server->chain.ext_types &= ~(int)MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE;
    ends_open(&ends, server, client_context(&ours, PEER_AGENT, "127.0.0.1"));
    ends_fail(&ends);
    end_assert_told(&ends.client, -EKEYREJECTED, "another role");
    assert_int_equal(ends.client.ready, 0);
    ends_close(&ends);
}

static void a_controllers_certificate_is_no_clients(void **state)
{
    struct ends ends;
    struct tls_context *client = client_context(&ours, PEER_AGENT, "127.0.0.1");

    (void)state;
    wear(client, ours.controller, ours.controller_key);
    ends_open(&ends, server_context(&ours), client);
    ends_fail(&ends);
    end_assert_told(&ends.server, -EKEYREJECTED, "another role");
    ends_close(&ends);
}

static void expired_and_future_certificates_are_refused(void **state)
{
    int64_t now = (int64_t)time(NULL);
    const struct
    {
        int64_t from;
        const char *words;
    } cases[] = {{now - 20 * DAY, "has expired"}, {now + DAY, "not valid yet"}};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEAN_FREE char *pem = installation_sign(
            &ours, ours.agent_key, PEER_AGENT, "old", cases[i].from, 10);
        struct tls_identity identity = {ours.authority, pem, ours.agent_key};
        struct tls_context *client = NULL;
        struct ends ends;

        assert_int_equal(
            tls_context_new_client(&client, &identity, "127.0.0.1", NULL), 0);
        ends_open(&ends, server_context(&ours), client);
        ends_fail(&ends);
        end_assert_told(&ends.server, -EKEYREJECTED, cases[i].words);
        assert_int_equal(ends.client.why, -EACCES);
        ends_close(&ends);
    }
}

static void mixed_up_files_are_told_at_start(void **state)
{
    struct tls_identity key = {ours.authority, ours.agent, theirs.agent_key};
    struct tls_identity signer = {theirs.authority, ours.agent, ours.agent_key};
    struct tls_identity role = {ours.authority, ours.controller,
                                ours.controller_key};
    struct tls_identity good = {ours.authority, ours.agent, ours.agent_key};
    struct tls_context *context = NULL;
    struct err err = {0};

    (void)state;
    assert_int_equal(tls_context_new_client(&context, &key, "a", &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "key does not belong"));
    assert_int_equal(tls_context_new_client(&context, &signer, "a", &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "not signed by the authority"));
    assert_int_equal(tls_context_new_client(&context, &role, "a", &err),
                     -EINVAL);
    assert_non_null(strstr(err.text, "is a controller's"));
    assert_int_equal(
        tls_context_new_server(&context, &good, ours.ticket_key, &err),
        -EINVAL);
    assert_non_null(strstr(err.text, "not a controller's"));
    assert_int_equal(tls_context_new_client(&context, &good, "", &err),
                     -EINVAL);
    assert_null(context);
}

static struct tls_context *joining_context(const uint8_t *fingerprint,
                                           const char *server_name)
{
    struct tls_context *context = NULL;

    assert_int_equal(
        tls_context_new_joining(&context, fingerprint, server_name, NULL), 0);
    return context;
}

static void joining_takes_the_right_fingerprint(void **state)
{
    struct ends ends;

    (void)state;
    ends_open(&ends, server_context(&ours),
              joining_context(ours.fingerprint, "127.0.0.1"));
    ends.client.on_ready = send_text;
    ends_connect(&ends);
    assert_int_equal(ends.client.peer.role, PEER_CONTROLLER);
    assert_int_equal(ends.server.peer.role, PEER_JOINING);
    assert_string_equal(ends.server.peer.name, "");
    ends_run_until(&ends, ends.server.frames == 1);
    assert_false(ends.client_tls->has_saved);
    ends_close(&ends);
}

static void joining_refuses_another_fingerprint(void **state)
{
    struct ends ends;

    (void)state;
    ends_open(&ends, server_context(&ours),
              joining_context(theirs.fingerprint, "127.0.0.1"));
    ends_fail(&ends);
    end_assert_told(&ends.client, -EKEYREJECTED, "fingerprint in the token");
    assert_int_equal(ends.client.ready + ends.server.ready, 0);
    ends_close(&ends);
}

/* An impostor sends the right authority's certificate above a leaf that this
 * authority did not sign: the fingerprint fits, the signature does not. */
static void joining_refuses_a_borrowed_authority(void **state)
{
    struct ends ends;
    struct tls_context *server = server_context(&theirs);

    (void)state;
    wear(server, theirs.controller, theirs.controller_key);
    assert_int_equal(mbedtls_x509_crt_parse(
                         &server->chain, (const unsigned char *)ours.authority,
                         strlen(ours.authority) + 1),
                     0);
    ends_open(&ends, server, joining_context(ours.fingerprint, "127.0.0.1"));
    ends_fail(&ends);
    assert_int_equal(ends.client.why, -EKEYREJECTED);
    assert_int_equal(ends.client.ready, 0);
    ends_close(&ends);
}

static void joining_checks_the_name_too(void **state)
{
    struct ends ends;

    (void)state;
    ends_open(&ends, server_context(&ours),
              joining_context(ours.fingerprint, "192.0.2.9"));
    ends_fail(&ends);
    end_assert_told(&ends.client, -EKEYREJECTED, "does not name 192.0.2.9");
    ends_close(&ends);
}

static void no_certificate_without_joining_is_refused(void **state)
{
    struct ends ends;
    struct tls_context *client = joining_context(ours.fingerprint, "127.0.0.1");

    (void)state;
    client->kind = TLS_CLIENT; /* asks for the ordinary name */
    mbedtls_x509_crt_parse(&client->authority,
                           (const unsigned char *)ours.authority,
                           strlen(ours.authority) + 1);
    ends_open(&ends, server_context(&ours), client);
    ends_fail(&ends);
    end_assert_told(&ends.server, -EKEYREJECTED, "no certificate");
    assert_int_equal(ends.server.ready, 0);
    ends_close(&ends);
}

static int count_permit(void *owner, const struct tls_claim *claim,
                        struct err *err)
{
    uint8_t key[TLS_FINGERPRINT_SIZE];
    unsigned *count = owner;
    CLEAN_FREE char *certificate = installation_sign(
        &ours, ours.agent_key, PEER_AGENT, "other", time(NULL) - 60, 1);

    assert_int_equal(claim->role, PEER_AGENT);
    assert_string_equal(claim->name, "hostA");
    assert_int_equal(pki_fingerprint(certificate, key, err), 0);
    assert_memory_equal(claim->fingerprint, key, sizeof(key));
    if (++*count < 4)
        return 0;
    return err_set(err, -EKEYREVOKED, "%s is not permitted here", claim->name);
}

static void reconnect(struct ends *ends)
{
    conn_close(ends->client.conn, 0, NULL);
    ends_run_until(ends, ends->client.closed && ends->server.closed);
    ends_connect(ends);
}

static void a_session_resumes_across_a_restart(void **state)
{
    struct ends ends;
    unsigned asked = 0;

    (void)state;
    ends_open(&ends, server_context(&ours),
              client_context(&ours, PEER_AGENT, "127.0.0.1"));
    tls_context_set_permit(ends.server_tls, count_permit, &asked);
    ends_connect(&ends);
    assert_false(ends.server.resumed);
    reconnect(&ends);
    assert_true(ends.server.resumed);
    assert_true(ends.client.resumed);
    assert_int_equal(ends.server.peer.role, PEER_AGENT);
    assert_string_equal(ends.server.peer.name, "hostA");
    assert_string_equal(ends.client.peer.name, "ctl");
    assert_int_equal(asked, 2);

    conn_close(ends.client.conn, 0, NULL);
    ends_run_until(&ends, ends.client.closed && ends.server.closed);
    tls_context_free(ends.server_tls);
    ends.server_tls = server_context(&ours); /* the restart */
    tls_context_set_permit(ends.server_tls, count_permit, &asked);
    ends_connect(&ends);
    assert_true(ends.server.resumed);
    assert_string_equal(ends.server.peer.name, "hostA");
    assert_int_equal(asked, 3);

    conn_close(ends.client.conn, 0, NULL);
    ends_run_until(&ends, ends.client.closed && ends.server.closed);
    ends_fail(&ends); /* revoked in the meantime */
    end_assert_told(&ends.server, -EKEYREVOKED, "hostA is not permitted here");
    assert_int_equal(ends.server.ready, 0);
    end_assert_told(&ends.client, -EACCES, "revoked");
    assert_int_equal(asked, 4);
    ends_close(&ends);
}

static void another_ticket_key_means_a_full_handshake(void **state)
{
    struct ends ends;
    struct installation rekeyed = ours;

    (void)state;
    rekeyed.ticket_key[0] ^= 1;
    ends_open(&ends, server_context(&ours),
              client_context(&ours, PEER_AGENT, "127.0.0.1"));
    ends_connect(&ends);
    conn_close(ends.client.conn, 0, NULL);
    ends_run_until(&ends, ends.client.closed && ends.server.closed);
    tls_context_free(ends.server_tls);
    ends.server_tls = server_context(&rekeyed);
    ends_connect(&ends);
    assert_false(ends.server.resumed);
    assert_string_equal(ends.server.peer.name, "hostA");
    reconnect(&ends); /* with the ticket of the new key */
    assert_true(ends.server.resumed);
    ends_close(&ends);
}

/* The same ticket key, but another authority: old tickets are void. */
static void another_authority_voids_tickets(void **state)
{
    struct tls_context *one = server_context(&ours);
    struct tls_context *two;
    struct installation mixed = theirs;

    (void)state;
    memcpy(mixed.ticket_key, ours.ticket_key, sizeof(mixed.ticket_key));
    two = server_context(&mixed);
    assert_memory_equal(one->ticket_key.key, two->ticket_key.key, 32);
    assert_memory_not_equal(one->ticket_key.aad, two->ticket_key.aad,
                            TLS_TICKET_AAD_SIZE);
    tls_context_free(one);
    tls_context_free(two);
}

static void damaged_and_old_tickets_are_refused(void **state)
{
    struct tls_context *server = server_context(&ours);
    mbedtls_ssl_session session, back;
    mbedtls_x509_crt *crt = calloc(1, sizeof(*crt));
    unsigned char ticket[4096], copy[4096];
    uint32_t life;
    size_t size;

    (void)state;
    mbedtls_ssl_session_init(&session);
    mbedtls_ssl_session_init(&back);
    assert_int_not_equal(tls_ticket_write(&server->ticket_key, &session, ticket,
                                          ticket + sizeof(ticket), &size,
                                          &life),
                         0); /* nobody's session gets no ticket */
    assert_int_equal(size, 0);
    mbedtls_x509_crt_init(crt);
    mbedtls_x509_crt_parse(crt, (const unsigned char *)ours.agent,
                           strlen(ours.agent) + 1);
    session.peer_cert = crt;
    session.start = time(NULL);
    assert_int_equal(tls_ticket_write(&server->ticket_key, &session, ticket,
                                      ticket + sizeof(ticket), &size, &life),
                     0);
    assert_int_equal(life, TLS_TICKET_LIFE_S);
    memcpy(copy, ticket, size);
    assert_int_equal(tls_ticket_parse(&server->ticket_key, &back, copy, size),
                     0);
    assert_memory_equal(back.peer_cert->raw.p, crt->raw.p, crt->raw.len);
    mbedtls_ssl_session_free(&back);
    for (size_t i = 0; i < size; i += 7) {
        memcpy(copy, ticket, size);
        copy[i] ^= 0x20;
        assert_int_equal(
            tls_ticket_parse(&server->ticket_key, &back, copy, size),
            MBEDTLS_ERR_SSL_INVALID_MAC);
        memcpy(copy, ticket, size);
        assert_int_equal(tls_ticket_parse(&server->ticket_key, &back, copy, i),
                         MBEDTLS_ERR_SSL_INVALID_MAC);
    }
    session.start -= TLS_TICKET_LIFE_S + 1;
    tls_ticket_write(&server->ticket_key, &session, ticket,
                     ticket + sizeof(ticket), &size, &life);
    assert_int_equal(tls_ticket_parse(&server->ticket_key, &back, ticket, size),
                     MBEDTLS_ERR_SSL_SESSION_TICKET_EXPIRED);
    mbedtls_ssl_session_free(&back);
    mbedtls_ssl_session_free(&session);
    tls_context_free(server);
}

/* A hostile client resumes its authenticated session while it asks to join. */
static void a_session_does_not_resume_into_joining(void **state)
{
    struct ends ends;

    (void)state;
    ends_open(&ends, server_context(&ours),
              client_context(&ours, PEER_AGENT, "127.0.0.1"));
    ends_connect(&ends);
    conn_close(ends.client.conn, 0, NULL);
    ends_run_until(&ends, ends.client.closed && ends.server.closed);
    assert_true(ends.client_tls->has_saved);
    ends_dial(&ends);
    {
        /* The session is the conn's first step's: it has not run yet. */
        struct tls_session *session = ends.client.conn->session;

        mbedtls_ssl_set_hostname(&session->ssl, TLS_NAME_JOINING);
    }
    ends_run_until(&ends, ends.client.closed && ends.server.closed);
    end_assert_told(&ends.server, -EKEYREJECTED, "asked to join resumed");
    assert_int_equal(ends.server.ready, 0);
    ends_close(&ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ends_know_each_other),
        cmocka_unit_test(the_name_may_be_any_of_the_controllers),
        cmocka_unit_test(a_wrong_name_is_refused),
        cmocka_unit_test(an_operator_is_seen_as_operator),
        cmocka_unit_test(another_authoritys_controller_is_refused),
        cmocka_unit_test(another_authoritys_agent_is_refused),
        cmocka_unit_test(an_agent_cannot_pose_as_controller),
        cmocka_unit_test(a_controllers_certificate_is_no_clients),
        cmocka_unit_test(expired_and_future_certificates_are_refused),
        cmocka_unit_test(mixed_up_files_are_told_at_start),
        cmocka_unit_test(joining_takes_the_right_fingerprint),
        cmocka_unit_test(joining_refuses_another_fingerprint),
        cmocka_unit_test(joining_refuses_a_borrowed_authority),
        cmocka_unit_test(joining_checks_the_name_too),
        cmocka_unit_test(no_certificate_without_joining_is_refused),
        cmocka_unit_test(a_session_resumes_across_a_restart),
        cmocka_unit_test(another_ticket_key_means_a_full_handshake),
        cmocka_unit_test(another_authority_voids_tickets),
        cmocka_unit_test(damaged_and_old_tickets_are_refused),
        cmocka_unit_test(a_session_does_not_resume_into_joining),
    };

    return cmocka_run_group_tests(tests, make_installations,
                                  free_installations);
}
