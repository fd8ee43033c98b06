/* Link addresses and who answers for them: what is said, and which command
 * mends it. */
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "common/trace/sysctl_name.h"
#include "controller/engine/explain/sentences.h"

/* Nobody saw where it went: but the address is new here. */
static void say_moved(const struct case_file *file, const struct words *words,
                      struct finding *finding)
{
    const char *before = evidence_text(file->decider, KEY_NAME, "?");
    char age[32];

    age_print(evidence_number(file->decider, KEY_AGE_S, 0), age, sizeof(age));
    finding_add_text(finding, "address", words->destination_address);
    finding_add_text(finding, "held_before_by", before);
    finding_say(finding,
                "the %s left %s and did not reach %s: %s held %s until %s ago, "
                "and the last router's neighbour entry may still lead there",
                words->packet, words->source, words->destination, before,
                words->destination_address, age);
}

/* A frame for another host's link address bears the packet: who sent it, the last
 * router, has the wrong entry. */
static void say_stray(const struct case_file *file, const struct words *words,
                      struct finding *finding)
{
    bool forward = finding->packet != PACKET_SYN_ACK;
    const char *to = forward ? words->destination : words->source;
    const char *address =
        forward ? words->destination_address : words->source_address;
    const char *device = evidence_text(file->decider, KEY_INTERFACE, "?");
    const char *sender = evidence_text(file->decider, KEY_LINK_ADDRESS, NULL);

    finding_add_text(finding, "address", address);
    finding_add_text(finding, "interface", device);
    finding_add_text(finding, "entry_on", "the last router");
    finding_add_text(finding, "sent_by", sender);
    finding_say(finding,
                "the %s came to %s's %s with another host's link address: the "
                "neighbour entry for %s on the last router before %s%s%s%s is "
                "wrong",
                words->packet, to, device, address, to,
                sender == NULL ? "" : " (link address ",
                sender == NULL ? "" : sender, sender == NULL ? "" : ")");
}

void sentence_wrong_neighbour(const struct case_file *file,
                              const struct words *words,
                              struct finding *finding)
{
    const struct evidence *entry =
        finding->role == ROLE_PATH
            ? NULL
            : view_end(file->view, finding->role)->neighbour;
    const char *answerer = NULL;
    char address[ADDRESS_TEXT_SIZE];
    struct address next;

    if (file->decider != NULL && file->decider->kind == EVIDENCE_HELD_BY) {
        say_moved(file, words, finding);
        return;
    }
    if (finding->role == ROLE_PATH && file->decider != NULL &&
        file->decider->kind == EVIDENCE_PACKET) {
        say_stray(file, words, finding);
        return;
    }
    if (entry == NULL || !evidence_has(entry, KEY_LINK_ADDRESS)) {
        sentence_by_meaning(file, words, finding);
        return;
    }
    next = evidence_address(entry, KEY_ADDRESS);
    address_print(&next, address);
    finding_add_text(finding, "address", address);
    finding_add_text(finding, "interface",
                     evidence_text(entry, KEY_INTERFACE, NULL));
    finding_add_text(finding, "link_address",
                     evidence_text(entry, KEY_LINK_ADDRESS, NULL));
    finding_add_text(finding, "state",
                     evidence_text(entry, KEY_NEIGHBOUR_STATE, NULL));
    finding_cite(finding, entry);
    if (file->decider != NULL && file->decider->kind == EVIDENCE_ARP)
        answerer = evidence_text(file->decider, KEY_LINK_ADDRESS, NULL);
    finding_add_text(finding, "answers_from", answerer);
    finding_say(finding,
                "%s sends the %s to the link address %s, as its neighbour "
                "entry for %s says, and that is not %s's%s%s",
                words->host, words->packet,
                evidence_text(entry, KEY_LINK_ADDRESS, "?"), address, address,
                answerer == NULL ? "" : ": it answers from ",
                answerer == NULL ? "" : answerer);
}

void fix_wrong_neighbour(const struct case_file *file,
                         const struct finding *finding, struct judgement *out)
{
    const struct evidence *entry;
    struct address next;
    struct command_line line;

    if (finding->role == ROLE_PATH)
        return;
    entry = view_end(file->view, finding->role)->neighbour;
    if (entry == NULL)
        return;
    next = evidence_address(entry, KEY_ADDRESS);
    command_start(&line, COMMAND_IN_NETWORK, "ip");
    command_fixed(&line, "neigh del");
    command_address(&line, &next);
    command_fixed(&line, "dev");
    command_device(&line, evidence_text(entry, KEY_INTERFACE, ""));
    fix_add(out, finding->role, OPENS_NOTHING, "until-reboot",
            "removes the entry, so that the kernel asks anew; see what set it",
            &line);
}

/* A sysctl of the device or of all devices that keeps the kernel silent. */
struct setting
{
    const char *name;
    int64_t all;
    int64_t device;
};

static int64_t read_setting(const struct view *view, enum role role,
                            const char *device, const char *name)
{
    char full[SYSCTL_NAME_SIZE];

    return view_sysctl(view, role,
                       sysctl_name("net.ipv4.conf", device, name, full), 0);
}

