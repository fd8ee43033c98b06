/* probe-agent: options, and which of its two tasks. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "agent/keeper/keeper.h"
#include "agent/keeper/state.h"
#include "common/base/log.h"

#define STATUS_USAGE   2
#define DEFAULT_POLICY "/etc/probectl/agent.conf"

enum option_key
{
    OPTION_STATE_DIR = 256,
    OPTION_POLICY,
    OPTION_TOKEN,
    OPTION_NAME,
};

struct options
{
    const char *command, *controller;
    const char *state_dir, *policy, *token, *name;
};

const char *argp_program_version = "probe-agent " PROBE_VERSION;

static const struct argp_option option_list[] = {
    {"state-dir", OPTION_STATE_DIR, "DIR", 0,
     "where the agent keeps its identity (" STATE_DEFAULT_DIR ")", 0},
    {"policy", OPTION_POLICY, "FILE", 0,
     "run: what this host allows (" DEFAULT_POLICY ")", 0},
    {"token", OPTION_TOKEN, "TOKEN", 0,
     "join: as printed by probectl token create", 0},
    {"name", OPTION_NAME, "NAME", 0,
     "join: the agent's name (the host name's first label)", 0},
    {NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0}, /* as --help */
    {0},
};

static void check(struct argp_state *state, const struct options *options)
{
    if (options->command == NULL)
        argp_error(state, "say run or join");
    if (strcmp(options->command, "run") == 0) {
        if (options->controller != NULL)
            argp_error(state, "run takes no argument: \"%s\"",
                       options->controller);
        if (options->token != NULL || options->name != NULL)
            argp_error(state, "--token and --name belong to join");
    } else if (strcmp(options->command, "join") == 0) {
        if (options->controller == NULL)
            argp_error(state, "join needs the controller's ADDR:PORT");
        if (options->token == NULL)
            argp_error(state, "join needs --token TOKEN: make one with "
                              "probectl token create");
        if (options->policy != NULL)
            argp_error(state, "--policy belongs to run");
    } else {
        argp_error(state, "there is no command \"%s\": say run or join",
                   options->command);
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case OPTION_STATE_DIR: options->state_dir = argument; return 0;
    case OPTION_POLICY: options->policy = argument; return 0;
    case OPTION_TOKEN: options->token = argument; return 0;
    case OPTION_NAME: options->name = argument; return 0;
    case 'h':
        argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP);
        return 0;
    case ARGP_KEY_ARG:
        if (options->command == NULL)
            options->command = argument;
        else if (options->controller == NULL)
            options->controller = argument;
        else
            argp_error(state, "\"%s\" is one argument too many", argument);
        return 0;
    case ARGP_KEY_END: check(state, options); return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

int main(int argc, char **argv)
{
    static const struct argp argp = {
        .options = option_list,
        .parser = parse,
        .args_doc = "run\njoin ADDR:PORT --token TOKEN",
        .doc = "The agent of probectl: answers a controller's orders to trace "
               "connections.",
    };
    struct options options = {0};

    argp_err_exit_status = STATUS_USAGE;
    log_init("probe-agent", LOG_LEVEL_INFO);
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    if (options.state_dir == NULL)
        options.state_dir = STATE_DEFAULT_DIR;
    if (strcmp(options.command, "join") == 0)
        return keeper_join(options.state_dir, options.controller, options.token,
                           options.name);
    return keeper_run(options.state_dir,
                      options.policy == NULL ? DEFAULT_POLICY : options.policy);
}
