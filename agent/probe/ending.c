#include "agent/probe/ending.h"

#include <errno.h>
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "agent/probe/outcome.h"

static const struct sock_extended_err *find_error(struct msghdr *message)
{
    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
         item = CMSG_NXTHDR(message, item))
        if ((item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_RECVERR) ||
            (item->cmsg_level == IPPROTO_IPV6 &&
             item->cmsg_type == IPV6_RECVERR))
            return (const void *)CMSG_DATA(item);
    return NULL;
}

/* Takes the ICMP error from the socket's error queue.  When it arrived while
 * connect() still held the socket (a near host answers so quickly), the queue
 * alone tells of it: the kernel keeps it for the next retransmission. */
static void read_error_queue(int fd, struct ending *ending)
{
    char control[512] __attribute__((aligned(8)));
    struct msghdr message = {.msg_control = control,
                             .msg_controllen = sizeof(control)};
    const struct sock_extended_err *error;
    uint16_t port;

    if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
        return;
    error = find_error(&message);
    if (error == NULL)
        return;
    if (ending->number == 0)
        ending->number = (int)error->ee_errno;
    if (error->ee_origin != SO_EE_ORIGIN_ICMP &&
        error->ee_origin != SO_EE_ORIGIN_ICMP6)
        return;
    ending->has_icmp = true;
    ending->icmp_type = error->ee_type;
    ending->icmp_code = error->ee_code;
    if (address_from_sockaddr((const void *)(error + 1), &ending->offender,
                              &port) < 0)
        ending->offender = (struct address){0};
}

enum outcome ending_outcome(const struct ending *ending)
{
    if (ending->is_local)
        return OUTCOME_ERROR;
    return ending->number < 0 ? OUTCOME_TIMED_OUT
                              : outcome_of_errno(ending->number);
}

struct ending ending_read(int fd, int status)
{
    struct ending ending = {0};
    socklen_t size = sizeof(int);

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &ending.number, &size) < 0)
        ending.number = errno;
    if (ending.number != 0 || status < 0)
        read_error_queue(fd, &ending);
    if (ending.number == 0 && status < 0)
        ending.number = -status;
    return ending;
}
