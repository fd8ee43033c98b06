#include "agent/worker/hosts_file.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/base/address.h"

#define BLANKS " \t\r"

/* The next word before the end of the line or a comment; 0: none. */
static size_t next_word(const char **at)
{
    *at += strspn(*at, BLANKS);
    return strcspn(*at, BLANKS "#\n");
}

static bool is_address(const char *word, size_t size,
                       const struct address *wanted)
{
    char text[ADDRESS_TEXT_SIZE];
    struct address address;

    if (size == 0 || size >= sizeof(text))
        return false;
    memcpy(text, word, size);
    text[size] = '\0';
    return address_parse(text, &address) == 0 &&
           address_equal(&address, wanted);
}

/* How many names the line has, 0 if not this one. */
static unsigned count_names(const char *at, const char *name)
{
    size_t length = strlen(name);
    unsigned count = 0;
    bool found = false;
    size_t size;

    while ((size = next_word(&at)) > 0) {
        count++;
        found |= size == length && strncasecmp(at, name, size) == 0;
        at += size;
    }
    return found ? count : 0;
}

struct hosts_line hosts_file_find(const char *text, const char *name,
                                  const struct address *address)
{
    struct hosts_line line = {0, 0};

    while (*text != '\0') {
        const char *at = text;
        size_t size = next_word(&at);

        line.number++;
        if (is_address(at, size, address))
            line.names = count_names(at + size, name);
        if (line.names > 0)
            return line;
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return (struct hosts_line){0, 0};
}
