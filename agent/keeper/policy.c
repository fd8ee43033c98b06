#include "agent/keeper/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/err.h"
#include "common/base/users.h"
#include "common/trace/order.h"

static const char *const differential_words[DIFFERENTIAL_COUNT] = {
    "none", "agents", "any"};
static const char *const payload_words[PAYLOAD_COUNT] = {"none", "own",
                                                         "service"};

struct reader
{
    struct policy policy;
    struct err err;
};

void policy_init(struct policy *policy)
{
    *policy = (struct policy){
        .any = true,
        .max_traces = POLICY_MAX_TRACES,
        .syns_per_second = 100,
        .syns_per_second_per_target = 30,
        .any_user = true,
        .walk = true,
        .vantage = true,
        .differential = DIFFERENTIAL_AGENTS,
        .other_ports = POLICY_MAX_PORTS,
        .payload = PAYLOAD_NONE,
        .rule_trace = true,
        .containers = true,
    };
}

static int parse_number(const char *text, unsigned least, unsigned most,
                        unsigned *out, struct err *err)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' ||
        number < least || number > most)
        return err_set(err, -EINVAL, "\"%.40s\" is no number from %u to %u",
                       text, least, most);
    *out = (unsigned)number;
    return 0;
}

static int parse_flag(const char *text, bool *out, struct err *err)
{
    if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return err_set(err, -EINVAL, "\"%.40s\" is neither yes nor no", text);
    *out = strcmp(text, "yes") == 0;
    return 0;
}

/* One of three words, as its number. */
static int parse_word(const char *text, const char *const words[static 3],
                      unsigned *out, struct err *err)
{
    for (unsigned i = 0; i < 3; i++)
        if (strcmp(text, words[i]) == 0) {
            *out = i;
            return 0;
        }
    return err_set(err, -EINVAL, "\"%.40s\" is neither %s, %s nor %s", text,
                   words[0], words[1], words[2]);
}

static int add_prefix(struct policy *policy, char *text, struct err *err)
{
    struct policy_prefix prefix = {0};
    char *slash = strchr(text, '/');
    char *end = NULL;
    unsigned most;

    if (policy->count == POLICY_MAX_PREFIXES)
        return err_set(err, -EINVAL, "more than %d prefixes",
                       POLICY_MAX_PREFIXES);
    if (slash != NULL)
        *slash = '\0';
    if (address_parse(text, &prefix.address) < 0)
        return err_set(err, -EINVAL,
                       "\"%.60s\" is no address or prefix (192.0.2.0/24)",
                       text);
    most = (unsigned)address_size(&prefix.address) * 8;
    prefix.length = most;
    if (slash != NULL) {
        prefix.length = (unsigned)strtoul(slash + 1, &end, 10);
        if (end == slash + 1 || *end != '\0' || slash[1] == '-' ||
            prefix.length > most)
            return err_set(err, -EINVAL,
                           "\"%.20s\" is no prefix length from 0 to %u",
                           slash + 1, most);
    }
    policy->any = false;
    policy->allowed[policy->count++] = prefix;
    return 0;
}

/* May be given several times; each adds. */
static int parse_allow(struct policy *policy, const char *text, struct err *err)
{
    CLEAN_FREE char *copy = strdup(text);
    char *rest = NULL;
    int status = 0;

    if (copy == NULL)
        return err_set(err, -ENOMEM, "out of memory");
    if (strcmp(text, "any") == 0 || strcmp(text, "none") == 0) {
        policy->any = strcmp(text, "any") == 0;
        policy->count = 0;
        return 0;
    }
    for (char *word = strtok_r(copy, ", \t\n", &rest);
         word != NULL && status == 0; word = strtok_r(NULL, ", \t\n", &rest))
        status = add_prefix(policy, word, err);
    return status;
}

