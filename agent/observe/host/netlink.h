/* Questions to the kernel over netlink, each with a time limit and a cap on
 * what is read.  One socket asks one question at a time; a socket belongs to
 * the network namespace in which it was opened, whatever the thread enters
 * later. */
#ifndef OBSERVE_NETLINK_H
#define OBSERVE_NETLINK_H

#include <stddef.h>
#include <stdint.h>

struct address;
struct err;
struct ifaddrmsg;
struct nlattr;
struct nlmsghdr;

#define NETLINK_TIMEOUT_MS   300
#define NETLINK_REQUEST_SIZE 512
#define NETLINK_MAX_REPLY    (16 * 1024 * 1024) /* octets for one question */

struct netlink;

/* Shown every message of an answer.  A negative number ends the reading and is
 * what netlink_ask() returns. */
typedef int (*netlink_fn)(const struct nlmsghdr *message, void *data);

/* protocol is NETLINK_ROUTE, NETLINK_NETFILTER or NETLINK_SOCK_DIAG.  On
 * success *out is the caller's to close; on failure untouched. */
int netlink_open(int protocol, struct netlink **out, struct err *err);

/* NULL is fine. */
void netlink_close(struct netlink *netlink);
void netlink_clean(struct netlink **netlink);

int netlink_fd(const struct netlink *netlink);

/* Joins a multicast group, with room for 1 MiB of unread messages. */
int netlink_join(struct netlink *netlink, unsigned group, struct err *err);

/* Sends a request and shows its whole answer to fn.  With NLM_F_DUMP the answer
 * is a list; else it is one message, or none, and an acknowledgement.  The
 * sequence number and the flags that this needs are set here.  Returns 0, what
 * fn returned, the kernel's -errno, -EINTR (the list changed while it was
 * read), -ETIMEDOUT or -EFBIG. */
int netlink_ask(struct netlink *netlink, struct nlmsghdr *request,
                netlink_fn fn, void *data, struct err *err);

/* Asks for the whole list of a kind (RTM_GETADDR...): the question is this
 * header of the protocol's, of that size.  Returns as netlink_ask(). */
int netlink_list(struct netlink *netlink, uint16_t type, const void *header,
                 size_t size, netlink_fn fn, void *data, struct err *err);

/* Sends a batch that was built elsewhere and waits until the message with this
 * sequence number, which must ask for it, is acknowledged. */
int netlink_send_batch(struct netlink *netlink, const void *batch, size_t size,
                       uint32_t last_sequence, struct err *err);

/* One read without waiting: the messages that a group has sent, of the kernel's
 * alone (netlink_ask() hears nobody else either).  -EAGAIN when
 * there is none, -ENOBUFS when the kernel had to throw some away. */
int netlink_receive(struct netlink *netlink, netlink_fn fn, void *data);

/* An attribute of 4 or 16 octets as an address; any other size: unset. */
struct address netlink_address(const struct nlattr *attribute);

/* Sorts the attributes behind a header of this size into table, which has
 * room for types 0 to max; larger types are left out. */
void netlink_sort(const struct nlmsghdr *message, size_t header_size,
                  const struct nlattr **table, unsigned max);
void netlink_sort_nested(const struct nlattr *nest, const struct nlattr **table,
                         unsigned max);

/* The own address that a message of RTM_GETADDR's answer tells, and all its
 * attributes sorted into table (up to IFA_MAX).  NULL for a malformed message;
 * else its header. */
const struct ifaddrmsg *netlink_own_address(const struct nlmsghdr *message,
                                            const struct nlattr **table,
                                            struct address *address);

/* A link address as text, empty when the attribute is missing. */
#define NETLINK_LINK_SIZE 64
void netlink_print_link(const struct nlattr *attribute,
                        char text[static NETLINK_LINK_SIZE]);

/* The value, or the fallback when the attribute is missing or too short. */
uint32_t netlink_u32(const struct nlattr *attribute, uint32_t fallback);

/* The text, or NULL when it is missing or not terminated. */
const char *netlink_text(const struct nlattr *attribute);

#endif
