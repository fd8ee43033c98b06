#include "agent/observe/firewall/nat_rules.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/observe/firewall/rule_table.h"
#include "agent/observe/host/run_program.h"
#include "common/base/array.h"
#include "common/base/clean.h"
#include "common/base/fs.h"

#define MAX_NAMES 4096
#define IPVS_FILE "/proc/thread-self/net/ip_vs"

/* The target's text must stand alone: 192.0.2.1 is not in 192.0.2.10. */
static bool stands_alone(const char *text, const char *found, size_t size)
{
    char before = found == text ? ' ' : found[-1];
    char after = found[size];

    return !isalnum((unsigned char)before) && before != '.' &&
           !isalnum((unsigned char)after) &&
           (after != '.' || !isdigit((unsigned char)found[size + 1]));
}

static bool has_word(const char *text, const char *word)
{
    size_t size = strlen(word);

    for (const char *found = strstr(text, word); found != NULL;
         found = strstr(found + 1, word))
        if (stands_alone(text, found, size))
            return true;
    return false;
}

/* A translation to a range or a network may mean any address. */
static bool has_range(const char *text)
{
    static const char *const words[] = {"dnat to ", "dnat ip to ",
                                        "dnat ip6 to ", "--to-destination "};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        for (const char *found = strstr(text, words[i]); found != NULL;
             found = strstr(found + 1, words[i])) {
            const char *target = found + strlen(words[i]);
            size_t size = strcspn(target, " \t\n");

            if (memchr(target, '-', size) != NULL ||
                memchr(target, '/', size) != NULL)
                return true;
        }
    return false;
}

bool nat_text_mentions(const char *text, const struct address *target)
{
    char word[ADDRESS_TEXT_SIZE];

    address_print(target, word);
    return has_word(text, word) || has_range(text);
}

static void clean_program(struct program **program)
{
    program_free(*program);
}

static int read_listing(const char *const *command, char **text,
                        struct err *err)
{
    CLEAN(clean_program) struct program *program = NULL;
    size_t size;
    int status = program_start(command, &program, err);

    return status < 0 ? status : program_finish(program, text, &size, err);
}

/* True when it mentions the target; what cannot be listed, may. */
static int ask(const char *const *command, const struct address *target,
               bool *mentioned, struct err *err)
{
    CLEAN_FREE char *text = NULL;
    int status = read_listing(command, &text, err);

    if (status == 0)
        *mentioned |= nat_text_mentions(text, target);
    return status;
}

/* nft shows what iptables made without its arguments. */
static int ask_nft(const struct address *target, bool *mentioned,
                   struct err *err)
{
    static const char *const nft[] = {"nft", "-n", "list", "ruleset", NULL};
    static const char *const v4[] = {"iptables-nft-save", "-t", "nat", NULL};
    static const char *const v6[] = {"ip6tables-nft-save", "-t", "nat", NULL};
    CLEAN_FREE char *text = NULL;
    int status = read_listing(nft, &text, err);

    if (status < 0)
        return status;
    *mentioned |= nat_text_mentions(text, target);
    if (*mentioned || strstr(text, "xt target") == NULL)
        return 0;
    return ask(target->family == 6 ? v6 : v4, target, mentioned, err);
}

/* Listing the table makes it, so that it must be there already. */
static bool has_legacy_nat(const struct address *target)
{
    CLEAN_FREE char *text = NULL;
    size_t size;

    return fs_read(target->family == 6
                       ? "/proc/thread-self/net/ip6_tables_names"
                       : "/proc/thread-self/net/ip_tables_names",
                   MAX_NAMES, &text, &size, NULL) == 0 &&
           has_word(text, "nat");
}

int nat_rules_mention(const struct address *target, bool *mentioned,
                      struct err *err)
{
    static const char *const v4[] = {"iptables-legacy-save", "-t", "nat", NULL};
    static const char *const v6[] = {"ip6tables-legacy-save", "-t", "nat",
                                     NULL};
    bool found = access(IPVS_FILE, F_OK) == 0;
    unsigned tables = 0;
    int status = rule_table_count(&tables, err);

    if (status == 0 && !found && tables > 0)
        status = ask_nft(target, &found, err);
    if (status == 0 && !found && has_legacy_nat(target))
        status = ask(target->family == 6 ? v6 : v4, target, &found, err);
    if (status == 0)
        *mentioned = found;
    return status;
}
