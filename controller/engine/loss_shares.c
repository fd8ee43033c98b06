#include "controller/engine/loss_shares.h"

#include "common/base/array.h"
#include "controller/engine/facts/loss_kind.h"

void loss_shares_fill(const struct view *view, struct judgement *out)
{
    static const enum packet packets[] = {PACKET_SYN, PACKET_SYN_ACK};

    if (!view->subject->exact_count || view->attempt_count < 2)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
        struct sendings sendings;
        struct loss_share *share = &out->losses[out->loss_count];
        struct loss_interval interval;

        sendings_list(view, packets[i], &sendings);
        if (sendings.count == 0)
            continue;
        interval = loss_interval_of(sendings.lost, (unsigned)sendings.count);
        *share = (struct loss_share){packets[i],
                                     sendings.there_and_back,
                                     (unsigned)sendings.count,
                                     sendings.lost,
                                     interval.low,
                                     interval.high};
        out->loss_count++;
    }
}
