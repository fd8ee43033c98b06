/* Connection tracking: what is said, and which command mends it. */
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

void sentence_tracking_full(const struct case_file *file,
                            const struct words *words, struct finding *finding)
{
    const struct evidence *table = file->decider;

    if (table == NULL)
        return;
    finding_add_number(finding, "entries",
                       evidence_number(table, KEY_COUNT, 0));
    finding_add_number(finding, "limit", evidence_number(table, KEY_LIMIT, 0));
    finding_say(finding,
                "connection tracking on %s has no room for a new connection "
                "(%lld entries, limit %lld), so it drops the %s",
                words->host, (long long)evidence_number(table, KEY_COUNT, 0),
                (long long)evidence_number(table, KEY_LIMIT, 0), words->packet);
}

void fix_tracking_full(const struct case_file *file,
                       const struct finding *finding, struct judgement *out)
{
    const struct evidence *table = file->decider;
    int64_t limit;
    struct command_line line;

    if (table == NULL)
        return;
    limit = evidence_number(table, KEY_LIMIT, 0);
    if (limit <= 0 || limit > INT32_MAX / 2)
        return;
    command_start(&line, COMMAND_ON_HOST, "sysctl");
    command_fixed(&line, "-w");
    command_joined_number(&line, "net.netfilter.nf_conntrack_max=", limit * 2);
    fix_add(out, finding->role, OPENS_NOTHING, "until-reboot",
            "makes room for twice as many connections (in the kernel's first "
            "network namespace: it is one number for all); to keep it, put it "
            "into a file of /etc/sysctl.d",
            &line);
}

static void print_target(const struct evidence *entry, char *text, size_t size)
{
    char address[ADDRESS_TEXT_SIZE];
    struct address target = evidence_address(entry, KEY_REPLY_SOURCE);

    text_format(text, size, "%s port %lld", address_print(&target, address),
                (long long)evidence_number(entry, KEY_REPLY_SOURCE_PORT, 0));
}

void sentence_old_entry(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    char old_target[ADDRESS_TEXT_SIZE + 16];
    char target[ADDRESS_TEXT_SIZE + 16];
    char new_target[128] = "";
    const struct evidence *old = file->decider;
    const struct evidence *now =
        file->known->because[F(DESTINATION, OLD_ENTRY_DISAGREES)];

    if (old == NULL)
        return;
    print_target(old, old_target, sizeof(old_target));
    finding_add_text(finding, "target", old_target);
    finding_add_number(finding, "source_port",
                       evidence_number(old, KEY_SOURCE_PORT, 0));
    finding_add_text(finding, "state", evidence_text(old, KEY_STATE, NULL));
    if (now != NULL && evidence_has(now, KEY_RULED)) {
        text_format(new_target, sizeof(new_target), "; no rule does so today");
        finding_cite(finding, now);
    } else if (now != NULL) {
        print_target(now, target, sizeof(target));
        finding_add_text(finding, "other_attempts_go_to", target);
        text_format(new_target, sizeof(new_target),
                    "; by the rules it would go to %s", target);
        finding_cite(finding, now);
    }
    finding_say(finding,
                "an old entry of %s's connection tracking sends the SYN from "
                "port %lld to %s%s",
                words->host,
                (long long)evidence_number(old, KEY_SOURCE_PORT, 0), old_target,
                new_target);
}

void fix_old_entry(const struct case_file *file, const struct finding *finding,
                   struct judgement *out)
{
    const struct evidence *old = file->decider;
    struct address from;
    struct address to;
    struct command_line line;

    if (old == NULL)
        return;
    from = evidence_address(old, KEY_SOURCE);
    to = evidence_address(old, KEY_DESTINATION);
    command_start(&line, COMMAND_IN_NETWORK, "conntrack");
    command_fixed(&line, "-D -p tcp -s");
    command_address(&line, &from);
    command_fixed(&line, "--sport");
    command_number(&line, evidence_number(old, KEY_SOURCE_PORT, 0));
    command_fixed(&line, "-d");
    command_address(&line, &to);
    command_fixed(&line, "--dport");
    command_number(&line, evidence_number(old, KEY_DESTINATION_PORT, 0));
    fix_add(out, finding->role, OPENS_NOTHING, "permanent",
            "removes the old entry, so that the rules decide again", &line);
}

/* Does the rule ask what connection tracking thinks of the packet? */
static bool asks_for_state(const struct evidence *rule)
{
    return evidence_has(rule, KEY_STATE_ASKED);
}

static bool is_about_invalid(const struct evidence *rule)
{
    return asks_for_state(rule) &&
           evidence_word(rule, KEY_STATE_ASKED) == ASKED_STATE_INVALID;
}

