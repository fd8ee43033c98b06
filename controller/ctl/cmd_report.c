/* probectl report: a saved report as text, without a controller. */
#include "common/base/clean.h"
#include "controller/ctl/ctl.h"
#include "controller/ctl/document.h"
#include "controller/ctl/file_args.h"
#include "controller/ctl/output.h"
#include "controller/report/text.h"

static const struct argp report_argp = {
    .options = file_args_options,
    .parser = file_args_parse_option,
    .args_doc = "FILE",
    .doc = "Print a report that was saved with 'probectl trace -o json' or "
           "--bundle; - reads standard input. The exit status is that of the "
           "trace.\v"
           "Example:\n"
           "  probectl report monday.json",
};

int cmd_report(const struct ctl *ctl, int argc, char **argv)
{
    CLEAN_JSON json_t *document = NULL;
    CLEAN_FREE char *text = NULL;
    struct file_args args = {0};
    const json_t *report;
    struct err err;
    size_t size;
    int status = usage_parse(&report_argp, argc, argv, 0, &args.usage);

    (void)ctl;
    if (status < 0 || args.usage.help)
        return usage_finish(&report_argp, "probectl report", &args.usage);
    status = file_args_read(&args, &text, &size, &err);
    if (status == 0)
        status = document_parse(text, size, args.file, &document, &err);
    if (status < 0) {
        return output_fail(&err, STATUS_USAGE);
    }
    report = json_object_get(document, "report"); /* of a bundle */
    if (report == NULL)
        report = document;
    if (report_text_check(report, &err) < 0) /* another file was meant */
        return output_fail(&err, STATUS_USAGE);
    return document_print_report(report, args.format);
}
