/* Facts about whose address the SYN-ACK bears: a socket takes an answer from
 * none but the address and port that it called. */
#include "controller/engine/facts/derive.h"

/* Does the answer bear another address or port than the SYN called? */
static bool is_from_other(const struct evidence *answer,
                          const struct evidence *syn)
{
    struct address from = evidence_address(answer, KEY_SOURCE);
    struct address called = evidence_address(syn, KEY_DESTINATION);

    return !address_equal(&from, &called) ||
           evidence_number(answer, KEY_SOURCE_PORT, -1) !=
               evidence_number(syn, KEY_DESTINATION_PORT, -1);
}

void facts_derive_replies(struct known *known,
                          const struct attempt_view *attempt)
{
    const struct evidence *sent =
        attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *came =
        attempt->source.packets[PACKET_SYN_ACK][DIRECTION_IN].first;
    const struct evidence *arrived =
        attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *left =
        attempt->destination.packets[PACKET_SYN_ACK][DIRECTION_OUT].first;
    struct address called;
    struct address asked;

    if (sent != NULL && came != NULL)
        facts_say(known, F(SOURCE, CAME_TRANSLATED), is_from_other(came, sent),
                  came);
    if (arrived != NULL && left != NULL)
        facts_say(known, F(DESTINATION, LEFT_TRANSLATED),
                  is_from_other(left, arrived), left);
    if (sent == NULL || arrived == NULL)
        return;
    called = evidence_address(sent, KEY_DESTINATION);
    asked = evidence_address(arrived, KEY_DESTINATION);
    facts_say(known, F(DESTINATION, CAME_TRANSLATED),
              !address_equal(&called, &asked) ||
                  evidence_number(sent, KEY_DESTINATION_PORT, -1) !=
                      evidence_number(arrived, KEY_DESTINATION_PORT, -1),
              arrived);
}
