/* What the files of one_end.c share: what is said of silence, and of a reset, and
 * which step is next. */
#ifndef ENGINE_ONE_END_PARTS_H
#define ENGINE_ONE_END_PARTS_H

#include "controller/engine/one_end.h"

#define PLACE_SIZE    128
#define HOP_TEXT_SIZE (ADDRESS_TEXT_SIZE + 24)

struct place_words /* where it stops, and what it is called */
{
    char address[ADDRESS_TEXT_SIZE]; /* of the destination */
    char source[HOST_NAME_SIZE];
    unsigned port;
};

/* The next hop's address; empty where it is not known. */
void one_end_print_gateway(const struct view *view,
                           char text[static ADDRESS_TEXT_SIZE]);

/* "192.0.2.1 (hop 3)" */
void one_end_print_hop(const struct evidence *hop,
                       char text[static HOP_TEXT_SIZE]);

/* Nothing came back to the SYN. */
void one_end_say_silence(const struct view *view,
                         const struct place_words *words,
                         struct finding *verdict);
void one_end_step_of_silence(const struct view *view,
                             const struct place_words *words, char *text,
                             size_t size);

/* That reset did. */
void one_end_say_reset(const struct view *view, const struct evidence *reset,
                       const struct place_words *words,
                       struct finding *verdict);
void one_end_step_of_reset(const struct view *view,
                           const struct evidence *reset,
                           const struct place_words *words, char *text,
                           size_t size);

#endif
