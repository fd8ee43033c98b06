/* What is said where some attempts failed and others connected. */
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/limits.h"

void finding_note_share(const struct case_file *file, unsigned failed,
                        unsigned attempts, unsigned resent,
                        struct finding *finding)
{
    char others[96] = "";
    const char *follows;
    const struct evidence *limiter =
        limits_of(file->view, file->decider, &follows);

    if (resent > 0)
        text_format(others, sizeof(others),
                    ", %u of them only when a packet was sent again", resent);
    finding_say_more(finding, " (%u of %u attempts%s%s)", failed, attempts,
                     failed < attempts ? "; the others connected" : "", others);
    finding_add_number(finding, "failed", failed);
    finding_add_number(finding, "attempts", attempts);
    if (resent > 0)
        finding_add_number(finding, "resent", resent);
    if (limiter == NULL)
        return;
    finding_add_text(finding, "follows", follows);
    if (limiter != file->decider) {
        finding_add_text(finding, "limiter",
                         evidence_text(limiter, KEY_RULE, NULL));
        finding_cite(finding, limiter);
    }
}
