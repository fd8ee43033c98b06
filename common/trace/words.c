#include "common/trace/words.h"

#include <string.h>

#define WORD_TEXT(name, text) text,
#define WORD_LIST(list, WORDS)                                    \
    static const char *const list##_names[] = {WORDS(WORD_TEXT)}; \
    const struct word_list list = {                               \
        list##_names, (int)(sizeof(list##_names) / sizeof(char *))}

WORD_LIST(role_words, TRACE_ROLES);
WORD_LIST(stage_words, TRACE_STAGES);
WORD_LIST(packet_words, TRACE_PACKETS);
WORD_LIST(direction_words, TRACE_DIRECTIONS);
WORD_LIST(phase_words, TRACE_PHASES);
WORD_LIST(outcome_words, TRACE_OUTCOMES);
WORD_LIST(confidence_words, TRACE_CONFIDENCES);
WORD_LIST(verdict_words, TRACE_VERDICTS);
WORD_LIST(backend_words, TRACE_BACKENDS);
WORD_LIST(front_end_words, TRACE_FRONT_ENDS);
WORD_LIST(limiter_words, TRACE_LIMITERS);
WORD_LIST(translation_words, TRACE_TRANSLATIONS);
WORD_LIST(followed_words, TRACE_FOLLOWED);
WORD_LIST(asked_state_words, TRACE_ASKED_STATES);
WORD_LIST(trial_words, TRACE_TRIALS);
WORD_LIST(user_of_way_words, TRACE_USERS_OF_WAYS);

const char *word_name(const struct word_list *list, int value)
{
    return value >= 0 && value < list->count ? list->names[value] : "?";
}

int word_value(const struct word_list *list, const char *name)
{
    for (int i = 0; i < list->count; i++)
        if (strcmp(list->names[i], name) == 0)
            return i;
    return -1;
}

bool translation_moves_target(int translation)
{
    return translation >= 0 && translation != TRANSLATION_SNAT &&
           translation != TRANSLATION_MASQUERADE;
}
