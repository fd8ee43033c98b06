#include "agent/observe/ruleset/nft_rule.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "agent/observe/firewall/rule_element.h"
#include "agent/observe/ruleset/fields.h"
#include "common/base/array.h"

struct matching
{
    int family;
    const char *table;
    bool is_sure; /* that the packet comes to this rule */
    struct rule_view *packet;
    struct registers registers;
    struct rule_outcome *out;
};

static bool changes_surely(const struct matching *matching)
{
    return matching->is_sure && matching->out->matches == TRI_YES;
}

static enum tri do_payload(struct matching *matching, struct nftnl_expr *e)
{
    uint32_t base = nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_BASE);
    struct field field;
    enum tri has;

    if (nftnl_expr_is_set(e, NFTNL_EXPR_PAYLOAD_SREG)) {
        field_write_header(matching->packet, base);
        return TRI_YES;
    }
    has =
        field_of_header(matching->packet, base,
                        nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET),
                        nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_LEN), &field);
    registers_store(&matching->registers,
                    nftnl_expr_get_u32(e, NFTNL_EXPR_PAYLOAD_DREG), &field);
    return has;
}

static void set_number(struct matching *matching, uint32_t number,
                       struct rule_number *out)
{
    struct field field;

    registers_load(&matching->registers, number, sizeof(out->value), &field);
    out->is_known = changes_surely(matching) && field_is_known(&field);
    memcpy(&out->value, field.octets, sizeof(out->value));
}

static enum tri do_meta(struct matching *matching, struct nftnl_expr *e)
{
    uint32_t key = nftnl_expr_get_u32(e, NFTNL_EXPR_META_KEY);
    struct field field;
    enum tri has;

    if (nftnl_expr_is_set(e, NFTNL_EXPR_META_SREG)) {
        if (key == NFT_META_MARK)
            set_number(matching, nftnl_expr_get_u32(e, NFTNL_EXPR_META_SREG),
                       &matching->packet->mark);
        return TRI_YES;
    }
    has = field_of_packet(matching->packet, key, &field);
    matching->packet->misses_device |=
        field_misses_device(matching->packet, key);
    registers_store(&matching->registers,
                    nftnl_expr_get_u32(e, NFTNL_EXPR_META_DREG), &field);
    return has;
}

static enum tri do_ct(struct matching *matching, struct nftnl_expr *e)
{
    uint32_t key = nftnl_expr_get_u32(e, NFTNL_EXPR_CT_KEY);
    bool has_direction = nftnl_expr_is_set(e, NFTNL_EXPR_CT_DIR);
    struct field field;

    if (nftnl_expr_is_set(e, NFTNL_EXPR_CT_SREG)) {
        if (key == NFT_CT_MARK)
            set_number(matching, nftnl_expr_get_u32(e, NFTNL_EXPR_CT_SREG),
                       &matching->packet->connection_mark);
        return TRI_YES;
    }
    field_of_connection(
        matching->packet, key, has_direction,
        has_direction && nftnl_expr_get_u8(e, NFTNL_EXPR_CT_DIR) != 0, &field);
    registers_store(&matching->registers,
                    nftnl_expr_get_u32(e, NFTNL_EXPR_CT_DREG), &field);
    return TRI_YES;
}

static enum tri do_fib(struct matching *matching, struct nftnl_expr *e)
{
    struct field field;

    field_of_route(matching->packet,
                   nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_RESULT),
                   nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_FLAGS), &field);
    registers_store(&matching->registers,
                    nftnl_expr_get_u32(e, NFTNL_EXPR_FIB_DREG), &field);
    return TRI_YES;
}

static enum tri compare(const struct field *field, uint32_t op,
                        const uint8_t *octets, size_t size)
{
    switch (op) {
    case NFT_CMP_EQ: return field_is_equal(field, octets, size);
    case NFT_CMP_NEQ: return tri_not(field_is_equal(field, octets, size));
    case NFT_CMP_LT: return field_is_before(field, octets, size, false);
    case NFT_CMP_LTE: return field_is_before(field, octets, size, true);
    case NFT_CMP_GT: return tri_not(field_is_before(field, octets, size, true));
    case NFT_CMP_GTE:
        return tri_not(field_is_before(field, octets, size, false));
    default: return TRI_MAYBE;
    }
}

static enum tri do_cmp(struct matching *matching, struct nftnl_expr *e)
{
    uint32_t size = 0;
    const uint8_t *octets = nftnl_expr_get(e, NFTNL_EXPR_CMP_DATA, &size);
    struct field field;

