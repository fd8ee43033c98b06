/* The arguments of probectl token create. */
#ifndef CTL_TOKEN_ARGS_H
#define CTL_TOKEN_ARGS_H

#include <argp.h>
#include <stdbool.h>

#include "controller/ctl/usage.h"
#include "proto/message.h"

#define TOKEN_TTL_S     3600
#define TOKEN_MAX_TTL_S (30u * 86400)
#define TOKEN_MAX_USES  10000

struct token_args
{
    struct usage usage; /* must be first: see usage.h */
    struct message_token_request request;
    bool create; /* the word was given */
};

extern const struct argp token_argp;

/* Likewise as trace_args_parse(). */
int token_args_parse(struct token_args *args, int argc, char **argv);

#endif
