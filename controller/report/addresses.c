#include "controller/report/addresses.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "controller/report/values.h"

#define MAX_RETRIES 127 /* as the kernel allows */
#define RTO_MS      1000
#define MAX_RTO_MS  120000

/* A setting of the source host, -1 if it was not read. */
static int64_t setting(const struct evidence *items, size_t count,
                       const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].kind == EVIDENCE_SYSCTL && items[i].role == ROLE_SOURCE &&
            strcmp(evidence_text(&items[i], KEY_NAME, ""), name) == 0)
            return strtoll(evidence_text(&items[i], KEY_VALUE, "-1"), NULL, 10);
    return -1;
}

/* Linux gives a SYN up after tcp_syn_retries retransmissions, the wait doubling
 * from a second on; since 6.5 the first tcp_syn_linear_timeouts do not double,
 * and come on top. */
static int64_t patience_ms(const struct evidence *items, size_t count)
{
    int64_t retries = setting(items, count, "net.ipv4.tcp_syn_retries");
    int64_t linear = setting(items, count, "net.ipv4.tcp_syn_linear_timeouts");
    int64_t rto = RTO_MS, sum = 0;

    if (retries < 0 || retries > MAX_RETRIES || linear > MAX_RETRIES)
        return -1;
    sum = linear > 0 ? linear * RTO_MS : 0;
    for (int64_t i = 0; i <= retries; i++) {
        sum += rto;
        rto = rto * 2 < MAX_RTO_MS ? rto * 2 : MAX_RTO_MS;
    }
    return sum;
}

static int64_t find_wait(const struct judgement *judgement,
                         const struct evidence *items, size_t count)
{
    if (judgement->outcome == OUTCOME_TIMED_OUT)
        return patience_ms(items, count);
    for (size_t i = 0; i < judgement->attempt_count; i++) {
        const struct judged_attempt *attempt = &judgement->attempts[i];

        if (attempt->has_end && attempt->outcome == judgement->outcome &&
            attempt->connect_us >= 0)
            return (attempt->connect_us + 999) / 1000;
    }
    return -1;
}

void report_add_address(struct report_addresses *addresses,
                        const struct subject *subject,
                        const struct judgement *judgement,
                        const struct evidence *items, size_t count)
{
    struct report_address *added;

    if (addresses->count == REPORT_MAX_ADDRESSES ||
        judgement->outcome == OUTCOME_CONNECTED ||
        judgement->outcome == OUTCOME_MIXED)
        return;
    added = &addresses->items[addresses->count++];
    added->address = subject->destination;
    text_format(added->host, sizeof(added->host), "%s",
                subject->destination_host);
    added->outcome = judgement->outcome;
    added->cause = judgement->verdict.cause;
    added->confidence = judgement->verdict.confidence;
    text_format(added->summary, sizeof(added->summary), "%s",
                judgement->verdict.summary);
    added->wait_ms = find_wait(judgement, items, count);
}

json_t *report_write_addresses(const struct report_addresses *addresses)
{
    json_t *array = json_array();

    for (size_t i = 0; i < addresses->count; i++) {
        const struct report_address *item = &addresses->items[i];
        json_t *object = json_object();

        values_put_address(object, "address", &item->address);
        values_put_text(object, "host", item->host);
        values_put_text(object, "outcome",
                        word_name(&outcome_words, (int)item->outcome));
        values_put_text(object, "cause", causes[item->cause].name);
        values_put_text(object, "confidence",
                        word_name(&confidence_words, (int)item->confidence));
        values_put_text(object, "summary", item->summary);
        if (item->wait_ms >= 0)
            json_object_set_new(object, "wait_ms", json_integer(item->wait_ms));
        json_array_append_new(array, object);
    }
    return array;
}

void report_say_earlier(const struct report_addresses *addresses,
                        const struct address *last, char *text, size_t size)
{
    char printed[ADDRESS_TEXT_SIZE];
    size_t used = strlen(text), begun = used;

    for (size_t i = 0; i < addresses->count && used + 1 < size; i++) {
        const struct report_address *item = &addresses->items[i];

        if (address_equal(&item->address, last))
            continue;
        if (used == begun)
            text_format(text + used, size - used, " (at %s",
                        address_print(last, printed));
        used = strlen(text);
        text_format(text + used, size - used, "; %s failed before: %s",
                    address_print(&item->address, printed),
                    causes[item->cause].name);
        used = strlen(text);
    }
    if (used > begun && used + 1 < size)
        text_format(text + used, size - used, ")");
}
