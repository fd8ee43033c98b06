#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clean.h"
#include "common/trace/evidence.h"
#include "common/trace/words.h"
#include "controller/report/text_sections.h"

#define WAY_INDENT   TEXT_INDENT
#define WAY_HOST     11 /* column of the host */
#define WAY_HOST_MAX 24 /* longer names push the rest of their line */
#define WAY_STAGE    12 /* columns that a stage takes */
#define WAY_TIME     12

/* The checkpoints of a stage stand in this order: first the sender's, then the
 * path, then the receiver's. */
static const int sender_order[STAGE_COUNT] = {
    [STAGE_SOCKET] = 0,  [STAGE_INGRESS] = 1, [STAGE_PREROUTING] = 2,
    [STAGE_FORWARD] = 3, [STAGE_INPUT] = 4,   [STAGE_OUTPUT] = 5,
    [STAGE_EGRESS] = 6,  [STAGE_PATH] = 7,
};
static const int receiver_order[STAGE_COUNT] = {
    [STAGE_PATH] = 7,     [STAGE_INGRESS] = 8, [STAGE_PREROUTING] = 9,
    [STAGE_FORWARD] = 10, [STAGE_INPUT] = 11,  [STAGE_OUTPUT] = 12,
    [STAGE_EGRESS] = 13,  [STAGE_SOCKET] = 14,
};
#define WAY_ORDER_COUNT 15

struct row
{
    int rank;
    size_t index; /* in the report: keeps equal ranks in its order */
    const json_t *checkpoint;
};

/* Answers go from the destination to the source. */
static bool is_answer(int packet)
{
    return packet == PACKET_SYN_ACK || packet == PACKET_RST ||
           packet == PACKET_ICMP;
}

static int rank_checkpoint(const json_t *checkpoint)
{
    const char *packet_name = text_get(checkpoint, "packet");
    const char *stage_name = text_get(checkpoint, "stage");
    const char *role_name = text_get(checkpoint, "role");
    int packet = packet_name == NULL ? PACKET_OTHER
                                     : word_value(&packet_words, packet_name);
    int stage = stage_name == NULL ? -1 : word_value(&stage_words, stage_name);
    int role = role_name == NULL ? -1 : word_value(&role_words, role_name);
    int sender = is_answer(packet) ? ROLE_DESTINATION : ROLE_SOURCE;
    const char *namespace_name = text_get(checkpoint, "namespace");

    if (packet < 0)
        packet = PACKET_OTHER;
    /* The host around the namespace that was asked for is beside the path. */
    if (namespace_name != NULL &&
        strcmp(namespace_name, EVIDENCE_HOST_NAMESPACE) == 0)
        stage = STAGE_PATH;
    if (stage < 0)
        return packet * WAY_ORDER_COUNT + WAY_ORDER_COUNT - 1;
    return packet * WAY_ORDER_COUNT +
           (role == sender ? sender_order[stage] : receiver_order[stage]);
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;

    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static const char *row_state(const struct row *row)
{
    const char *state = text_get(row->checkpoint, "state");

    return state == NULL ? "not-observed" : state;
}

static bool same_packet(const struct row *a, const struct row *b)
{
    return a->rank / WAY_ORDER_COUNT == b->rank / WAY_ORDER_COUNT;
}

/* How many rows, from the first on, belong to its packet. */
static size_t packet_rows(const struct row *rows, size_t count)
{
    size_t n = 1;

    while (n < count && same_packet(&rows[0], &rows[n]))
        n++;
    return n;
}

static bool all_not_reached(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(row_state(&rows[i]), "not-reached") != 0)
            return false;
    }
    return true;
}

/* "44 µs", and behind it "±250 µs" where another clock tells it. */
static void print_time(struct writer *writer, const json_t *checkpoint,
                       size_t column)
{
    const json_t *at = json_object_get(checkpoint, "at_us");
    const json_t *doubt = json_object_get(checkpoint, "uncertainty_us");
    char time[32];

    if (!json_is_integer(at))
        return;
    text_time(writer, json_integer_value(at), time, sizeof(time));
    writer_pad_right(writer, column + WAY_TIME, writer_measure(writer, time));
    writer_put(writer, time);
    if (!json_is_integer(doubt))
        return;
    text_time(writer, json_integer_value(doubt), time, sizeof(time));
    writer_put(writer, writer->utf8 ? " ±" : " +-");
    writer_put(writer, time);
}

