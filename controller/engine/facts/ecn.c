#include "controller/engine/facts/ecn.h"

#include <string.h>

#include "controller/engine/facts/trials.h"

bool ecn_is_asked_for(const struct evidence *syn)
{
    const char *flags = syn == NULL ? "" : evidence_text(syn, KEY_FLAGS, "");

    return strchr(flags, 'E') != NULL && strchr(flags, 'C') != NULL;
}

/* What is sent again tells no more than that the first one was lost: only a
 * flow that begins without ECN tells the two apart. */
static enum ecn_loss by_trials(const struct view *view)
{
    enum fate same = trials_find(view, ROLE_SOURCE, TRIAL_SAME).fate;
    enum fate without = trials_find(view, ROLE_SOURCE, TRIAL_WITHOUT_ECN).fate;

    if (without == FATE_VANISHED || same == FATE_PASSED)
        return ECN_LOSS_NOT;
    return without == FATE_PASSED && same == FATE_VANISHED ? ECN_LOSS_LIKELY
                                                           : ECN_LOSS_POSSIBLE;
}

enum ecn_loss ecn_loss_of_all(const struct view *view,
                              const struct sendings *syns)
{
    unsigned came = 0;

    for (size_t i = 0; i < syns->count; i++) {
        const struct sending *syn = &syns->items[i];

        if (ecn_is_asked_for(syn->packet) == syn->came)
            return ECN_LOSS_NOT;
        came += syn->came;
    }
    return came == 0 || syns->lost == 0 ? ECN_LOSS_NOT : by_trials(view);
}

enum ecn_loss ecn_loss_of_one(const struct view *view, const struct loss *loss)
{
    if (loss->packet != PACKET_SYN || loss->at != ROLE_PATH ||
        !ecn_is_asked_for(loss->first) || loss->again == NULL ||
        ecn_is_asked_for(loss->again))
        return ECN_LOSS_NOT;
    return by_trials(view);
}
