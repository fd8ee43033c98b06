/* Whatever a host says, a report offers no command that does anything but what
 * the builder of commands put there: each text of each kind of evidence in all
 * bundles is replaced by hostile ones, and every command that is offered is
 * taken apart and held against the forms that there are; nor does any text of the
 * report act on a terminal.  Seeds are fixed. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/fs.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "controller/engine/explain/opens.h"
#include "controller/report/bundle.h"
#include "controller/report/report.h"
#include "controller/report/text.h"
#include "controller/report/writer.h"
#include "tests/unit/engine/case_files.h"
#include "tests/unit/engine/command_grammar.h"
#include "tests/unit/test.h"

#define TEXT_SIZE 512
/* Of texts that a command shows, and of the others, one change in so many is
 * tried. */
#define SHOWN_RATE  3
#define HIDDEN_RATE 150
#define REST_RATE   80  /* of other values than the texts that are there */
#define REPORT_RATE 100 /* of judgements, one in so many is written */

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const char *const hostile[] = {
    ";reboot",
    "$(id)",
    "`id`",
    "'",
    "\"",
    "';id;'",
    "\\",
    "a\nid",
    "\n",
    "a\tb",
    "-f",
    "--",
    "--all",
    "a b",
    " ",
    "&& id",
    "|id",
    ">f",
    "#",
    "*",
    "{ } ; flush ruleset",
    "~",
    "!",
    "=",
    "%s%n",
    "..",
    "../../x",
    "\342\200\256x",
    "\342\201\246x",
    "\033]0;x\a",
    "\302\233",
    "\xff",
    X50 X50 X50 X50,
    "",
};

static const int64_t numbers[] = {INT64_MIN, -7,         -1,        0,
                                  1,         UINT32_MAX, 1ll << 32, INT64_MAX};

enum spread
{
    SPREAD_KIND, /* under this key of this kind of evidence */
    SPREAD_ALL,  /* wherever the same text stands */
    SPREAD_COUNT
};

enum place
{
    PLACE_WHOLE,
    PLACE_BEHIND, /* what was there goes before it */
    PLACE_BEFORE,
    PLACE_WITHIN, /* behind its first half */
    PLACE_COUNT
};

struct story
{
    const char *path;
    struct bundle bundle;
    struct evidence *tainted;
    struct judgement honest;
    unsigned long judged, offered;
};

static uint32_t seed = 1;

