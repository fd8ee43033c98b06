/* How far an attempt came: the first half of a judgement. */
#ifndef VERDICT_POSITIONS_H
#define VERDICT_POSITIONS_H

#include "controller/engine/facts/facts.h"

/* name; where the packet is due next if no row explains the position: role,
 * stage, packet; what that position means; what is missing then */
#define POSITIONS(X)                                                           \
    X(UNKNOWN, PATH, PATH, SYN, "nobody can say how far it came",              \
      "the captures do not show how far the packets came")                     \
    X(UNRESOLVED, SOURCE, SOCKET, SYN, "there is no address to try",           \
      "the name has no address, and the resolver does not say why")            \
    X(NOT_SENT, SOURCE, SOCKET, SYN, "the SYN never left the source",          \
      "the SYN never left the source, but no observer there can say why")      \
    X(LOOPED, PATH, PATH, SYN, "it came back to the end that had sent it",     \
      "a packet came back to the end that had sent it")                        \
    X(LOST_FORWARD, PATH, PATH, SYN,                                           \
      "the SYN left and never reached the destination",                        \
      "the SYN left the source and never reached the destination")             \
    X(ELSEWHERE, PATH, PATH, SYN,                                              \
      "the SYN never reached the destination, yet an answer came",             \
      "an answer came that the destination did not send")                      \
    X(ONE_ENDED, PATH, PATH, SYN,                                              \
      "an answer came, and nobody watches at the destination",                 \
      "an answer came, and nobody watches at the destination")                 \
    X(HANDED_ON, PATH, PATH, SYN,                                              \
      "the destination translated the SYN or passed it on",                    \
      "the destination translates the SYN or passes it on, to a container "    \
      "perhaps, and it is not followed there yet")                             \
    X(REFUSED, DESTINATION, SOCKET, SYN, "the destination refused it",         \
      "the destination refused it although a listener was there before the "   \
      "trace: it may have come or gone meanwhile")                             \
    X(NO_ANSWER, DESTINATION, SOCKET, SYN,                                     \
      "the SYN reached the destination, and no answer left it",                \
      "the SYN reached the destination and no answer left it, but no "         \
      "observer there can say why")                                            \
    X(LOST_REVERSE, PATH, PATH, SYN_ACK,                                       \
      "the SYN-ACK left and never came back",                                  \
      "the SYN-ACK left the destination and never came back")                  \
    X(ANSWER_IGNORED, SOURCE, INPUT, SYN_ACK,                                  \
      "the SYN-ACK came back, to no avail",                                    \
      "the answer came back to the source, but no observer there can say why " \
      "the connection did not open")                                           \
    X(ACK_LOST, PATH, PATH, ACK, "open at the source, not at the destination", \
      "the connection is open at the source and not at the destination")       \
    X(WRONG_HOLDER, DESTINATION, SOCKET, DATA,                                 \
      "open, at another program than the one asked for",                       \
      "another program than the one asked for took the connection")            \
    X(CLOSED, DESTINATION, SOCKET, DATA, "open, and closed at once",           \
      "the connection was closed as soon as it was open, and no observer can " \
      "say by whom")                                                           \
    X(NOT_TAKEN, DESTINATION, SOCKET, ACK,                                     \
      "open at the source, left alone by the listener",                        \
      "the connection is open at the source, but the destination does not "    \
      "take it, and no observer there can say why")                            \
    X(CONNECTED, DESTINATION, SOCKET, ACK, "connected",                        \
      "the handshake completed")                                               \
    X(DROPPED, PATH, PATH, SYN,                                                \
      "the kernel itself told that it dropped this very packet",               \
      "the kernel dropped the packet for a reason that no row names")

#define POSITION_ENUM(name, role, stage, packet, meaning, missing) \
    POSITION_##name,
enum position
{
    POSITIONS(POSITION_ENUM) POSITION_COUNT
};
#undef POSITION_ENUM

struct position_info
{
    const char *name;
    enum role role;
    enum stage stage;
    enum packet packet;
    const char *meaning;
    const char *missing;
};

extern const struct position_info positions[POSITION_COUNT];

/* The law by which the position is found, rule by rule, for people; each in one
 * sentence without its full stop. */
struct position_rule
{
    const char *number; /* "2", "2a" */
    const char *text;
};

#define POSITION_RULE_COUNT 23
extern const struct position_rule position_law[POSITION_RULE_COUNT];

/* How far this attempt came, by what is known: never POSITION_DROPPED, which
 * stands beside the others (judge.h). */
enum position locate_position(const struct known *known);

#endif
