#include "tests/unit/controller/world.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/clock.h"
#include "common/base/likeness.h"
#include "tests/unit/test.h"

struct judgement world_judgement;
struct subject world_asked;
unsigned world_judged;

static struct address parse(const char *text)
{
    struct address address;

    assert_int_equal(address_parse(text, &address), 0);
    return address;
}

static void add_host(struct world *world, const char *name, const char *address,
                     bool is_connected)
{
    struct case_host *host = &world->hosts[world->count++];

    snprintf(host->name, sizeof(host->name), "%s", name);
    host->is_connected = is_connected;
    snprintf(host->last_seen, sizeof(host->last_seen), "2026-01-02T03:04:05Z");
    host->control = parse("203.0.113.99");
    host->inventory.addresses[0] = host->control;
    host->inventory.addresses[1] = parse(address);
    host->inventory.count = 2;
    host->inventory.primary4 = host->inventory.addresses[1];
}

static bool find_host(void *owner, const char *name, struct case_host *out)
{
    const struct world *world = owner;

    for (size_t i = 0; i < world->count; i++) {
        if (strcasecmp(world->hosts[i].name, name) != 0)
            continue;
        *out = world->hosts[i];
        return true;
    }
    return false;
}

static bool find_owner(void *owner, const struct address *address,
                       const char *asking, char name[static HOST_NAME_SIZE])
{
    const struct world *world = owner;

    (void)asking; /* each host has addresses of its own */
    for (size_t i = 0; i < world->count; i++) {
        if (!world->hosts[i].is_connected ||
            !address_equal(&world->hosts[i].inventory.addresses[1], address))
            continue;
        memcpy(name, world->hosts[i].name, HOST_NAME_SIZE);
        return true;
    }
    return false;
}

static bool knows_network(void *owner, const struct address *address)
{
    const struct world *world = owner;

    (void)address;
    return world->knows_network;
}

static bool find_near(void *owner, const struct address *address,
                      const char *const but[static 2],
                      char name[static HOST_NAME_SIZE])
{
    const struct world *world = owner;

    (void)address;
    assert_string_equal(but[0], "hostA");
    assert_string_equal(but[1], "hostB");
    if (world->has_near)
        snprintf(name, HOST_NAME_SIZE, "hostD");
    return world->has_near;
}

static size_t find_holders(void *owner, const struct address *address,
                           struct case_holder out[CASE_MAX_HOLDERS])
{
    struct world *world = owner;
    size_t count = 0;

    world->lookup_count++;
    for (size_t i = 0; i < world->count; i++)
        if (address_equal(&world->hosts[i].inventory.addresses[1], address)) {
            out[count] = (struct case_holder){0};
            memcpy(out[count].name, world->hosts[i].name, HOST_NAME_SIZE);
            out[count++].lost_ns = 0;
        }
    if (address_equal(&world->moved, address) && count < CASE_MAX_HOLDERS) {
        out[count] = (struct case_holder){0};
        snprintf(out[count].name, sizeof(out->name), "hostD");
        out[count++].lost_ns =
            world->now_ns - (world->moved_ago_s > 0 ? world->moved_ago_s : 12) *
                                (int64_t)NS_PER_S;
    }
    return count;
}

static bool find_away(void *owner, const struct address *address,
                      struct case_holder *out)
{
    struct world *world = owner;

    world->away_count++;
    *out = (struct case_holder){.name = "hostE", .seen = "yesterday"};
    return address_equal(&world->away, address);
}

static bool find_link(void *owner, const char *link,
                      char name[static HOST_NAME_SIZE])
{
    struct world *world = owner;

    world->link_count++;
    snprintf(name, HOST_NAME_SIZE, "hostF");
    return strcmp(link, "02:00:00:00:00:0f") == 0;
}

static bool list_hosts(void *owner, const char *name, char *text, size_t size)
{
    (void)owner;
    snprintf(text, size, "hostA, hostB, hostC");
    return likeness_is_typo(name, "hostB");
}

/* hostB's clock is a second ahead, hostA's a second behind. */
static struct offset_estimate offset(void *owner, const char *name,
                                     int64_t now_ns)
{
    struct offset_estimate estimate = {
        .known = true, .uncertainty_ns = 500, .rtt_ns = 1000};

    (void)owner;
    (void)now_ns;
    estimate.offset_ns = strcmp(name, "hostB") == 0 ? NS_PER_S : -NS_PER_S;
    return estimate;
}

static void take_question(struct world *world)
{
    const struct evidence_list *evidence = &world->trace.evidence;

    for (size_t i = 0; i < evidence->count; i++)
        assert_int_equal(evidence->items[i].id, i + 1);
    world_asked = world->trace.subject;
    world_judged++;
}

