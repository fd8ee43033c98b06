#include "common/trace/sysctl_name.h"

#include <string.h>

#include "common/base/text.h"

const char *sysctl_name(const char *area, const char *device, const char *leaf,
                        char buffer[static SYSCTL_NAME_SIZE])
{
    size_t from = strlen(area) + 1;
    size_t to = from + strlen(device);

    text_format(buffer, SYSCTL_NAME_SIZE, "%s.%s.%s", area, device, leaf);
    for (size_t i = from; i < to && i < SYSCTL_NAME_SIZE; i++)
        if (buffer[i] == '.')
            buffer[i] = '/';
    return buffer;
}