/* The rest of the handshake was seen by this host, and not by its tracking. */
static const char *reason_for_ack(const struct case_file *file)
{
    const struct end_sights *b = &file->attempt->destination;

    if (b->tracked[1] == NULL ||
        b->packets[PACKET_SYN_ACK][DIRECTION_OUT].first == NULL ||
        strstr(evidence_text(b->tracked[1], KEY_STATUS, ""), "unreplied") ==
            NULL)
        return NULL;
    return "its connection tracking has not seen the SYN-ACK that it sent "
           "(a notrack rule, or another way out)";
}

/* The table that was asked is that of the namespace that the connection is made
 * in: what the host outside knows of it, it does not tell. */
static const char *reason_for_answer(const struct case_file *file)
{
    const struct evidence *table = file->view->source.tracking[1];

    if (table == NULL || view_is_own(table) != view_is_own(file->decider) ||
        evidence_number(table, KEY_COMPLETE, 0) == 0 ||
        file->attempt->source.tracked[1] != NULL ||
        file->attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first == NULL)
        return NULL;
    return asks_for_state(file->decider)
               ? "its connection tracking has no entry for the SYN that it "
                 "sent (a rule such as notrack left it out)"
               : "its connection tracking has no entry for the SYN that it "
                 "sent (no rule had it tracked, or one such as notrack left it "
                 "out)";
}

/* Tracking's entry says that the answer came only if tracking took it for one,
 * which comes before every place that asks for the state.  Where it has none, or
 * did not see the answer before it was dropped, only the packet itself tells. */
enum answer_limit answer_limit(const struct case_file *file,
                               const struct finding *finding)
{
    const struct evidence *rule = file->decider;
    const struct evidence *entry;
    const char *family;

    if (finding->packet != PACKET_SYN_ACK)
        return LIMIT_NONE;
    entry = finding->role == ROLE_PATH
                ? NULL
                : view_sights(file->attempt, finding->role)->tracked[1];
    if (entry == NULL || rule == NULL || is_about_invalid(rule) ||
        rule->kind == EVIDENCE_FORESEEN ||
        view_is_own(entry) != view_is_own(rule) ||
        strncmp(evidence_text(entry, KEY_STATUS, ""), "replied", 7) != 0)
        return LIMIT_ACK;
    family = evidence_text(rule, KEY_FIREWALL_FAMILY, "");
    return strcmp(family, "inet") == 0 || strcmp(family, "ip") == 0 ||
                   strcmp(family, "ip6") == 0
               ? LIMIT_ESTABLISHED
               : LIMIT_ACK;
}

void fix_limit_in_iptables(struct command_line *line, enum answer_limit limit)
{
    if (limit == LIMIT_ESTABLISHED)
        command_fixed(line, "-m conntrack --ctstate ESTABLISHED");
    else if (limit == LIMIT_ACK)
        command_fixed(line, "--tcp-flags ACK ACK");
}

void fix_limit_in_nft(struct command_line *line, enum answer_limit limit)
{
    if (limit == LIMIT_ESTABLISHED)
        command_fixed(line, "ct state established");
    else if (limit == LIMIT_ACK)
        command_fixed(line, "tcp flags ack");
}

void explain_tracking(const struct case_file *file, struct finding *finding)
{
    const struct evidence *rule = file->decider;
    const char *reason = NULL;

    if (rule == NULL)
        return;
    if (finding->packet == PACKET_ACK && finding->role == ROLE_DESTINATION)
        reason = reason_for_ack(file);
    else if (finding->packet == PACKET_SYN_ACK && finding->role == ROLE_SOURCE)
        reason = reason_for_answer(file);
    if (is_about_invalid(rule))
        finding_add_text(finding, "ct_state", "invalid");
    else if (reason == NULL ||
             (evidence_number(rule, KEY_POLICY, 0) == 0 &&
              !evidence_has(rule, KEY_CATCH_ALL) && !asks_for_state(rule)))
        return;
    if (reason == NULL)
        return;
    finding_add_text(finding, "tracking", reason);
    finding_append(finding, "; ", reason);
}

void sentence_nat_ports(const struct case_file *file, const struct words *words,
                        struct finding *finding)
{
    const struct evidence *rule = file->decider;
    const struct evidence *counter = NULL;
    int64_t refused = view_counter(file->view, finding->role,
                                   "Conntrack.insert_failed", &counter);

    finding_add_text(finding, "table", evidence_text(rule, KEY_TABLE, NULL));
    finding_add_text(finding, "chain", evidence_text(rule, KEY_CHAIN, NULL));
    finding_add_text(finding, "rule", evidence_text(rule, KEY_RULE, NULL));
    finding_add_number(finding, "insert_failed", refused);
    finding_cite(finding, counter);
    finding_say(finding,
                "%s's rule '%s' gives the SYN another source address, and no "
                "port is left for it there: connection tracking refused %lld "
                "entries, which clash with those of other connections",
                words->host, evidence_text(rule, KEY_RULE, "?"),
                (long long)refused);
}
