/* Random evidence for the tests of what takes it in: each piece is one that an
 * agent could send, by the schema (evidence_schema.h).  A seed gives the same
 * pieces everywhere. */
#ifndef TESTS_RANDOM_EVIDENCE_H
#define TESTS_RANDOM_EVIDENCE_H

#include "common/trace/evidence.h"

/* The next of 2^24 numbers, evenly. */
uint32_t random_next(uint32_t *seed);

/* A piece of this kind: all that it must carry and some of what it may, with
 * words of the closed lists, and elsewhere texts that the engine knows beside
 * such as a hostile agent would send.  evidence_check() accepts it. */
void random_evidence(struct evidence *evidence, enum evidence_kind kind,
                     uint32_t *seed);

/* The same of any kind, with this id. */
void random_piece(struct evidence *evidence, uint32_t id, uint32_t *seed);

/* Puts the pieces into another order. */
void random_order(struct evidence *items, size_t count, uint32_t *seed);

#endif
