#include "tests/unit/engine/shell_words.h"

#include <string.h>

#define OPERATORS "&|;<>()\n"

struct reader
{
    const char *at;
    struct shell_words *out;
    struct shell_token *word; /* being read, or NULL */
    size_t used;
};

static struct shell_token *begin(struct reader *reader, bool is_operator)
{
    struct shell_words *out = reader->out;
    struct shell_token *token;

    if (out->count == SHELL_MAX_TOKENS) {
        out->is_broken = true;
        return &out->tokens[SHELL_MAX_TOKENS - 1];
    }
    token = &out->tokens[out->count++];
    memset(token, 0, sizeof(*token));
    token->is_operator = is_operator;
    reader->used = 0;
    return token;
}

static void put(struct reader *reader, char octet)
{
    if (reader->word == NULL)
        reader->word = begin(reader, false);
    if (reader->used + 1 < SHELL_WORD_SIZE)
        reader->word->text[reader->used++] = octet;
    else
        reader->out->is_broken = true;
}

/* A word may be made of an empty pair of quotes alone. */
static void touch(struct reader *reader)
{
    if (reader->word == NULL)
        reader->word = begin(reader, false);
}

static void mark_expanded(struct reader *reader)
{
    touch(reader);
    reader->word->is_expanded = true;
}

static void read_single(struct reader *reader)
{
    touch(reader);
    for (reader->at++; *reader->at != '\0' && *reader->at != '\''; reader->at++)
        put(reader, *reader->at);
    if (*reader->at == '\0')
        reader->out->is_broken = true;
    else
        reader->at++;
}

static void read_double(struct reader *reader)
{
    touch(reader);
    for (reader->at++; *reader->at != '\0' && *reader->at != '"';
         reader->at++) {
        if (*reader->at == '$' || *reader->at == '`')
            mark_expanded(reader);
        if (*reader->at == '\\' && reader->at[1] != '\0' &&
            strchr("$`\"\\", reader->at[1]) != NULL)
            reader->at++;
        put(reader, *reader->at);
    }
    if (*reader->at == '\0')
        reader->out->is_broken = true;
    else
        reader->at++;
}

/* "&&", "||", ">>" and so on are one each. */
static void read_operator(struct reader *reader)
{
    struct shell_token *token = begin(reader, true);

    token->text[0] = *reader->at++;
    if (*reader->at == token->text[0] && *reader->at != '\n')
        token->text[1] = *reader->at++;
    reader->word = NULL;
}

static void read_plain(struct reader *reader)
{
    if (*reader->at == '\\') {
        reader->at++;
        if (*reader->at == '\0') {
            reader->out->is_broken = true;
            return;
        }
    } else if (strchr("$`*?[~", *reader->at) != NULL ||
               (*reader->at == '#' && reader->word == NULL)) {
        mark_expanded(reader);
    }
    put(reader, *reader->at++);
}

void shell_take_apart(const char *command, struct shell_words *out)
{
    struct reader reader = {.at = command, .out = out};

    out->count = 0;
    out->is_broken = false;
    while (*reader.at != '\0' && !out->is_broken) {
        if (*reader.at == ' ' || *reader.at == '\t') {
            reader.word = NULL;
            reader.at++;
        } else if (strchr(OPERATORS, *reader.at) != NULL) {
            read_operator(&reader);
        } else if (*reader.at == '\'') {
            read_single(&reader);
        } else if (*reader.at == '"') {
            read_double(&reader);
        } else {
            read_plain(&reader);
        }
    }
}
