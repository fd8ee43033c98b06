#include "agent/probe/aftermath.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <sys/socket.h>

#include "common/base/array.h"
#include "common/base/clock.h"

#define READ_SIZE 1024  /* at a time, and what is looked at of the first */
#define READ_MOST 65536 /* then it is no greeting any more */

void aftermath_begin(struct aftermath *aftermath, int64_t now_ns)
{
    aftermath->opened_ns = now_ns;
}

void aftermath_reset(struct aftermath *aftermath, int64_t now_ns)
{
    aftermath->opened_ns = aftermath->over_ns = now_ns;
    aftermath->followed = FOLLOWED_RESET;
}

uint64_t aftermath_wait_ms(int64_t handshake_ns)
{
    int64_t wait = AFTERMATH_LEAST_MS + 2 * handshake_ns / NS_PER_MS;

    return (uint64_t)(wait < AFTERMATH_MOST_MS ? wait : AFTERMATH_MOST_MS);
}

static bool end_by(struct aftermath *aftermath, enum followed followed,
                   int64_t now_ns)
{
    aftermath->followed = followed;
    aftermath->over_ns = now_ns;
    return true;
}

bool aftermath_read(struct aftermath *aftermath, int fd, int64_t now_ns)
{
    char said[READ_SIZE];
    ssize_t size;

    do {
        size = recv(fd, said, sizeof(said), MSG_DONTWAIT);
        if (size > 0 && aftermath->received == 0)
            aftermath->refuses = aftermath_is_refusal(said, (size_t)size);
        if (size > 0)
            aftermath->received += size;
    } while (size > 0 && aftermath->received < READ_MOST);
    if (size == 0)
        return end_by(aftermath, FOLLOWED_CLOSED, now_ns);
    if (size > 0)
        return end_by(aftermath, FOLLOWED_NOTHING, now_ns);
    if (errno == EAGAIN || errno == EINTR)
        return false;
    return end_by(aftermath, FOLLOWED_RESET, now_ns);
}

void aftermath_tell(const struct aftermath *aftermath, int64_t now_ns,
                    struct evidence *evidence)
{
    int64_t over_ns = aftermath->over_ns != 0 ? aftermath->over_ns : now_ns;

    if (aftermath->opened_ns == 0)
        return;
    evidence_set_word(evidence, KEY_FOLLOWED, (int)aftermath->followed);
    evidence_set_number(evidence, KEY_OPEN_US,
                        (over_ns - aftermath->opened_ns) / NS_PER_US);
    if (aftermath->received > 0) {
        evidence_set_number(evidence, KEY_RECEIVED, aftermath->received);
        evidence_set_number(evidence, KEY_REFUSES, aftermath->refuses);
    }
}

/* "-ERR ...", "421 ...", "HTTP/1.1 503 ...", a TLS alert, MySQL's error. */
static bool is_known_error(const char *said, size_t size)
{
    static const char http[] = "HTTP/1.";
    const size_t status = sizeof(http) + 1; /* behind "HTTP/1.1 " */

    if (size >= 3 && said[0] == '-' && isupper((unsigned char)said[1]))
        return true;
    if (size >= 4 && (said[0] == '4' || said[0] == '5') &&
        isdigit((unsigned char)said[1]) && isdigit((unsigned char)said[2]) &&
        (said[3] == ' ' || said[3] == '-'))
        return true;
    if (size > status && strncmp(said, http, sizeof(http) - 1) == 0)
        return said[status] == '4' || said[status] == '5';
    return size > 4 && ((said[0] == 0x15 && said[1] == 0x03) ||
                        (said[3] == 0 && said[4] == (char)0xff));
}

static bool has_word(const char *said, size_t size, const char *word)
{
    size_t length = strlen(word);

    for (size_t i = 0; i + length <= size; i++)
        if (strncasecmp(said + i, word, length) == 0)
            return true;
    return false;
}

bool aftermath_is_refusal(const char *said, size_t size)
{
    static const char *const words[] = {
        "denied",   "refused",     "rejected",   "not allowed",
        "error",    "forbidden",   "too many",   "not permitted",
        "exceeded", "unavailable", "try again",  "unauthori",
        "overload", "* BYE",       "not accept", "no connection"};

    if (is_known_error(said, size))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (has_word(said, size, words[i]))
            return true;
    return false;
}
