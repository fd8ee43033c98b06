#include "agent/observe/capture/packet_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <pcap/pcap.h>
#include <sys/socket.h>

#include "common/base/clean.h"
#include "common/base/clock.h"
#include "common/base/err.h"

#define BUFFER_SIZE (1 << 20) /* in all, only while frames wait */
#define SKIPPED_MAX 1024      /* frames left out at one go */

/* Offsets in the cooked header that a filter may ask for. */
#define COOKED_PROTOCOL  0
#define COOKED_INTERFACE 4
#define COOKED_TYPE      10

static void close_pcap(pcap_t **pcap)
{
    if (*pcap != NULL)
        pcap_close(*pcap);
}

/* The kernel's filter sees no cooked header: it starts at the network header
 * and has the rest at places of its own. */
static int translate_offset(uint32_t *offset)
{
    if (*offset >= PACKET_HEAD_SIZE)
        *offset -= PACKET_HEAD_SIZE;
    else if (*offset == COOKED_PROTOCOL)
        *offset = (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL);
    else if (*offset == COOKED_INTERFACE)
        *offset = (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX);
    else if (*offset == COOKED_TYPE)
        *offset = (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE);
    else
        return -EINVAL;
    return 0;
}

static bool is_load_from_packet(uint16_t code)
{
    return (BPF_CLASS(code) == BPF_LD || BPF_CLASS(code) == BPF_LDX) &&
           (BPF_MODE(code) == BPF_ABS || BPF_MODE(code) == BPF_IND ||
            BPF_MODE(code) == BPF_MSH);
}

static int translate(const struct bpf_program *program,
                     struct sock_filter **out)
{
    CLEAN_FREE struct sock_filter *list =
        calloc(program->bf_len, sizeof(*list));

    if (list == NULL)
        return -ENOMEM;
    for (unsigned i = 0; i < program->bf_len; i++) {
        const struct bpf_insn *from = &program->bf_insns[i];

        list[i] = (struct sock_filter){from->code, from->jt, from->jf, from->k};
        if (is_load_from_packet(from->code) && translate_offset(&list[i].k) < 0)
            return -EINVAL;
    }
    *out = TAKE_PTR(list);
    return 0;
}

static int attach(int fd, const char *filter, struct err *err)
{
    CLEAN(close_pcap)
    pcap_t *pcap = pcap_open_dead(DLT_LINUX_SLL2, PACKET_SNAPLEN);
    CLEAN_FREE struct sock_filter *list = NULL;
    struct sock_fprog kernel = {0};
    struct bpf_program program;
    int status;

    if (pcap == NULL)
        return err_set(err, -ENOMEM, "no memory for the capture's filter");
    if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) < 0)
        return err_set(err, -EINVAL, "the capture filter is refused: %s",
                       pcap_geterr(pcap));
    status = translate(&program, &list);
    kernel.len = (unsigned short)program.bf_len;
    kernel.filter = list;
    pcap_freecode(&program);
    if (status == 0 && setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &kernel,
                                  sizeof(kernel)) < 0)
        status = -errno;
    if (status < 0)
        return err_set(err, status, "the capture filter cannot be set: %s",
                       strerror(-status));
    return 0;
}

int packet_socket_open(const char *filter, int *out, struct err *err)
{
    /* Of no protocol, so that nothing comes in before the filter stands. */
    CLEAN_FD int fd =
        socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const struct sockaddr_ll all = {.sll_family = AF_PACKET,
                                    .sll_protocol = htons(ETH_P_ALL)};
    const int size = BUFFER_SIZE;
    const int on = 1;
    int status;

    if (fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
        setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) < 0)
        return err_set(err, -errno, "cannot capture: %s", strerror(errno));
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    status = attach(fd, filter, err);
    if (status < 0)
        return status;
    if (bind(fd, (const struct sockaddr *)&all, sizeof(all)) < 0)
        return err_set(err, -errno, "cannot capture: %s", strerror(errno));
    *out = TAKE_FD(fd);
    return 0;
}

static void put_head(uint8_t head[static PACKET_HEAD_SIZE],
                     const struct sockaddr_ll *from)
{
    uint32_t interface = htonl((uint32_t)from->sll_ifindex);
    uint16_t type = htons(from->sll_hatype);

    memset(head, 0, PACKET_HEAD_SIZE);
    memcpy(head, &from->sll_protocol, sizeof(from->sll_protocol));
    memcpy(head + 4, &interface, sizeof(interface));
    memcpy(head + 8, &type, sizeof(type));
    head[10] = from->sll_pkttype;
    head[11] = from->sll_halen;
    memcpy(head + 12, from->sll_addr, sizeof(from->sll_addr));
}

/* What the kernel says beside the frame: when, and of its checksum. */
static void read_control(struct msghdr *message, struct packet_frame *frame)
{
    struct timespec stamp = {0};
    struct tpacket_auxdata more = {0};

    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
         item = CMSG_NXTHDR(message, item))
        if (item->cmsg_level == SOL_SOCKET &&
            item->cmsg_type == SCM_TIMESTAMPNS)
            memcpy(&stamp, CMSG_DATA(item), sizeof(stamp));
        else if (item->cmsg_level == SOL_PACKET &&
                 item->cmsg_type == PACKET_AUXDATA)
            memcpy(&more, CMSG_DATA(item), sizeof(more));
    frame->real_ns = (int64_t)stamp.tv_sec * NS_PER_S + stamp.tv_nsec;
    frame->checksum_later =
        (more.tp_status & (TP_STATUS_CSUMNOTREADY | TP_STATUS_CSUM_VALID)) != 0;
}

static ssize_t receive(int fd, struct packet_frame *frame,
                       struct sockaddr_ll *from)
{
    char control[128] __attribute__((aligned(8)));
    struct iovec part = {frame->data + PACKET_HEAD_SIZE, PACKET_SNAPLEN};
    struct msghdr message = {.msg_name = from,
                             .msg_namelen = sizeof(*from),
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    ssize_t size = recvmsg(fd, &message, MSG_DONTWAIT);

    if (size >= 0)
        read_control(&message, frame);
    return size;
}

int packet_socket_read(int fd, struct packet_frame *frame)
{
    for (unsigned i = 0; i < SKIPPED_MAX; i++) {
        struct sockaddr_ll from = {0};
        ssize_t size = receive(fd, frame, &from);

        /* A device that goes down is told once, and concerns the others not. */
        if (size < 0 && (errno == EINTR || errno == ENETDOWN))
            continue;
        if (size < 0)
            return errno == EAGAIN ? 0 : -errno;
        if (from.sll_pkttype == PACKET_OUTGOING &&
            from.sll_hatype == ARPHRD_LOOPBACK)
            continue;
        put_head(frame->data, &from);
        frame->size = PACKET_HEAD_SIZE + (size_t)size;
        return 1;
    }
    return 0;
}

int packet_socket_count(int fd, struct packet_counts *counts)
{
    struct tpacket_stats stats = {0};
    socklen_t size = sizeof(stats);

    if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) < 0)
        return -errno;
    counts->received += stats.tp_packets; /* the lost ones are among them */
    counts->lost += stats.tp_drops;
    return 0;
}
