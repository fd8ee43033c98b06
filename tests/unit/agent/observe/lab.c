#include "tests/unit/agent/observe/lab.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/wait.h>

#include "tests/unit/agent/link_up.h"
#include "tests/unit/test.h"

static int home = -1;
static int here = -1;
static int far = -1;

static int make_namespace(void)
{
    if (unshare(CLONE_NEWNET) < 0)
        return -1;
    return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

static void enter(int fd)
{
    assert_int_equal(setns(fd, CLONE_NEWNET), 0);
}

void lab_enter_far(void)
{
    enter(far);
}

void lab_enter_here(void)
{
    enter(here);
}

void lab_run(const char *command)
{
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

void lab_run_far(const char *command)
{
    lab_enter_far();
    lab_run(command);
    lab_enter_here();
}

void lab_wait_up(const char *device)
{
    char command[sizeof(LINK_UNTIL_UP) + 16];

    snprintf(command, sizeof(command), LINK_UNTIL_UP, device);
    lab_run(command);
}

int lab_up(void **state)
{
    char command[128];

    (void)state;
    if (geteuid() != 0)
        return 0;
    home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    here = make_namespace();
    far = make_namespace();
    if (home < 0 || here < 0 || far < 0)
        return -1;
    /* ip(8) moves a link to where a process stands: to us, once we are here. */
    lab_run("ip link add va type veth peer name vb");
    lab_run("ip link set lo up; ip link set va up;"
            "ip addr add 192.0.2.1/24 dev va;"
            "ip -6 addr add 2001:db8::1/64 dev va nodad");
    lab_enter_here();
    snprintf(command, sizeof(command),
             "nsenter --net=/proc/%d/fd/%d ip link set vb netns %d",
             (int)getpid(), far, (int)getpid());
    lab_run(command);
    lab_run("ip link set lo up; ip link set vb up;"
            "ip addr add 192.0.2.2/24 dev vb;"
            "ip -6 addr add 2001:db8::2/64 dev vb nodad");
    lab_wait_up("vb");
    lab_enter_far();
    lab_wait_up("va");
    lab_enter_here();
    return 0;
}

int lab_down(void **state)
{
    (void)state;
    if (geteuid() != 0)
        return 0;
    enter(home);
    close(here);
    close(far);
    close(home);
    return 0;
}
