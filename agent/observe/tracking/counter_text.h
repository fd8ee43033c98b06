/* Parsers for the kernel's counter files. */
#ifndef OBSERVE_COUNTER_TEXT_H
#define OBSERVE_COUNTER_TEXT_H

#include <stddef.h>
#include <stdint.h>

#define COUNTER_NAME_SIZE 64

/* Shown every counter: its name as nstat(8) would print it, with a dot after
 * the group where the file has groups (TcpExt.ListenDrops, Ip6InDiscards). */
typedef void (*counter_fn)(const char *name, uint64_t value, void *data);

/* /proc/net/netstat and /proc/net/snmp: pairs of lines, names and values.
 * text is cut up.  -EBADMSG when a pair does not match. */
int counter_text_read_pairs(char *text, counter_fn fn, void *data);

/* /proc/net/snmp6: a name and a value a line. */
int counter_text_read_lines(char *text, counter_fn fn, void *data);

/* /proc/net/stat/nf_conntrack: a line of names, then a line of hexadecimal
 * values a processor, which are added up (Conntrack.drop); "entries" is one
 * number repeated and is left out. */
int counter_text_read_columns(char *text, counter_fn fn, void *data);

#endif
