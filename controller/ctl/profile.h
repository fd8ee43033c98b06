/* A profile: the folder that makes somebody an operator, with operator.key,
 * operator.crt, authority.crt and controller (HOST:PORT in one line). */
#ifndef CTL_PROFILE_H
#define CTL_PROFILE_H

#include "common/net/endpoint.h"

struct err;

#define PROFILE_PATH_SIZE 1024
#define PROFILE_DEFAULT   "/var/lib/probe-controller/operators/admin"

struct profile
{
    char dir[PROFILE_PATH_SIZE];
    char *authority, *certificate, *key; /* PEM */
    struct endpoint controller;
};

/* Finds the folder: the option if not NULL, then PROBECTL_PROFILE, then
 * ~/.config/probectl, then PROFILE_DEFAULT.  The first two are taken as they
 * are; the others if they exist.  -ENOENT when there is none. */
int profile_find(const char *option, char dir[static PROFILE_PATH_SIZE],
                 struct err *err);

/* Finds and reads it; controller (HOST:PORT, may be NULL) goes before the
 * profile's own.  -EACCES when the certificate is not an operator's,
 * -EKEYEXPIRED when its time is over.  On success profile_fini() releases it. */
int profile_load(struct profile *out, const char *option,
                 const char *controller, struct err *err);
void profile_fini(struct profile *profile);

#endif
