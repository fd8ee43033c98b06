/* Asks who has an address, as somebody does who is about to take it (RFC 5227,
 * RFC 4862): from no address, so that nobody who hears it learns ours and what
 * is broken stays as it is. */
#ifndef OBSERVE_NEIGHBOUR_ASK_H
#define OBSERVE_NEIGHBOUR_ASK_H

#include <stddef.h>
#include <stdint.h>

struct address;

#define NEIGHBOUR_QUESTION_SIZE 64 /* the longer one, with its IP header */

/* Writes the question for target: an ARP request from our link address, or a
 * neighbour solicitation behind its IPv6 header.  Returns its size. */
size_t neighbour_question_build(const struct address *target,
                                const uint8_t own_link[static 6],
                                uint8_t out[static NEIGHBOUR_QUESTION_SIZE]);

/* Sends it by the interface of that name and index.  0 or -errno. */
int neighbour_ask(const struct address *target, const char *interface,
                  unsigned index);

#endif
