#include "controller/ctl/document.h"

#include <errno.h>

#include "common/base/err.h"
#include "controller/ctl/ctl.h"
#include "controller/ctl/output.h"
#include "controller/report/text.h"

int document_parse(const char *text, size_t size, const char *origin,
                   json_t **out, struct err *err)
{
    json_error_t why;
    json_t *parsed = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);

    if (parsed == NULL)
        return err_set(err, -EBADMSG, "%s: not JSON: line %d, column %d: %s",
                       origin, why.line, why.column, why.text);
    if (!json_is_object(parsed)) {
        json_decref(parsed);
        return err_set(err, -EBADMSG, "%s: not a JSON object", origin);
    }
    *out = parsed;
    return 0;
}

int document_print_report(const json_t *report, enum output_format format)
{
    struct writer writer = output_writer();
    struct err err;

    if (report_text_check(report, &err) < 0) {
        return output_fail(&err, STATUS_NOT_RUN);
    }
    if (format == FORMAT_JSON)
        output_json(report);
    else
        report_text_print(report, &writer);
    return output_finish(report_text_status(report));
}
