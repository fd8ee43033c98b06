#include "controller/engine/explain/command/command_line.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "common/base/address.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/trace/sysctl_name.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

#define HOSTS_NAME_SIZE 200 /* a name of /etc/hosts, as sed takes it */

void command_drop(struct command_line *line)
{
    line->failed = true;
    line->text[0] = '\0';
}

static void append(struct command_line *line, const char *text, size_t size)
{
    if (line->failed)
        return;
    if (size >= sizeof(line->text) - line->size) {
        command_drop(line);
        return;
    }
    memcpy(line->text + line->size, text, size);
    line->size += size;
    line->text[line->size] = '\0';
}

static void append_text(struct command_line *line, const char *text)
{
    append(line, text, strlen(text));
}

static void begin_part(struct command_line *line, enum command_place place,
                       const char *program)
{
    if (line->part_count == COMMAND_MAX_PARTS)
        command_drop(line);
    if (line->failed)
        return;
    line->parts[line->part_count].at = line->size;
    line->parts[line->part_count++].place = place;
    append_text(line, program);
}

void command_start_literal(struct command_line *line, enum command_place place,
                           const char *program)
{
    memset(line, 0, sizeof(*line));
    begin_part(line, place, program);
}

void command_and_literal(struct command_line *line, enum command_place place,
                         const char *program)
{
    append_text(line, " && ");
    begin_part(line, place, program);
}

void command_fixed_literal(struct command_line *line, const char *words)
{
    append_text(line, " ");
    append_text(line, words);
}

/* May it be shown to somebody who is about to type it? */
static bool is_legible(const char *text)
{
    uint32_t point = 0;

    while (*text != '\0') {
        size_t size = utf8_decode(text, &point);

        if (size == 0 || utf8_is_unsafe(point))
            return false;
        text += size;
    }
    return true;
}

/* Within single quotes a shell knows no other character than their end. */
static void append_quoted(struct command_line *line, const char *text)
{
    static const char plain[] = LETTERS DIGITS "_-./:@,+%=";

    if (text[strspn(text, plain)] == '\0') {
        append_text(line, text);
        return;
    }
    append_text(line, "'");
    for (size_t size; *text != '\0'; text += size) {
        if (*text == '\'')
            append_text(line, "'\\'");
        size = strcspn(text + 1, "'") + 1;
        append(line, text, size);
    }
    append_text(line, "'");
}

/* Behind a literal a '-' begins no option. */
static void append_foreign(struct command_line *line, const char *before,
                           const char *text, const char *behind)
{
    if (text[0] == '\0' || !is_legible(text) ||
        (before[0] == '\0' && text[0] == '-')) {
        command_drop(line);
        return;
    }
    append_text(line, " ");
    append_text(line, before);
    append_quoted(line, text);
    append_text(line, behind);
}

void command_word(struct command_line *line, const char *text)
{
    append_foreign(line, "", text, "");
}

void command_joined_literal(struct command_line *line, const char *before,
                            const char *text, const char *behind)
{
    assert(before[0] != '\0');
    append_foreign(line, before, text, behind);
}

void command_joined_number_literal(struct command_line *line,
                                   const char *before, int64_t number)
{
    char text[24];

    if (number < 0) {
        command_drop(line);
        return;
    }
    text_format(text, sizeof(text), "%" PRId64, number);
    append_text(line, " ");
    append_text(line, before);
    append_text(line, text);
}

void command_number(struct command_line *line, int64_t number)
{
    command_joined_number_literal(line, "", number);
}

void command_address(struct command_line *line, const struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];

    if (!address_is_set(address)) {
        command_drop(line);
        return;
    }
    append_text(line, " ");
    append_text(line, address_print(address, text));
}

void command_prefix(struct command_line *line, const struct address *address,
                    int64_t length)
{
    char text[8];

    if (length < 0 || length > (int64_t)address_size(address) * 8) {
        command_drop(line);
        return;
    }
    command_address(line, address);
    text_format(text, sizeof(text), "/%d", (int)length);
    append_text(line, text);
}

void command_pid(struct command_line *line, int64_t pid)
{
    if (pid <= 1 || pid > INT32_MAX)
        command_drop(line);
    else
        command_number(line, pid);
}

