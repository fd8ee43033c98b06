#include "controller/case/pick_address.h"

#include <stddef.h>

static struct address first_of(const struct message_inventory *inventory,
                               uint8_t family, const struct address *unwanted)
{
    for (size_t i = 0; i < inventory->count; i++) {
        const struct address *address = &inventory->addresses[i];

        if (address->family != family || address_is_loopback(address) ||
            address_is_link_local(address))
            continue;
        if (unwanted == NULL || !address_equal(address, unwanted))
            return *address;
    }
    return (struct address){0};
}

struct address pick_address(const struct message_inventory *inventory,
                            const struct address *control, uint8_t family)
{
    struct address found;

    if (family == 0) {
        found = pick_address(inventory, control, 4);
        if (address_is_set(&found))
            return found;
        family = 6;
    }
    found = family == 4 ? inventory->primary4 : inventory->primary6;
    if (!address_is_set(&found))
        found = first_of(inventory, family, control);
    if (!address_is_set(&found))
        found = first_of(inventory, family, NULL);
    return found;
}
