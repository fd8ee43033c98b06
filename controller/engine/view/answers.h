/* What the called address answers beside the traced port, where the source tried
 * other ports and protocols. */
#ifndef VERDICT_ANSWERS_H
#define VERDICT_ANSWERS_H

#include "controller/engine/view/view.h"

/* Writes "TCP port 443, ping" and returns the first of those answers; NULL, and
 * an empty text, if none came. */
const struct evidence *answers_list(const struct view *view, char *text,
                                    size_t size);

#endif
