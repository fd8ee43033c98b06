/* Parsers for what firewall front ends save and say: files of root's, yet taken
 * as hostile as the rest. */
#ifndef OBSERVE_FRONT_END_SETTINGS_H
#define OBSERVE_FRONT_END_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/address.h"
#include "common/trace/front_end.h"

#define FRONT_END_JAILS_SIZE 512

/* Who wants to connect to what. */
struct front_end_flow
{
    struct address source; /* unset: not known */
    struct address destination;
    uint16_t port;
};

/* Is this a name that firewalld gives to zones and services, and no path? */
bool front_end_is_name(const char *name);

/* Is the port in "8080" or, with separator '-', "8000-8100"?  1, 0, or -1 when
 * this is neither. */
int front_end_match_ports(const char *text, char separator, uint16_t port);

/* Is the address in "192.0.2.1" or "192.0.2.0/24"?  1, 0, or -1 when this is
 * neither, or the address is not set. */
int front_end_match_prefix(const char *text, const struct address *address);

/* ufw's user.rules: is the first rule for this flow, of "tcp" or "udp", one that
 * allows it? */
bool front_end_ufw_allows(const char *rules, const struct front_end_flow *flow,
                          const char *protocol);

/* ufw.conf: is it switched on? */
bool front_end_ufw_is_enabled(const char *settings);

/* What busctl prints for one text, `s "public"`.  False when it is none. */
bool front_end_bus_text(const char *output,
                        char text[static FRONT_END_NAME_SIZE]);

/* What `fail2ban-client status` lists, as "a, b".  False when it lists none. */
bool front_end_jails(const char *output,
                     char jails[static FRONT_END_JAILS_SIZE]);

#endif
