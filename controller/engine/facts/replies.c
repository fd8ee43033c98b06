/* Facts about the answer: whose address the SYN-ACK bears, for a socket takes one
 * from none but the address and port that it called; and whether the
 * destination's TCP said no. */
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

/* The destination passed the SYN on, translated, and what it led to answered in
 * its own name: by a way round the translation. */
static void derive_bypass(struct known *known,
                          const struct attempt_view *attempt)
{
    const struct end_sights *b = &attempt->destination;
    const struct evidence *arrived = b->packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *passed = b->packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *left =
        b->packets[PACKET_SYN_ACK][DIRECTION_OUT].first;

    if (arrived == NULL || left == NULL)
        return;
    facts_say(known, F(DESTINATION, ANSWER_BYPASSES),
              passed != NULL && is_from_other(left, arrived) &&
                  !is_from_other(left, passed),
              left);
}

void facts_derive_replies(struct known *known,
                          const struct attempt_view *attempt)
{
    const struct evidence *sent =
        attempt->source.packets[PACKET_SYN][DIRECTION_OUT].first;
    const struct evidence *came =
        attempt->source.packets[PACKET_SYN_ACK][DIRECTION_IN].first;
    const struct evidence *reset =
        attempt->source.packets[PACKET_RST][DIRECTION_IN].first;
    const struct evidence *arrived =
        attempt->destination.packets[PACKET_SYN][DIRECTION_IN].first;
    const struct evidence *left =
        attempt->destination.packets[PACKET_SYN_ACK][DIRECTION_OUT].first;
    struct address called;
    struct address asked;

    if (sent != NULL && reset != NULL)
        facts_say(known, F(SOURCE, RESET_TRANSLATED),
                  is_from_other(reset, sent), reset);
    if (sent != NULL && came != NULL)
        facts_say(known, F(SOURCE, CAME_TRANSLATED), is_from_other(came, sent),
                  came);
    if (arrived != NULL && left != NULL)
        facts_say(known, F(DESTINATION, LEFT_TRANSLATED),
                  is_from_other(left, arrived), left);
    derive_bypass(known, attempt);
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

/* A reset says so, if it could leave; else the kernel does, which found no
 * socket for this SYN.  It asks IPsec's policies before it answers, and says the
 * same where one of those stops the SYN. */
void facts_derive_refusal(struct known *known)
{
    const fact_ref rst = F(DESTINATION, RST);
    const fact_ref no_socket = F(DESTINATION, NO_SOCKET);
    const fact_ref refused = F(DESTINATION, TCP_REFUSED);

    if (fact_is(known, rst, YES))
        facts_say(known, refused, true, known->because[rst]);
    else if (fact_is(known, no_socket, YES)) {
        if (!fact_is(known, F(DESTINATION, IPSEC_STOPS_IN), YES) &&
            !fact_is(known, F(DESTINATION, IPSEC_COUNTED_IN), YES))
            facts_say(known, refused, true, known->because[no_socket]);
    } else if (fact_is(known, rst, NO) && fact_is(known, no_socket, NO))
        facts_say(known, refused, false, known->because[rst]);
}
