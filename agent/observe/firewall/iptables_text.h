/* Parser for what iptables-save and its twins print, with or without -c. */
#ifndef OBSERVE_IPTABLES_TEXT_H
#define OBSERVE_IPTABLES_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IPTABLES_NAME_SIZE 64

struct iptables_line
{
    const char *table;
    char chain[IPTABLES_NAME_SIZE];
    char target[IPTABLES_NAME_SIZE]; /* DROP, a chain, ...; may be empty */
    const char *text; /* "-A INPUT ... -j DROP"; of a policy "-P INPUT DROP" */
    bool is_policy;   /* of a built-in chain */
    bool is_chain;    /* no rule: a chain of the user's, "-N" */
    bool has_count;
    uint64_t packets;
};

/* All pointers end with the call. */
typedef void (*iptables_fn)(const struct iptables_line *line, void *data);

/* Shows the policies and rules in the order of the text, which is cut up.
 * -EBADMSG when a line is not of that language. */
int iptables_text_read(char *text, iptables_fn fn, void *data);

#endif
