/* probe-agent join, from the command line to the files. */
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "common/base/clean.h"
#include "common/base/fs.h"
#include "tests/unit/agent/link_fixture.h"
#include "tests/unit/test.h"

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture_start(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_stop(&fixture);
    return 0;
}

static int join(const char *address, const char *token, const char *name)
{
    const char *const arguments[] = {"join",   address,       "--token",
                                     token,    "--state-dir", fixture.state_dir,
                                     "--name", name,          NULL};

    fixture_spawn(&fixture, arguments);
    assert_true(fixture_wait(&fixture, fixture_exited, 20000));
    return (int)fixture.exit_status;
}

static mode_t mode_of(const char *name)
{
    char path[160];
    struct stat info;

    snprintf(path, sizeof(path), "%s/%s", fixture.state_dir, name);
    return stat(path, &info) < 0 ? 0 : info.st_mode & 07777;
}

static void issue_as(struct fixture *controller,
                     const struct message_join_request *request,
                     const char *name)
{
    CLEAN_FREE char *certificate =
        fixture_sign(controller, request->request, name);
    struct message reply = {.kind = MESSAGE_JOIN_REPLY};

    strcpy(reply.join_reply.certificate, certificate);
    strcpy(reply.join_reply.authority, controller->authority);
    fixture_send(controller, &reply);
}

static void issue(struct fixture *controller, const struct message *message)
{
    assert_int_equal(message->kind, MESSAGE_JOIN_REQUEST);
    assert_string_equal(message->join_request.token, controller->token);
    issue_as(controller, &message->join_request, message->join_request.name);
}

static void issue_another_name(struct fixture *controller,
                               const struct message *message)
{
    issue_as(controller, &message->join_request, "hostZ");
}

static void refuse(struct fixture *controller, const struct message *message)
{
    struct message error = {.kind = MESSAGE_ERROR,
                            .error = {3, "the token was used already"}};

    (void)message;
    fixture_send(controller, &error);
}

static void test_join_writes_the_identity(void **state)
{
    char path[160];
    CLEAN_FREE char *text = NULL;
    size_t size;

    (void)state;
    fixture.on_message = issue;
    assert_int_equal(join(fixture.address, fixture.token, "hostA"), 0);
    assert_int_equal(mode_of("agent.key"), 0600);
    assert_int_equal(mode_of("agent.crt"), 0644);
    assert_int_equal(mode_of("authority.crt"), 0644);
    assert_int_equal(mode_of("."), 0700);
    snprintf(path, sizeof(path), "%s/controller", fixture.state_dir);
    assert_int_equal(fs_read(path, 100, &text, &size, NULL), 0);
    assert_string_equal(text, fixture.address);

    assert_int_equal(join(fixture.address, fixture.token, "hostA"), 2);
    assert_non_null(strstr(fixture.text, "joined already"));
    assert_int_equal(fixture.connected, 1);
}

static void test_refusal_is_shown(void **state)
{
    (void)state;
    fixture.on_message = refuse;
    assert_int_equal(join(fixture.address, fixture.token, "hostA"), 3);
    assert_non_null(strstr(fixture.text, "the token was used already"));
    assert_int_equal(mode_of("agent.key"), 0);
}

static void test_certificate_for_another_is_refused(void **state)
{
    (void)state;
    fixture.on_message = issue_another_name;
    assert_int_equal(join(fixture.address, fixture.token, "hostA"), 3);
    assert_non_null(strstr(fixture.text, "hostZ"));
    assert_int_equal(mode_of("agent.key"), 0);
}

static void test_another_authority_is_refused(void **state)
{
    struct pki_token token = {.secret = {7}, .fingerprint = {1, 2, 3}};
    char text[PKI_TOKEN_SIZE];

    (void)state;
    fixture.on_message = issue;
    pki_token_print(&token, text);
    assert_int_equal(join(fixture.address, text, "hostA"), 3);
    assert_int_equal(fixture.seen[MESSAGE_JOIN_REQUEST], 0);
    assert_int_equal(mode_of("agent.key"), 0);
}

static void test_mistakes_are_told_before_contact(void **state)
{
    (void)state;
    assert_int_equal(join(fixture.address, "no-token", "hostA"), 2);
    assert_int_equal(join("192.0.2.1", fixture.token, "hostA"), 2);
    assert_int_equal(join(fixture.address, fixture.token, "host A"), 2);
    assert_int_equal(join("[::1]:0", fixture.token, "hostA"), 2);
    rmdir(fixture.state_dir);
    snprintf(fixture.state_dir, sizeof(fixture.state_dir), "%s/no/state",
             fixture.dir);
    assert_int_equal(join(fixture.address, fixture.token, "hostA"), 2);
    assert_int_equal(fixture.connected, 0);
}

static void test_unreachable_controller_is_status_3(void **state)
{
    (void)state;
    assert_int_equal(join("127.0.0.1:1", fixture.token, "hostA"), 3);
    assert_non_null(strstr(fixture.text, "127.0.0.1:1"));
}

int main(void)
{
#define JOIN_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        JOIN_TEST(test_join_writes_the_identity),
        JOIN_TEST(test_refusal_is_shown),
        JOIN_TEST(test_certificate_for_another_is_refused),
        JOIN_TEST(test_another_authority_is_refused),
        JOIN_TEST(test_mistakes_are_told_before_contact),
        JOIN_TEST(test_unreachable_controller_is_status_3),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
