/* One file for each kind of message, small enough to be mutated well. */
#include <stdio.h>
#include <stdlib.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "tests/unit/proto/samples.h"

static int write_sample(const char *folder, enum message_kind kind)
{
    struct message message;
    CLEAN_FREE uint8_t *bytes = NULL;
    char path[1024];
    struct err err = {0};
    size_t size;

    sample_message(kind, &message);
    if (kind == MESSAGE_EVIDENCE)
        message.evidence.count = 2;
    else if (kind == MESSAGE_DOCUMENT)
        message.document.size = 8;
    else if (kind == MESSAGE_INVENTORY)
        message.inventory.count = 4;
    snprintf(path, sizeof(path), "%s/%s", folder,
             word_name(&message_words, (int)kind));
    if (message_encode(&message, &bytes, &size) < 0 ||
        fs_write(path, bytes, size, 0644, &err) < 0) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    for (int kind = 0; kind < MESSAGE_KIND_COUNT; kind++)
        if (write_sample(argv[1], (enum message_kind)kind) < 0)
            return 1;
    return 0;
}
