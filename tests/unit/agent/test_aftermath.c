/* What follows a handshake: read from a socket, and told in the attempt's end. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>

#include "agent/probe/aftermath.h"
#include "common/base/array.h"
#include "common/base/clock.h"
#include "tests/unit/test.h"

#define OPENED_NS 1000000

struct peers
{
    int probe;
    int service;
};

static struct peers open_peers(struct aftermath *aftermath)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends),
                     0);
    *aftermath = (struct aftermath){0};
    aftermath_begin(aftermath, OPENED_NS);
    return (struct peers){ends[0], ends[1]};
}

static void say(const struct peers *peers, const char *text)
{
    assert_int_equal(send(peers->service, text, strlen(text), 0), strlen(text));
}

static struct evidence told(const struct aftermath *aftermath)
{
    struct evidence evidence;

    evidence_init(&evidence, EVIDENCE_ATTEMPT_END, 0);
    aftermath_tell(aftermath, OPENED_NS + 8 * NS_PER_MS, &evidence);
    return evidence;
}

static void silence_is_nothing(void **state)
{
    struct aftermath aftermath;
    struct peers peers = open_peers(&aftermath);
    struct evidence evidence;

    (void)state;
    assert_false(aftermath_read(&aftermath, peers.probe, OPENED_NS + 5));
    evidence = told(&aftermath);
    assert_int_equal(evidence_word(&evidence, KEY_FOLLOWED), FOLLOWED_NOTHING);
    assert_int_equal(evidence_number(&evidence, KEY_OPEN_US, 0), 8000);
    assert_false(evidence_has(&evidence, KEY_RECEIVED));
    close(peers.probe);
    close(peers.service);
}

static void a_word_and_the_end_are_told(void **state)
{
    struct aftermath aftermath;
    struct peers peers = open_peers(&aftermath);
    struct evidence evidence;

    (void)state;
    say(&peers, "-DENIED\r\n");
    assert_false(aftermath_read(&aftermath, peers.probe, OPENED_NS + 5));
    close(peers.service);
    assert_true(aftermath_read(&aftermath, peers.probe, OPENED_NS + NS_PER_MS));
    evidence = told(&aftermath);
    assert_int_equal(evidence_word(&evidence, KEY_FOLLOWED), FOLLOWED_CLOSED);
    assert_int_equal(evidence_number(&evidence, KEY_OPEN_US, 0), 1000);
    assert_int_equal(evidence_number(&evidence, KEY_RECEIVED, 0), 9);
    assert_int_equal(evidence_number(&evidence, KEY_REFUSES, 0), 1);
    close(peers.probe);
}

/* Whoever talks without end is no reason to listen without end. */
static void a_flood_ends_it(void **state)
{
    static char much[4096];
    struct aftermath aftermath;
    struct peers peers = open_peers(&aftermath);
    bool over = false;

    (void)state;
    memset(much, 'x', sizeof(much) - 1);
    for (int i = 0; i < 32 && !over; i++) {
        say(&peers, much);
        over = aftermath_read(&aftermath, peers.probe, OPENED_NS + 5);
    }
    assert_true(over);
    assert_int_equal(aftermath.followed, FOLLOWED_NOTHING);
    close(peers.probe);
    close(peers.service);
}

static void what_never_opened_has_none(void **state)
{
    struct aftermath aftermath = {0};
    struct evidence evidence = told(&aftermath);

    (void)state;
    assert_false(evidence_has(&evidence, KEY_FOLLOWED));
    aftermath_reset(&aftermath, OPENED_NS);
    evidence = told(&aftermath);
    assert_int_equal(evidence_word(&evidence, KEY_FOLLOWED), FOLLOWED_RESET);
    assert_int_equal(evidence_number(&evidence, KEY_OPEN_US, 1), 0);
}

static void the_wait_follows_the_path(void **state)
{
    (void)state;
    assert_int_equal(aftermath_wait_ms(100000), AFTERMATH_LEAST_MS);
    assert_int_equal(aftermath_wait_ms(60 * NS_PER_MS),
                     AFTERMATH_LEAST_MS + 120);
    assert_int_equal(aftermath_wait_ms(9 * (int64_t)NS_PER_S),
                     AFTERMATH_MOST_MS);
}

static void refusals_are_told_from_greetings(void **state)
{
    static const char mysql[] = "\x45\0\0\0\xffj\x04Host is barred";
    static const char alert[] = "\x15\x03\x03\0\x02\x02\x28";
    static const struct
    {
        const char *said;
        bool refuses;
    } words[] = {
        {"-DENIED Redis is running in protected mode", true},
        {"-ERR max number of clients reached", true},
        {"421 4.3.2 Service not available", true},
        {"554-5.7.1 No SMTP here", true},
        {"HTTP/1.0 503 Service Unavailable", true},
        {"Exceeded MaxStartups", true},
        {"Not allowed at this time", true},
        {"ERROR Too many open connections", true},
        {"28 NOV 2026 19:50:04 UTC", false},
        {"220 mail.example ESMTP", false},
        {"SSH-2.0-OpenSSH_9.2p1", false},
        {"HTTP/1.0 200 OK", false},
        {"+OK POP3 ready", false},
        {"-", false},
        {"4", false},
        {"HTTP/1.", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (aftermath_is_refusal(words[i].said, strlen(words[i].said)) !=
            words[i].refuses)
            fail_msg("%s", words[i].said);
    assert_true(aftermath_is_refusal(mysql, sizeof(mysql) - 1));
    assert_true(aftermath_is_refusal(alert, sizeof(alert) - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_nothing),
        cmocka_unit_test(a_word_and_the_end_are_told),
        cmocka_unit_test(a_flood_ends_it),
        cmocka_unit_test(what_never_opened_has_none),
        cmocka_unit_test(the_wait_follows_the_path),
        cmocka_unit_test(refusals_are_told_from_greetings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
