#include "agent/observe/firewall/rule_element.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/set.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "agent/observe/host/netlink.h"
#include "common/base/clean.h"
#include "common/base/err.h"

struct key
{
    size_t size;
    uint8_t octets[RULE_KEY_SIZE];
};

struct answer
{
    bool found;
    bool has_end;
    struct key first;
    struct key last; /* of a concatenation of ranges */
    struct rule_value value;
};

static void clean_set(struct nftnl_set **set)
{
    if (*set != NULL)
        nftnl_set_free(*set);
}

/* Fields of a concatenation are filled up to four octets. */
static int build_key(const struct rule_set *set,
                     const struct rule_subject *subject, struct key *key)
{
    memset(key, 0, sizeof(*key));
    for (size_t i = 0; i < set->field_count; i++) {
        uint8_t octets[RULE_FIELD_SIZE];
        size_t size = rule_field_octets(set->fields[i], subject, octets);

        if (size == 0)
            return -ENOENT;
        memcpy(key->octets + key->size, octets, size);
        key->size += set->field_count > 1 ? (size + 3) / 4 * 4 : size;
    }
    return 0;
}

static bool copy_key(struct nftnl_set_elem *element, uint16_t attribute,
                     struct key *key)
{
    uint32_t size = 0;
    const void *octets = NULL;

    if (nftnl_set_elem_is_set(element, attribute))
        octets = nftnl_set_elem_get(element, attribute, &size);
    if (octets == NULL || size > sizeof(key->octets))
        return false;
    memset(key, 0, sizeof(*key));
    memcpy(key->octets, octets, size);
    key->size = size;
    return true;
}

/* What counts only, says no to nobody. */
static int read_condition(struct nftnl_expr *e, void *data)
{
    const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
    struct rule_value *value = data;

    value->may_fail |=
        strcmp(name, "counter") != 0 && strcmp(name, "last") != 0;
    return 0;
}

static void read_value(struct nftnl_set_elem *element, struct rule_value *value)
{
    const char *chain = NULL;
    const void *octets = NULL;
    uint32_t size = 0;

    if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_CHAIN))
        chain = nftnl_set_elem_get_str(element, NFTNL_SET_ELEM_CHAIN);
    if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_VERDICT)) {
        value->has_verdict = true;
        value->verdict =
            (int)nftnl_set_elem_get_u32(element, NFTNL_SET_ELEM_VERDICT);
        snprintf(value->chain, sizeof(value->chain), "%s",
                 chain == NULL ? "?" : chain);
    } else if (nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_DATA)) {
        octets = nftnl_set_elem_get(element, NFTNL_SET_ELEM_DATA, &size);
    }
    if (octets != NULL && size <= sizeof(value->octets)) {
        memcpy(value->octets, octets, size);
        value->size = size;
    }
}

static bool is_catch_all(struct nftnl_set_elem *element)
{
    return nftnl_set_elem_is_set(element, NFTNL_SET_ELEM_FLAGS) &&
           (nftnl_set_elem_get_u32(element, NFTNL_SET_ELEM_FLAGS) &
            NFT_SET_ELEM_CATCHALL) != 0;
}

static int read_element(struct nftnl_set_elem *element, void *data)
{
    struct answer *answer = data;

    if (answer->found ||
        (!copy_key(element, NFTNL_SET_ELEM_KEY, &answer->first) &&
         !is_catch_all(element)))
        return 0;
    answer->found = true;
    answer->has_end = copy_key(element, NFTNL_SET_ELEM_KEY_END, &answer->last);
    read_value(element, &answer->value);
    (void)nftnl_set_elem_expr_foreach(element, read_condition, &answer->value);
    return 0;
}

static int read_answer(const struct nlmsghdr *message, void *data)
{
    CLEAN(clean_set) struct nftnl_set *set = nftnl_set_alloc();

    if (set == NULL)
        return -ENOMEM;
    if (nftnl_set_elems_nlmsg_parse(message, set) == 0)
        nftnl_set_elem_foreach(set, read_element, data);
    return 0;
}

static int ask(struct netlink *netlink, int family, const char *table,
               const char *name, const struct key *key, uint32_t flags,
               struct answer *answer, struct err *err)
{
    CLEAN(clean_set) struct nftnl_set *set = nftnl_set_alloc();
    struct nftnl_set_elem *element = nftnl_set_elem_alloc();
    char buffer[NETLINK_REQUEST_SIZE * 2];
    struct nlmsghdr *header;

