/* The words of the trade: every enumeration that people see, each with its
 * names.  The names are an interface (printed, stored, sent): never renamed,
 * only added at the end. */
#ifndef TRACE_WORDS_H
#define TRACE_WORDS_H

#include <stdbool.h>

/* A macro call after a macro call has no form to which clang-format comes to
 * rest. */
/* clang-format off */

/* Whose piece of evidence, or which end of the trace. */
#define TRACE_ROLES(X)                 \
    X(ROLE_SOURCE, "source")           \
    X(ROLE_PATH, "path")               \
    X(ROLE_DESTINATION, "destination") \
    X(ROLE_CONTROLLER, "controller")   \
    X(ROLE_VANTAGE, "vantage")

/* Places on a host in the order in which a packet meets them; see design of
 * the report: leaving is socket, output, egress; entering is the rest. */
#define TRACE_STAGES(X)               \
    X(STAGE_SOCKET, "socket")         \
    X(STAGE_OUTPUT, "output")         \
    X(STAGE_EGRESS, "egress")         \
    X(STAGE_PATH, "path")             \
    X(STAGE_INGRESS, "ingress")       \
    X(STAGE_PREROUTING, "prerouting") \
    X(STAGE_FORWARD, "forward")       \
    X(STAGE_INPUT, "input")

#define TRACE_PACKETS(X)         \
    X(PACKET_SYN, "syn")         \
    X(PACKET_SYN_ACK, "syn-ack") \
    X(PACKET_ACK, "ack")         \
    X(PACKET_DATA, "data")       \
    X(PACKET_RST, "rst")         \
    X(PACKET_FIN, "fin")         \
    X(PACKET_ICMP, "icmp")       \
    X(PACKET_OTHER, "other")

#define TRACE_DIRECTIONS(X) \
    X(DIRECTION_IN, "in")   \
    X(DIRECTION_OUT, "out")

/* Steps of a worker; BEFORE and AFTER also tell which snapshot of a state. */
#define TRACE_PHASES(X)             \
    X(PHASE_BEFORE, "before")       \
    X(PHASE_AFTER, "after")         \
    X(PHASE_RESOLVED, "resolved")   \
    X(PHASE_ARMED, "armed")         \
    X(PHASE_PROBED, "probed")       \
    X(PHASE_WALKED, "walked")       \
    X(PHASE_COLLECTED, "collected") \
    X(PHASE_DISARMED, "disarmed")   \
    X(PHASE_TRIED, "tried")

/* What an application sees. */
#define TRACE_OUTCOMES(X)                 \
    X(OUTCOME_CONNECTED, "connected")     \
    X(OUTCOME_REFUSED, "refused")         \
    X(OUTCOME_TIMED_OUT, "timed-out")     \
    X(OUTCOME_UNREACHABLE, "unreachable") \
    X(OUTCOME_RESET, "reset")             \
    X(OUTCOME_ERROR, "error")             \
    X(OUTCOME_MIXED, "mixed")

#define TRACE_CONFIDENCES(X)           \
    X(CONFIDENCE_POSSIBLE, "possible") \
    X(CONFIDENCE_LIKELY, "likely")     \
    X(CONFIDENCE_PROVEN, "proven")

/* What a rule did with the packet. */
#define TRACE_VERDICTS(X)           \
    X(VERDICT_ACCEPT, "accept")     \
    X(VERDICT_DROP, "drop")         \
    X(VERDICT_CONTINUE, "continue") \
    X(VERDICT_JUMP, "jump")         \
    X(VERDICT_GOTO, "goto")         \
    X(VERDICT_RETURN, "return")     \
    X(VERDICT_QUEUE, "queue")       \
    X(VERDICT_STOLEN, "stolen")

/* Whose rules. */
#define TRACE_BACKENDS(X)                   \
    X(BACKEND_NFTABLES, "nftables")         \
    X(BACKEND_IPTABLES_NFT, "iptables-nft") \
    X(BACKEND_IPTABLES_LEGACY, "iptables-legacy")

/* Which program writes the host's rules; see front_end.h. */
#define TRACE_FRONT_ENDS(X)             \
    X(FRONT_END_NONE, "none")           \
    X(FRONT_END_FIREWALLD, "firewalld") \
    X(FRONT_END_UFW, "ufw")             \
    X(FRONT_END_DOCKER, "docker")       \
    X(FRONT_END_FAIL2BAN, "fail2ban")

/* What a rule goes by that stops, or lets pass, some packets only. */
#define TRACE_LIMITERS(X)                 \
    X(LIMITER_RATE, "rate")               \
    X(LIMITER_CONNECTIONS, "connections") \
    X(LIMITER_VOLUME, "volume")           \
    X(LIMITER_CHANCE, "chance")           \
    X(LIMITER_TIME, "time")