static int add_user(struct policy *policy, const char *name, struct err *err)
{
    struct user user;

    if (policy->user_count == POLICY_MAX_USERS)
        return err_set(err, -EINVAL, "more than %d users", POLICY_MAX_USERS);
    if (!users_find(name, &user))
        return err_set(err, -EINVAL, "there is no user \"%.40s\"", name);
    policy->any_user = false;
    policy->users[policy->user_count++] = user.uid;
    return 0;
}

/* May be given several times; each adds. */
static int parse_users(struct policy *policy, const char *text, struct err *err)
{
    CLEAN_FREE char *copy = strdup(text);
    char *rest = NULL;
    int status = 0;

    if (copy == NULL)
        return err_set(err, -ENOMEM, "out of memory");
    if (strcmp(text, "any") == 0 || strcmp(text, "none") == 0) {
        policy->any_user = strcmp(text, "any") == 0;
        policy->user_count = 0;
        return 0;
    }
    for (char *word = strtok_r(copy, ", \t\n", &rest);
         word != NULL && status == 0; word = strtok_r(NULL, ", \t\n", &rest))
        status = add_user(policy, word, err);
    return status;
}

static int parse_probing(struct policy *policy, const char *name,
                         const char *value, struct err *err)
{
    if (strcmp(name, "probe.walk") == 0)
        return parse_flag(value, &policy->walk, err);
    if (strcmp(name, "probe.vantage") == 0)
        return parse_flag(value, &policy->vantage, err);
    if (strcmp(name, "probe.differential") == 0)
        return parse_word(value, differential_words, &policy->differential,
                          err);
    if (strcmp(name, "probe.other_ports") == 0)
        return parse_number(value, 0, POLICY_MAX_PORTS, &policy->other_ports,
                            err);
    if (strcmp(name, "probe.payload") == 0)
        return parse_word(value, payload_words, &policy->payload, err);
    return err_set(err, -EINVAL, "there is no such setting");
}

static int parse_setting(struct policy *policy, const char *name,
                         const char *value, struct err *err)
{
    if (strcmp(name, "probe.allow") == 0)
        return parse_allow(policy, value, err);
    if (strcmp(name, "probe.max_traces") == 0)
        return parse_number(value, 1, POLICY_MAX_TRACES, &policy->max_traces,
                            err);
    if (strcmp(name, "probe.syns_per_second") == 0)
        return parse_number(value, 1, 10000, &policy->syns_per_second, err);
    if (strcmp(name, "probe.syns_per_second_per_target") == 0)
        return parse_number(value, 1, 10000,
                            &policy->syns_per_second_per_target, err);
    if (strcmp(name, "probe.users") == 0)
        return parse_users(policy, value, err);
    if (strcmp(name, "observe.rule_trace") == 0)
        return parse_flag(value, &policy->rule_trace, err);
    if (strcmp(name, "observe.containers") == 0)
        return parse_flag(value, &policy->containers, err);
    return parse_probing(policy, name, value, err);
}

/* inih's callback: 0 is an error. */
static int on_setting(void *user, const char *section, const char *name,
                      const char *value)
{
    struct reader *reader = user;
    char path[128];

    if (reader->err.code != 0)
        return 1; /* the first error counts */
    snprintf(path, sizeof(path), "%s.%s", section, name);
    if (parse_setting(&reader->policy, path, value, &reader->err) == 0)
        return 1;
    err_prefix(&reader->err, "[%s] %s", section, name);
    return 0;
}

/* Whoever can write the policy can lift every limit. */
static int check_owner(const char *path, FILE *file, struct err *err)
{
    struct stat info;

    if (fstat(fileno(file), &info) < 0)
        return err_set(err, -errno, "cannot look at %s: %s", path,
                       strerror(errno));
    if (!S_ISREG(info.st_mode))
        return err_set(err, -EPERM, "%s is no regular file", path);
    if (info.st_uid != 0 && info.st_uid != geteuid())
        return err_set(err, -EPERM, "%s belongs to user %u: run chown root %s",
                       path, info.st_uid, path);
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return err_set(err, -EPERM,
                       "%s is writable by others (mode %04o): run chmod go-w "
                       "%s",
                       path, info.st_mode & 07777u, path);
    return 0;
}

