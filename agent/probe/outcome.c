#include "agent/probe/outcome.h"

#include <errno.h>

enum outcome outcome_of_errno(int number)
{
    switch (number) {
    case 0: return OUTCOME_CONNECTED;
    case ECONNREFUSED: return OUTCOME_REFUSED;
    case ETIMEDOUT: return OUTCOME_TIMED_OUT;
    case ECONNRESET: return OUTCOME_RESET;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENONET:
    case ENOPROTOOPT: /* ICMP: protocol unreachable */
    case EACCES:      /* a prohibit route */
    case EINVAL: /* a blackhole route */ return OUTCOME_UNREACHABLE;
    default: return OUTCOME_ERROR;
    }
}
