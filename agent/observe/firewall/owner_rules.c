#include "agent/observe/firewall/owner_rules.h"

#include <stdlib.h>

#include "agent/observe/firewall/rule_keys.h"
#include "agent/observe/firewall/rule_words.h"

/* One number after "dport"; a set, a range or a list may hold any. */
static bool is_for_other_port(const char *rule, uint16_t port)
{
    struct rule_reader reader = {.at = rule};
    bool is_next = false;
    char text[32];
    char *end;

    while (rule_words_next(&reader)) {
        if (is_next) {
            rule_word_copy(&reader.word, text, sizeof(text));
            return strtoul(text, &end, 10) != port && end != text &&
                   *end == '\0';
        }
        is_next = rule_word_is(&reader.word, "dport") ||
                  rule_word_is(&reader.word, "--dport") ||
                  rule_word_is(&reader.word, "--dports");
    }
    return false;
}

bool owner_rules_concerns(const char *rule, uint16_t port)
{
    struct rule_keys keys;

    rule_keys_read(rule, &keys);
    return keys.of_owner && !is_for_other_port(rule, port);
}