static bool is_device(const char *name)
{
    if (strlen(name) >= COMMAND_DEVICE_SIZE || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0)
        return false;
    for (; *name != '\0'; name++)
        if (*name == '/' || *name == ':' || isspace((unsigned char)*name))
            return false;
    return true;
}

void command_device(struct command_line *line, const char *name)
{
    if (is_device(name))
        command_word(line, name);
    else
        command_drop(line);
}

void command_joined_name_literal(struct command_line *line, const char *before,
                                 const char *name)
{
    if (name[0] != '-' && name[strspn(name, LETTERS DIGITS "-_.:@\\")] == '\0')
        append_foreign(line, before, name, "");
    else
        command_drop(line);
}

void command_name(struct command_line *line, const char *name)
{
    command_joined_name_literal(line, "", name);
}

void command_nft_name(struct command_line *line, const char *name)
{
    if (name[0] != '\0' && strchr(LETTERS "_.", name[0]) != NULL &&
        name[strspn(name, LETTERS DIGITS "/-_.")] == '\0')
        command_word(line, name);
    else
        command_drop(line);
}

void command_one_of(struct command_line *line, const char *text,
                    const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0) {
            command_word(line, *words);
            return;
        }
    command_drop(line);
}

/* sysctl(8) looks for the first '=', and takes some characters for a
 * pattern. */
void command_sysctl_literal(struct command_line *line, const char *area,
                            const char *device, const char *leaf,
                            int64_t number)
{
    char name[SYSCTL_NAME_SIZE];
    char value[24];

    if (!is_device(device) || device[0] == '\0' ||
        strpbrk(device, "=*?[]") != NULL || number < 0) {
        command_drop(line);
        return;
    }
    text_format(value, sizeof(value), "=%" PRId64, number);
    append_foreign(line, "", sysctl_name(area, device, leaf, name), value);
}

/* As sed takes it for itself; false if it is no host's name. */
static bool write_name(const char *name, char *text, size_t size)
{
    size_t used = 0;

    if (name[0] == '\0' || name[strspn(name, LETTERS DIGITS "._-")] != '\0')
        return false;
    for (; *name != '\0'; name++) {
        const char *dot = *name == '.' ? "[.]" : "";

        if (used + sizeof("[.]") > size)
            return false;
        text_format(text + used, size - used, "%s%.*s", dot, *dot == '\0',
                    name);
        used += strlen(text + used);
    }
    return true;
}

void command_edit_hosts(struct command_line *line, const char *name,
                        const struct address *old,
                        const struct address *address)
{
    char text[ADDRESS_TEXT_SIZE];
    char plain[HOSTS_NAME_SIZE];
    char script[ADDRESS_TEXT_SIZE + HOSTS_NAME_SIZE + 128];

    memset(line, 0, sizeof(*line));
    if (!address_is_set(old) || !address_is_set(address) ||
        !write_name(name, plain, sizeof(plain))) {
        command_drop(line);
        return;
    }
    text_format(
        script, sizeof(script),
        "s/^[[:space:]]*%s\\([[:space:]][[:space:]]*%s[[:space:]]*\\(#.*\\)*"
        "\\)$/%s\\1/I",
        old->family == 6 ? "[0-9a-f:.]*:[0-9a-f:.]*" : "[0-9.]*", plain,
        address_print(address, text));
    begin_part(line, COMMAND_ON_HOST, "hosts=$(sed '");
    append_text(line, script);
    append_text(line, "' /etc/hosts)");
    command_and(line, COMMAND_ON_HOST, "printf");
    command_fixed(line, "'%s\\n' \"$hosts\" > /etc/hosts");
}

void command_enter(struct command_line *line, const struct command_line *way)
{
    struct command_line entered = {.failed = line->failed || way->failed,
                                   .takes = line->takes};

    for (size_t i = 0; i < line->part_count; i++) {
        size_t end =
            i + 1 < line->part_count ? line->parts[i + 1].at : line->size;

        if (line->parts[i].place == COMMAND_IN_NETWORK) {
            append(&entered, way->text, way->size);
            append_text(&entered, " ");
        }
        append(&entered, line->text + line->parts[i].at,
               end - line->parts[i].at);
    }
    *line = entered;
    if (line->failed)
        command_drop(line);
}

bool command_is_whole(const struct command_line *line)
{
    return !line->failed && line->size > 0;
}