    if (octets == NULL || size > REGISTERS_SIZE)
        return TRI_MAYBE;
    registers_load(&matching->registers,
                   nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_SREG), size, &field);
    return compare(&field, nftnl_expr_get_u32(e, NFTNL_EXPR_CMP_OP), octets,
                   size);
}

static enum tri do_range(struct matching *matching, struct nftnl_expr *e)
{
    uint32_t size = 0;
    uint32_t high_size = 0;
    const uint8_t *low = nftnl_expr_get(e, NFTNL_EXPR_RANGE_FROM_DATA, &size);
    const uint8_t *high =
        nftnl_expr_get(e, NFTNL_EXPR_RANGE_TO_DATA, &high_size);
    struct field field;
    enum tri inside;

    if (low == NULL || high == NULL || size != high_size ||
        size > REGISTERS_SIZE)
        return TRI_MAYBE;
    registers_load(&matching->registers,
                   nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_SREG), size, &field);
    inside = tri_and(tri_not(field_is_before(&field, low, size, false)),
                     field_is_before(&field, high, size, true));
    return nftnl_expr_get_u32(e, NFTNL_EXPR_RANGE_OP) == NFT_RANGE_NEQ
               ? tri_not(inside)
               : inside;
}

/* Only masks: shifts are of marks, and rare. */
static enum tri do_bitwise(struct matching *matching, struct nftnl_expr *e)
{
    uint32_t length = nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_LEN);
    uint32_t mask_size = 0;
    uint32_t flip_size = 0;
    const uint8_t *mask =
        nftnl_expr_get(e, NFTNL_EXPR_BITWISE_MASK, &mask_size);
    const uint8_t *flip = nftnl_expr_get(e, NFTNL_EXPR_BITWISE_XOR, &flip_size);
    struct field field;

    registers_load(&matching->registers,
                   nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_SREG), length,
                   &field);
    if ((nftnl_expr_is_set(e, NFTNL_EXPR_BITWISE_OP) &&
         nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_OP) != NFT_BITWISE_BOOL) ||
        mask == NULL || flip == NULL || mask_size < field.size ||
        flip_size < field.size)
        field_forget(&field, length);
    else
        field_mask(&field, mask, flip);
    registers_store(&matching->registers,
                    nftnl_expr_get_u32(e, NFTNL_EXPR_BITWISE_DREG), &field);
    return TRI_YES;
}

static enum tri do_byteorder(struct matching *matching, struct nftnl_expr *e)
{
    struct field field;

    registers_load(&matching->registers,
                   nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_SREG),
                   nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_LEN), &field);
    field_turn(&field, nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_SIZE));
    registers_store(&matching->registers,
                    nftnl_expr_get_u32(e, NFTNL_EXPR_BYTEORDER_DREG), &field);
    return TRI_YES;
}

static enum tri end_with(struct matching *matching, int verdict,
                         const char *chain)
{
    struct rule_outcome *out = matching->out;

    switch (verdict) {
    case NF_ACCEPT: out->act = ACT_ACCEPT; break;
    case NF_DROP: out->act = ACT_DROP; break;
    case NFT_RETURN: out->act = ACT_RETURN; break;
    case NFT_JUMP: out->act = ACT_JUMP; break;
    case NFT_GOTO: out->act = ACT_GOTO; break;
    case NFT_CONTINUE: return TRI_YES;
    default: out->act = ACT_UNKNOWN; break;
    }
    snprintf(out->chain, sizeof(out->chain), "%s", chain == NULL ? "" : chain);
    return TRI_YES;
}

static enum tri do_immediate(struct matching *matching, struct nftnl_expr *e)
{
    uint32_t size = 0;
    const void *octets;
    struct field field;

    if (nftnl_expr_is_set(e, NFTNL_EXPR_IMM_VERDICT))
        return end_with(matching,
                        (int)nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_VERDICT),
                        nftnl_expr_is_set(e, NFTNL_EXPR_IMM_CHAIN)
                            ? nftnl_expr_get_str(e, NFTNL_EXPR_IMM_CHAIN)
                            : NULL);
    octets = nftnl_expr_get(e, NFTNL_EXPR_IMM_DATA, &size);
    if (octets == NULL || size > REGISTERS_SIZE)
        return TRI_MAYBE;
    field_put(&field, octets, size);
    registers_store(&matching->registers,
                    nftnl_expr_get_u32(e, NFTNL_EXPR_IMM_DREG), &field);
    return TRI_YES;
}

