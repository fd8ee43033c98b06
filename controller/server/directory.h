/* All agents there are: the connected ones from the registry, the others from
 * the store. */
#ifndef CONTROLLER_DIRECTORY_H
#define CONTROLLER_DIRECTORY_H

#include "controller/case/case.h"

struct err;
struct registry;
struct store;

struct directory
{
    const struct registry *registry;
    struct store *store;
};

/* The functions of struct case_world; owner is a struct directory. */
bool directory_find_host(void *owner, const char *name, struct case_host *out);
bool directory_find_near(void *owner, const struct address *address,
                         const char *const but[static 2],
                         char name[static HOST_NAME_SIZE]);
size_t directory_find_holders(void *owner, const struct address *address,
                              struct case_holder out[CASE_MAX_HOLDERS]);
bool directory_find_link(void *owner, const char *link,
                         char name[static HOST_NAME_SIZE]);
bool directory_find_away(void *owner, const struct address *address,
                         struct case_holder *out);
bool directory_find_owner(void *owner, const struct address *address,
                          const char *asking, char name[static HOST_NAME_SIZE]);
bool directory_knows_network(void *owner, const struct address *address);
bool directory_list_hosts(void *owner, const char *written, char *text,
                          size_t size);
struct offset_estimate directory_offset(void *owner, const char *name,
                                        int64_t now_ns);

/* {"agents": [...]}, the caller's to free. */
int directory_write_json(const struct directory *directory, int64_t now_s,
                         char **json, struct err *err);

#endif
