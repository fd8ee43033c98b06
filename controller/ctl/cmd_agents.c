/* probectl agents: who is known, and who is connected. */
#include <errno.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "controller/ctl/ask.h"
#include "controller/ctl/ctl.h"
#include "controller/ctl/document.h"
#include "controller/ctl/output.h"
#include "controller/ctl/profile.h"
#include "controller/ctl/usage.h"
#include "proto/message.h"

#define AGENTS_TIMEOUT_MS 10000
#define NAME_COLUMNS_MAX  32
#define STATE_COLUMNS     11
#define VERSION_COLUMNS   14

struct agents_args
{
    struct usage usage;
    enum output_format format;
};

static const struct argp_option options[] = {
    USAGE_OPTION_HELP,
    {"output", 'o', "text|json", 0, "how to print the list (text)", 0},
    {0},
};

static int parse_option(int key, char *text, struct argp_state *state)
{
    struct agents_args *args = state->input;

    switch (key) {
    case 'h': args->usage.help = true; return 0;
    case 'o': return -parse_format(text, &args->format, &args->usage.err);
    case ARGP_KEY_INIT: state->err_stream = NULL; return 0;
    case ARGP_KEY_ARG:
        return -err_set(&args->usage.err, -EINVAL,
                        "'%s' is one argument too many; agents takes none",
                        text);
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp agents_argp = {
    .options = options,
    .parser = parse_option,
    .doc = "List the agents that the controller knows.\v"
           "Example:\n"
           "  probectl agents -o json",
};

static size_t name_columns(const json_t *agents, const struct writer *writer)
{
    size_t widest = 0, i;
    const json_t *agent;

    json_array_foreach(agents, i, agent)
    {
        const char *name = json_string_value(json_object_get(agent, "name"));
        size_t columns = name == NULL ? 0 : writer_measure(writer, name);

        widest = columns > widest ? columns : widest;
    }
    return widest > NAME_COLUMNS_MAX ? NAME_COLUMNS_MAX : widest;
}

/* Loud, for all its traces are blind there. */
static void print_lack(const char *word, struct writer *writer)
{
    static const struct
    {
        const char *word, *text;
    } lacks[] = {
#define LACK(name, word, text) {word, text},
        AGENT_LACKS(LACK)
#undef LACK
    };

    writer_put(writer, "    ");
    writer_mark(writer, MARK_STOPPED);
    writer_put(writer, " ");
    for (size_t i = 0; i < ARRAY_SIZE(lacks); i++)
        if (strcmp(lacks[i].word, word) == 0) {
            writer_put(writer, lacks[i].text);
            writer_line(writer);
            return;
        }
    writer_put(writer, "may not ");
    writer_put(writer, word);
    writer_line(writer);
}

static void print_rival(const char *address, struct writer *writer)
{
    writer_put(writer, "    ");
    writer_mark(writer, MARK_STOPPED);
    writer_put(writer, " another host, at ");
    writer_put(writer, address);
    writer_put(writer, ", has its identity too: let the one that was copied "
                       "join under a name of its own");
    writer_line(writer);
}

static void print_agent(const json_t *agent, size_t columns,
                        struct writer *writer)
{
    const char *name = json_string_value(json_object_get(agent, "name"));
    const char *version = json_string_value(json_object_get(agent, "version"));
    bool connected = json_is_true(json_object_get(agent, "connected"));
    const char *rival =
        json_string_value(json_object_get(agent, "shared_with"));
    const json_t *lacks = json_object_get(agent, "may_not");
    bool is_unsure = rival != NULL || json_array_size(lacks) > 0;
    const json_t *address, *lack;
    size_t i;

    writer_mark(writer, !connected  ? MARK_STOPPED
                        : is_unsure ? MARK_UNSURE
                                    : MARK_PASSED);
    writer_put(writer, " ");
    writer_put(writer, name == NULL ? "?" : name);
    writer_pad(writer, 2 + columns + 2);
    writer_put(writer, connected ? "connected" : "offline");
    writer_pad(writer, 2 + columns + 2 + STATE_COLUMNS);
    writer_put(writer, version == NULL ? "-" : version);
    writer_pad(writer, 2 + columns + 2 + STATE_COLUMNS + VERSION_COLUMNS);
    json_array_foreach(json_object_get(agent, "addresses"), i, address)
    {
        if (!json_is_string(address))
            continue;
        writer_put(writer, i == 0 ? "" : " ");
        writer_put(writer, json_string_value(address));
    }
    writer_line(writer);
    json_array_foreach(lacks, i, lack) if (json_is_string(lack))
        print_lack(json_string_value(lack), writer);
    if (rival != NULL)
        print_rival(rival, writer);
}

static void print_text(const json_t *agents)
{
    struct writer writer = output_writer();
    size_t columns = name_columns(agents, &writer), i;
    const json_t *agent;

    if (json_array_size(agents) == 0) {
        writer_put(&writer, "No agents yet. Make a token with 'probectl token "
                            "create' and run 'probe-agent join' on a host.");
        writer_line(&writer);
    }
    json_array_foreach(agents, i, agent) print_agent(agent, columns, &writer);
}

static int print_answer(const struct agents_args *args,
                        const struct answer *answer, struct err *err)
{
    CLEAN_JSON json_t *json = NULL;
    const json_t *agents;

    if (answer->document == NULL)
        return err_set(err, -EBADMSG, "the controller's answer is empty");
    if (document_parse(answer->document, answer->size,
                       "the controller's answer", &json, err) < 0)
        return err->code;
    agents = json_object_get(json, "agents");
    if (!json_is_array(agents))
        return err_set(err, -EBADMSG,
                       "the controller's answer holds no list of agents");
    if (args->format == FORMAT_JSON)
        output_json(json);
    else
        print_text(agents);
    return 0;
}

int cmd_agents(const struct ctl *ctl, int argc, char **argv)
{
    CLEAN(profile_fini) struct profile profile = {0};
    CLEAN(answer_fini) struct answer answer = {0};
    struct message request = {.kind = MESSAGE_AGENTS_REQUEST};
    struct agents_args args = {0};
    struct err err;
    int exit_status = STATUS_USAGE;
    int status = usage_parse(&agents_argp, argc, argv, 0, &args.usage);

    if (status < 0 || args.usage.help)
        return usage_finish(&agents_argp, "probectl agents", &args.usage);
    status = profile_load(&profile, ctl->profile, ctl->controller, &err);
    if (status == 0) {
        status = ask_controller(&profile, &request, AGENTS_TIMEOUT_MS, &answer,
                                &err);
        exit_status = ask_status(status);
    }
    if (status == 0)
        status = print_answer(&args, &answer, &err);
    if (status < 0) {
        return output_fail(&err, exit_status);
    }
    return output_finish(STATUS_CONNECTED);
}
