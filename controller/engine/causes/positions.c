/* The law of positions.
 *
 * A position is an interval: a place that the packet surely passed, and one that
 * it surely did not reach.  "Surely" means that a capture, the rule trace or the
 * kernel itself told; what merely was not seen is no "no" unless somebody was
 * watching (facts.h).  Of the rules below the first that applies decides; the
 * later ones take for granted that the earlier ones do not apply. */
#include "controller/engine/causes/positions.h"

#define POSITION_INFO(name, role, stage, packet, meaning, missing) \
    {#name, ROLE_##role, STAGE_##stage, PACKET_##packet, meaning, missing},

const struct position_info positions[POSITION_COUNT] = {
    POSITIONS(POSITION_INFO)};

const struct position_rule position_law[POSITION_RULE_COUNT] = {
    {"1", "The resolver gave no address: UNRESOLVED"},
    {"2", "The kernel reports a completed handshake; then:"},
    {"2a", "the SYN never reached the destination, or the source's own rules "
           "sent it to the source: something else answered, ELSEWHERE"},
    {"2b", "an answer came that the destination did not send, though its SYN "
           "came through: ELSEWHERE, unless the destination passes SYNs on "
           "or its device runs a program that may have answered below the "
           "capture"},
    {"2c", "a rule took the handshake's ACK, or it never arrived: ACK_LOST"},
    {"2d", "the listener had no room for it, or left it in its queue, or it "
           "stayed half-open for another reason than waiting for data: "
           "NOT_TAKEN"},
    {"2e", "an agent could tell who answered, and it is away or fell silent: "
           "ONE_ENDED"},
    {"2f", "another program than the one asked for holds the port: "
           "WRONG_HOLDER"},
    {"2g", "the other side closed it as soon as it was open: CLOSED"},
    {"2h", "else CONNECTED"},
    {"3", "The listener had no room for an ACK, although connect() then "
          "failed (the reset came before it returned): NOT_TAKEN"},
    {"4", "A packet came back to the end that had sent it: LOOPED. What "
          "becomes of it there, a copy in a circle, is beside the point"},
    {"5", "The rule trace shows the source's own rules stop the SYN or send "
          "it to the source, or the port asked for was taken: NOT_SENT, "
          "whatever copies went"},
    {"6", "Nobody saw it leave or arrive, and either connect() failed "
          "before any packet was made or the source's capture shows that "
          "none left: NOT_SENT"},
    {"7", "The SYN arrived with another sequence number: ANSWER_IGNORED"},
    {"8", "The rule trace shows a rule of the destination stop the SYN or "
          "its answer, or a rule of the source stop the answer: REFUSED for "
          "a SYN that was rejected, NO_ANSWER, ANSWER_IGNORED. It beats "
          "what other copies did"},
    {"9", "The destination handed the SYN on and answered nothing: "
          "HANDED_ON"},
    {"10", "It sent a reset or an ICMP error, or its kernel found no socket "
           "for the SYN: REFUSED"},
    {"11", "Its SYN-ACK left and arrived: ANSWER_IGNORED; left and did not "
           "arrive: LOST_REVERSE"},
    {"12", "The SYN arrived and nothing left: NO_ANSWER"},
    {"13", "The SYN did not arrive (or nobody watches there) and an answer "
           "came all the same: ELSEWHERE (ONE_ENDED)"},
    {"14", "It left, did not arrive, and nothing came: LOST_FORWARD"},
    {"15", "Else nobody can say: UNKNOWN"},
};

/* Of the facts named: is one known to be true, is one proven to be, are all,
 * are all known to be false? */
#define ANY_YES(...) \
    facts_any(known, (const fact_ref[]){__VA_ARGS__, NO_FACT}, YES)
#define ANY_PROVEN(...) \
    facts_any_proven(known, (const fact_ref[]){__VA_ARGS__, NO_FACT})
#define ALL_YES(...) \
    facts_all(known, (const fact_ref[]){__VA_ARGS__, NO_FACT}, YES)
#define ALL_NO(...) \
    facts_all(known, (const fact_ref[]){__VA_ARGS__, NO_FACT}, NO)

/* Rule 2 a and b. */
static bool was_opened_by_other(const struct known *known)
{
    if (ALL_NO(F(DESTINATION, ARRIVED)) && ANY_YES(F(DESTINATION, AGENT)))
        return true;
    if (ANY_YES(F(SOURCE, REDIRECTED)) && !ANY_YES(F(DESTINATION, ARRIVED)))
        return true;
    return ANY_YES(F(ATTEMPT, ANSWER_FORGED)) && ALL_NO(F(DESTINATION, SENT)) &&
           !ANY_YES(F(DESTINATION, HANDED_ON), F(DESTINATION, DEVICE_SUSPECT));
}

/* Rule 2 d. */
static bool was_left_alone(const struct known *known)
{
    if (ANY_YES(F(DESTINATION, ACK_OVERFLOWED), F(DESTINATION, PROCESS_STOPPED),
                F(DESTINATION, QUEUE_STANDS)) ||
        ALL_YES(F(DESTINATION, RST), F(DESTINATION, QUEUE_OVERFLOWED),
                F(DESTINATION, ABORTS_ON_OVERFLOW)))
        return true;
    return ANY_YES(F(DESTINATION, HALF_OPEN)) &&
           (ANY_YES(F(DESTINATION, QUEUE_OVERFLOWED)) ||
            !ANY_YES(F(DESTINATION, ACK_DEFERRED)));
}

/* Rule 2. */
static enum position locate_connected(const struct known *known)
{
    if (was_opened_by_other(known))
        return POSITION_ELSEWHERE;
    if (ANY_YES(F(ATTEMPT, RULE_DROPS_ACK)) ||
        (ALL_NO(F(DESTINATION, ACK_ARRIVED)) &&
         ANY_YES(F(DESTINATION, ARRIVED))))
        return POSITION_ACK_LOST;
    if (was_left_alone(known))
        return POSITION_NOT_TAKEN;
    if (ANY_YES(F(DESTINATION, ANSWERER_UNTOLD)))
        return POSITION_ONE_ENDED;
    if (ANY_YES(F(DESTINATION, SERVICE_MISSED),
                F(DESTINATION, SERVICE_DIVERTED)))
        return POSITION_WRONG_HOLDER;
    if (ANY_YES(F(SOURCE, CLOSED_EARLY)))
        return POSITION_CLOSED;
    return POSITION_CONNECTED;
}

/* Rules 5 and 6. */
static bool was_not_sent(const struct known *known)
{
    if (ANY_PROVEN(F(SOURCE, RULE_DROPS_OUT), F(SOURCE, RULE_REJECTS_OUT)) ||
        ANY_YES(F(SOURCE, REDIRECTED), F(SOURCE, FROM_PORT_TAKEN)))
        return true;
    return !ANY_YES(F(SOURCE, SENT), F(DESTINATION, ARRIVED)) &&
           (ANY_YES(F(SOURCE, ADDRESS_TAKEN), F(SOURCE, ROUTE_ERROR),
                    F(SOURCE, CONNECT_DENIED)) ||
            ALL_NO(F(SOURCE, SENT)));
}

/* Rules 8 to 12. */
static enum position locate_at_destination(const struct known *known)
{
    if (ANY_PROVEN(F(DESTINATION, RULE_REJECTS_IN)))
        return POSITION_REFUSED;
    if (ANY_PROVEN(F(DESTINATION, RULE_DROPS_IN),
                   F(DESTINATION, RULE_DROPS_OUT),
                   F(DESTINATION, RULE_REJECTS_OUT)))
        return POSITION_NO_ANSWER;
    if (ANY_PROVEN(F(SOURCE, RULE_DROPS_IN), F(SOURCE, RULE_REJECTS_IN)))
        return POSITION_ANSWER_IGNORED;
    if (ANY_YES(F(DESTINATION, HANDED_ON)) && !ANY_YES(F(DESTINATION, SENT)))
        return POSITION_HANDED_ON;
    if (ANY_YES(F(DESTINATION, TCP_REFUSED), F(DESTINATION, ICMP)))
        return POSITION_REFUSED;
    if (ANY_YES(F(DESTINATION, SENT)) && ANY_YES(F(SOURCE, ARRIVED)))
        return POSITION_ANSWER_IGNORED;
    if (ANY_YES(F(DESTINATION, SENT)) && ALL_NO(F(SOURCE, ARRIVED)))
        return POSITION_LOST_REVERSE;
    if (ANY_YES(F(DESTINATION, ARRIVED)) &&
        ALL_NO(F(DESTINATION, SENT), F(DESTINATION, RST), F(DESTINATION, ICMP)))
        return POSITION_NO_ANSWER;
    return POSITION_UNKNOWN;
}

/* Rules 13 to 15. */
static enum position locate_not_arrived(const struct known *known)
{
    bool answered =
        ANY_YES(F(SOURCE, RST), F(SOURCE, ICMP), F(SOURCE, ARRIVED));

    if (ALL_NO(F(DESTINATION, AGENT)) && answered)
        return POSITION_ONE_ENDED;
    if (ALL_NO(F(DESTINATION, ARRIVED)) && answered)
        return POSITION_ELSEWHERE;
    if (ANY_YES(F(SOURCE, SENT)) && ALL_NO(F(DESTINATION, ARRIVED)) &&
        ALL_NO(F(SOURCE, RST), F(SOURCE, ICMP), F(SOURCE, ARRIVED)))
        return POSITION_LOST_FORWARD;
    return POSITION_UNKNOWN;
}

enum position locate_position(const struct known *known)
{
    enum position position;

    if (ANY_YES(F(SOURCE, NAME_UNRESOLVED)))
        return POSITION_UNRESOLVED;
    if (ANY_YES(F(SOURCE, CONNECTED)))
        return locate_connected(known);
    if (ANY_YES(F(DESTINATION, ACK_OVERFLOWED)))
        return POSITION_NOT_TAKEN;
    if (ANY_YES(F(SOURCE, LOOPS), F(DESTINATION, LOOPS)))
        return POSITION_LOOPED;
    if (was_not_sent(known))
        return POSITION_NOT_SENT;
    if (ANY_YES(F(SOURCE, SEQUENCE_CHANGED)))
        return POSITION_ANSWER_IGNORED;
    position = locate_at_destination(known);
    return position != POSITION_UNKNOWN ? position : locate_not_arrived(known);
}
