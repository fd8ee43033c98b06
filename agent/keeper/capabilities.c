#include "agent/keeper/capabilities.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <cap-ng.h>
#include <sys/prctl.h>

#include "common/base/err.h"

/* The kernel may be older than the name. */
static bool is_known(unsigned capability)
{
    return prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
}

bool capabilities_has(unsigned capability)
{
    capng_clear(CAPNG_SELECT_BOTH);
    if (capng_get_caps_process() != 0)
        return true;
    return capng_have_capability(CAPNG_PERMITTED, capability) != 0;
}

int capabilities_bound(const unsigned *kept, size_t count, struct err *err)
{
    int status = 0;

    if (capng_get_caps_process() < 0)
        return err_set(err, -EIO, "cannot read our capabilities");
    if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
        return err_set(err, -EPERM,
                       "without CAP_SETPCAP the capabilities of what is "
                       "started cannot be limited");
    capng_clear(CAPNG_SELECT_BOUNDS);
    for (size_t i = 0; i < count && status == 0; i++)
        if (is_known(kept[i]))
            status = capng_update(CAPNG_ADD, CAPNG_BOUNDING_SET, kept[i]);
    if (status == 0)
        status = capng_apply(CAPNG_SELECT_BOUNDS);
    if (status != 0)
        return err_set(err, -EPERM,
                       "cannot limit the capabilities of what is started "
                       "(libcap-ng %d)",
                       status);
    return 0;
}

int capabilities_limit(const unsigned *kept, size_t count, struct err *err)
{
    bool held[CAP_LAST_CAP + 1] = {false};
    int status = 0;

    if (capng_get_caps_process() < 0)
        return err_set(err, -EIO, "cannot read our capabilities");
    for (size_t i = 0; i < count; i++)
        held[kept[i]] = is_known(kept[i]) &&
                        capng_have_capability(CAPNG_PERMITTED, kept[i]) != 0;
    capng_clear(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
    for (size_t i = 0; i < count && status == 0; i++)
        if (held[kept[i]])
            status = capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
                                  kept[i]);
    if (status == 0)
        status = capng_apply(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
    if (status != 0)
        return err_set(err, -EPERM,
                       "cannot give up capabilities (libcap-ng %d)", status);
    return 0;
}
