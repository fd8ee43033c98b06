/* probectl judge: a saved bundle, judged by the engine of this program. */
#include <string.h>

#include "common/base/clean.h"
#include "controller/ctl/ctl.h"
#include "controller/ctl/document.h"
#include "controller/ctl/file_args.h"
#include "controller/ctl/output.h"
#include "controller/engine/verdict.h"
#include "controller/report/bundle.h"
#include "controller/report/report.h"

static const struct argp judge_argp = {
    .options = file_args_options,
    .parser = file_args_parse_option,
    .args_doc = "FILE",
    .doc = "Judge the evidence that was saved with 'probectl trace --bundle' "
           "again, and print the report; - reads standard input. The exit "
           "status is that of a trace. Neither controller nor profile is "
           "needed.\v"
           "Example:\n"
           "  probectl judge monday.bundle",
};

/* What only the report in the bundle knows: which trace, and when. */
static void fill_circumstances(struct report *report, const json_t *root)
{
    const json_t *old = json_object_get(root, "report");
    const json_t *duration = json_object_get(old, "duration_ms");

    report->trace_id = json_string_value(json_object_get(old, "trace_id"));
    report->started_at = json_string_value(json_object_get(old, "started_at"));
    report->duration_ms =
        json_is_integer(duration) ? json_integer_value(duration) : -1;
}

static void judge_earlier(const struct bundle *bundle,
                          struct judgement *judgement,
                          struct report_addresses *out)
{
    for (size_t i = 0; i < bundle->earlier_count; i++) {
        const struct bundle *earlier = &bundle->earlier[i];

        verdict_judge(&earlier->subject, earlier->items, earlier->count,
                      judgement);
        report_add_address(out, &earlier->subject, judgement, earlier->items,
                           earlier->count);
    }
}

static int judge(const struct bundle *bundle, const json_t *root,
                 json_t **report_json, struct err *err)
{
    static struct judgement judgement; /* large */
    static struct report_addresses addresses;
    CLEAN_FREE char *text = NULL;
    struct report report = {
        .subject = &bundle->subject,
        .judgement = &judgement,
        .items = bundle->items,
        .count = bundle->count,
        .addresses = &addresses,
    };
    int status;

    judge_earlier(bundle, &judgement, &addresses);
    verdict_judge(&bundle->subject, bundle->items, bundle->count, &judgement);
    if (bundle->earlier_count > 0)
        report_add_address(&addresses, &bundle->subject, &judgement,
                           bundle->items, bundle->count);
    fill_circumstances(&report, root);
    status = report_write_json(&report, &text, err);
    if (status < 0)
        return status;
    return document_parse(text, strlen(text), "the new report", report_json,
                          err);
}

static int read_bundle(const struct file_args *args, struct bundle *bundle,
                       json_t **root, struct err *err)
{
    CLEAN_FREE char *text = NULL;
    size_t size;
    int status = file_args_read(args, &text, &size, err);

    if (status == 0)
        status = document_parse(text, size, args->file, root, err);
    if (status < 0)
        return status;
    status = bundle_read_json(text, size, bundle, err);
    if (status < 0)
        err_prefix(err, "%s", args->file);
    return status;
}

int cmd_judge(const struct ctl *ctl, int argc, char **argv)
{
    CLEAN(bundle_fini) struct bundle bundle = {0};
    CLEAN_JSON json_t *root = NULL;
    CLEAN_JSON json_t *report = NULL;
    struct file_args args = {0};
    struct err err;
    int status = usage_parse(&judge_argp, argc, argv, 0, &args.usage);

    (void)ctl;
    if (status < 0 || args.usage.help)
        return usage_finish(&judge_argp, "probectl judge", &args.usage);
    status = read_bundle(&args, &bundle, &root, &err);
    if (status < 0) {
        return output_fail(&err, STATUS_USAGE);
    }
    if (judge(&bundle, root, &report, &err) < 0) {
        return output_fail(&err, STATUS_NOT_RUN);
    }
    return document_print_report(report, args.format);
}