/* Register 0 of a map is the verdict. */
static enum tri take_value(struct matching *matching, struct nftnl_expr *e,
                           const struct rule_value *value)
{
    struct field field;

    if (value->has_verdict)
        return end_with(matching, value->verdict, value->chain);
    field_put(&field, value->octets, value->size);
    registers_store(&matching->registers,
                    nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_DREG), &field);
    return TRI_YES;
}

/* Nobody knows what a map gives for a key that is not known. */
static enum tri take_nothing(struct matching *matching, struct nftnl_expr *e)
{
    struct field field;

    if (!nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_DREG))
        return TRI_MAYBE;
    if (nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_DREG) == NFT_REG_VERDICT)
        matching->out->act = ACT_UNKNOWN;
    field_forget(&field, REGISTERS_SIZE);
    registers_store(&matching->registers,
                    nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_DREG), &field);
    return TRI_MAYBE;
}

static enum tri do_lookup(struct matching *matching, struct nftnl_expr *e)
{
    bool inverted = nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_FLAGS) &&
                    (nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_FLAGS) &
                     NFT_LOOKUP_F_INV) != 0;
    uint32_t source = nftnl_expr_get_u32(e, NFTNL_EXPR_LOOKUP_SREG);
    struct rule_value value;
    struct field key;
    struct field own;
    size_t size = 0;
    enum tri found;
    int status;

    registers_load(&matching->registers, source, REGISTERS_SIZE, &key);
    status = rule_element_look_up(matching->family, matching->table,
                                  nftnl_expr_get_str(e, NFTNL_EXPR_LOOKUP_SET),
                                  key.octets, &size, &value);
    registers_load(&matching->registers, source, size, &own);
    if ((status < 0 && status != -ENOENT) || own.size < size ||
        !field_is_known(&own))
        return take_nothing(matching, e);
    if (inverted)
        return tri_of(status == -ENOENT);
    if (status == -ENOENT)
        return TRI_NO;
    found = value.may_fail ? TRI_MAYBE : TRI_YES;
    return nftnl_expr_is_set(e, NFTNL_EXPR_LOOKUP_DREG)
               ? tri_and(found, take_value(matching, e, &value))
               : found;
}

static enum tri do_notrack(struct matching *matching, struct nftnl_expr *e)
{
    (void)e;
    matching->packet->state =
        (struct rule_number){changes_surely(matching), RULE_STATE_UNTRACKED};
    matching->packet->reply.is_known = false;
    return TRI_YES;
}

static enum tri do_reject(struct matching *matching, struct nftnl_expr *e)
{
    (void)e;
    matching->out->act = ACT_REJECT;
    return TRI_YES;
}

static enum tri do_nat(struct matching *matching, struct nftnl_expr *e)
{
    const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);

    if (strcmp(name, "masq") == 0 ||
        (strcmp(name, "nat") == 0 &&
         nftnl_expr_get_u32(e, NFTNL_EXPR_NAT_TYPE) == NFT_NAT_SNAT))
        rule_view_move_source(matching->packet);
    else
        rule_view_move_destination(matching->packet);
    matching->out->act = ACT_ACCEPT;
    return TRI_YES;
}

/* Adds what it read to a set; with a limit or a counter of connections of its
 * own it is a question, too. */
static enum tri do_dynset(struct matching *matching, struct nftnl_expr *e)
{
    (void)matching;
    return nftnl_expr_is_set(e, NFTNL_EXPR_DYNSET_EXPR) ||
                   nftnl_expr_is_set(e, NFTNL_EXPR_DYNSET_EXPRESSIONS)
               ? TRI_MAYBE
               : TRI_YES;
}

/* A named counter is none; a limit, a quota, a helper may be anything. */
static enum tri do_objref(struct matching *matching, struct nftnl_expr *e)
{
    (void)matching;
    return nftnl_expr_is_set(e, NFTNL_EXPR_OBJREF_IMM_TYPE) &&
                   nftnl_expr_get_u32(e, NFTNL_EXPR_OBJREF_IMM_TYPE) ==
                       NFT_OBJECT_COUNTER
               ? TRI_YES
               : TRI_MAYBE;
}

static enum tri do_nothing(struct matching *matching, struct nftnl_expr *e)
{
    (void)matching;
    (void)e;
    return TRI_YES;
}