void world_init(struct world *world)
{
    memset(world, 0, sizeof(*world));
    memset(&world_judgement, 0, sizeof(world_judgement));
    world_judgement.walk_from = ROLE_COUNT;
    world_judgement.verdict.cause = CAUSE_UNDETERMINED;
    world_judgement.outcome = OUTCOME_TIMED_OUT;
    world->now_ns = 100 * (int64_t)NS_PER_S;
    add_host(world, "hostA", "192.0.2.10", true);
    add_host(world, "hostB", "198.51.100.10", true);
    add_host(world, "hostC", "198.51.100.30", false);
}

void world_fini(struct world *world)
{
    case_fini(&world->trace);
}

int world_up(void **state)
{
    world_init(*state);
    return 0;
}

int world_down(void **state)
{
    world_fini(*state);
    return 0;
}

struct message_trace_request world_request(const char *destination)
{
    struct message_trace_request request = {.source = "hostA", .port = 8080};

    snprintf(request.destination, sizeof(request.destination), "%s",
             destination);
    return request;
}

/* One step, and the judge's answers to what it asks, one after the other. */
static void step_on(struct world *world, const struct case_event *event)
{
    const struct case_event answer = {.kind = CASE_JUDGED,
                                      .now_ns = world->now_ns,
                                      .judgement = &world_judgement};

    for (int steps = 0; event != NULL; steps++) {
        struct case_action *added = &world->actions[world->action_count];
        size_t count;

        assert_true(steps < WORLD_MAX_STEPS / 2);
        case_step(&world->trace, event, added, &count);
        world->action_count += count;
        event = NULL;
        for (size_t i = 0; i < count; i++) {
            if (added[i].kind != CASE_JUDGE)
                continue;
            assert_null(event); /* one at a time */
            take_question(world);
            event = &answer;
        }
        if (world->is_judge_slow)
            return;
    }
}

static void step(struct world *world, struct case_event *event)
{
    const struct case_event tick = {.kind = CASE_TICK, .now_ns = world->now_ns};

    event->now_ns = world->now_ns;
    world->action_count = 0;
    step_on(world, event);
    if (case_wake_ns(&world->trace) == INT64_MIN)
        step_on(world, &tick);
}

void world_answer(struct world *world)
{
    struct case_event answer = {.kind = CASE_JUDGED,
                                .judgement = &world_judgement};

    step(world, &answer);
}

void world_start(struct world *world,
                 const struct message_trace_request *request)
{
    static const char *const ids[2] = {"01ARZ3NDEKTSV4RRFFQ69G5FAV",
                                       "01ARZ3NDEKTSV4RRFFQ69G5FAW"};
    const struct case_world callbacks = {.owner = world,
                                         .find_host = find_host,
                                         .find_owner = find_owner,
                                         .find_near = find_near,
                                         .find_holders = find_holders,
                                         .knows_network = knows_network,
                                         .find_away = find_away,
                                         .find_link = find_link,
                                         .list_hosts = list_hosts,
                                         .offset = offset};
    struct case_event event = {.kind = CASE_START};

    case_init(&world->trace, &callbacks, request, ids, 0xabcde007);
    step(world, &event);
}

void world_next(struct world *world)
{
    static const char *const ids[2] = {"01ARZ3NDEKTSV4RRFFQ69G5FAX",
                                       "01ARZ3NDEKTSV4RRFFQ69G5FAY"};
    struct case_event event = {.kind = CASE_START};
    struct trace_case done = world->trace;

    assert_int_equal(case_init_next(&world->trace, &done, ids, 0xabcdf007), 0);
    case_fini(&done);
    step(world, &event);
}

void world_tick(struct world *world, int64_t later_ms)
{
    struct case_event event = {.kind = CASE_TICK};

    world->now_ns += later_ms * NS_PER_MS;
    step(world, &event);
}

void world_evidence(struct world *world, enum role role,
                    const struct evidence *item)
{
    struct case_event event = {
        .kind = CASE_EVIDENCE, .role = role, .items = item, .count = 1};

    step(world, &event);
}

/* A time of that host's own clock, for the present moment. */
static int64_t host_now(const struct world *world, enum role role)
{
    return world->now_ns + (role == ROLE_SOURCE ? -NS_PER_S : NS_PER_S);
}

void world_phase(struct world *world, enum role role, enum phase phase)
{
    struct evidence item;

    evidence_init(&item, EVIDENCE_PHASE, host_now(world, role));
    evidence_set_word(&item, KEY_PHASE, (int)phase);
    world_evidence(world, role, &item);
}

void world_resolved(struct world *world, const char *address)
{
    struct evidence item;
    struct address parsed;

    evidence_init(&item, EVIDENCE_RESOLVED, host_now(world, ROLE_SOURCE));
    evidence_set_text(&item, KEY_NAME, "name");
    if (address == NULL) {
        evidence_set_text(&item, KEY_TEXT, "Name or service not known");
    } else {
        parsed = parse(address);
        evidence_set_number(&item, KEY_INDEX, 0);
        evidence_set_address(&item, KEY_ADDRESS, &parsed);
    }
    world_evidence(world, ROLE_SOURCE, &item);
}

