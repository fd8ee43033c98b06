/* The thread beside the loop, and what is shared with it. */
#include <string.h>

#include <sys/resource.h>

#include "common/base/err.h"
#include "controller/case/evidence_list.h"
#include "controller/server/jobs.h"
#include "tests/unit/test.h"

#define JOBS 50

struct piece
{
    struct job job;
    unsigned number;
};

static uv_loop_t loop;
static struct jobs jobs;
static struct piece pieces[JOBS];
static uv_thread_t loop_thread;
static unsigned worked, told; /* of the jobs' thread, of the loop's */

static bool is_loop_thread(void)
{
    uv_thread_t self = uv_thread_self();

    return uv_thread_equal(&self, &loop_thread) != 0;
}

static void work(struct job *job)
{
    const struct piece *piece = (const struct piece *)job;

    if (!is_loop_thread() && piece->number == worked % JOBS)
        worked++;
}

static void done(struct job *job)
{
    const struct piece *piece = (const struct piece *)job;

    assert_true(is_loop_thread());
    assert_int_equal(piece->number, told % JOBS);
    told++;
}

static void done_and_again(struct job *job)
{
    done(job);
    job->done = done;
    jobs_add(&jobs, job);
}

static int setup(void **state)
{
    struct err err = {0};

    (void)state;
    worked = told = 0;
    loop_thread = uv_thread_self();
    assert_int_equal(uv_loop_init(&loop), 0);
    return jobs_open(&jobs, &loop, &err);
}

static int teardown(void **state)
{
    (void)state;
    jobs_close(&jobs);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static void add_all(void (*then)(struct job *job))
{
    for (unsigned i = 0; i < JOBS; i++) {
        pieces[i] =
            (struct piece){.number = i, .job = {.work = work, .done = then}};
        jobs_add(&jobs, &pieces[i].job);
    }
}

static void test_jobs_are_done_in_order(void **state)
{
    (void)state;
    add_all(done);
    while (told < JOBS)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(worked, JOBS);
}

/* Closing loses none, not even one that is added by another's end. */
static void test_closing_waits_for_all(void **state)
{
    (void)state;
    add_all(done_and_again);
    jobs_close(&jobs);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(told, 2 * JOBS);
    assert_int_equal(worked, 2 * JOBS);
}

static void test_closing_at_rest_ends_the_loop(void **state)
{
    (void)state;
    jobs_close(&jobs);
    jobs_close(&jobs);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
}

#define LARGE (2u << 20)

/* As much as judging takes, and more. */
static void work_on_the_stack(struct job *job)
{
    volatile char large[LARGE];

    (void)job;
    for (size_t i = 0; i < sizeof(large); i += 1024)
        large[i] = 1;
    worked += large[0] == 1;
}

/* Whatever "ulimit -s" says where the controller is started. */
static void test_stack_does_not_depend_on_a_limit(void **state)
{
    struct piece piece = {.job = {.work = work_on_the_stack, .done = done}};
    struct rlimit before, low;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_STACK, &before), 0);
    low = (struct rlimit){.rlim_cur = 256 * 1024, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_STACK, &low), 0);
    setup(NULL);
    assert_int_equal(setrlimit(RLIMIT_STACK, &before), 0);
    jobs_add(&jobs, &piece.job);
    teardown(NULL);
    assert_int_equal(worked, 1);
    assert_int_equal(told, 1);
}

static void append(struct evidence_list *list, int64_t at_ns)
{
    struct evidence item;

    evidence_init(&item, EVIDENCE_COUNTER, at_ns);
    assert_int_equal(evidence_list_append(list, &item), 0);
}

/* However far the list grows, and even when it is gone. */
static void test_share_stays_as_it_was(void **state)
{
    struct evidence_list list = {0};
    struct evidence_list none = evidence_list_share(&list);
    struct evidence_list share;

    (void)state;
    assert_int_equal(none.count, 0);
    evidence_list_fini(&none);
    for (int i = 0; i < 100; i++)
        append(&list, i);
    share = evidence_list_share(&list);
    for (int i = 100; i < 1000; i++)
        append(&list, i);
    assert_int_equal(list.count, 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(list.items[i].at_ns, i);
    evidence_list_fini(&list);
    assert_int_equal(share.count, 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(share.items[i].at_ns, i);
        assert_int_equal(share.items[i].id, i + 1);
    }
    evidence_list_fini(&share);
}

#define JOBS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOBS_TEST(test_jobs_are_done_in_order),
        JOBS_TEST(test_closing_waits_for_all),
        JOBS_TEST(test_closing_at_rest_ends_the_loop),
        cmocka_unit_test(test_stack_does_not_depend_on_a_limit),
        cmocka_unit_test(test_share_stays_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