static bool find_setting(const struct case_file *file, enum role role,
                         const char *device, struct setting *out)
{
    static const char *const names[] = {"arp_ignore", "arp_filter"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        out->name = names[i];
        out->all = read_setting(file->view, role, "all", names[i]);
        out->device = read_setting(file->view, role, device, names[i]);
        if (out->all != 0 || out->device != 0)
            return true;
    }
    return false;
}

static bool is_mute(const struct case_file *file, enum role role,
                    const char *device)
{
    const struct view *view = file->view;

    for (size_t i = 0; i < view->count; i++)
        if (view->items[i]->kind == EVIDENCE_LINK &&
            view->items[i]->role == role &&
            evidence_number(view->items[i], KEY_NO_ARP, 0) != 0 &&
            strcmp(evidence_text(view->items[i], KEY_INTERFACE, ""), device) ==
                0)
            return true;
    return false;
}

/* The end's own address: that of the question, or, where none was seen, that
 * which its settings keep it from answering for. */
static struct address asked_for(const struct case_file *file,
                                const struct finding *finding)
{
    if (file->decider->kind == EVIDENCE_ARP)
        return evidence_address(file->decider, KEY_ADDRESS);
    return view_traced_address(file->view, finding->role);
}

void sentence_arp(const struct case_file *file, const struct words *words,
                  struct finding *finding)
{
    const struct evidence *question = file->decider;
    const char *device;
    char address[ADDRESS_TEXT_SIZE];
    char why[JUDGEMENT_TEXT_SIZE] = "";
    struct setting setting;
    struct address own;

    if (question == NULL)
        return;
    own = asked_for(file, finding);
    device = evidence_text(question, KEY_INTERFACE, "?");
    address_print(&own, address);
    finding_add_text(finding, "address", address);
    finding_add_text(finding, "interface", device);
    if (is_mute(file, finding->role, device)) {
        finding_add_text(finding, "flag", "NOARP");
        text_format(why, sizeof(why), ": ARP is switched off on it");
    } else if (own.family == 4 &&
               find_setting(file, finding->role, device, &setting)) {
        finding_add_text(finding, "sysctl", setting.name);
        finding_add_number(finding, "value",
                           setting.all > setting.device ? setting.all
                                                        : setting.device);
        text_format(why, sizeof(why), ": the sysctl %s is %lld", setting.name,
                    (long long)(setting.all > setting.device ? setting.all
                                                             : setting.device));
    } else {
        explain_question_rule(file->view, &own, finding, why, sizeof(why));
    }
    finding_say(finding,
                question->kind == EVIDENCE_ARP
                    ? "%s sees the question for the link address of %s on %s "
                      "and does not answer%s"
                    : "%s does not answer the question for the link address of "
                      "%s on %s%s",
                words->host, address, device, why);
}

static void fix_setting(const struct setting *setting, const char *device,
                        enum role role, struct judgement *out)
{
    struct command_line line;
    bool filters = strcmp(setting->name, "arp_filter") == 0;

    command_start(&line, COMMAND_IN_NETWORK, "sysctl");
    command_fixed(&line, "-w");
    if (setting->all != 0 && filters)
        command_fixed(&line, "net.ipv4.conf.all.arp_filter=0");
    else if (setting->all != 0)
        command_fixed(&line, "net.ipv4.conf.all.arp_ignore=0");
    if (setting->device != 0 && filters)
        command_sysctl(&line, "net.ipv4.conf", device, "arp_filter", 0);
    else if (setting->device != 0)
        command_sysctl(&line, "net.ipv4.conf", device, "arp_ignore", 0);
    fix_add(out, role, OPENS_NOTHING, "until-reboot",
            "lets the host answer for all its addresses; to keep it, put it "
            "into a file of /etc/sysctl.d",
            &line);
}

void fix_arp(const struct case_file *file, const struct finding *finding,
             struct judgement *out)
{
    const struct evidence *question = file->decider;
    const char *device;
    struct setting setting;
    struct address own;
    struct command_line line;

    if (question == NULL)
        return;
    own = asked_for(file, finding);
    device = evidence_text(question, KEY_INTERFACE, "");
    if (is_mute(file, finding->role, device)) {
        command_start(&line, COMMAND_IN_NETWORK, "ip");
        command_fixed(&line, "link set dev");
        command_device(&line, device);
        command_fixed(&line, "arp on");
        fix_add(out, finding->role, OPENS_NOTHING, "until-reboot",
                "lets the device answer again", &line);
    } else if (own.family == 4 &&
               find_setting(file, finding->role, device, &setting)) {
        fix_setting(&setting, device, finding->role, out);
    } else {
        fix_question_rule(file->view, finding->role, &own, out);
    }
}

void fix_neighbour(const struct case_file *file, const struct finding *finding,
                   struct judgement *out)
{
    const struct evidence *misled;
    struct address next;

    if (file->decider == NULL || !evidence_has(file->decider, KEY_ADDRESS))
        return;
    misled = explain_misled_route(file, finding);
    if (misled != NULL) {
        fix_misled(file, finding, misled, out);
        return;
    }
    next = evidence_address(file->decider, KEY_ADDRESS);
    fix_question_rule(file->view, finding->role, &next, out);
}
