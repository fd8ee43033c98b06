#include "controller/engine/explain/explain.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "controller/engine/checkpoints.h"
#include "controller/engine/explain/lifeline.h"
#include "controller/engine/explain/opens.h"
#include "controller/engine/explain/sentences.h"
#include "controller/engine/view/inside.h"
#include "controller/engine/view/installed.h"

void finding_add_text(struct finding *finding, const char *name,
                      const char *text)
{
    struct detail *detail;

    if (text == NULL || text[0] == '\0' ||
        finding->detail_count == JUDGEMENT_MAX_DETAILS)
        return;
    detail = &finding->details[finding->detail_count++];
    text_format(detail->name, sizeof(detail->name), "%s", name);
    text_format(detail->text, sizeof(detail->text), "%s", text);
}

void finding_add_number(struct finding *finding, const char *name,
                        int64_t number)
{
    struct detail *detail;

    if (finding->detail_count == JUDGEMENT_MAX_DETAILS)
        return;
    detail = &finding->details[finding->detail_count++];
    text_format(detail->name, sizeof(detail->name), "%s", name);
    detail->is_number = true;
    detail->number = number;
}

const char *finding_text(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (!finding->details[i].is_number &&
            strcmp(finding->details[i].name, name) == 0)
            return finding->details[i].text;
    return NULL;
}

int64_t finding_number(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (finding->details[i].is_number &&
            strcmp(finding->details[i].name, name) == 0)
            return finding->details[i].number;
    return 0;
}

void finding_say(struct finding *finding, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    text_format_list(finding->summary, sizeof(finding->summary), format,
                     arguments);
    va_end(arguments);
}

void finding_say_more(struct finding *finding, const char *format, ...)
{
    size_t used = strlen(finding->summary);
    va_list arguments;

    va_start(arguments, format);
    text_format_list(finding->summary + used, sizeof(finding->summary) - used,
                     format, arguments);
    va_end(arguments);
}

void finding_append(struct finding *finding, const char *joint,
                    const char *text)
{
    finding_say_more(finding, "%s%s", joint, text);
}

void finding_cite(struct finding *finding, const struct evidence *evidence)
{
    if (evidence == NULL || finding->evidence_count == JUDGEMENT_MAX_EVIDENCE)
        return;
    for (size_t i = 0; i < finding->evidence_count; i++)
        if (finding->evidence[i] == evidence->id)
            return;
    finding->evidence[finding->evidence_count++] = evidence->id;
}

const char *explain_host(const struct view *view, enum role role,
                         char buffer[static HOST_NAME_SIZE])
{
    const struct subject *subject = view->subject;

    if (role == ROLE_SOURCE)
        return subject->source_host;
    if (role == ROLE_PATH)
        return "the path";
    if (subject->destination_host[0] != '\0')
        return subject->destination_host;
    return address_print(&subject->destination, buffer);
}

const char *explain_namespace(const struct view *view, enum role role)
{
    return role == ROLE_SOURCE && view_is_inside(view) ? view->subject->inside
                                                       : "host";
}

bool fix_add(struct judgement *out, enum role role, enum fix_opens opens,
             const char *lasts, const char *explanation,
             const struct command_line *command)
{
    struct fix *fix;

    if (!command_is_whole(command) || out->fix_count == JUDGEMENT_MAX_FIXES)
        return false;
    fix = &out->fixes[out->fix_count++];
    fix->role = role;
    fix->opens = opens;
    fix->command = *command;
    text_format(fix->lasts, sizeof(fix->lasts), "%s", lasts);
    text_format(fix->explanation, sizeof(fix->explanation), "%s", explanation);
    return true;
}

const char *explain_interface(const struct case_file *file)
{
    return file->decider == NULL
               ? "?"
               : evidence_text(file->decider, KEY_INTERFACE, "?");
}

static const char *packet_title(enum packet packet)
{
    static const char *const titles[PACKET_COUNT] = {
        "SYN", "SYN-ACK", "ACK", "data", "RST", "FIN", "ICMP error", "packet"};

    return titles[packet];
}

static void words_prepare(struct words *words, const struct case_file *file,
                          const struct finding *finding)
{
    char buffer[HOST_NAME_SIZE];
    const struct subject *subject = file->view->subject;

    text_format(words->host, sizeof(words->host), "%s",
                explain_host(file->view, finding->role, buffer));
    text_format(words->source, sizeof(words->source), "%s",
                subject->source_host);
    text_format(words->destination, sizeof(words->destination), "%s",
                explain_host(file->view, ROLE_DESTINATION, buffer));
    address_print(&subject->source, words->source_address);
    address_print(&subject->destination, words->destination_address);
    words->packet = packet_title(finding->packet);
}

void sentence_by_meaning(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    (void)file;
    if (finding->role == ROLE_PATH)
        finding_say(finding, "between %s and %s: %s", words->source,
                    words->destination, causes[finding->cause].meaning);
    else
        finding_say(finding, "on %s: %s", words->host,
                    causes[finding->cause].meaning);
}