    memset(answer, 0, sizeof(*answer));
    if (set == NULL || element == NULL) {
        if (element != NULL)
            nftnl_set_elem_free(element);
        return err_set(err, -ENOMEM, "a set's element: out of memory");
    }
    nftnl_set_set_str(set, NFTNL_SET_TABLE, table);
    nftnl_set_set_str(set, NFTNL_SET_NAME, name);
    if (key != NULL)
        nftnl_set_elem_set(element, NFTNL_SET_ELEM_KEY, key->octets,
                           (uint32_t)key->size);
    if (flags != 0)
        nftnl_set_elem_set_u32(element, NFTNL_SET_ELEM_FLAGS, flags);
    nftnl_set_elem_add(set, element); /* freed with it */
    header = nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETSETELEM, (uint16_t)family,
                                   0, 0);
    nftnl_set_elems_nlmsg_build_payload(header, set);
    return netlink_ask(netlink, header, read_answer, answer, err);
}

/* One less, as a number of that many octets. */
static void decrement(uint8_t *octets, size_t size)
{
    while (size > 0 && octets[--size]-- == 0)
        continue;
}

/* The length of the prefix that begins at first and ends with last, or -1. */
static int prefix_length(const uint8_t *first, const uint8_t *last, size_t size)
{
    int length = 0;
    int total = (int)size * 8;

    while (length < total &&
           ((first[length / 8] ^ last[length / 8]) & (0x80 >> length % 8)) == 0)
        length++;
    for (int bit = length; bit < total; bit++)
        if ((first[bit / 8] & (0x80 >> bit % 8)) != 0 ||
            (last[bit / 8] & (0x80 >> bit % 8)) == 0)
            return -1;
    return length;
}

static void print_addresses(FILE *out, const uint8_t *first,
                            const uint8_t *last, size_t size)
{
    char text[2][ADDRESS_TEXT_SIZE];
    struct address ends[] = {address_from_bytes(first, size),
                             address_from_bytes(last, size)};
    int length = prefix_length(first, last, size);

    fputs(address_print(&ends[0], text[0]), out);
    if (length < 0)
        fprintf(out, "-%s", address_print(&ends[1], text[1]));
    else if ((size_t)length < size * 8)
        fprintf(out, "/%d", length);
}

static void print_field(FILE *out, enum rule_field field, const uint8_t *first,
                        const uint8_t *last, size_t size)
{
    switch (field) {
    case FIELD_SOURCE:
    case FIELD_DESTINATION: print_addresses(out, first, last, size); break;
    case FIELD_SOURCE_PORT:
    case FIELD_DESTINATION_PORT:
        fprintf(out, "%d", first[0] << 8 | first[1]);
        if (memcmp(first, last, 2) != 0)
            fprintf(out, "-%d", last[0] << 8 | last[1]);
        break;
    case FIELD_IN_INTERFACE:
    case FIELD_OUT_INTERFACE:
        fprintf(out, "\"%.*s\"", (int)size, (const char *)first);
        break;
    default: break;
    }
}

static void print_verdict(FILE *out, const struct rule_value *value)
{
    if (!value->has_verdict)
        return;
    switch (value->verdict) {
    case NF_DROP: fputs(" : drop", out); break;
    case NF_ACCEPT: fputs(" : accept", out); break;
    case NFT_JUMP: fprintf(out, " : jump %s", value->chain); break;
    case NFT_GOTO: fprintf(out, " : goto %s", value->chain); break;
    default: break;
    }
}

/* Field by field, as many octets each as the subject's own. */
static void print_element(const struct rule_set *set,
                          const struct rule_subject *subject,
                          const struct answer *answer,
                          char element[static RULE_ELEMENT_SIZE])
{
    /* A text that fills all of its memory gets no end. */
    CLEAN_FILE FILE *out = fmemopen(element, RULE_ELEMENT_SIZE - 1, "w");
    size_t at = 0;

    memset(element, 0, RULE_ELEMENT_SIZE);
    for (size_t i = 0; out != NULL && i < set->field_count; i++) {
        uint8_t own[RULE_FIELD_SIZE];
        size_t size = rule_field_octets(set->fields[i], subject, own);

        if (at + size > answer->first.size || at + size > answer->last.size)
            break;
        fputs(i == 0 ? "" : " . ", out);
        print_field(out, set->fields[i], answer->first.octets + at,
                    answer->last.octets + at, size);
        at += (size + 3) / 4 * 4;
    }
    if (out != NULL)
        print_verdict(out, &answer->value);
}

