#include "controller/ctl/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/err.h"

int parse_number(const char *what, const char *text, unsigned min, unsigned max,
                 unsigned *out, struct err *err)
{
    unsigned long value;
    char *end;

    errno = 0;
    value = strtoul(text, &end, 10);
    /* strtoul would take blanks and signs */
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 ||
        value < min || value > max)
        return err_set(err, -EINVAL,
                       "%s '%s' is not a number from %u to %u; give one", what,
                       text, min, max);
    *out = (unsigned)value;
    return 0;
}

/* Numbers and dots alone are an address, or a mistyped one: never a name. */
static bool is_numeric(const char *host)
{
    return strspn(host, "0123456789.") == strlen(host);
}

int parse_endpoint(const char *text, struct endpoint *out, struct err *err)
{
    struct endpoint parsed;
    struct address address;
    int status = endpoint_parse(text, &parsed, err);

    if (status < 0)
        return status;
    if (is_numeric(parsed.host) && address_parse(parsed.host, &address) < 0)
        return err_set(err, -EINVAL,
                       "'%s': '%s' is not an IPv4 address; write four numbers "
                       "from 0 to 255, as in 192.0.2.1",
                       text, parsed.host);
    *out = parsed;
    return 0;
}

struct unit
{
    const char *name;
    uint64_t ms;
};

static const struct unit units[] = {
    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000},
};

/* What the unit counts in milliseconds, 0 if there is no such unit. */
static uint64_t unit_ms(const char *name, uint64_t bare_ms)
{
    if (*name == '\0')
        return bare_ms;
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (strcmp(units[i].name, name) == 0)
            return units[i].ms;
    }
    return 0;
}

/* Digits with at most three after a point, as thousandths; -EINVAL else. */
static int parse_thousandths(const char *text, uint64_t *out, const char **end)
{
    uint64_t value = 0;
    unsigned decimals = 0;
    bool point = false;
    const char *c = text;

    for (; isdigit((unsigned char)*c) || (*c == '.' && !point); c++) {
        if (*c == '.') {
            point = true;
            continue;
        }
        if (c - text > 9 || (point && decimals++ == 3))
            return -EINVAL;
        value = value * 10 + (uint64_t)(*c - '0');
    }
    if (c == text || !isdigit((unsigned char)c[-1]) || *text == '.')
        return -EINVAL;
    for (; decimals < 3; decimals++)
        value *= 10;
    *out = value;
    *end = c;
    return 0;
}

int parse_duration(const struct duration_rule *rule, const char *text,
                   uint64_t *out_ms, struct err *err)
{
    uint64_t thousandths, unit, ms;
    const char *rest;

    if (parse_thousandths(text, &thousandths, &rest) < 0)
        return err_set(err, -EINVAL,
                       "%s '%s' is not a duration; write it as in 90s, 15m or "
                       "1h",
                       rule->what, text);
    unit = unit_ms(rest, rule->bare_ms);
    if (unit == 0)
        return err_set(err, -EINVAL,
                       "%s '%s' %s; write ms, s, m, h or d after the number, "
                       "as in 90s, 15m or 1h",
                       rule->what, text,
                       *rest == '\0' ? "has no unit" : "has an unknown unit");
    ms = thousandths * unit / 1000;
    if (ms < rule->min_ms || ms > rule->max_ms)
        return err_set(err, -EINVAL,
                       "%s '%s' is outside of what is allowed: %.*f to %.*f "
                       "seconds",
                       rule->what, text, rule->min_ms % 1000 == 0 ? 0 : 3,
                       (double)rule->min_ms / 1000,
                       rule->max_ms % 1000 == 0 ? 0 : 3,
                       (double)rule->max_ms / 1000);
    *out_ms = ms;
    return 0;
}

int parse_format(const char *text, enum output_format *out, struct err *err)
{
    if (strcmp(text, "text") == 0)
        *out = FORMAT_TEXT;
    else if (strcmp(text, "json") == 0)
        *out = FORMAT_JSON;
    else
        return err_set(err, -EINVAL,
                       "output format '%s' is not known; write text or json",
                       text);
    return 0;
}

int parse_host_name(const char *what, const char *text,
                    char out[static HOST_NAME_SIZE], struct err *err)
{
    if (!host_name_is_valid(text))
        return err_set(err, -EINVAL,
                       "%s '%s' is not an agent's name (1 to %d letters, "
                       "digits, '-', '.', '_'); 'probectl agents' lists them",
                       what, text, HOST_NAME_SIZE - 1);
    snprintf(out, HOST_NAME_SIZE, "%s", text);
    return 0;
}
