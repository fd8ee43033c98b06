#include "tests/unit/agent/observe/rule_line.h"

#include <stdio.h>
#include <string.h>

void rule_line_put(char *line, const char *before, const char *text,
                   const char *behind)
{
    size_t used = strlen(line);

    if (text[0] != '\0')
        snprintf(line + used, RULE_LINE_SIZE - used, "%s%s%s", before, text,
                 behind);
}

void rule_line_put_chain(char *line, const struct evidence *item)
{
    rule_line_put(line, "", evidence_text(item, KEY_FIREWALL_FAMILY, ""), "/");
    rule_line_put(line, "", evidence_text(item, KEY_TABLE, ""), "/");
    rule_line_put(line, "", evidence_text(item, KEY_CHAIN, ""), "");
}