/* A set of intervals keeps an element for the first value behind each of them;
 * behind one at the end of all values there is none.  Other sets refuse the
 * question. */
static void find_end(struct netlink *netlink, int family, const char *table,
                     const char *name, const struct key *key, struct key *last)
{
    struct answer end;
    int status = ask(netlink, family, table, name, key,
                     NFT_SET_ELEM_INTERVAL_END, &end, NULL);

    if (status == -ENOENT || (status == 0 && !end.found)) {
        memset(last->octets, 0xff, last->size);
    } else if (status == 0) {
        *last = end.first;
        decrement(last->octets, last->size);
    }
}

int rule_element_find(int family, const char *table, const struct rule_set *set,
                      const struct rule_subject *subject,
                      char element[static RULE_ELEMENT_SIZE], struct err *err)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    struct answer answer;
    struct key key;
    int status = build_key(set, subject, &key);

    if (status < 0)
        return err_set(err, status, "the packet has no such field");
    status = netlink_open(NETLINK_NETFILTER, &netlink, err);
    if (status == 0)
        status = ask(netlink, family, table, set->name, &key, 0, &answer, err);
    if (status < 0)
        return status;
    if (!answer.found)
        return err_set(err, -ENOENT, "no such element");
    if (!answer.has_end)
        answer.last = answer.first;
    if (!answer.has_end && set->field_count == 1)
        find_end(netlink, family, table, set->name, &key, &answer.last);
    print_element(set, subject, &answer, element);
    return 0;
}

static int read_key_size(const struct nlmsghdr *message, void *data)
{
    CLEAN(clean_set) struct nftnl_set *set = nftnl_set_alloc();
    size_t *size = data;

    if (set == NULL)
        return -ENOMEM;
    if (nftnl_set_nlmsg_parse(message, set) == 0 &&
        nftnl_set_is_set(set, NFTNL_SET_KEY_LEN))
        *size = nftnl_set_get_u32(set, NFTNL_SET_KEY_LEN);
    return 0;
}

static int ask_key_size(struct netlink *netlink, int family, const char *table,
                        const char *name, size_t *size, struct err *err)
{
    CLEAN(clean_set) struct nftnl_set *set = nftnl_set_alloc();
    char buffer[NETLINK_REQUEST_SIZE * 2];
    struct nlmsghdr *header;

    *size = 0;
    if (set == NULL)
        return err_set(err, -ENOMEM, "a set: out of memory");
    nftnl_set_set_str(set, NFTNL_SET_TABLE, table);
    nftnl_set_set_str(set, NFTNL_SET_NAME, name);
    header =
        nftnl_nlmsg_build_hdr(buffer, NFT_MSG_GETSET, (uint16_t)family, 0, 0);
    nftnl_set_nlmsg_build_payload(header, set);
    return netlink_ask(netlink, header, read_key_size, size, err);
}

/* What stands for every key that is no element of its own. */
static int ask_rest(struct netlink *netlink, int family, const char *table,
                    const char *name, struct answer *answer)
{
    int status = ask(netlink, family, table, name, NULL, NFT_SET_ELEM_CATCHALL,
                     answer, NULL);

    if (status == 0 && answer->found)
        return 0;
    /* Linux before 5.13 knows of none, and calls the question malformed. */
    return status == 0 || status == -ENOENT || status == -EINVAL ? -ENOENT
                                                                 : status;
}

int rule_element_look_up(int family, const char *table, const char *set,
                         const uint8_t key[static RULE_KEY_SIZE],
                         size_t *key_size, struct rule_value *value)
{
    CLEAN(netlink_clean) struct netlink *netlink = NULL;
    struct answer answer;
    struct key asked;
    int status = netlink_open(NETLINK_NETFILTER, &netlink, NULL);

    if (status == 0)
        status = ask_key_size(netlink, family, table, set, key_size, NULL);
    if (status < 0)
        return status == -ENOENT ? -ESTALE : status;
    if (*key_size == 0 || *key_size > RULE_KEY_SIZE)
        return -ENOTSUP;
    memcpy(asked.octets, key, *key_size);
    asked.size = *key_size;
    status = ask(netlink, family, table, set, &asked, 0, &answer, NULL);
    if (status == -ENOENT || (status == 0 && !answer.found))
        status = ask_rest(netlink, family, table, set, &answer);
    if (status == 0)
        *value = answer.value;
    return status;
}
