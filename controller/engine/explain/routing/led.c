/* The destination's own rules lead the SYN to another of its ports or addresses:
 * what is said of it, and the command that takes it out of there. */
#include "controller/engine/view/led.h"

#include "common/base/text.h"
#include "controller/engine/explain/sentences.h"

/* The rule that does, or NULL: then only that one does is known. */
static const struct evidence *rule_of(const struct case_file *file)
{
    const struct evidence *told =
        file->known->because[F(DESTINATION, REDIRECTED_HERE)];

    return told != NULL && evidence_has(told, KEY_CHAIN) ? told : NULL;
}

/* "port 9090", "127.0.0.1 port 9090", or that it is not known which. */
static void print_target(const struct case_file *file, struct finding *finding,
                         char *text, size_t size)
{
    struct address called = view_called_address(file->view);
    struct address to;
    unsigned port;
    char address[ADDRESS_TEXT_SIZE];
    bool same;

    if (led_here(file->view, file->attempt, &to, &port) == NULL) {
        text_format(text, size, "a port");
        return;
    }
    same = address_equal(&to, &called);
    address_print(&to, address);
    finding_add_number(finding, "led_to_port", port);
    finding_add_text(finding, "led_to", address);
    text_format(text, size, "%s%sport %u", same ? "" : address, same ? "" : " ",
                port);
}

static void print_rule(const struct case_file *file, struct finding *finding,
                       char *text, size_t size)
{
    const struct evidence *rule = rule_of(file);

    text[0] = '\0';
    if (rule == NULL)
        return;
    finding_name_rule(file->view, rule, finding, text, size);
    finding_cite(finding, rule);
}

void sentence_redirected_here(const struct case_file *file,
                              const struct words *words,
                              struct finding *finding)
{
    char target[ADDRESS_TEXT_SIZE + 16];
    char rule[JUDGEMENT_TEXT_SIZE];

    print_target(file, finding, target, sizeof(target));
    print_rule(file, finding, rule, sizeof(rule));
    finding_say(finding,
                "%s's own rule redirects the SYN to %s, where nothing takes "
                "it%s%s",
                words->host, target, rule[0] == '\0' ? "" : ": ", rule);
}

/* What is said of a socket is about another port than the caller knows. */
static bool is_of_socket(const struct case_file *file,
                         const struct finding *finding)
{
    return finding->role == ROLE_DESTINATION &&
           finding->stage == STAGE_SOCKET && finding->packet == PACKET_SYN &&
           finding->cause != CAUSE_NOT_LISTENING &&
           fact_is(file->known, F(DESTINATION, REDIRECTED_HERE), YES);
}

void explain_led(const struct case_file *file, const struct words *words,
                 struct finding *finding)
{
    char target[ADDRESS_TEXT_SIZE + 16];
    char rule[JUDGEMENT_TEXT_SIZE];

    if (!is_of_socket(file, finding))
        return;
    print_target(file, finding, target, sizeof(target));
    print_rule(file, finding, rule, sizeof(rule));
    finding_say_more(finding,
                     "; port %u was called, and %s's own rule leads the SYN to "
                     "%s%s%s",
                     view_called_port(file->view), words->host, target,
                     rule[0] == '\0' ? "" : ": ", rule);
}

bool fix_led(const struct case_file *file, const struct finding *finding,
             struct judgement *out)
{
    struct case_file told = *file;
    size_t first = out->fix_count;

    told.decider = rule_of(file);
    if (told.decider == NULL ||
        !fact_is(file->known, F(DESTINATION, CALLED_SERVED), YES))
        return false;
    fix_past_translation(&told, finding, out);
    return out->fix_count > first;
}

void fix_led_socket(const struct case_file *file, const struct finding *finding,
                    struct judgement *out)
{
    if (is_of_socket(file, finding))
        (void)fix_led(file, finding, out);
}
