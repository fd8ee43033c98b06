#include "controller/case/pick_address.h"

#include <stddef.h>

struct address pick_address(const struct message_inventory *inventory,
                            uint8_t family)
{
    if (family == 6 || (family == 0 && !address_is_set(&inventory->primary4)))
        return inventory->primary6;
    return inventory->primary4;
}

static bool has(const struct message_inventory *inventory,
                const struct address *address)
{
    for (size_t i = 0; i < inventory->count; i++)
        if (address_equal(&inventory->addresses[i], address))
            return true;
    return false;
}

static struct address first_of(const struct message_inventory *inventory,
                               uint8_t family, const struct address *unwanted)
{
    for (size_t i = 0; i < inventory->count; i++) {
        const struct address *address = &inventory->addresses[i];

        if (address->family == family && !address_is_loopback(address) &&
            !address_is_link_local(address) &&
            (unwanted == NULL || !address_equal(address, unwanted)))
            return *address;
    }
    return (struct address){0};
}

struct address pick_primary(const struct message_inventory *inventory,
                            const struct address *control,
                            const struct address *before, uint8_t family)
{
    struct address proposed =
        family == 4 ? inventory->primary4 : inventory->primary6;
    struct address found;

    if (address_is_set(before) && has(inventory, before) &&
        (!address_equal(before, control) || address_equal(&proposed, control) ||
         !address_is_set(&proposed)))
        return *before;
    if (address_is_set(&proposed))
        return proposed;
    found = first_of(inventory, family, control);
    return address_is_set(&found) ? found : first_of(inventory, family, NULL);
}
