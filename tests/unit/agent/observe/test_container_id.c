/* From a control group's path to the container: the forms of all runtimes, and
 * names that only look like one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/observe/host/container_id.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "tests/unit/test.h"

#define ID    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define POD   "pod01234567_89ab_cdef_0123_456789abcdef"
#define USER  "/user.slice/user-1000.slice/user@1000.service"

enum kind
{
    NONE,
    HOSTS,   /* ID, and nobody but root can have said so */
    CLAIMED, /* ID, below what a user or service may divide */
    NAMED,   /* "web" */
};

static const struct
{
    const char *cgroup;
    enum kind kind;
} groups[] = {
    {"0::/system.slice/docker-" ID ".scope\n", HOSTS},
    {"0::/docker/" ID "\n", HOSTS},
    {"0::/../../docker/" ID "/init.scope\n", HOSTS},
    {"0::/machine.slice/libpod-" ID ".scope/container\n", HOSTS},
    {"0::/machine.slice/machine-libpod_pod_" OTHER ".slice/libpod-" ID
     ".scope\n",
     HOSTS},
    {"0::/libpod_parent/libpod-" ID "\n", HOSTS},
    {"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" POD
     ".slice/cri-containerd-" ID ".scope\n",
     HOSTS},
    {"0::/kubepods.slice/kubepods-" POD ".slice/crio-" ID ".scope/container\n",
     HOSTS},
    {"0::/kubepods/burstable/" POD "/" ID "\n", HOSTS},
    {"0::/kubepods/" POD "/crio-" ID "\n", HOSTS},
    {"0::/kubepods/pod0123456789abcdef0123456789abcdef/" ID "\n", HOSTS},
    {"0::/system.slice/kubepods-" POD ".slice:cri-containerd:" ID "\n", HOSTS},
    {"0::/system.slice/nerdctl-" ID ".scope\n", HOSTS},
    {"0::/default/" ID "\n", HOSTS},
    {"12:pids:/docker/" ID "\n0::/init.scope\n", HOSTS},
    {"12:pids:/\n1:name=systemd:/docker/" ID "\n", HOSTS},
    /* Of containers in each other the outermost, which nobody inside made. */
    {"0::/system.slice/docker-" ID ".scope/docker/" OTHER "\n", HOSTS},
    {"0::/docker/" ID "/kubelet/kubepods/" POD "/" OTHER "\n", HOSTS},
    {"0::" USER "/user.slice/docker-" ID ".scope\n", CLAIMED},
    {"0::" USER "/user.slice/libpod-" ID ".scope/container\n", CLAIMED},
    {"0::" USER "/docker/" ID "\n", CLAIMED},
    {"0::/system.slice/web.service/libpod-payload-" ID "\n", CLAIMED},
    /* The hierarchy that is root's is the better witness. */
    {"2:pids:" USER "/docker/" OTHER "\n1:name=systemd:/docker/" ID "\n",
     HOSTS},
    {"2:pids:/docker/" ID "\n1:name=systemd:" USER "/docker/" OTHER "\n",
     HOSTS},
    {"0::/lxc.payload.web/system.slice/nginx.service\n", NAMED},
    {"0::/lxc/web/init.scope\n", NAMED},
    {"0::/machine.slice/systemd-nspawn@web.service/payload\n", NAMED},
    /* Monitors, and what only has digits enough. */
    {"0::/machine.slice/libpod-conmon-" ID ".scope\n", NONE},
    {"0::/kubepods.slice/crio-conmon-" ID ".scope\n", NONE},
    {"0::/lxc.monitor.web\n", NONE},
    {"0::/" ID "\n", NONE},
    {"0::/system.slice/" ID ".service\n", NONE},
    {"0::/system.slice/job-" ID ".scope\n", NONE},
    {"0::/system.slice/docker-" ID ".service\n", NONE},
    {"0::/system.slice/docker-" ID "0.scope\n", NONE},
    {"0::/system.slice/docker-0" ID ".scope\n", NONE},
    {"0::/system.slice/mydocker-" ID ".scope\n", NONE},
    {"0::/home/" ID "\n", NONE},
    {"0::" USER "/app.slice/x-" ID ".scope\n", NONE},
    {"0::/docker/0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcd"
     "ef\n",
     NONE},
    {"0::/system.slice/docker.service\n", NONE},
    {"0::/lxc.payload.-web\n", NONE},
    {"0::/lxc.payload.\n", NONE},
    {"0::/lxc/a b\n", NONE},
    {"0::/machine.slice/systemd-nspawn@a\\x0ab.service\n", NONE},
    {"0::/machine.slice/systemd-nspawn@a\\x2.service\n", NONE},
    {"0::/user.slice\n", NONE},
    {"0::/\n", NONE},
    {"/docker/" ID "\n", NONE},
    {"docker\n0::/\n", NONE},
    {"", NONE},
};

static void reads_all_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        struct container_id found = {0};
        bool known = container_id_find(groups[i].cgroup, &found);
        enum kind kind = !known             ? NONE
                         : found.is_name    ? NAMED
                         : found.is_claimed ? CLAIMED
                                            : HOSTS;

        if (kind != groups[i].kind)
            fail_msg("%s: %d", groups[i].cgroup, (int)kind);
        if (known)
            assert_string_equal(found.id, kind == NAMED ? "web" : ID);
    }
}

static void reads_escaped_names(void **state)
{
    struct container_id found;

    (void)state;
    assert_true(container_id_find(
        "0::/machine.slice/systemd-nspawn@my\\x2dweb.service/payload\n",
        &found));
    assert_string_equal(found.id, "my-web");
    assert_false(found.is_claimed);
}

/* Every text cut anywhere, in a block of just its size for the sanitizers. */
static void survives_cut_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        for (size_t size = 0; size < strlen(groups[i].cgroup); size++) {
            CLEAN_FREE char *cut = strndup(groups[i].cgroup, size);
            struct container_id found;

            assert_non_null(cut);
            if (container_id_find(cut, &found))
                assert_in_range(strlen(found.id), 1, CONTAINER_ID_SIZE - 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_forms),
        cmocka_unit_test(reads_escaped_names),
        cmocka_unit_test(survives_cut_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
