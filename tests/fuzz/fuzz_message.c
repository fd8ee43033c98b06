/* Whatever is accepted is within limits: it encodes, and what was encoded means
 * the same and is encoded the same again. */
#include <stdlib.h>
#include <string.h>

#include "proto/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *first = NULL, *second = NULL;
    size_t first_size = 0, second_size = 0;
    struct message message;

    if (message_decode(data, size, &message, NULL) < 0)
        return 0;
    if (message.kind != MESSAGE_UNKNOWN) {
        if (message_encode(&message, &first, &first_size) < 0)
            abort();
        message_fini(&message);
        if (message_decode(first, first_size, &message, NULL) < 0 ||
            message_encode(&message, &second, &second_size) < 0 ||
            first_size != second_size || memcmp(first, second, first_size) != 0)
            abort();
    }
    message_fini(&message);
    free(first);
    free(second);
    return 0;
}
