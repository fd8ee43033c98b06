/* Cleanup attributes: a function is left by return alone, and what it owns goes
 * with it.  What is given away is given away with TAKE_PTR. */
#ifndef BASE_CLEAN_H
#define BASE_CLEAN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Hands a pointer over and forgets it here. */
#define TAKE_PTR(pointer)                      \
    __extension__({                            \
        __typeof__(pointer) taken = (pointer); \
        (pointer) = NULL;                      \
        taken;                                 \
    })

/* Hands a file descriptor over and forgets it here. */
#define TAKE_FD(fd)          \
    __extension__({          \
        int taken_fd = (fd); \
        (fd) = -1;           \
        taken_fd;            \
    })

static inline void clean_free(void *pointer)
{
    free(*(void **)pointer);
}

static inline void clean_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static inline void clean_file(FILE **file)
{
    if (*file != NULL)
        fclose(*file);
}

/* Private keys and the like leave nothing in memory; may be NULL. */
static inline void free_secret(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
}

static inline void clean_secret(char **text)
{
    free_secret(*text);
}

#define CLEAN_SECRET    __attribute__((cleanup(clean_secret)))
#define CLEAN_FREE      __attribute__((cleanup(clean_free)))
#define CLEAN_FD        __attribute__((cleanup(clean_fd)))
#define CLEAN_FILE      __attribute__((cleanup(clean_file)))
#define CLEAN(function) __attribute__((cleanup(function)))

#endif
