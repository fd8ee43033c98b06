/* Gets the texts of the rules from the system's own programs while the trace
 * goes on: started at arming, taken when they are there. */
#ifndef OBSERVE_RULE_LISTING_H
#define OBSERVE_RULE_LISTING_H

#include <stdbool.h>
#include <uv.h>

struct err;
struct rule_listing;
struct rule_texts;

typedef void (*rule_listing_fn)(void *data);

/* Starts nft, and iptables-nft-save for the families that have tables of
 * iptables.  done is called once from the loop when all have ended.  On success
 * *out is the caller's to close. */
int rule_listing_open(uv_loop_t *loop, bool iptables_v4, bool iptables_v6,
                      rule_listing_fn done, void *data,
                      struct rule_listing **out, struct err *err);

/* Stops what still runs; done is not called any more.  NULL is fine. */
void rule_listing_close(struct rule_listing *listing);

/* Have the programs ended, or run out of time? */
bool rule_listing_is_ready(struct rule_listing *listing);

/* Waits, at most for the programs' time limit, and puts the texts into texts;
 * to be called once.  Negative when nft's are not to be had; then err says
 * why. */
int rule_listing_take(struct rule_listing *listing, struct rule_texts *texts,
                      struct err *err);

#endif
