/* The observer of drops, for real: what it tells of traces, and what it leaves
 * behind.  Skipped where the kernel does not take its program. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include "agent/bpf/bpf_call.h"
#include "agent/bpf/drop_record.h"
#include "agent/keeper/handoff.h"
#include "tests/unit/agent/observe/drops_lab.h"
#include "tests/unit/agent/observe/lab.h"
#include "tests/unit/test.h"

/* The connection is made, both ends close it, and nothing was lost. */
static void is_silent_about_a_healthy_connection(void **state)
{
    struct fake_worker *fake;
    int listener;
    int accepted;
    int fd;

    (void)state;
    drops_lab_needs_program();
    fake = drops_lab_watch(ROLE_DESTINATION, V4_HERE, V4_FAR, 0);
    listener = drops_lab_listen(LISTENER_PLAIN, false);
    lab_enter_far();
    fd = fake_worker_connect(fake, 2, &fake->own);
    lab_enter_here();
    fake_worker_run(fake, 40);
    accepted = accept(listener, NULL, NULL);
    assert_true(accepted >= 0);
    close(fd);
    close(accepted);
    close(listener);
    fake_worker_run(fake, 40);
    drops_lab_end(fake);
    assert_non_null(fake_worker_find(fake, EVIDENCE_DROPS, 0));
    assert_null(fake_worker_find(fake, EVIDENCE_DROP, 0));
    assert_null(fake_worker_find(fake, EVIDENCE_LIMIT, 0));
    fake_worker_free(fake);
}

/* The answer is lost, so the SYN comes again and finds its request waiting: that
 * one is not lost. */
static void blames_no_syn_for_a_lost_answer(void **state)
{
    const struct evidence *drop;
    struct fake_worker *fake;
    size_t count = 0;
    int listener;
    int fd;

    (void)state;
    drops_lab_needs_program();
    lab_run("nft 'table inet fw { chain out { type filter hook output "
            "priority 0; tcp sport 8080 drop; }; }'");
    fake = drops_lab_watch(ROLE_DESTINATION, V4_HERE, V4_FAR, 0);
    listener = drops_lab_listen(LISTENER_PLAIN, false);
    lab_enter_far();
    fd = fake_worker_connect(fake, 2, &fake->own);
    lab_enter_here();
    fake_worker_run(fake, 1300);
    drops_lab_end(fake);
    close(fd);
    close(listener);
    for (; (drop = fake_worker_find(fake, EVIDENCE_DROP, count)) != NULL;
         count++)
        assert_int_equal(evidence_word(drop, KEY_PACKET), PACKET_SYN_ACK);
    assert_true(count >= 2);
    assert_null(fake_worker_find(fake, EVIDENCE_LIMIT, 0));
    fake_worker_free(fake);
}

static void keeps_two_traces_apart(void **state)
{
    struct fake_worker *fakes[2];
    int fds[2];

    (void)state;
    drops_lab_needs_program();
    for (uint32_t i = 0; i < 2; i++)
        fakes[i] = drops_lab_watch(ROLE_DESTINATION, V4_HERE, V4_FAR, i);
    lab_enter_far();
    for (unsigned i = 0; i < 2; i++)
        fds[i] = fake_worker_connect(fakes[i], i + 1, &fakes[i]->own);
    lab_enter_here();
    for (unsigned i = 0; i < 2; i++) {
        const struct evidence *drop;

        fake_worker_run(fakes[i], 30);
        drop = fake_worker_find(fakes[i], EVIDENCE_DROP, 0);
        assert_non_null(drop);
        assert_int_equal(evidence_number(drop, KEY_ATTEMPT, 0), i + 1);
        assert_int_equal(evidence_number(drop, KEY_DESTINATION_PORT, 0),
                         fakes[i]->order.port);
        assert_null(fake_worker_find(fakes[i], EVIDENCE_DROP, 1));
        close(fds[i]);
        drops_lab_end(fakes[i]);
        fake_worker_free(fakes[i]);
    }
}

/* What the far end drops is the far host's to tell. */
static void keeps_to_its_own_host(void **state)
{
    struct fake_worker *fake;
    int fd;

    (void)state;
    drops_lab_needs_program();
    fake = drops_lab_watch(ROLE_SOURCE, V4_HERE, V4_FAR, 0);
    fd = fake_worker_connect(fake, 2, &fake->peer); /* refused there */
    fake_worker_run(fake, 40);
    close(fd);
    drops_lab_end(fake);
    assert_non_null(fake_worker_find(fake, EVIDENCE_DROPS, 0));
    assert_null(fake_worker_find(fake, EVIDENCE_DROP, 0));
    fake_worker_free(fake);
}

