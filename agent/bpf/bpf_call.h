/* The few bpf(2) commands that keeper and worker need, without libbpf: objects
 * are loaded elsewhere (loader.c), here they are only used.  All return 0 or a
 * descriptor (closed on exec), or -errno. */
#ifndef BPF_BPF_CALL_H
#define BPF_BPF_CALL_H

#include <stdint.h>

/* Attaches a program to the tracepoint that it was made for, for as long as the
 * descriptor returned is open anywhere. */
int bpf_call_attach(int program);

/* The kernel's number of a link, and the way back: -ENOENT once it is gone. */
int bpf_call_link_id(int link, uint32_t *id);
int bpf_call_link_open(uint32_t id);

/* One element of an array map; value is of the map's value size. */
int bpf_call_read(int map, uint32_t key, void *value);
int bpf_call_write(int map, uint32_t key, const void *value);

/* Takes an inner map out of an array of maps; -ENOENT if none is there. */
int bpf_call_delete(int map, uint32_t key);

int bpf_call_make_ring(uint32_t size);

#endif
