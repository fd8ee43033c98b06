/* probectl's frame: what main.c and the commands share. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <argp.h>

#include "common/base/err.h"
#include "controller/ctl/parse.h"

/* Exit statuses; an interface. */
enum status
{
    STATUS_CONNECTED = 0, /* also: the command did what it was asked */
    STATUS_OTHER_VERDICT = 1,
    STATUS_USAGE = 2,
    STATUS_NOT_RUN = 3,
    STATUS_UNDETERMINED = 4,
};

/* The options before the command. */
struct ctl
{
    const char *profile;    /* --profile, or NULL */
    const char *controller; /* --controller, or NULL */
};

/* argv[0] is "probectl", the rest is what follows the command's name.  The
 * result is an exit status. */
struct command_entry
{
    const char *name;
    const char *summary;
    int (*run)(const struct ctl *ctl, int argc, char **argv);
};

int cmd_trace(const struct ctl *ctl, int argc, char **argv);
int cmd_agents(const struct ctl *ctl, int argc, char **argv);
int cmd_token(const struct ctl *ctl, int argc, char **argv);
int cmd_judge(const struct ctl *ctl, int argc, char **argv);
int cmd_causes(const struct ctl *ctl, int argc, char **argv);
int cmd_report(const struct ctl *ctl, int argc, char **argv);

#endif
