/* A connection that there is no memory for costs no later one: whichever
 * allocation fails, the next peer gets in.  The linker puts our calloc() in
 * place of the C library's. */
#include <stdlib.h>
#include <unistd.h>

#include <sys/socket.h>

#include "tests/unit/controller/party.h"
#include "tests/unit/test.h"

#define MOST_CALLS 8 /* more than taking a connection makes */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

static struct scene scene;
static unsigned good_calls; /* until they fail */
static bool is_poor;
static unsigned failed;

void *__wrap_calloc(size_t count, size_t size)
{
    if (is_poor && good_calls-- == 0) {
        good_calls = 0;
        failed++;
        return NULL;
    }
    return __real_calloc(count, size);
}

static int setup(void **state)
{
    (void)state;
    scene_open(&scene);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scene_close(&scene);
    return 0;
}

static int connect_plain(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&scene.address,
                             sizeof(struct sockaddr_in)),
                     0);
    return fd;
}

static void test_next_peer_gets_in(void **state)
{
    unsigned most = 0;

    (void)state;
    for (unsigned calls = 0; calls < MOST_CALLS; calls++) {
        int fd = connect_plain();

        failed = 0;
        good_calls = calls;
        is_poor = true;
        for (int turns = 0; turns < 5; turns++)
            uv_run(&scene.loop, UV_RUN_NOWAIT);
        is_poor = false;
        if (failed > 0)
            most = calls;
        party_leave(party_operator(&scene)); /* fails when it is too late */
        close(fd);
    }
    assert_in_range(most, 2, MOST_CALLS - 2); /* some failed, at last none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_next_peer_gets_in, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
