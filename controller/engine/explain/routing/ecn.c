/* SYNs that ask for ECN, which some devices drop or reset: words, and what has the
 * source ask for it no more. */
#include "controller/engine/facts/ecn.h"

#include "common/base/text.h"
#include "controller/engine/explain/routing/path_words.h"
#include "controller/engine/facts/trials.h"

#define SETTING "net.ipv4.tcp_ecn=2" /* of IPv6 too */

void explain_ecn_suspect(const struct case_file *file,
                         const struct words *words, struct finding *finding)
{
    bool forward = finding->packet == PACKET_SYN;
    char text[240];

    if (!fact_is(file->known,
                 fact_at(view_sender(finding->packet), FACT_ECN_SUSPECT), YES))
        return;
    finding_add_text(finding, "suspect", "ecn-syn-dropped");
    finding_add_text(finding, "sysctl", SETTING);
    text_format(text, sizeof(text),
                "%s, which some devices drop: try 'sysctl -w " SETTING
                "' on %s and trace again",
                forward ? "it asks for ECN (ECE and CWR)"
                        : "the SYN asked for ECN, and it may grant it (ECE)",
                words->source);
    finding_append(finding, "; ", text);
}

void explain_ecn_loss(const struct case_file *file, const struct loss *loss,
                      const struct words *words, struct finding *finding)
{
    enum ecn_loss ecn = ecn_loss_of_one(file->view, loss);
    char text[240];

    if (ecn == ECN_LOSS_NOT)
        return;
    finding_add_text(finding, "lost_for", "ecn");
    finding_add_text(finding, "sysctl", SETTING);
    text_format(text, sizeof(text),
                "the lost one asked for ECN, the next one did not: a device on "
                "the way %s SYNs that ask for it; ask the network team for it, "
                "or 'sysctl -w %s' on %s",
                ecn == ECN_LOSS_LIKELY ? "probably drops" : "may drop", SETTING,
                words->source);
    finding_append(finding, "; ", text);
}

bool explain_ecn_losses(const struct view *view, unsigned opened,
                        int64_t longest_us, struct finding *finding)
{
    struct sendings syns;

    sendings_list(view, PACKET_SYN, &syns);
    if (ecn_loss_of_all(view, &syns) != ECN_LOSS_LIKELY)
        return false;
    finding->cause = CAUSE_ECN_SYN_DROPPED;
    finding_add_text(finding, "follows", "ecn");
    finding_add_text(finding, "sysctl", SETTING);
    finding_cite(finding, trials_find(view, ROLE_SOURCE, TRIAL_SAME).sight);
    finding_cite(finding,
                 trials_find(view, ROLE_SOURCE, TRIAL_WITHOUT_ECN).sight);
    finding_say(finding,
                "%u attempts opened only when the SYN was sent again, after up "
                "to %lld ms: each SYN that asks for ECN (ECE and CWR) was lost "
                "on the way, and each that does not got through, the first of "
                "a flow as well: a device on the way drops SYNs that ask for "
                "ECN",
                opened, (long long)longest_us / 1000);
    return true;
}

void explain_ecn_reset(const struct case_file *file, const struct words *words,
                       struct finding *finding)
{
    char text[240];

    if (finding->cause != CAUSE_RESET_INJECTED ||
        finding->packet != PACKET_SYN ||
        !fact_is(file->known, F(SOURCE, ECN_DROPPED), YES))
        return;
    finding_add_text(finding, "sysctl", SETTING);
    finding_cite(finding, file->known->because[F(SOURCE, ECN_DROPPED)]);
    text_format(text, sizeof(text),
                "it asks for ECN (ECE and CWR), and a SYN just like it without "
                "ECN got through to %s: what resets it looks at ECN",
                words->destination);
    finding_append(finding, "; ", text);
}

/* It goes on to bear ECE however often it is sent again. */
static void say_answer(const struct case_file *file, const struct words *words,
                       const char *watch, const char *place,
                       struct finding *finding)
{
    finding_cite(finding, trials_find_answer(file->view, TRIAL_SAME).sight);
    finding_say(
        finding,
        "the SYN-ACK left %s and did not reach %s%s, nor did that to another "
        "SYN just like it; the SYN asks for ECN, and the answer grants it "
        "(ECE): the answer to one that does not ask, but is like it in all "
        "else, got through: a device on the way%s drops answers that grant ECN",
        words->destination, words->source, watch, place);
}

void sentence_ecn(const struct case_file *file, const struct words *words,
                  struct finding *finding)
{
    char watch[80];
    char place[ADDRESS_TEXT_SIZE + 24];

    path_write_watch(file, finding, watch, sizeof(watch));
    path_write_place(file, finding, place, sizeof(place));
    path_cite_captures(file, finding);
    finding_add_text(finding, "sysctl", SETTING);
    if (finding->packet == PACKET_SYN_ACK) {
        say_answer(file, words, watch, place, finding);
        return;
    }
    finding_cite(finding,
                 trials_find(file->view, ROLE_SOURCE, TRIAL_SAME).sight);
    finding_say(
        finding,
        "the SYN left %s and did not reach %s%s, nor did another one "
        "just like it; it asks for ECN (ECE and CWR), and one that does "
        "not, but is like it in all else, got through: a device on the "
        "way%s drops SYNs that ask for ECN",
        words->source, words->destination, watch, place);
}

/* Only where it is the host's setting: a route may ask for it as well. */
void fix_ecn(const struct case_file *file, const struct finding *finding,
             struct judgement *out)
{
    struct command_line line;

    (void)finding;
    if (view_sysctl(file->view, ROLE_SOURCE, "net.ipv4.tcp_ecn", 0) != 1)
        return;
    command_start(&line, COMMAND_IN_NETWORK, "sysctl");
    command_fixed(&line, "-w");
    command_fixed(&line, SETTING);
    fix_add(out, ROLE_SOURCE, OPENS_NOTHING, "until-reboot",
            "asks for ECN no more, but answers who does; to keep it, put it "
            "into a file of /etc/sysctl.d; the device on the way is to be "
            "mended by who runs it",
            &line);
}

void fix_ecn_reset(const struct case_file *file, const struct finding *finding,
                   struct judgement *out)
{
    if (finding_text(finding, "sysctl") != NULL)
        fix_ecn(file, finding, out);
}
