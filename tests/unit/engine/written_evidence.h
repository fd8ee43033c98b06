/* Evidence written as words, for tables of cases. */
#ifndef TESTS_WRITTEN_EVIDENCE_H
#define TESTS_WRITTEN_EVIDENCE_H

#include <stddef.h>

#include "common/trace/evidence.h"

/* Who talks to whom in it, where nothing else is said. */
#define WRITTEN_SOURCE      "192.0.2.10"
#define WRITTEN_DESTINATION "198.51.100.10"
#define WRITTEN_PORT        8080

/* Reads "ROLE KIND KEY=VALUE ...; ROLE KIND ..." with the names of words.h and
 * evidence_schema.h into items, numbered and a millisecond apart; what
 * comes behind a "pause" in place of a piece is a second later.  What a kind must
 * carry and is not given is made up: 1, the first word, "x", the addresses and the
 * port above.  Fails the test on what it cannot read.  Returns how many there
 * are. */
size_t written_evidence(const char *text, struct evidence *items, size_t size);

#endif
