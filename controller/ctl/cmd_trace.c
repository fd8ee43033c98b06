/* probectl trace: ask for a trace, print its report. */
#include <errno.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/base/fs.h"
#include "controller/ctl/ask.h"
#include "controller/ctl/ctl.h"
#include "controller/ctl/document.h"
#include "controller/ctl/output.h"
#include "controller/ctl/profile.h"
#include "controller/ctl/trace_args.h"

static int fail(const struct err *err, int status)
{
    return output_fail(err, status);
}

/* The answer to --bundle is the bundle with the report in it. */
static int save_bundle(const char *path, const struct answer *answer,
                       struct err *err)
{
    int status = fs_write(path, answer->document, answer->size, 0600, err);

    if (status < 0)
        err_prefix(err, "--bundle");
    return status;
}

/* An exit status that only the controller knows goes before the report's. */
static int choose_status(const struct answer *answer, int from_report)
{
    if (answer->has_status &&
        (answer->status == STATUS_USAGE || answer->status == STATUS_NOT_RUN))
        return answer->status;
    return from_report;
}

/* A bundle without a report, from an older controller: the verdict is the exit
 * status, until it is judged again. */
static int say_saved(const char *path, const struct answer *answer)
{
    struct err err;

    err_set(&err, 0, "the evidence is saved in %s", path);
    output_error(&err);
    return answer->has_status ? answer->status : STATUS_NOT_RUN;
}

static int print_answer(const struct trace_args *args,
                        const struct answer *answer)
{
    CLEAN_JSON json_t *json = NULL;
    const json_t *report;
    struct err err;

    if (answer->document == NULL) {
        err_set(&err, -EBADMSG, "the controller's answer is empty");
        return fail(&err, STATUS_NOT_RUN);
    }
    if (args->bundle != NULL && save_bundle(args->bundle, answer, &err) < 0)
        return fail(&err, STATUS_NOT_RUN);
    if (document_parse(answer->document, answer->size,
                       "the controller's answer", &json, &err) < 0)
        return fail(&err, STATUS_NOT_RUN);
    if (args->bundle == NULL)
        return choose_status(answer, document_print_report(json, args->format));
    report = json_object_get(json, "report");
    if (report != NULL)
        return choose_status(answer,
                             document_print_report(report, args->format));
    return say_saved(args->bundle, answer);
}

int cmd_trace(const struct ctl *ctl, int argc, char **argv)
{
    CLEAN(profile_fini) struct profile profile = {0};
    CLEAN(answer_fini) struct answer answer = {0};
    struct message request = {.kind = MESSAGE_TRACE_REQUEST};
    struct trace_args args;
    struct err err;
    int status = trace_args_parse(&args, argc, argv);

    if (status < 0 || args.usage.help)
        return usage_finish(&trace_argp, "probectl trace", &args.usage);
    if (profile_load(&profile, ctl->profile, ctl->controller, &err) < 0)
        return fail(&err, STATUS_USAGE);
    request.trace_request = args.request;
    request.trace_request.bundle = args.bundle != NULL;
    status = ask_controller(&profile, &request, args.timeout_ms, &answer, &err);
    if (status < 0)
        return fail(&err, ask_status(status));
    return print_answer(&args, &answer);
}
