/* A command that an operator is offered to type as root, built word by word.
 *
 * Much of what stands in it was told by a host, and whoever holds a host's
 * agent, or may name a device, a chain or a process there, chooses those words.
 * So nothing else puts a command together (tests/check/commands.sh), and here:
 *
 * - what is ours is a literal (the macros do not compile with anything else);
 * - what is not is one word, quoted, and checked for what it says it is; or
 *   there is no command.  It never begins with a '-', is never a program's
 *   name, never empty, and holds no character that acts on a terminal;
 * - a command that does not fit, or that one of its words spoils, is dropped as
 *   a whole: every function may be called on after that, and does nothing.
 *
 * A command of several parts ("this && that") says of each whether it is about
 * the host, or about the network: only the latter goes into the network
 * namespace that is traced from. */
#ifndef VERDICT_COMMAND_LINE_H
#define VERDICT_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/address.h"

#define COMMAND_SIZE        512
#define COMMAND_MAX_PARTS   4
#define COMMAND_DEVICE_SIZE 16 /* IFNAMSIZ */
#define COMMAND_RULE_SIZE   160

/* Tables of routes that the kernel has (RT_TABLE_*); `ip route` means the main one
 * when it names none. */
#define COMMAND_TABLE_DEFAULT 253
#define COMMAND_TABLE_MAIN    254
#define COMMAND_TABLE_LOCAL   255

enum command_place
{
    COMMAND_ON_HOST,    /* units, processes, files, programs' ids */
    COMMAND_IN_NETWORK, /* devices, routes, rules, sockets, net.* */
};

enum command_takes_kind
{
    TAKES_NOTHING,
    TAKES_ADDRESS,
    TAKES_ROUTE,
    TAKES_RULE,
    TAKES_OTHER_WAYS, /* to address: it is sent by this one only */
    TAKES_BY_RULE,    /* likewise by this table, or what comes from it */
    TAKES_FROM_LATER, /* what only a rule behind the table's usual one leads */
    TAKES_ADVERTISED, /* IPv6's default routes that routers advertise */
};

/* What the host has no more when the command was typed, of what leads packets
 * to it and from it; lifeline.h asks who needs it. */
struct command_takes
{
    enum command_takes_kind kind;
    struct address address;           /* an address, a route's; of a rule the
                                         family only */
    int prefix;                       /* likewise */
    struct address via;               /* a route's, unset: none */
    char device[COMMAND_DEVICE_SIZE]; /* empty: any */
    int64_t table; /* a route's; that a rule leads to, or 0 */
    bool rejects;  /* the route leads nowhere, */
    bool throws;   /* or out of its table, whose other routes count then */
    bool onlink;   /* the gateway is taken for a neighbour, unasked */
    char rule[COMMAND_RULE_SIZE];
};

struct command_line
{
    char text[COMMAND_SIZE]; /* what is to be typed; empty once it failed */
    size_t size;
    bool failed;
    struct command_takes takes;
    size_t part_count;
    struct
    {
        size_t at; /* in text */
        enum command_place place;
    } parts[COMMAND_MAX_PARTS];
};

/* Begins a command, and another one that is run if the one before succeeds.
 * The program's name is a literal. */
#define command_start(line, place, program) \
    command_start_literal(line, place, "" program "")
#define command_and(line, place, program) \
    command_and_literal(line, place, "" program "")

/* Appends words as they stand here: shell text, quotes and all. */
#define command_fixed(line, words) command_fixed_literal(line, "" words "")

/* Append one word that comes from elsewhere.  A plain one stands as it is, any
 * other in quotes. */
void command_word(struct command_line *line, const char *text);

/* The same, with our own words before and behind it: --zone=NAME. */
#define command_joined(line, before, text, behind) \
    command_joined_literal(line, "" before "", text, "" behind "")

/* A number of at least 0; with a literal before it: --pid=NUMBER. */
void command_number(struct command_line *line, int64_t number);
#define command_joined_number(line, before, number) \
    command_joined_number_literal(line, "" before "", number)

/* An address; an address with the length of its prefix.  Not an unset one. */
void command_address(struct command_line *line, const struct address *address);
void command_prefix(struct command_line *line, const struct address *address,
                    int64_t length);

