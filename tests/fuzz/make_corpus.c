/* One file for each kind of message, and for each kind of evidence, small enough
 * to be mutated well. */
#include <stdio.h>
#include <stdlib.h>

#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "tests/unit/proto/samples.h"
#include "tests/unit/random_evidence.h"

static int write_message(const char *folder, const char *name,
                         const struct message *message)
{
    CLEAN_FREE uint8_t *bytes = NULL;
    char path[1024];
    struct err err = {0};
    size_t size;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    if (message_encode(message, &bytes, &size) < 0 ||
        fs_write(path, bytes, size, 0644, &err) < 0) {
        fprintf(stderr, "%s: %s\n", path, err.text);
        return -1;
    }
    return 0;
}

static int write_sample(const char *folder, enum message_kind kind)
{
    struct message message;

    sample_message(kind, &message);
    if (kind == MESSAGE_EVIDENCE)
        message.evidence.count = 2;
    else if (kind == MESSAGE_DOCUMENT)
        message.document.size = 8;
    else if (kind == MESSAGE_INVENTORY)
        message.inventory.count = 4;
    return write_message(folder, word_name(&message_words, (int)kind),
                         &message);
}

static int write_evidence(const char *folder, enum evidence_kind kind)
{
    uint32_t seed = (uint32_t)kind;
    struct message message;
    char name[64];

    sample_message(MESSAGE_EVIDENCE, &message);
    message.evidence.count = 1;
    random_evidence(&message.evidence.items[0], kind, &seed);
    snprintf(name, sizeof(name), "evidence-%s", evidence_kinds[kind].name);
    return write_message(folder, name, &message);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    for (int kind = 0; kind < MESSAGE_KIND_COUNT; kind++)
        if (write_sample(argv[1], (enum message_kind)kind) < 0)
            return 1;
    for (int kind = 0; kind < EVIDENCE_KIND_COUNT; kind++)
        if (write_evidence(argv[1], (enum evidence_kind)kind) < 0)
            return 1;
    return 0;
}