static void print_state(struct writer *writer, const struct row *row,
                        size_t column)
{
    const char *state = row_state(row);
    bool passed = strcmp(state, "passed") == 0;
    bool stopped = strcmp(state, "stopped") == 0;

    writer_pad(writer, column);
    writer_mark(writer, passed    ? MARK_PASSED
                        : stopped ? MARK_STOPPED
                                  : MARK_NONE);
    if (!passed && !stopped) {
        writer_put(writer, strcmp(state, "not-reached") == 0
                               ? "  not reached"
                               : "  nobody watched here");
        return;
    }
    print_time(writer, row->checkpoint, column);
    if (stopped) {
        writer_style(writer, STYLE_BAD);
        writer_put(writer, "  it stops here");
        writer_style(writer, STYLE_PLAIN);
    }
    if (json_array_size(json_object_get(row->checkpoint, "evidence")) > 0)
        writer_put(writer, " ");
    text_ids(writer, json_object_get(row->checkpoint, "evidence"));
}

static bool is_unwatched(const struct row *row)
{
    return strcmp(row_state(row), "not-observed") == 0;
}

/* How many rows, from the first on, nobody watched. */
static size_t count_unwatched(const struct row *rows, size_t count)
{
    size_t n = 0;

    while (n < count && is_unwatched(&rows[n]))
        n++;
    return n;
}

/* Of several in a row that nobody watched the first is printed, up to `last`. */
static void print_row(struct writer *writer, const struct row *row, bool first,
                      const struct row *last, size_t host_columns)
{
    const char *host = text_get(row->checkpoint, "host");
    const char *stage = text_get(row->checkpoint, "stage");
    char packet[24];

    text_packet(text_get(row->checkpoint, "packet"), packet, sizeof(packet));
    if (first) {
        writer_pad(writer, WAY_INDENT);
        writer_put(writer, packet);
    }
    writer_pad(writer, WAY_HOST);
    if (host != NULL)
        writer_put(writer, host);
    writer_pad(writer, WAY_HOST + host_columns + 2);
    writer_put(writer, stage == NULL ? "" : stage);
    if (last != NULL) {
        stage = text_get(last->checkpoint, "stage");
        writer_pad(writer, WAY_HOST + host_columns + 2 + WAY_STAGE);
        writer_mark(writer, MARK_NONE);
        writer_put(writer, "  nobody watched from here to ");
        writer_put(writer, stage == NULL ? "the end" : stage);
    } else {
        print_state(writer, row, WAY_HOST + host_columns + 2 + WAY_STAGE);
    }
    writer_line(writer);
}

/* One packet: all its checkpoints, or one line if it met none of them. */
static void print_packet(struct writer *writer, const struct row *rows,
                         size_t count, size_t host_columns)
{
    char packet[24];

    if (all_not_reached(rows, count)) {
        text_packet(text_get(rows[0].checkpoint, "packet"), packet,
                    sizeof(packet));
        writer_pad(writer, WAY_INDENT);
        writer_put(writer, packet);
        writer_pad(writer, WAY_HOST + host_columns + 2 + WAY_STAGE);
        writer_mark(writer, MARK_NONE);
        writer_put(writer, "  never sent");
        writer_line(writer);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        size_t unwatched = count_unwatched(rows + i, count - i);

        print_row(writer, &rows[i], i == 0,
                  unwatched > 1 ? &rows[i + unwatched - 1] : NULL,
                  host_columns);
        if (unwatched > 1)
            i += unwatched - 1;
    }
}

static size_t widest_host(const struct writer *writer, const json_t *list)
{
    size_t widest = 0, i;
    const json_t *checkpoint;

    json_array_foreach(list, i, checkpoint)
    {
        const char *host = text_get(checkpoint, "host");
        size_t columns = host == NULL ? 0 : writer_measure(writer, host);

        if (columns > widest)
            widest = columns;
    }
    return widest > WAY_HOST_MAX ? WAY_HOST_MAX : widest;
}

void text_print_way(const json_t *report, struct writer *writer)
{
    const json_t *list = json_object_get(report, "checkpoints");
    size_t count = json_array_size(list), i, host_columns;
    CLEAN_FREE struct row *rows = calloc(count + 1, sizeof(*rows));
    const json_t *checkpoint;

    if (count == 0 || rows == NULL)
        return;
    json_array_foreach(list, i, checkpoint)
    {
        rows[i] = (struct row){.rank = rank_checkpoint(checkpoint),
                               .index = i,
                               .checkpoint = checkpoint};
    }
    qsort(rows, count, sizeof(*rows), compare_rows);
    host_columns = widest_host(writer, list);
    text_heading(writer, "The packet's way");
    for (i = 0; i < count;) {
        size_t n = packet_rows(rows + i, count - i);

        print_packet(writer, rows + i, n, host_columns);
        i += n;
    }
}
