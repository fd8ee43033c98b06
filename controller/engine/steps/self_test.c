/* Does the destination answer itself?  What answered the source's own call is
 * not called again. */
#include "common/base/text.h"
#include "controller/engine/steps/parts.h"
#include "controller/engine/view/led.h"

static bool is_answered(const struct evidence *test)
{
    return test != NULL &&
           evidence_word(test, KEY_OUTCOME) == OUTCOME_CONNECTED;
}

static bool is_reset(const struct evidence *test)
{
    return test != NULL && evidence_word(test, KEY_OUTCOME) == OUTCOME_RESET;
}

/* Of a service that resets what it took the caller may meet either first. */
static void add_test(struct step *step, const struct evidence *test,
                     bool resets)
{
    static const char *const told[OUTCOME_COUNT] = {
        [OUTCOME_CONNECTED] = "answers",
        [OUTCOME_REFUSED] = "refuses",
        [OUTCOME_TIMED_OUT] = "is silent",
        [OUTCOME_UNREACHABLE] = "is unreachable",
        [OUTCOME_RESET] = "resets"};
    char text[ADDRESS_TEXT_SIZE];
    struct address address;
    const char *end;

    if (test == NULL)
        return;
    address = evidence_address(test, KEY_ADDRESS);
    end = resets && (is_answered(test) || is_reset(test))
              ? "answers, and resets"
              : told[evidence_word(test, KEY_OUTCOME)];
    step_add(step, "%s%s port %lld %s", step->evidence_count > 0 ? ", " : "",
             address_print(&address, text),
             (long long)evidence_number(test, KEY_PORT, 0),
             end == NULL ? "fails" : end);
    step_cite(step, test);
}

/* The kernel completes the handshake, whoever is stopped. */
static bool is_left_alone(const struct step_file *file)
{
    const struct finding *next = step_obstacle(file, STEP_LISTENER);

    return file->judgement->verdict.cause == CAUSE_LISTENER_STOPPED ||
           (next != NULL && next->cause == CAUSE_LISTENER_STOPPED);
}

/* An older agent asks for the called port, whatever became of it on the way. */
static bool is_of_other_port(const struct view *view,
                             const struct evidence *test)
{
    unsigned port = led_port(view);

    return evidence_number(test, KEY_PORT, port) != port;
}

/* Its TCP took the source's own connection: that is an answer. */
static void say_untested(const struct step_file *file, struct step *step)
{
    fact_ref sent = F(DESTINATION, SENT);

    if (fact_is(file->known, F(SOURCE, CONNECTED), YES) &&
        fact_is(file->known, sent, YES)) {
        step_say(step, STEP_OK,
                 "%s answered the connection, and is not called again",
                 file->destination);
        step_cite(step, file->known->because[sent]);
        return;
    }
    step_not_known(file, step,
                   fact_is(file->known, F(SOURCE, CONNECTED), YES)
                       ? "an attempt connected, and nothing is called again"
                       : "it was not asked to call itself");
}

void step_self_test(const struct step_file *file, struct step *step)
{
    const struct evidence *loopback = file->view->self_test_loopback;
    const struct evidence *own = file->view->self_test_own;
    bool resets = is_reset(loopback) || is_reset(own) ||
                  (fact_is(file->known, F(SOURCE, RESET_OPEN), YES) &&
                   fact_is(file->known, F(DESTINATION, CLOSED_ITSELF), YES));

    if ((loopback == NULL && own == NULL) || step_is_connected(file)) {
        say_untested(file, step);
        return;
    }
    if (is_of_other_port(file->view, own == NULL ? loopback : own)) {
        step_not_known(file, step,
                       "the port that was called was asked, and not the one "
                       "that the SYN arrived for");
        return;
    }
    /* The own address is what the source calls; loopback alone where it is. */
    step_say(step,
             is_answered(own == NULL ? loopback : own) && !resets ? STEP_OK
                                                                  : STEP_BAD,
             "%s, called by itself: ", file->destination);
    add_test(step, loopback, resets);
    add_test(step, own, resets);
    if (step->state == STEP_OK && is_left_alone(file)) {
        step->state = STEP_BAD;
        step_add(step, ", by the kernel alone: nobody takes the connection");
    }
}
