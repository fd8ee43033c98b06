#include "agent/observe/firewall/rule_words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/base/array.h"

bool rule_word_is(const struct rule_word *word, const char *text)
{
    return !word->is_free && strlen(text) == word->length &&
           strncmp(word->at, text, word->length) == 0;
}

/* iptables-save leaves the quotes out where a single word was written. */
static bool is_before_free(const struct rule_word *word)
{
    static const char *const options[] = {
        "--comment", "--log-prefix", "--nflog-prefix",
        "--string",  "--hex-string",
    };

    for (size_t i = 0; word->length > 0 && i < ARRAY_SIZE(options); i++)
        if (rule_word_is(word, options[i]))
            return true;
    return false;
}

bool rule_words_next(struct rule_reader *reader)
{
    bool is_free = is_before_free(&reader->word);
    const char *start = reader->at + strspn(reader->at, " \t\n");
    const char *end = start;
    bool quoted = false;

    for (; *end != '\0' && (quoted || !isspace((unsigned char)*end)); end++)
        if (*end == '\\' && quoted && end[1] != '\0')
            end++;
        else if (*end == '"')
            quoted = !quoted;
    reader->at = end;
    if (end == start)
        return false;
    reader->word.at = start;
    reader->word.length = (size_t)(end - start);
    reader->word.is_free = is_free || *start == '"';
    return true;
}

size_t rule_words_split(const char *text, struct rule_word *words, size_t count)
{
    struct rule_reader reader = {.at = text};
    size_t found = 0;

    while (found < count && rule_words_next(&reader))
        words[found++] = reader.word;
    return found;
}

bool rule_words_have(const char *text, const char *word)
{
    struct rule_reader reader = {.at = text};

    while (rule_words_next(&reader))
        if (rule_word_is(&reader.word, word))
            return true;
    return false;
}

bool rule_words_set_ttl(const char *text)
{
    static const char *const before[][2] = {
        {"ttl", "set"}, {"hoplimit", "set"},   {"-j", "TTL"},
        {"-j", "HL"},   {"target", "\"TTL\""}, {"target", "\"HL\""}};
    struct rule_reader reader = {.at = text};
    struct rule_word last = {0};

    for (; rule_words_next(&reader); last = reader.word)
        for (size_t i = 0; last.length > 0 && i < ARRAY_SIZE(before); i++)
            if (rule_word_is(&last, before[i][0]) &&
                reader.word.length == strlen(before[i][1]) &&
                memcmp(reader.word.at, before[i][1], reader.word.length) == 0)
                return true;
    return false;
}

void rule_word_copy(const struct rule_word *word, char *out, size_t size)
{
    snprintf(out, size, "%.*s", (int)word->length, word->at);
}
