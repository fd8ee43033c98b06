/* What the kernel program and its readers agree upon: the maps' values and one
 * record per freed packet.  Plain types, for clang's BPF target too. */
#ifndef BPF_DROP_RECORD_H
#define BPF_DROP_RECORD_H

#include <linux/types.h>

#define DROP_SLOTS       16           /* traces at a time */
#define DROP_RING_SIZE   (256 * 1024) /* bytes, per trace */
#define DROP_REASONS     256
#define DROP_REASON_SIZE 48
#define DROP_FRAMES      10
#define DROP_FRAMES_SIZE 768
#define DROP_DEVICE_SIZE 16
#define DROP_ISN_MASK    0xfffff000u /* order.h's ORDER_ISN_MASK */

/* Value of the map "slots", by number: which trace to look for. */
struct drop_slot
{
    __u32 isn_base; /* as in its order; 0: nobody's */
    __u32 lost;     /* records that did not fit into its ring */
};

/* What lies in a trace's ring. */
struct drop_record
{
    __u64 at_ns; /* CLOCK_MONOTONIC */
    __u32 reason;
    __s32 route_error; /* of the packet's route, 0 if none */
    __u32 namespace;   /* inode of the network namespace, 0 unknown */
    __u32 interface;   /* index that it came in by, 0: it did not */
    __u32 sequence;
    __u32 acknowledge;
    __u32 queue; /* of the listening socket that it was for ... */
    __u32 queue_limit;
    __u32 family;      /* of the destination: 4 or 6 */
    __u16 source_port; /* host order */
    __u16 destination_port;
    __u16 payload;
    __u8 flags;
    __u8 is_listener;              /* ... if it was for one */
    __u8 destination[16];          /* as it was freed, translated or not */
    char device[DROP_DEVICE_SIZE]; /* empty: not known */
    /* Names of functions, one a line: who freed it, its caller, and so on. */
    char frames[DROP_FRAMES_SIZE];
};

#endif