int policy_read(const char *path, struct policy *out, struct err *err)
{
    CLEAN_FILE FILE *file = fopen(path, "re");
    struct reader reader = {0};
    int line;

    policy_init(&reader.policy);
    if (file == NULL && errno != ENOENT)
        return err_set(err, -errno, "cannot read %s: %s", path,
                       strerror(errno));
    if (file != NULL) {
        int status = check_owner(path, file, err);

        if (status < 0)
            return status;
        line = ini_parse_file(file, on_setting, &reader);
        if (reader.err.code != 0)
            return err_set(err, -EINVAL, "%s, line %d: %s", path, line,
                           reader.err.text);
        if (line != 0)
            return err_set(err, -EINVAL,
                           "%s, line %d: neither [section] nor name = value",
                           path, line);
    }
    *out = reader.policy;
    return 0;
}

bool policy_permits(const struct policy *policy, const struct address *target)
{
    if (policy->any)
        return true;
    for (size_t i = 0; i < policy->count; i++)
        if (address_same_prefix(&policy->allowed[i].address, target,
                                policy->allowed[i].length))
            return true;
    return false;
}

int policy_check_address(const struct policy *policy,
                         const struct address *target, struct err *err)
{
    char text[ADDRESS_TEXT_SIZE];

    if (policy_permits(policy, target))
        return 0;
    return err_set(err, -EPERM,
                   "the policy of this host does not allow probes of %s "
                   "(allow)",
                   address_print(target, text));
}

int policy_check_user(const struct policy *policy, uid_t uid, struct err *err)
{
    if (policy->any_user || uid == 0)
        return 0;
    for (size_t i = 0; i < policy->user_count; i++)
        if (policy->users[i] == uid)
            return 0;
    return err_set(err, -EPERM,
                   "the policy of this host does not allow probes as the user "
                   "%u (users)",
                   uid);
}

int policy_check_manner(const struct policy *policy, const struct order *order,
                        struct err *err)
{
    struct user user = {0};

    if (!policy->containers && order->inside[0] != '\0')
        return err_set(err, -EPERM,
                       "the policy of this host does not allow probes in other "
                       "network namespaces (containers)");
    if (policy->any_user || order->as_user[0] == '\0')
        return 0;
    if (!users_find(order->as_user, &user))
        return err_set(err, -EPERM,
                       "the policy of this host does not allow probes as the "
                       "user %s, who is not in /etc/passwd (users)",
                       order->as_user);
    return policy_check_user(policy, user.uid, err);
}

int policy_check_differential(const struct policy *policy,
                              const struct order *order, struct err *err)
{
    bool has_agent = order->peer[0] != '\0';

    if (policy->differential == DIFFERENTIAL_ANY ||
        (policy->differential == DIFFERENTIAL_AGENTS && has_agent))
        return 0;
    return err_set(
        err, -EPERM,
        policy->differential == DIFFERENTIAL_NONE
            ? "the policy of this host allows no packets but the trace's own "
              "(differential)"
            : "the policy of this host allows no packets but the trace's own "
              "to a host without an agent (differential)");
}

/* What is asked for beside the attempts themselves. */
static int check_extras(const struct policy *policy, const struct order *order,
                        struct err *err)
{
    if (order->vantage && !policy->vantage)
        return err_set(err, -EPERM,
                       "the policy of this host does not allow probes for a "
                       "trace of other hosts (vantage)");
    if (order->payload > policy->payload)
        return err_set(err, -EPERM,
                       "the policy of this host does not allow payload %s "
                       "(payload)",
                       order->payload == PAYLOAD_OWN
                           ? "to a listener of an agent's own"
                           : "to a service");
    return order->vantage ? policy_check_differential(policy, order, err) : 0;
}

int policy_check_order(const struct policy *policy, const struct order *order,
                       struct err *err)
{
    int status;

