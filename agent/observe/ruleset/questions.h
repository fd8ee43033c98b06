/* Questions for link addresses that had no answer, by what other observers saw,
 * and as this host's rules see them: another host's for an address of ours, and
 * ours for a neighbour's. */
#ifndef OBSERVE_QUESTIONS_H
#define OBSERVE_QUESTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/observe/ruleset/ruleset.h"
#include "common/trace/words.h"

struct evidence;

#define QUESTIONS_MAX 8

struct question
{
    struct address asked;
    struct address asker;     /* unset: not known */
    enum direction direction; /* in: another host asks us */
    char device[IF_NAMESIZE];
    bool is_answered; /* by the capture, which sees it before rules do */
    bool is_in_vain;  /* ours: the neighbour's entry says that none came */
};

struct questions
{
    size_t count;
    struct question items[QUESTIONS_MAX];
    bool is_bridged; /* the way leads over a bridge of this host */
};

/* Takes into account what was seen: an ARP, a NEIGHBOUR, a LINK. */
void questions_notice(struct questions *questions,
                      const struct evidence *evidence);

/* Leads the question, or the answer to it, through all chains that see it here,
 * as ruleset_ask() does.  own: who asks, where we do. */
void questions_lead(const struct questions *questions,
                    const struct question *question, bool is_answer,
                    const struct address *own, struct ruleset *ruleset,
                    ruled_fn fn, void *data);

#endif