/* The path translated the port: what is said of the destination is about the one
 * that the SYN arrived for, and the caller knows the other. */
static void add_arrived_port(const struct case_file *file,
                             struct finding *finding)
{
    unsigned port = view_called_port(file->view);

    if (finding->role != ROLE_DESTINATION ||
        finding->cause == CAUSE_CONNECTED || port == file->view->subject->port)
        return;
    finding_add_number(finding, "arrived_port", port);
    finding_say_more(finding,
                     "; port %u was called, and translated on the way: the SYN "
                     "arrived for port %u",
                     file->view->subject->port, port);
}

/* What is said of a later place than the packet was seen at may be another's: by
 * what a row assumes, around the packet's name. */
static const struct
{
    enum fact fact;
    const char *before;
    const char *behind;
} unknowns[] = {
    {FACT_OLD_HOLDER_CALLED, "where the entry leads was not seen: the ",
     " may be lost on the way before, too"},
    {FACT_COPIES_WENT_ON, "that the ",
     " came so far is not known: it may be lost on the way before, too"},
    {FACT_ASKED_IN_TIME, "that it was asked for this ",
     " is not known: another's may have come so far, and this one be lost on "
     "the way"},
    {FACT_ASKED_IN_VAIN, "that it was asked for this ",
     " is not known: another's may have come so far, and this one be lost on "
     "the way"},
};

static void add_assumptions(const struct case_file *file,
                            const struct words *words, struct finding *finding)
{
    for (const fact_ref *fact = file->row->assumes; *fact != NO_FACT; fact++)
        for (size_t i = 0; i < ARRAY_SIZE(unknowns); i++)
            if (*fact / END_COUNT == unknowns[i].fact &&
                !fact_is(file->known, *fact, YES))
                finding_say_more(finding, "; %s%s%s", unknowns[i].before,
                                 words->packet, unknowns[i].behind);
}

/* Of whom it was passed on to, or by his address, where nobody knows it. */
static void name_inside(const struct case_file *file, struct finding *out)
{
    const char *name = inside_name(file->view, file->attempt);
    const struct evidence *passed = inside_passed(file->attempt);
    struct address to = {0};
    char address[ADDRESS_TEXT_SIZE];

    if (passed != NULL)
        to = evidence_address(passed, KEY_DESTINATION);
    text_format(out->namespace_name, sizeof(out->namespace_name), "%s",
                name != NULL ? name : address_print(&to, address));
}

static void name_namespace(const struct case_file *file, struct finding *out)
{
    const char *own = explain_namespace(file->view, out->role);
    const struct evidence *decider = file->decider;
    bool tells = decider != NULL && (evidence_has(decider, KEY_CHAIN) ||
                                     decider->kind == EVIDENCE_DROP);

    if (explain_is_inside_there(file->row)) {
        name_inside(file, out);
        return;
    }
    text_format(out->namespace_name, sizeof(out->namespace_name), "%s",
                tells ? evidence_text(decider, KEY_NAMESPACE, own) : own);
}

static sentence_fn *find_sentence(const struct case_file *file,
                                  const struct finding *finding)
{
    if (fact_is(file->known, F(SOURCE, BOUND_AWAY), YES) &&
        finding->cause == CAUSE_ROUTE_ELSEWHERE)
        return sentence_bound_away;
    if (file->decider != NULL && file->decider->kind == EVIDENCE_DROP &&
        finding_is_outside(file->view, finding))
        return sentence_outside;
    if (explain_is_inside_there(file->row))
        return sentence_inside;
    if (finding->cause == CAUSE_ROUTE_REJECTS && file->decider != NULL &&
        file->decider->kind == EVIDENCE_DROP &&
        finding->role == ROLE_DESTINATION && finding->packet == PACKET_SYN)
        return sentence_onward_rejected;
    return causes[file->row->cause].sentence;
}

struct case_file explain_open(const struct view *view,
                              const struct opinion *opinion, unsigned n,
                              const struct row *row)
{
    const struct evidence *decider = opinion->known.because[row->decider];

    return (struct case_file){
        .view = view,
        .known = &opinion->known,
        .row = row,
        .attempt = &view->attempts[n],
        .decider = decider,
        .cause = row->cause,
        .place = judge_place(row, decider),
    };
}

void explain_finding(const struct case_file *file, enum confidence confidence,
                     struct finding *out)
{
    struct words words;

    memset(out, 0, sizeof(*out));
    out->cause = file->cause;
    out->role = file->place.role;
    out->stage = file->place.stage;
    out->packet = file->place.packet;
    out->confidence = confidence;
    name_namespace(file, out);
    if (file->decider != NULL && file->decider->kind == EVIDENCE_DROP) {
        finding_add_text(out, "reason",
                         evidence_text(file->decider, KEY_REASON, NULL));
        finding_add_text(out, "function",
                         evidence_text(file->decider, KEY_FUNCTION, NULL));
    }
    finding_cite(out, file->decider);
    words_prepare(&words, file, out);
    find_sentence(file, out)(file, &words, out);
    add_arrived_port(file, out);
    explain_led(file, &words, out);
    explain_name(file, &words, out);
    add_assumptions(file, &words, out);
    explain_holders(file->view, out);
    for (const fact_ref *fact = file->row->needs; *fact != NO_FACT; fact++)
        finding_cite(out, file->known->because[*fact]);
    for (const fact_ref *fact = file->row->proof; *fact != NO_FACT; fact++)
        finding_cite(out, file->known->because[*fact]);
}

