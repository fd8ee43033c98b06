/* What nftables reads of a packet, as far as that is known. */
#ifndef OBSERVE_FIELDS_H
#define OBSERVE_FIELDS_H

#include <stdint.h>

#include "agent/observe/ruleset/registers.h"

/* base, key, direction, result, flags are those of linux/netfilter/nf_tables.h.
 * no: the packet has no such thing, and a rule that asks for it does not match;
 * else field is what is known of it. */
enum tri field_of_header(const struct rule_view *packet, uint32_t base,
                         uint32_t offset, size_t size, struct field *field);
enum tri field_of_packet(const struct rule_view *packet, uint32_t key,
                         struct field *field); /* meta */
void field_of_connection(const struct rule_view *packet, uint32_t key,
                         bool has_direction, bool is_reply,
                         struct field *field); /* ct */
void field_of_route(const struct rule_view *packet, uint32_t result,
                    uint32_t flags, struct field *field); /* fib */

/* Does this key of meta tell a device that is not known of the packet? */
bool field_misses_device(const struct rule_view *packet, uint32_t key);

/* The rule writes to the header: what it wrote over is not known any more. */
void field_write_header(struct rule_view *packet, uint32_t base);

#endif