void world_attempt(struct world *world, unsigned n)
{
    struct address source = parse("192.0.2.10");
    struct evidence item;

    evidence_init(&item, EVIDENCE_ATTEMPT_START, host_now(world, ROLE_SOURCE));
    evidence_set_number(&item, KEY_ATTEMPT, n);
    evidence_set_address(&item, KEY_SOURCE, &source);
    evidence_set_number(&item, KEY_SOURCE_PORT, 40000 + n);
    evidence_set_address(&item, KEY_DESTINATION,
                         &world->trace.subject.destination);
    evidence_set_number(&item, KEY_DESTINATION_PORT, 8080);
    world_evidence(world, ROLE_SOURCE, &item);
}

void world_attempt_end(struct world *world, unsigned n, enum outcome outcome)
{
    struct evidence item;

    evidence_init(&item, EVIDENCE_ATTEMPT_END, host_now(world, ROLE_SOURCE));
    evidence_set_number(&item, KEY_ATTEMPT, n);
    evidence_set_word(&item, KEY_OUTCOME, (int)outcome);
    world_evidence(world, ROLE_SOURCE, &item);
}

void world_packet(struct world *world, enum role role, unsigned n,
                  enum packet packet, enum direction direction)
{
    struct evidence item;

    evidence_init(&item, EVIDENCE_PACKET, host_now(world, role));
    evidence_set_number(&item, KEY_ATTEMPT, n);
    evidence_set_word(&item, KEY_PACKET, (int)packet);
    evidence_set_word(&item, KEY_DIRECTION, (int)direction);
    world_evidence(world, role, &item);
}

void world_ended(struct world *world, enum role role, int status,
                 const char *text)
{
    struct case_event event = {
        .kind = CASE_ENDED, .role = role, .status = status, .text = text};

    step(world, &event);
}

void world_lost(struct world *world, enum role role)
{
    struct case_event event = {
        .kind = CASE_LOST, .role = role, .text = "connection reset"};

    step(world, &event);
}

const struct case_action *world_find(const struct world *world,
                                     enum case_action_kind kind)
{
    for (size_t i = 0; i < world->action_count; i++)
        if (world->actions[i].kind == kind)
            return &world->actions[i];
    return NULL;
}

const struct command *world_command(const struct world *world, enum role role,
                                    enum command_kind kind)
{
    for (size_t i = 0; i < world->action_count; i++)
        if (world->actions[i].kind == CASE_SEND_COMMAND &&
            world->actions[i].role == role &&
            world->actions[i].command.kind == kind)
            return &world->actions[i].command;
    return NULL;
}

const struct order *world_order(const struct world *world, enum role role)
{
    for (size_t i = 0; i < world->action_count; i++)
        if (world->actions[i].kind == CASE_SEND_ORDER &&
            world->actions[i].role == role)
            return &world->actions[i].order;
    return NULL;
}

size_t world_count(const struct world *world, enum role role,
                   enum evidence_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < world->trace.evidence.count; i++)
        if (world->trace.evidence.items[i].role == role &&
            world->trace.evidence.items[i].kind == kind)
            count++;
    return count;
}

bool world_has_limit(const struct world *world, const char *words)
{
    for (size_t i = 0; i < world->trace.evidence.count; i++)
        if (world->trace.evidence.items[i].kind == EVIDENCE_LIMIT &&
            strstr(evidence_text(&world->trace.evidence.items[i], KEY_TEXT, ""),
                   words) != NULL)
            return true;
    return false;
}

void world_ask(struct world *world, const char *destination)
{
    struct message_trace_request request = world_request(destination);

    world_start(world, &request);
}

void world_start_armed(struct world *world,
                       const struct message_trace_request *request)
{
    world_start(world, request);
    world_phase(world, ROLE_DESTINATION, PHASE_ARMED);
    world_phase(world, ROLE_SOURCE, PHASE_ARMED);
    assert_int_equal(world->trace.phase, CASE_PROBING);
}

void world_start_probing(struct world *world)
{
    struct message_trace_request request = world_request("198.51.100.10");

    world_start_armed(world, &request);
}

void world_attempts(struct world *world)
{
    for (unsigned n = 1; n <= 3; n++) {
        world->now_ns += 100 * NS_PER_MS;
        world_attempt(world, n);
    }
}

void world_disarm(struct world *world)
{
    world_phase(world, ROLE_SOURCE, PHASE_DISARMED);
    assert_int_equal(world->trace.phase, CASE_COLLECTING);
    world_phase(world, ROLE_DESTINATION, PHASE_DISARMED);
    assert_non_null(world_find(world, CASE_FINISH));
    assert_int_equal(world->trace.phase, CASE_DONE);
    assert_true(world_asked.collected && world_asked.probing_over &&
                world_asked.wait_over);
}