/* What a rule changes in the packet: where it goes, or whom it is from. */
#define TRACE_TRANSLATIONS(X)               \
    X(TRANSLATION_DNAT, "dnat")             \
    X(TRANSLATION_REDIRECT, "redirect")     \
    X(TRANSLATION_TPROXY, "tproxy")         \
    X(TRANSLATION_PORT, "port")             \
    X(TRANSLATION_SNAT, "snat")             \
    X(TRANSLATION_MASQUERADE, "masquerade")

/* What became of a connection while the probe left it open: nothing closed it,
 * the other side did, or it was reset. */
#define TRACE_FOLLOWED(X)            \
    X(FOLLOWED_NOTHING, "nothing")   \
    X(FOLLOWED_CLOSED, "closed")     \
    X(FOLLOWED_RESET, "reset")

/* Which states of connection tracking a rule asks for: invalid among them? */
#define TRACE_ASKED_STATES(X)            \
    X(ASKED_STATE_INVALID, "invalid")    \
    X(ASKED_STATE_OTHER, "other")

/* A trial: one packet between the ends of a trace, unlike the attempts' SYN in
 * one respect, that tells what it is that does not get through. */
#define TRACE_TRIALS(X)                                                      \
    /* a SYN just like theirs */                                             \
    X(TRIAL_SAME, "same")                                                    \
    /* likewise, but for what the name says */                               \
    X(TRIAL_WITHOUT_ECN, "without-ecn")                                      \
    X(TRIAL_WITHOUT_TIMESTAMPS, "without-timestamps")                        \
    X(TRIAL_WITHOUT_SACK, "without-sack")                                    \
    X(TRIAL_WITHOUT_WINDOW_SCALE, "without-window-scale")                    \
    X(TRIAL_SMALL_MSS, "small-mss")                                          \
    /* with nothing but a small MSS */                                       \
    X(TRIAL_BARE, "bare")                                                    \
    X(TRIAL_OTHER_PORT, "other-port")                                        \
    /* no SYN: a datagram to the port, a call for an echo */                 \
    X(TRIAL_UDP, "udp")                                                      \
    X(TRIAL_PING, "ping")                                                    \
    /* a vantage point's copies of the SYN, in the walk's manner */          \
    X(TRIAL_VANTAGE, "vantage")

/* What keeps using a way of the host's, whatever is traced. */
#define TRACE_USERS_OF_WAYS(X)                             \
    /* the agent's connection to the controller */         \
    X(USER_OF_WAY_CONTROL, "control")                      \
    /* all that no other route is for: the default route */ \
    X(USER_OF_WAY_DEFAULT, "default")

/* clang-format on */

#define WORD_ENUM(name, text) name,
enum role
{
    TRACE_ROLES(WORD_ENUM) ROLE_COUNT
};
enum stage
{
    TRACE_STAGES(WORD_ENUM) STAGE_COUNT
};
enum packet
{
    TRACE_PACKETS(WORD_ENUM) PACKET_COUNT
};
enum direction
{
    TRACE_DIRECTIONS(WORD_ENUM) DIRECTION_COUNT
};
enum phase
{
    TRACE_PHASES(WORD_ENUM) PHASE_COUNT
};
enum outcome
{
    TRACE_OUTCOMES(WORD_ENUM) OUTCOME_COUNT
};
enum confidence
{
    TRACE_CONFIDENCES(WORD_ENUM) CONFIDENCE_COUNT
};
enum verdict_word
{
    TRACE_VERDICTS(WORD_ENUM) VERDICT_WORD_COUNT
};
enum backend
{
    TRACE_BACKENDS(WORD_ENUM) BACKEND_COUNT
};
enum front_end
{
    TRACE_FRONT_ENDS(WORD_ENUM) FRONT_END_COUNT
};
enum limiter
{
    TRACE_LIMITERS(WORD_ENUM) LIMITER_COUNT
};
enum translation
{
    TRACE_TRANSLATIONS(WORD_ENUM) TRANSLATION_COUNT
};
enum followed
{
    TRACE_FOLLOWED(WORD_ENUM) FOLLOWED_COUNT
};
enum asked_state
{
    TRACE_ASKED_STATES(WORD_ENUM) ASKED_STATE_COUNT
};
enum trial
{
    TRACE_TRIALS(WORD_ENUM) TRIAL_COUNT
};
enum user_of_way
{
    TRACE_USERS_OF_WAYS(WORD_ENUM) USER_OF_WAY_COUNT
};
#undef WORD_ENUM

struct word_list
{
    const char *const *names;
    int count;
};

extern const struct word_list role_words, stage_words, packet_words,
    direction_words, phase_words, outcome_words, confidence_words,
    verdict_words, backend_words, front_end_words, limiter_words,
    translation_words, asked_state_words, user_of_way_words, followed_words,
    trial_words;

/* The name, or "?" when value is outside the list. */
const char *word_name(const struct word_list *list, int value);

/* The value, or -1 when the list has no such name. */
int word_value(const struct word_list *list, const char *name);

/* Does it change where the packet goes, not whom it is from? */
bool translation_moves_target(int translation);

#endif