bool explain_is_inside(const struct view *view, const struct finding *finding,
                       enum role role)
{
    return role == ROLE_SOURCE && view_is_inside(view) &&
           !finding_is_outside(view, finding);
}

static void enter_namespace(const struct view *view, struct fix *fix)
{
    const struct evidence *host = view->source.host;
    struct command_line way;

    if (host != NULL && evidence_has(host, KEY_PID)) {
        command_start(&way, COMMAND_ON_HOST, "nsenter");
        command_fixed(&way, "-t");
        command_number(&way, evidence_number(host, KEY_PID, 0));
        command_fixed(&way, "-n");
    } else {
        command_start(&way, COMMAND_ON_HOST, "ip");
        command_fixed(&way, "netns exec");
        command_word(&way, view->subject->inside);
    }
    command_enter(&fix->command, &way);
}

static void enter_namespaces(const struct case_file *file,
                             const struct finding *finding, size_t first,
                             struct judgement *out)
{
    size_t kept = first;

    for (size_t i = first; i < out->fix_count; i++) {
        if (explain_is_inside(file->view, finding, out->fixes[i].role))
            enter_namespace(file->view, &out->fixes[i]);
        if (command_is_whole(&out->fixes[i].command))
            out->fixes[kept++] = out->fixes[i];
    }
    out->fix_count = kept;
}

void no_fix(const struct case_file *file, const struct finding *finding,
            struct judgement *out)
{
    (void)file;
    (void)finding;
    (void)out;
}

bool fix_lacks_program(const struct view *view, const struct fix *fix,
                       char program[static PROGRAM_NAME_SIZE])
{
    const struct command_line *command = &fix->command;

    for (size_t i = 0; i < command->part_count; i++) {
        const char *name = command->text + command->parts[i].at;
        size_t size = strcspn(name, " ");

        if (view_lacks(view, fix->role, name, size)) {
            text_format(program, PROGRAM_NAME_SIZE, "%.*s", (int)size, name);
            return true;
        }
    }
    return false;
}

/* The one place that all fixes pass: what the host needs itself is not taken,
 * what its kernel would refuse, or it has no program for, is not offered. */
static void withhold_harm(const struct view *view, struct finding *finding,
                          size_t first, struct judgement *out)
{
    char text[JUDGEMENT_TEXT_SIZE];
    char program[PROGRAM_NAME_SIZE];
    size_t kept = first;

    for (size_t i = first; i < out->fix_count; i++) {
        const struct fix *fix = &out->fixes[i];

        if (lifeline_forbids(view, fix->role, &fix->command.takes, text,
                             sizeof(text)) ||
            lifeline_refuses(view, fix->role, &fix->command.takes, text,
                             sizeof(text)))
            finding_add_text(finding, "not_offered", text);
        else if (fix_lacks_program(view, fix, program))
            finding_add_text(finding, "not_installed", program);
        else
            out->fixes[kept++] = *fix;
    }
    out->fix_count = kept;
}

/* Of the host's own network, beside the one that the trace is made in, only rules
 * and links are read; routes, queues, programs, policies and addresses are those
 * inside, where a device may have the same name. */
static bool is_read_outside(enum cause cause)
{
    static const enum cause read[] = {
        CAUSE_FIREWALL_DROP,        CAUSE_FIREWALL_REJECT,
        CAUSE_REDIRECTED_AT_SOURCE, CAUSE_ANSWERED_BY_OTHER,
        CAUSE_INTERMITTENT_LOSS,    CAUSE_LINK_DOWN,
        CAUSE_FORWARDING_DISABLED,  CAUSE_IPV6_DISABLED};

    for (size_t i = 0; i < ARRAY_SIZE(read); i++)
        if (read[i] == cause)
            return true;
    return false;
}

void explain_fixes(const struct case_file *file, struct finding *finding,
                   struct judgement *out)
{
    size_t first = out->fix_count;

    if (finding_is_outside(file->view, finding) &&
        !is_read_outside(finding->cause))
        return;
    if (strcmp(finding->namespace_name, EVIDENCE_HOST_NAMESPACE) != 0 &&
        strcmp(finding->namespace_name,
               explain_namespace(file->view, finding->role)) != 0)
        return; /* typed on the host, it would mend nothing in there */
    causes[finding->cause].fix(file, finding, out);
    fix_led_socket(file, finding, out);
    withhold_harm(file->view, finding, first, out);
    opens_say(file, finding, first, out);
    enter_namespaces(file, finding, first, out);
}