/* It may match or not; and if it reads something, it may be anything. */
static enum tri do_unknown(struct matching *matching, struct nftnl_expr *e)
{
    struct field nothing;

    (void)e;
    field_forget(&nothing, REGISTERS_SIZE);
    registers_store(&matching->registers, NFT_REG_1, &nothing);
    return TRI_MAYBE;
}

/* Hands the packet to somebody. */
static enum tri do_hand_over(struct matching *matching, struct nftnl_expr *e)
{
    (void)e;
    matching->out->act = ACT_UNKNOWN;
    return TRI_YES;
}

static const struct
{
    const char *name;
    enum tri (*answer)(struct matching *matching, struct nftnl_expr *e);
} expressions[] = {
    {"payload", do_payload},
    {"meta", do_meta},
    {"ct", do_ct},
    {"fib", do_fib},
    {"cmp", do_cmp},
    {"range", do_range},
    {"bitwise", do_bitwise},
    {"byteorder", do_byteorder},
    {"immediate", do_immediate},
    {"lookup", do_lookup},
    {"notrack", do_notrack},
    {"reject", do_reject},
    {"nat", do_nat},
    {"masq", do_nat},
    {"redir", do_nat},
    {"dynset", do_dynset},
    {"objref", do_objref},
    {"counter", do_nothing},
    {"log", do_nothing},
    {"last", do_nothing},
    {"dup", do_nothing},
    {"flow_offload", do_nothing},
    {"limit", do_unknown},
    {"connlimit", do_unknown},
    {"quota", do_unknown},
    {"exthdr", do_unknown},
    {"numgen", do_unknown},
    {"hash", do_unknown},
    {"osf", do_unknown},
    {"rt", do_unknown},
    {"socket", do_unknown},
    {"tunnel", do_unknown},
    {"xfrm", do_unknown},
};

static int read_expression(struct nftnl_expr *e, void *data)
{
    const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
    struct matching *matching = data;
    enum tri answer = TRI_MAYBE;
    size_t i = 0;

    while (i < ARRAY_SIZE(expressions) &&
           strcmp(expressions[i].name, name) != 0)
        i++;
    answer = i < ARRAY_SIZE(expressions) ? expressions[i].answer(matching, e)
                                         : do_hand_over(matching, e);
    matching->out->matches = tri_and(matching->out->matches, answer);
    return matching->out->matches == TRI_NO || matching->out->act != ACT_NONE
               ? -1
               : 0;
}

void nft_rule_match(struct nftnl_rule *rule, bool is_sure,
                    struct rule_view *packet, struct rule_outcome *out)
{
    struct matching matching = {
        .family = (int)nftnl_rule_get_u32(rule, NFTNL_RULE_FAMILY),
        .table = nftnl_rule_get_str(rule, NFTNL_RULE_TABLE),
        .is_sure = is_sure,
        .packet = packet,
        .out = out,
    };
    bool missed = packet->misses_device;

    *out = (struct rule_outcome){.matches = TRI_YES};
    (void)nftnl_expr_foreach(rule, read_expression, &matching);
    if (out->matches == TRI_MAYBE)
        return;
    packet->misses_device =
        missed; /* it asked in vain, or for another than lo */
    if (out->matches == TRI_NO)
        out->act = ACT_NONE;
}

struct search
{
    const char *chain; /* wanted */
    bool found;
};

static int find_extension(struct nftnl_expr *e, void *data)
{
    const char *name = nftnl_expr_get_str(e, NFTNL_EXPR_NAME);
    struct search *search = data;

    search->found |= strcmp(name, "match") == 0 || strcmp(name, "target") == 0;
    return 0;
}

bool nft_rule_needs_words(struct nftnl_rule *rule)
{
    struct search search = {0};

    (void)nftnl_expr_foreach(rule, find_extension, &search);
    return search.found;
}

static int find_jump(struct nftnl_expr *e, void *data)
{
    struct search *search = data;

    if (strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_NAME), "immediate") == 0 &&
        nftnl_expr_is_set(e, NFTNL_EXPR_IMM_CHAIN))
        search->found |= strcmp(nftnl_expr_get_str(e, NFTNL_EXPR_IMM_CHAIN),
                                search->chain) == 0;
    return 0;
}

bool nft_rule_leads_to(struct nftnl_rule *rule, const char *chain)
{
    struct search search = {.chain = chain};

    (void)nftnl_expr_foreach(rule, find_jump, &search);
    return search.found;
}
