/* Gets the rules of iptables-legacy from its own program, where it is in use: to
 * ask a host that does not use it would create its tables. */
#ifndef OBSERVE_LEGACY_LISTING_H
#define OBSERVE_LEGACY_LISTING_H

#include <stddef.h>

struct err;
struct legacy_rules;

#define LEGACY_FAMILIES 2 /* IPv4, IPv6 */

struct legacy_listing
{
    const char *family;      /* "ip", "ip6" */
    const char *tables_file; /* absent: not loaded */
    const char *const command[3];
};
extern const struct legacy_listing legacy_listings[LEGACY_FAMILIES];

/* How many tables of that family (0: IPv4, 1: IPv6) are in use. */
int legacy_listing_count(size_t family, unsigned *count, struct err *err);

/* Reads the families of which wanted is not 0, their programs side by side; the
 * others become NULL.  The caller frees what it gets, on failure as well. */
int legacy_listing_read(const unsigned wanted[static LEGACY_FAMILIES],
                        struct legacy_rules *rules[static LEGACY_FAMILIES],
                        struct err *err);

#endif