/* A process: not 0 or 1, which kill(1) and others understand otherwise. */
void command_pid(struct command_line *line, int64_t pid);

/* A device, as the kernel lets one be named. */
void command_device(struct command_line *line, const char *name);

/* The name of a unit, container, zone or jail: letters, digits and -_.:@\ */
void command_name(struct command_line *line, const char *name);

/* A name as nft(8) reads one.  It joins its arguments with blanks and reads them
 * anew, so that no quotes help against a name that it takes apart. */
void command_nft_name(struct command_line *line, const char *name);

/* The same with a literal before it: --zone=NAME. */
#define command_joined_name(line, before, name) \
    command_joined_name_literal(line, "" before "", name)

/* One of these words, which end with NULL. */
void command_one_of(struct command_line *line, const char *text,
                    const char *const *words);

/* "net.ipv4.conf.DEVICE.leaf=number" for sysctl -w; see sysctl_name(). */
#define command_sysctl(line, area, device, leaf, number) \
    command_sysctl_literal(line, "" area "", device, "" leaf "", number)

/* What takes something away, all behind "ip": nothing else may write these verbs,
 * for here the command remembers what it takes (tests/check/commands.sh). */
void command_delete_address(struct command_line *line,
                            const struct address *address, int64_t prefix,
                            const char *device);

struct command_route
{
    const char *type; /* of one that rejects, else NULL */
    struct address address;
    int64_t prefix;
    struct address via; /* unset: on the link */
    const char *device; /* NULL: of one that rejects */
    int64_t table;
};

void command_delete_route(struct command_line *line,
                          const struct command_route *route);

/* One to this address alone, whatever others there are.  With onlink the kernel
 * takes a gateway that none of its routes reaches on that device. */
void command_replace_route(struct command_line *line,
                           const struct address *address,
                           const struct address *via, const char *device,
                           bool onlink);

/* A policy rule as EVIDENCE_ROUTE tells it: each selector is read and checked.
 * Never one that leads to the host's own addresses, or everybody to the main
 * table. */
void command_delete_rule(struct command_line *line, unsigned family,
                         const char *rule);

/* One that is asked before that rule, for this address alone. */
void command_add_rule_before(struct command_line *line, const char *rule,
                             const struct address *address, int64_t table);

/* One for what comes from that address; asked before that rule, if there is one
 * that chose the way, and else where the kernel puts it, before the main table.*/
void command_add_rule_from(struct command_line *line, const char *rule,
                           const struct address *from, int64_t table);

/* The kernel's own rule that leads everybody to that table (main, or default)
 * where no rule before it leads elsewhere. */
void command_add_rule_back(struct command_line *line, unsigned family,
                           int64_t table);

/* Appends the setting by which the host forwards IPv6.  Its kernel then takes no
 * router's advertisement and drops the default routes that came of them, but on
 * devices whose accept_ra is 2. */
void command_forward_ipv6(struct command_line *line);

/* Begins one that gives the name another address in /etc/hosts, on each line that
 * is this name's alone and has one of the old address's family: a line's number
 * would be another one's after the next change.  In place: where the file is
 * mounted it can be written, and not be replaced by another. */
void command_edit_hosts(struct command_line *line, const char *name,
                        const struct address *old,
                        const struct address *address);

/* Makes it one to be typed on the host: the way into the namespace, itself a
 * command ("nsenter -t 7 -n"), is put before each part that is about the
 * network. */
void command_enter(struct command_line *line, const struct command_line *way);

/* No command after all: one of its words is not what it should be. */
void command_drop(struct command_line *line);

/* Can it be offered? */
bool command_is_whole(const struct command_line *line);

/* Behind the macros above. */
void command_start_literal(struct command_line *line, enum command_place place,
                           const char *program);
void command_and_literal(struct command_line *line, enum command_place place,
                         const char *program);
void command_fixed_literal(struct command_line *line, const char *words);
void command_joined_literal(struct command_line *line, const char *before,
                            const char *text, const char *behind);
void command_joined_number_literal(struct command_line *line,
                                   const char *before, int64_t number);
void command_joined_name_literal(struct command_line *line, const char *before,
                                 const char *name);
void command_sysctl_literal(struct command_line *line, const char *area,
                            const char *device, const char *leaf,
                            int64_t number);

#endif
