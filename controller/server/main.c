/* probe-controller: init makes a state folder, run serves from it. */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/base/log.h"
#include "controller/server/listen.h"
#include "controller/server/run.h"
#include "controller/store/init.h"
#include "controller/store/state.h"
#include "controller/store/store.h"

#define EXIT_USAGE      2
#define MAX_KEEP_TRACES 1000000
#define MAX_KEEP_DAYS   3650

const char *argp_program_version = "probe-controller " PROBE_VERSION;

enum option_key
{
    OPTION_STATE_DIR = 's',
    OPTION_SAN = 'n',
    OPTION_LISTEN = 'l',
    OPTION_LISTEN_PORT = 256,
    OPTION_KEEP_TRACES,
    OPTION_KEEP_DAYS,
    OPTION_VERBOSE = 'v',
};

struct options
{
    const char *command;
    struct init_options init;
    const char *listen;
    struct store_retention retention;
    bool is_verbose;
};

static const struct argp_option argp_options[] = {
    {"state-dir", OPTION_STATE_DIR, "DIR", 0,
     "State folder (default " STATE_DEFAULT_DIR ")", 0},
    {"san", OPTION_SAN, "NAME-OR-IP", 0,
     "init: a name or address under which agents and operators reach this "
     "controller; may be repeated, the first goes into the operator's profile",
     0},
    {"listen-port", OPTION_LISTEN_PORT, "PORT", 0,
     "init: the port in the operator's profile (default 7443)", 0},
    {"listen", OPTION_LISTEN, "ADDR:PORT", 0,
     "run: where to listen (default [::]:7443, IPv4 as well)", 0},
    {"keep-traces", OPTION_KEEP_TRACES, "NUMBER", 0,
     "run: how many traces are kept, the newest (default 10000)", 0},
    {"keep-days", OPTION_KEEP_DAYS, "DAYS", 0,
     "run: how long a trace is kept (default 90)", 0},
    {"verbose", OPTION_VERBOSE, NULL, 0, "Log every step", 0},
    {NULL, 'h', NULL, OPTION_HIDDEN, NULL, 0}, /* as --help */
    {0},
};

static uint32_t parse_number(const char *text, uint32_t max, const char *what,
                             struct argp_state *state)
{
    char *end;
    unsigned long value;

    errno = 0;
    value = strtoul(text, &end, 10);
    if (errno != 0 || !isdigit((unsigned char)*text) || *end != '\0' ||
        value < 1 || value > max)
        argp_error(state, "'%s' is not a %s: give 1 to %u", text, what, max);
    return (uint32_t)value;
}

static error_t parse_command(struct options *options, char *argument,
                             struct argp_state *state)
{
    if (options->command != NULL)
        argp_error(state, "too many arguments: '%s'", argument);
    if (strcmp(argument, "init") != 0 && strcmp(argument, "run") != 0)
        argp_error(state, "unknown command '%s': there are init and run",
                   argument);
    options->command = argument;
    return 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;

    switch (key) {
    case OPTION_STATE_DIR: options->init.state_dir = argument; return 0;
    case OPTION_SAN:
        if (options->init.san_count == INIT_MAX_SANS)
            argp_error(state, "more than %d --san", INIT_MAX_SANS);
        options->init.sans[options->init.san_count++] = argument;
        return 0;
    case OPTION_LISTEN: options->listen = argument; return 0;
    case OPTION_LISTEN_PORT:
        options->init.listen_port =
            (uint16_t)parse_number(argument, UINT16_MAX, "port", state);
        return 0;
    case OPTION_KEEP_TRACES:
        options->retention.count =
            parse_number(argument, MAX_KEEP_TRACES, "number of traces", state);
        return 0;
    case OPTION_KEEP_DAYS:
        options->retention.days =
            parse_number(argument, MAX_KEEP_DAYS, "number of days", state);
        return 0;
    case OPTION_VERBOSE: options->is_verbose = true; return 0;
    case 'h':
        argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP);
        return 0;
    case ARGP_KEY_ARG: return parse_command(options, argument, state);
    case ARGP_KEY_END:
        if (options->command == NULL)
            argp_error(state, "give a command: init or run");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = argp_options,
    .parser = parse_option,
    .args_doc = "init --san NAME-OR-IP [--san ...]\nrun",
    .doc = "The meeting point of probectl's agents and operators.\v"
           "init makes a certificate authority, this controller's certificate "
           "and the first operator's profile (operators/admin in the state "
           "folder). run serves until SIGTERM.\n\n"
           "Exit status: 0 done, 2 usage, configuration or state folder, 3 the "
           "address cannot be listened on.",
};

static int do_init(struct options *options)
{
    struct err err = {0};

    options->init.now_s = clock_real_ns() / NS_PER_S;
    if (init_run(&options->init, &err) < 0) {
        log_error("%s", err.text);
        return EXIT_USAGE;
    }
    log_info("made %s; the operator's profile is %s/" STATE_ADMIN,
             options->init.state_dir, options->init.state_dir);
    return EXIT_SUCCESS;
}

static int do_run(const struct options *options)
{
    struct err err = {0};
    struct state state;
    char everywhere[32];
    const char *listen = options->listen;
    int status;

    if (listen[0] == ':') { /* ":7443", as others take it */
        snprintf(everywhere, sizeof(everywhere), "[::]%s", listen);
        listen = everywhere;
    }
    if (options->init.san_count > 0) {
        log_error("--san belongs to init");
        return EXIT_USAGE;
    }
    if (state_load(options->init.state_dir, clock_real_ns() / NS_PER_S, &state,
                   &err) < 0) {
        log_error("%s", err.text);
        return EXIT_USAGE;
    }
    store_set_retention(state.archive, &options->retention);
    status = run_controller(&state, listen, &err);
    if (status != EXIT_SUCCESS)
        log_error("%s", err.text);
    state_fini(&state);
    return status;
}

int main(int argc, char **argv)
{
    struct options options = {
        .init = {.state_dir = STATE_DEFAULT_DIR,
                 .listen_port = STATE_DEFAULT_PORT},
        .listen = LISTEN_DEFAULT,
        .retention = {STORE_KEEP_TRACES, STORE_KEEP_DAYS},
    };

    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &options);
    log_init("probe-controller",
             options.is_verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
    return strcmp(options.command, "init") == 0 ? do_init(&options)
                                                : do_run(&options);
}
