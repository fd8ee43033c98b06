/* /etc/hosts: which line gives a name its address. */
#ifndef WORKER_HOSTS_FILE_H
#define WORKER_HOSTS_FILE_H

#include <stddef.h>

struct address;

struct hosts_line
{
    unsigned number; /* from 1 */
    unsigned names;  /* that stand on it */
};

/* The first line of the text that gives this name this address; number is 0 if
 * there is none. */
struct hosts_line hosts_file_find(const char *text, const char *name,
                                  const struct address *address);

#endif