/* Nothing is attached any more once all who watched are gone. */
static void assert_detached(void)
{
    int link = -1;

    for (unsigned i = 0; i < 100; i++) {
        link = bpf_call_link_open(drops_lab.link);
        if (link < 0)
            break;
        close(link);
        usleep(10000);
    }
    assert_int_equal(link, -ENOENT);
}

static void is_attached_only_during_a_trace(void **state)
{
    struct fake_worker *fake;
    int link;

    (void)state;
    drops_lab_needs_program();
    fake = drops_lab_watch(ROLE_DESTINATION, V4_HERE, V4_FAR, 0);
    link = bpf_call_link_open(drops_lab.link);
    assert_true(link >= 0);
    close(link);
    drops_lab_end(fake);
    assert_detached();
    fake_worker_free(fake);
}

static void leaves_nothing_when_killed(void **state)
{
    struct drop_slot slot;
    int ready[2];
    pid_t child;
    int link;

    (void)state;
    drops_lab_needs_program();
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    child = fork();
    if (child == 0) {
        (void)drops_lab_watch(ROLE_DESTINATION, V4_HERE, V4_FAR, 3);
        (void)!write(ready[1], &drops_lab.link, sizeof(drops_lab.link));
        pause();
    }
    assert_int_equal(read(ready[0], &drops_lab.link, sizeof(drops_lab.link)),
                     sizeof(drops_lab.link));
    link = bpf_call_link_open(drops_lab.link);
    assert_true(link >= 0);
    close(link);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_detached();
    /* The keeper tidies the slot up; its ring goes with it. */
    assert_int_equal(bpf_call_read(drops_lab.fds[HANDOVER_SLOTS], 3, &slot), 0);
    assert_int_not_equal(slot.isn_base, 0);
    drops_release(&drops_lab, 3);
    assert_int_equal(bpf_call_read(drops_lab.fds[HANDOVER_SLOTS], 3, &slot), 0);
    assert_int_equal(slot.isn_base, 0);
    assert_int_equal(bpf_call_delete(drops_lab.fds[HANDOVER_RINGS], 3),
                     -ENOENT);
    close(ready[0]);
    close(ready[1]);
}

/* The limit that arming gives where there is no program. */
static void assert_limit(const char *text)
{
    struct fake_worker *fake =
        fake_worker_new(ROLE_DESTINATION, V4_HERE, V4_FAR, 8080);
    const struct evidence *limit;

    fake_worker_arm(fake, "drop-events");
    limit = fake_worker_find(fake, EVIDENCE_LIMIT, 0);
    assert_non_null(limit);
    assert_string_equal(evidence_text(limit, KEY_OBSERVER, ""), "drop-events");
    assert_string_equal(evidence_text(limit, KEY_TEXT, ""), text);
    assert_null(fake_worker_find(fake, EVIDENCE_DROPS, 0));
    fake_worker_free(fake);
}

static void says_why_there_is_no_program(void **state)
{
    struct drops none = {.channel = -1,
                         .got = {.status = -ENOTSUP, .text = "too old"}};
    int fd;

    (void)state;
    if (geteuid() != 0)
        skip();
    fd = drops_hand_over(&none, 0);
    assert_true(fd >= 0);
    assert_int_equal(dup2(fd, HANDOFF_DROPS), HANDOFF_DROPS);
    close(fd);
    assert_limit("too old");
    /* and it has been taken: nothing comes again */
    assert_limit("the keeper's handover is malformed");
    close(HANDOFF_DROPS);
    assert_int_equal(
        dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), HANDOFF_DROPS),
        HANDOFF_DROPS);
    assert_limit("the keeper handed nothing over to watch drops with");
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, lab_up, lab_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_LAB(is_silent_about_a_healthy_connection),
        IN_LAB(blames_no_syn_for_a_lost_answer),
        IN_LAB(keeps_two_traces_apart),
        IN_LAB(keeps_to_its_own_host),
        IN_LAB(is_attached_only_during_a_trace),
        IN_LAB(leaves_nothing_when_killed),
        cmocka_unit_test(says_why_there_is_no_program),
    };

    return cmocka_run_group_tests(tests, drops_lab_load, drops_lab_unload);
}