    if (order->role != ROLE_SOURCE)
        return 0;
    if (!policy->any && policy->count == 0)
        return err_set(err, -EPERM,
                       "the policy of this host allows no probes (allow)");
    status = policy_check_manner(policy, order, err);
    if (status == 0)
        status = check_extras(policy, order, err);
    if (status < 0 || !address_is_set(&order->destination))
        return status;
    return policy_check_address(policy, &order->destination, err);
}

static void print_probing(const struct policy *policy,
                          struct policy_arguments *out, size_t used)
{
    snprintf(out->ports, sizeof(out->ports), "%u", policy->other_ports);
    if (!policy->walk)
        out->list[used++] = "--no-walk";
    if (!policy->vantage)
        out->list[used++] = "--no-vantage";
    out->list[used++] = "--differential";
    out->list[used++] = differential_words[policy->differential];
    out->list[used++] = "--other-ports";
    out->list[used++] = out->ports;
    out->list[used++] = "--payload";
    out->list[used++] = payload_words[policy->payload];
    out->list[used] = NULL;
}

void policy_print_arguments(const struct policy *policy,
                            struct policy_arguments *out)
{
    size_t used = 0;

    if (!policy->rule_trace)
        out->list[used++] = "--no-rule-trace";
    if (!policy->containers)
        out->list[used++] = "--no-containers";
    if (!policy->any && policy->count == 0)
        out->list[used++] = "--allow-none";
    for (size_t i = 0; i < policy->count; i++) {
        char text[ADDRESS_TEXT_SIZE];

        snprintf(out->prefixes[i], POLICY_PREFIX_SIZE, "%s/%u",
                 address_print(&policy->allowed[i].address, text),
                 policy->allowed[i].length);
        out->list[used++] = "--allow";
        out->list[used++] = out->prefixes[i];
    }
    if (!policy->any_user)
        out->list[used++] = "--no-users";
    for (size_t i = 0; i < policy->user_count; i++) {
        snprintf(out->users[i], sizeof(out->users[i]), "%u", policy->users[i]);
        out->list[used++] = "--user";
        out->list[used++] = out->users[i];
    }
    print_probing(policy, out, used);
}

/* What the worker is told is a setting of the file, by a word for the value
 * that stands here, or for the one that follows (NULL).  One more user is none. */
static const struct argument
{
    const char *word, *setting, *value;
} arguments[] = {
    {"--no-rule-trace", "observe.rule_trace", "no"},
    {"--no-containers", "observe.containers", "no"},
    {"--allow-none", "probe.allow", "none"},
    {"--allow", "probe.allow", NULL},
    {"--no-users", "probe.users", "none"},
    {"--user", NULL, NULL},
    {"--no-walk", "probe.walk", "no"},
    {"--no-vantage", "probe.vantage", "no"},
    {"--differential", "probe.differential", NULL},
    {"--other-ports", "probe.other_ports", NULL},
    {"--payload", "probe.payload", NULL},
};

static const struct argument *find_argument(const char *word)
{
    for (size_t i = 0; i < ARRAY_SIZE(arguments); i++)
        if (strcmp(word, arguments[i].word) == 0)
            return &arguments[i];
    return NULL;
}

int policy_parse_arguments(char *const *list, struct policy *out,
                           struct err *err)
{
    struct policy policy;
    int status = 0;

    policy_init(&policy);
    for (; status == 0 && *list != NULL; list++) {
        const char *word = *list;
        const struct argument *argument = find_argument(word);
        const char *value = argument == NULL ? NULL : argument->value;

        if (argument != NULL && value == NULL)
            value = *++list;
        if (value == NULL)
            status = err_set(err, -EINVAL, "the argument %s is unknown", word);
        else if (argument->setting == NULL)
            status = add_user(&policy, value, err);
        else
            status = parse_setting(&policy, argument->setting, value, err);
    }
    if (status == 0)
        *out = policy;
    return status;
}
