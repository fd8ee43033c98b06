/* probectl: the operator's command.  The options before the command are read
 * here, the rest by the command's own file. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/likeness.h"
#include "controller/ctl/ask.h"
#include "controller/ctl/ctl.h"
#include "controller/ctl/output.h"
#include "controller/ctl/usage.h"

static const struct command_entry commands[] = {
    {"trace", "find out where a connection dies, and what kills it", cmd_trace},
    {"agents", "list the agents", cmd_agents},
    {"token", "make a token for an agent to join with", cmd_token},
    {"report", "print a saved report", cmd_report},
    {"judge", "judge saved evidence again", cmd_judge},
    {"causes", "tell what the causes mean, and how each is found", cmd_causes},
};

struct main_args
{
    struct usage usage;
    struct ctl ctl;
    bool version;
    char *format; /* of -o before the command: it is the command's */
    int command;  /* index in argv, 0: none */
};

enum
{
    KEY_OPTION_PROFILE = 256,
    KEY_OPTION_CONTROLLER,
};

static const struct argp_option options[] = {
    USAGE_OPTION_HELP,
    {"version", 'V', NULL, 0, "print the version", -1},
    {"profile", KEY_OPTION_PROFILE, "DIR", 0,
     "folder with operator.key, operator.crt, authority.crt and controller", 0},
    {"controller", KEY_OPTION_CONTROLLER, "ADDR:PORT", 0,
     "go to this controller, not to the profile's", 0},
    {"output", 'o', "text|json", 0, "as after the command", 0},
    {0},
};

static int parse_option(int key, char *text, struct argp_state *state)
{
    struct main_args *args = state->input;

    switch (key) {
    case 'h': args->usage.help = true; return 0;
    case 'V': args->version = true; return 0;
    case KEY_OPTION_PROFILE: args->ctl.profile = text; return 0;
    case 'o': args->format = text; return 0;
    case KEY_OPTION_CONTROLLER: args->ctl.controller = text; return 0;
    case ARGP_KEY_INIT: state->err_stream = NULL; return 0;
    case ARGP_KEY_ARG:
        args->command = state->next - 1;
        state->next = state->argc; /* the rest is the command's */
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

/* The table of commands, put behind the options. */
static char *filter_help(int key, const char *text, void *input)
{
    char *help;
    size_t size;
    FILE *out;

    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)(uintptr_t)text;
    out = open_memstream(&help, &size);
    if (out == NULL)
        return (char *)(uintptr_t)text;
    fputs("Commands ('probectl COMMAND --help' tells more):\n", out);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fputs("  help     print this, or the help of a COMMAND\n"
          "  version  print the version\n",
          out);
    fputs("\nExample:\n  probectl trace web1 db1:5432", out);
    fclose(out);
    return help;
}

static const struct argp main_argp = {
    .options = options,
    .parser = parse_option,
    .args_doc = "COMMAND [ARGUMENT...]",
    .doc = "Where did the SYN, or its answer, die; what killed it; which "
           "command mends it.\v ",
    .help_filter = filter_help,
};

static const struct command_entry *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static int print_version(void)
{
    puts("probectl " PROBE_VERSION);
    return output_finish(STATUS_CONNECTED);
}

static int refuse_command(struct usage *usage, const char *name)
{
    const char *nearest = commands[0].name;

    for (size_t i = 1; i < ARRAY_SIZE(commands); i++)
        if (likeness_distance(name, commands[i].name) <
            likeness_distance(name, nearest))
            nearest = commands[i].name;
    if (likeness_is_typo(name, nearest))
        err_set(&usage->err, -1, "'%s' is not a command; did you mean '%s'?",
                name, nearest);
    else
        err_set(&usage->err, -1, "'%s' is not a command", name);
    return usage_finish(&main_argp, "probectl", usage);
}

/* "help" and "help COMMAND", as many programs have it. */
static int help(const struct ctl *ctl, struct usage *usage, int argc,
                char **argv)
{
    static char option[] = "--help";
    char *words[] = {argv[0], option, NULL};
    const struct command_entry *command;

    usage->help = true;
    if (argc < 2)
        return usage_finish(&main_argp, "probectl", usage);
    usage->help = false;
    command = find_command(argv[1]);
    if (command == NULL)
        return refuse_command(usage, argv[1]);
    return command->run(ctl, 2, words);
}

/* An option -o before the command is handed to it, as if it stood behind. */
static int run_command(const struct command_entry *command,
                       const struct main_args *args, int argc, char **argv)
{
    static char option[] = "-o";
    CLEAN_FREE char **words = NULL;

    if (args->format == NULL)
        return command->run(&args->ctl, argc, argv);
    words = calloc((size_t)argc + 3, sizeof(*words));
    if (words == NULL)
        return STATUS_NOT_RUN;
    words[0] = argv[0];
    words[1] = option;
    words[2] = args->format;
    for (int i = 1; i < argc; i++)
        words[i + 2] = argv[i];
    return command->run(&args->ctl, argc + 2, words);
}

static int run(int argc, char **argv)
{
    struct main_args args = {0};
    const struct command_entry *command;
    char **rest;
    int status =
        usage_parse(&main_argp, argc, argv, ARGP_IN_ORDER, &args.usage);

    if (status < 0 || args.usage.help)
        return usage_finish(&main_argp, "probectl", &args.usage);
    if (args.version)
        return print_version();
    if (args.command == 0) {
        err_set(&args.usage.err, -1, "no command was given");
        return usage_finish(&main_argp, "probectl", &args.usage);
    }
    rest = argv + args.command;
    if (strcmp(rest[0], "version") == 0)
        return print_version();
    if (strcmp(rest[0], "help") == 0)
        return help(&args.ctl, &args.usage, argc - args.command, rest);
    command = find_command(rest[0]);
    if (command == NULL)
        return refuse_command(&args.usage, rest[0]);
    return run_command(command, &args, argc - args.command, rest);
}

int main(int argc, char **argv)
{
    struct err err;
    int status;

    setlocale(LC_CTYPE, "");
    if (argc < 1)
        return STATUS_USAGE;
    if (output_init(&err) < 0) {
        output_error(&err);
        return STATUS_NOT_RUN;
    }
    if (usage_wants_json(argc, argv))
        output_expect_json();
    status = run(argc, argv);
    if (ask_is_stuck())
        _exit(status);
    return status;
}
