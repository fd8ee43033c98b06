#include "controller/ctl/token_args.h"

#include <errno.h>
#include <string.h>

#include "controller/ctl/parse.h"

enum
{
    KEY_OPTION_TTL = 256,
    KEY_OPTION_USES,
    KEY_OPTION_AGENT,
};

static const struct argp_option options[] = {
    USAGE_OPTION_HELP,
    {"ttl", KEY_OPTION_TTL, "DURATION", 0,
     "how long it can be used, 1s to 30d (1h)", 0},
    {"uses", KEY_OPTION_USES, "N", 0, "how many agents may join with it (1)",
     0},
    {"agent", KEY_OPTION_AGENT, "NAME", 0,
     "the only name that it is good for (any)", 0},
    {0},
};

static int set_ttl(struct token_args *args, const char *text)
{
    static const struct duration_rule rule = {
        .what = "--ttl",
        .min_ms = 1000,
        .max_ms = (uint64_t)TOKEN_MAX_TTL_S * 1000,
    };
    uint64_t ms = 0;
    int status = parse_duration(&rule, text, &ms, &args->usage.err);

    args->request.ttl_s = (uint32_t)(ms / 1000);
    return status;
}

static int set_uses(struct token_args *args, const char *text)
{
    unsigned uses = 0;
    int status = parse_number("--uses", text, 1, TOKEN_MAX_USES, &uses,
                              &args->usage.err);

    args->request.uses = uses;
    return status;
}

static int set_word(struct token_args *args, const char *text)
{
    if (args->create || strcmp(text, "create") != 0)
        return err_set(&args->usage.err, -EINVAL,
                       "'%s' is not known here; write: probectl token create",
                       text);
    args->create = true;
    return 0;
}

static int check_whole(struct token_args *args)
{
    if (!args->create)
        return err_set(&args->usage.err, -EINVAL,
                       "what to do is missing; write: probectl token create");
    return 0;
}

static int parse_option(int key, char *text, struct argp_state *state)
{
    struct token_args *args = state->input;

    switch (key) {
    case 'h': args->usage.help = true; return 0;
    case KEY_OPTION_TTL: return -set_ttl(args, text);
    case KEY_OPTION_USES: return -set_uses(args, text);
    case KEY_OPTION_AGENT:
        return -parse_host_name("--agent", text, args->request.agent,
                                &args->usage.err);
    case ARGP_KEY_INIT: state->err_stream = NULL; return 0;
    case ARGP_KEY_ARG: return -set_word(args, text);
    case ARGP_KEY_END: return args->usage.help ? 0 : -check_whole(args);
    default: return ARGP_ERR_UNKNOWN;
    }
}

const struct argp token_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "create",
    .doc = "Make a token with which an agent can join. It is printed, and "
           "nothing else, on standard output.\v"
           "Example:\n"
           "  probectl token create --ttl 15m --agent web1",
};

int token_args_parse(struct token_args *args, int argc, char **argv)
{
    *args = (struct token_args){
        .request = {.ttl_s = TOKEN_TTL_S, .uses = 1},
    };
    return usage_parse(&token_argp, argc, argv, 0, &args->usage);
}
