/* The words of a rule, in nft's language or iptables', one after the other. */
#ifndef OBSERVE_RULE_WORDS_H
#define OBSERVE_RULE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct rule_word /* into the rule's text, without an end of its own */
{
    const char *at;
    size_t length;
    bool is_free; /* in quotes, or what somebody else wrote: a comment, a prefix
                     of the log, a string to look for */
};

struct rule_reader
{
    const char *at;        /* set this to the text, and nothing else */
    struct rule_word word; /* the last one read */
};

/* Reads the next word; false at the end.  A text in quotes is one word, with
 * them. */
bool rule_words_next(struct rule_reader *reader);

/* All words, at most count.  Returns how many. */
size_t rule_words_split(const char *text, struct rule_word *words,
                        size_t count);

/* Is it this one, and no free text? */
bool rule_word_is(const struct rule_word *word, const char *text);
bool rule_words_have(const char *text, const char *word);

/* Does the rule give what it matches another TTL, or hop limit?  In nft's words or
 * iptables'. */
bool rule_words_set_ttl(const char *text);

/* The word as a text, cut if it is longer. */
void rule_word_copy(const struct rule_word *word, char *out, size_t size);

#endif
