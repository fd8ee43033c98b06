/* A packet socket on all devices, filtered in the kernel and read frame by
 * frame.  Without a ring, because setting one up and taking it down takes the
 * kernel a grace period each (8 to 16 ms), and a trace has few packets. */
#ifndef OBSERVE_PACKET_SOCKET_H
#define OBSERVE_PACKET_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

#define PACKET_SNAPLEN    192
#define PACKET_HEAD_SIZE  20 /* of the cooked header, version 2 (SLL2) */
#define PACKET_FRAME_SIZE (PACKET_HEAD_SIZE + PACKET_SNAPLEN)

struct packet_frame
{
    int64_t real_ns; /* CLOCK_REALTIME, when the kernel saw it */
    size_t size;
    bool checksum_later; /* the device fills in the TCP checksum, or need not:
                            what is there is not to be judged */
    uint8_t data[PACKET_FRAME_SIZE]; /* SLL2 header, then from IP on */
};

struct packet_counts
{
    uint64_t received; /* with those lost */
    uint64_t lost;
};

/* filter is in pcap's words.  *out is the caller's to close(), which takes a
 * grace period. */
int packet_socket_open(const char *filter, int *out, struct err *err);

/* 1 with a frame, 0 when none waits, or -errno.  What leaves by loopback is
 * left out: it is shown again arriving. */
int packet_socket_read(int fd, struct packet_frame *frame);

/* Adds what happened since the last time. */
int packet_socket_count(int fd, struct packet_counts *counts);

#endif