static uint32_t next_random(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static void write_tainted(const char *text, const char *bad, enum place place,
                          char out[static TEXT_SIZE])
{
    size_t half = strlen(text) / 2;

    switch (place) {
    case PLACE_BEHIND: text_format(out, TEXT_SIZE, "%s%s", text, bad); return;
    case PLACE_BEFORE: text_format(out, TEXT_SIZE, "%s%s", bad, text); return;
    case PLACE_WITHIN:
        text_format(out, TEXT_SIZE, "%.*s%s%s", (int)half, text, bad,
                    text + half);
        return;
    case PLACE_WHOLE:
    case PLACE_COUNT: break;
    }
    text_format(out, TEXT_SIZE, "%s", bad);
}

static void copy_value(const struct evidence *from,
                       const struct evidence_value *value, struct evidence *to)
{
    enum evidence_key key = (enum evidence_key)value->key;

    switch (evidence_keys[key].type) {
    case VALUE_NUMBER: evidence_set_number(to, key, value->number); break;
    case VALUE_WORD: evidence_set_word(to, key, (int)value->number); break;
    case VALUE_ADDRESS: evidence_set_address(to, key, &value->address); break;
    case VALUE_TEXT:
        evidence_set_text(to, key, from->texts + value->text);
        break;
    }
}

/* Copies a piece, with another text in place of one. */
static void copy_tainted(const struct evidence *from, struct evidence *to,
                         bool is_meant, enum evidence_key key, const char *text,
                         const char *tainted)
{
    evidence_init(to, (enum evidence_kind)from->kind, from->at_ns);
    to->id = from->id;
    to->role = from->role;
    for (unsigned i = 0; i < from->count; i++) {
        const struct evidence_value *value = &from->values[i];
        enum evidence_key own = (enum evidence_key)value->key;
        bool replaced = evidence_keys[own].type == VALUE_TEXT && is_meant &&
                        (key == KEY_COUNT_OF_KEYS || own == key) &&
                        strcmp(from->texts + value->text, text) == 0;

        if (replaced)
            evidence_set_text(to, own, tainted);
        else
            copy_value(from, value, to);
    }
}

static void taint(struct story *story, const struct evidence *model,
                  enum evidence_key key, const char *text, enum spread spread,
                  const char *tainted)
{
    for (size_t i = 0; i < story->bundle.count; i++) {
        const struct evidence *item = &story->bundle.items[i];
        bool is_meant = spread == SPREAD_ALL || item->kind == model->kind;

        copy_tainted(item, &story->tainted[i], is_meant,
                     spread == SPREAD_ALL ? KEY_COUNT_OF_KEYS : key, text,
                     tainted);
    }
}

/* Copies a piece, with this value in place of its own, or beside the others. */
static void copy_with(const struct evidence *from, struct evidence *to,
                      enum evidence_key key, size_t bad)
{
    evidence_init(to, (enum evidence_kind)from->kind, from->at_ns);
    to->id = from->id;
    to->role = from->role;
    if (evidence_keys[key].type == VALUE_TEXT)
        evidence_set_text(to, key, hostile[bad % ARRAY_SIZE(hostile)]);
    else
        evidence_set_number(to, key, numbers[bad % ARRAY_SIZE(numbers)]);
    for (unsigned i = 0; i < from->count; i++)
        if (from->values[i].key != key)
            copy_value(from, &from->values[i], to);
}

/* Nothing in it acts on a terminal, but the ends of lines. */
static bool is_clean(const char *text)
{
    uint32_t point = 0;

    for (size_t size; *text != '\0'; text += size) {
        size = utf8_decode(text, &point);
        if (size == 0 || (utf8_is_unsafe(point) && point != '\n'))
            return false;
    }
    return true;
}

/* In JSON a control character is an escape of its own. */
static bool is_escaped_control(const char *json)
{
    for (const char *at = json; *at != '\0'; at++) {
        if (*at != '\\')
            continue;
        if (strchr("u\\\"", *++at) == NULL || *at == 'u')
            return true;
    }
    return false;
}

/* The report as JSON, and as text for a terminal. */
static void check_report(const struct story *story,
                         const struct judgement *judgement, const char *what)
{
    const struct report report = {.duration_ms = -1,
                                  .subject = &story->bundle.subject,
                                  .judgement = judgement,
                                  .items = story->tainted,
                                  .count = story->bundle.count};
    CLEAN_FREE char *json = NULL;
    char *text = NULL;
    size_t size;
    struct writer writer = {.utf8 = true, .width = 80};
    json_t *root;

    assert_int_equal(report_write_json(&report, &json, NULL), 0);
    root = json_loads(json, 0, NULL);
    assert_non_null(root);
    writer.out = open_memstream(&text, &size);
    assert_non_null(writer.out);
    report_text_print(root, &writer);
    fclose(writer.out);
    if (!is_clean(json) || is_escaped_control(json) || !is_clean(text))
        fail_msg("%s: the report with %s", story->path, what);
    json_decref(root);
    free(text);
}

/* Whom it lets in beside this connection stands in what is said of it. */
static void check_fix(const char *path, const struct fix *fix)
{
    if (!command_grammar_allows(fix->command.text, fix->opens))
        fail_msg("%s: %s (opens %s)", path, fix->command.text,
                 opens_names[fix->opens]);
    if (fix->opens >= OPENS_OTHERS &&
        strstr(fix->explanation, " let in") == NULL &&
        strstr(fix->explanation, "lets in others") == NULL &&
        strstr(fix->explanation, "opens the way for everyone") == NULL)
        fail_msg("%s: %s opens %s, and does not say so: %s", path,
                 fix->command.text, opens_names[fix->opens], fix->explanation);
}

static void check(struct story *story, const char *what)
{
    static struct judgement judgement;

    verdict_judge(&story->bundle.subject, story->tainted, story->bundle.count,
                  &judgement);
    if (story->judged++ % REPORT_RATE == 0)
        check_report(story, &judgement, what);
    for (size_t i = 0; i < judgement.fix_count; i++) {
        story->offered++;
        if (!command_grammar_allows(judgement.fixes[i].command.text,
                                    judgement.fixes[i].opens))
            fail_msg("%s: with %s: %s (opens %s)", story->path, what,
                     judgement.fixes[i].command.text,
                     opens_names[judgement.fixes[i].opens]);
    }
}

/* Is it part of a command that is offered? */
static bool is_shown(const struct story *story, const char *text)
{
    for (size_t i = 0; i < story->honest.fix_count; i++)
        if (text[0] != '\0' &&
            strstr(story->honest.fixes[i].command.text, text) != NULL)
            return true;
    return false;
}

/* Does a piece before this one say the same, under whatever key? */
static bool was_said(const struct story *story, size_t index, const char *text)
{
    for (size_t i = 0; i < index; i++) {
        const struct evidence *item = &story->bundle.items[i];

        for (unsigned k = 0; k < item->count; k++)
            if (evidence_keys[item->values[k].key].type == VALUE_TEXT &&
                strcmp(item->texts + item->values[k].text, text) == 0)
                return true;
    }
    return false;
}

static void taint_text(struct story *story, size_t index, enum evidence_key key,
                       const char *text)
{
    const struct evidence *model = &story->bundle.items[index];
    bool said = was_said(story, index, text);
    uint32_t rate = is_shown(story, text) ? SHOWN_RATE : HIDDEN_RATE;
    char tainted[TEXT_SIZE];
    char what[TEXT_SIZE + 64];

    for (size_t i = 0; i < ARRAY_SIZE(hostile) * SPREAD_COUNT * PLACE_COUNT;
         i++) {
        enum place place = (enum place)(i % PLACE_COUNT);
        enum spread spread = (enum spread)(i / PLACE_COUNT % SPREAD_COUNT);

        if (next_random() % rate != 0 || (said && spread == SPREAD_ALL))
            continue;
        write_tainted(text, hostile[i / PLACE_COUNT / SPREAD_COUNT], place,
                      tainted);
        taint(story, model, key, text, spread, tainted);
        text_format(what, sizeof(what), "%s of %s being %s",
                    evidence_keys[key].name, evidence_kinds[model->kind].name,
                    tainted);
        check(story, what);
    }
}

/* Did an earlier piece of this kind say the same? */
static bool is_new(const struct story *story, size_t index,
                   enum evidence_key key, const char *text)
{
    const struct evidence *items = story->bundle.items;

    for (size_t i = 0; i < index; i++)
        if (items[i].kind == items[index].kind &&
            strcmp(evidence_text(&items[i], key, ""), text) == 0)
            return false;
    return true;
}

/* What pieces of this kind may also carry, and numbers that nothing has. */
static void taint_rest(struct story *story, const struct evidence *model,
                       enum evidence_key key)
{
    static struct evidence piece;
    char what[128];

    for (size_t bad = 0; bad < ARRAY_SIZE(hostile); bad++) {
        if (next_random() % REST_RATE != 0)
            continue;
        copy_with(model, &piece, key, bad);
        if (evidence_check(&piece) < 0)
            return; /* it does not carry that, and no host can say it does */
        for (size_t i = 0; i < story->bundle.count; i++) {
            const struct evidence *item = &story->bundle.items[i];

            if (item->kind == model->kind)
                copy_with(item, &story->tainted[i], key, bad);
            else
                story->tainted[i] = *item;
        }
        text_format(what, sizeof(what), "%s of %s, bad value %zu",
                    evidence_keys[key].name, evidence_kinds[model->kind].name,
                    bad);
        check(story, what);
    }
}

static bool is_first_of_kind(const struct story *story, size_t index)
{
    const struct evidence *items = story->bundle.items;

    for (size_t i = 0; i < index; i++)
        if (items[i].kind == items[index].kind)
            return false;
    return true;
}

static void taint_story(struct story *story)
{
    for (size_t i = 0; i < story->bundle.count; i++) {
        const struct evidence *item = &story->bundle.items[i];

        for (int key = 0; key < KEY_COUNT_OF_KEYS; key++)
            if ((evidence_keys[key].type == VALUE_TEXT ||
                 evidence_keys[key].type == VALUE_NUMBER) &&
                is_first_of_kind(story, i))
                taint_rest(story, item, (enum evidence_key)key);

        for (unsigned k = 0; k < item->count; k++) {
            enum evidence_key key = (enum evidence_key)item->values[k].key;
            const char *text = item->texts + item->values[k].text;

            if (evidence_keys[key].type == VALUE_TEXT &&
                is_new(story, i, key, text))
                taint_text(story, i, key, text);
        }
    }
}

struct totals
{
    unsigned long judged, offered;
};

static void taint_case(const char *name, struct bundle *bundle, void *data)
{
    static struct story story;
    struct totals *totals = data;

    memset(&story, 0, sizeof(story));
    story.path = name;
    story.bundle = *bundle;
    story.tainted = calloc(bundle->count, sizeof(*story.tainted));
    assert_non_null(story.tainted);
    verdict_judge(&bundle->subject, bundle->items, bundle->count,
                  &story.honest);
    for (size_t k = 0; k < story.honest.fix_count; k++)
        check_fix(name, &story.honest.fixes[k]);
    taint_story(&story);
    totals->judged += story.judged;
    totals->offered += story.offered;
    free(story.tainted);
}

static void no_command_does_what_a_host_says(void **state)
{
    struct totals totals = {0};
    const char *form;

    (void)state;
    cases_for_each(taint_case, &totals);
    print_message("%lu judgements, %lu commands\n", totals.judged,
                  totals.offered);
    assert_true(totals.offered >
                totals.judged / 10); /* it looks at something, */
    form = command_grammar_unseen(); /* and at each form of a command */
    if (form != NULL)
        fail_msg("no command was like: %s", form);
}

/* A new form has its line in the grammar, with whom it lets in: a fix that says
 * less is refused. */
static void says_whom_a_form_lets_in(void **state)
{
    static const struct
    {
        const char *command;
        enum fix_opens opens;
    } least[] = {
        {"ip neigh del 10.0.0.1 dev eth0", OPENS_NOTHING},
        {"nft delete element inet fw banned '{ 10.0.0.1 }'", OPENS_CONNECTION},
        {"nft delete element inet fw banned '{ 10.0.0.0/8 }'", OPENS_OTHERS},
        {"ip xfrm policy add dir in src 10.0.0.1/32 dst 10.0.0.2/32 proto tcp "
         "sport 80 priority 7 action allow",
         OPENS_OTHERS},
        {"ebtables-nft -t filter -I INPUT -p IPv4 --ip-source 10.0.0.1 "
         "--ip-destination 10.0.0.2 --ip-protocol tcp --ip-source-port 80 -j "
         "ACCEPT",
         OPENS_OTHERS},
        {"ip route del blackhole 10.0.0.0/8", OPENS_OTHERS},
        {"ipset del banned 10.0.0.0/8", OPENS_OTHERS},
        {"systemctl start web.service", OPENS_EVERYONE},
        {"sysctl -w net.ipv4.ip_forward=1", OPENS_EVERYONE},
        {"firewall-cmd --zone=public --add-port=80/tcp && firewall-cmd "
         "--permanent --zone=public --add-port=80/tcp",
         OPENS_EVERYONE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(least); i++)
        for (enum fix_opens opens = 0; opens < OPENS_COUNT; opens++)
            if (command_grammar_allows(least[i].command, opens) !=
                (opens >= least[i].opens))
                fail_msg("%s, said to open %s", least[i].command,
                         opens_names[opens]);
}

/* The forms themselves: they take what a shell would understand otherwise for
 * no command. */
static void knows_a_command_that_is_none(void **state)
{
    static const char *const bad[] = {
        "",
        "reboot",
        "ip link set dev e;id up",
        "ip link set dev $(id) up",
        "ip link set dev \"`id`\" up",
        "ip link set dev -f up",
        "ip link set dev 'e id' up",
        "ip link set dev eth0 up && reboot",
        "ip link set dev eth0 up; kill 7",
        "ip link set dev eth0 up | kill 7",
        "ip link set dev eth0 up &",
        "ip link set dev eth0 up > f",
        "ip link set dev 'eth0 up",
        "ip link set dev eth0 up extra",
        "nft insert rule inet fw input ip saddr 10.0.0.1 ip daddr 10.0.0.2 "
        "tcp dport 80 accept ';' flush ruleset",
        "nft delete element inet fw banned '{ 10.0.0.1 } ; flush ruleset { }'",
        "ip rule del pref 7 'to 10.0.0.0/8'",
        "sysctl -w net.ipv6.conf.a=b.disable_ipv6=0",
        /* An answer's port alone lets its sender begin connections from it. */
        "nft insert rule inet fw input ip saddr 10.0.0.1 ip daddr 10.0.0.2 "
        "tcp sport 80 accept",
        "iptables-nft -t filter -I INPUT -s 10.0.0.1 -d 10.0.0.2 -p tcp "
        "--sport 80 -j ACCEPT",
        "kill -9 7",
        "kill -CONT -1",
        "systemctl start '*.service'",
        "nsenter -t 7 -n systemctl start web.service",
        "hosts=$(sed 's/^[[:space:]]*[0-9.]*\\([[:space:]][[:space:]]*host[.]b[[:space:]]*\\(#.*\\)*\\)$/$(id)\\1/I' /etc/hosts) && "
        "printf '%s\\n' \"$hosts\" > /etc/hosts",
    };
    static const char *const good[] = {
        "ip link set dev 'e;id' up",
        "nsenter -t 7 -n ip link set dev 'e;id' up && kill 7",
        "nft insert rule inet fw input tcp flags ack ip saddr 10.0.0.1 ip "
        "daddr 10.0.0.2 tcp sport 80 accept",
        "iptables-nft -t filter -I INPUT -s 10.0.0.1 -d 10.0.0.2 -p tcp "
        "--sport 80 --tcp-flags ACK ACK -j ACCEPT",
        "ip netns exec 'a b' ip link set dev eth0 arp on",
        "nft delete element inet fw banned '{ 10.0.0.1 . 80 }'",
        "sed -i -e '$aIPv6_rpfilter=no' -e '/^IPv6_rpfilter=/d' "
        "/etc/firewalld/firewalld.conf && firewall-cmd --reload",
        "hosts=$(sed 's/^[[:space:]]*[0-9.]*\\([[:space:]][[:space:]]*host[.]b[[:space:]]*\\(#.*\\)*\\)$/10.0.0.1\\1/I' /etc/hosts) && "
        "printf '%s\\n' \"$hosts\" > /etc/hosts",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (command_grammar_allows(bad[i], OPENS_EVERYONE))
            fail_msg("allowed: %s", bad[i]);
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        if (!command_grammar_allows(good[i], OPENS_EVERYONE))
            fail_msg("not allowed: %s", good[i]);
}

static int set_up(void **state)
{
    (void)state;
    command_grammar_init();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    command_grammar_fini();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_command_does_what_a_host_says),
        cmocka_unit_test(says_whom_a_form_lets_in),
        cmocka_unit_test(knows_a_command_that_is_none),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
