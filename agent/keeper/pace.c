#include "agent/keeper/pace.h"

#include <errno.h>

#include "agent/keeper/policy.h"
#include "common/base/clock.h"
#include "common/base/err.h"
#include "common/trace/order.h"

/* A full bucket holds this many seconds' worth, so that traces may come in
 * bursts; and at least one whole order. */
#define BURST_S 4

static int64_t bucket_size(unsigned rate)
{
    int64_t size = (int64_t)rate * BURST_S;

    return size < ORDER_MAX_ATTEMPTS ? ORDER_MAX_ATTEMPTS : size;
}

/* Nanoseconds until amount would be there; 0 when it is. */
static int64_t missing_ns(const struct pace_bucket *bucket, unsigned rate,
                          unsigned amount, int64_t now_ns)
{
    int64_t empty_for = bucket->full_at_ns - now_ns;
    int64_t allowed = (bucket_size(rate) - amount) * ((int64_t)NS_PER_S / rate);

    return empty_for > allowed ? empty_for - allowed : 0;
}

static void take(struct pace_bucket *bucket, unsigned rate, unsigned amount,
                 int64_t now_ns)
{
    if (bucket->full_at_ns < now_ns)
        bucket->full_at_ns = now_ns;
    bucket->full_at_ns += (int64_t)amount * (NS_PER_S / rate);
}

/* FNV-1a.  Whoever makes targets collide only slows himself down. */
static uint64_t hash(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint64_t value = 0xcbf29ce484222325u;

    for (size_t i = 0; i < size; i++)
        value = (value ^ bytes[i]) * 0x100000001b3u;
    return value;
}

static uint64_t target_of(const struct address *address)
{
    return hash(address->bytes, sizeof(address->bytes));
}

static struct pace_bucket *find_target(struct pace_share *share,
                                       const struct address *address)
{
    struct pace_bucket *oldest = &share->targets[0];
    uint64_t target = target_of(address);

    for (size_t i = 0; i < PACE_TARGETS; i++) {
        struct pace_bucket *bucket = &share->targets[i];

        if (bucket->target == target)
            return bucket;
        if (bucket->full_at_ns < oldest->full_at_ns)
            oldest = bucket;
    }
    /* It takes the other's place as it is: whoever goes round many targets
     * empties no bucket of theirs. */
    oldest->target = target;
    return oldest;
}

static int refuse(struct err *err, const char *whose, unsigned rate,
                  int64_t wait_ns)
{
    return err_set(err, -EBUSY,
                   "the policy of this host allows %u SYNs per second %s: try "
                   "again in %lld ms",
                   rate, whose, (long long)(wait_ns / NS_PER_MS) + 1);
}

struct pace_rates pace_rates_of(const struct policy *policy)
{
    return (struct pace_rates){policy->syns_per_second,
                               policy->syns_per_second_per_target};
}

int pace_take_target(struct pace_share *share, const struct pace_rates *rates,
                     const struct address *target, unsigned count,
                     int64_t now_ns, struct err *err)
{
    struct pace_bucket *bucket = find_target(share, target);
    int64_t wait_ns = missing_ns(bucket, rates->per_target, count, now_ns);

    if (wait_ns > 0)
        return refuse(err, "per target", rates->per_target, wait_ns);
    take(bucket, rates->per_target, count, now_ns);
    return 0;
}

int pace_take(struct pace_share *share, const struct pace_rates *rates,
              const struct address *target, unsigned count, int64_t now_ns,
              struct err *err)
{
    int64_t wait_ns = missing_ns(&share->all, rates->in_all, count, now_ns);
    int status = 0;

    if (wait_ns > 0)
        return refuse(err, "in all", rates->in_all, wait_ns);
    if (target != NULL)
        status = pace_take_target(share, rates, target, count, now_ns, err);
    if (status == 0)
        take(&share->all, rates->in_all, count, now_ns);
    return status;
}

struct pace_charge pace_charge_of(const struct policy *policy,
                                  const struct order *order, int64_t now_ns)
{
    return (struct pace_charge){
        .target = order->destination,
        .rates = pace_rates_of(policy),
        .attempts = order->role == ROLE_SOURCE ? order->attempts : 0,
        .spacing_ms = order->spacing_ms,
        .at_ns = now_ns,
    };
}

static void put_back(struct pace_bucket *bucket, unsigned rate, unsigned amount)
{
    bucket->full_at_ns -= (int64_t)amount * (NS_PER_S / rate);
}

void pace_give_back(struct pace_share *share, const struct pace_charge *charge,
                    int64_t now_ns)
{
    int64_t spacing_ns = (int64_t)charge->spacing_ms * NS_PER_MS;
    int64_t made;
    unsigned unmade;

    if (spacing_ns == 0)
        return;
    made = 1 + (now_ns - charge->at_ns) / spacing_ns;
    if (made >= charge->attempts)
        return;
    unmade = charge->attempts - (unsigned)made;
    put_back(&share->all, charge->rates.in_all, unmade);
    if (!address_is_set(&charge->target))
        return;
    for (size_t i = 0; i < PACE_TARGETS; i++)
        if (share->targets[i].target == target_of(&charge->target))
            put_back(&share->targets[i], charge->rates.per_target, unmade);
}
