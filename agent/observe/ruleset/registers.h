/* The registers in which nftables keeps what a rule has read of a packet, bit
 * by bit with whether it is known. */
#ifndef OBSERVE_REGISTERS_H
#define OBSERVE_REGISTERS_H

#include <stddef.h>
#include <stdint.h>

#include "agent/observe/firewall/rule_view.h"

#define REGISTERS_SIZE 64 /* octets of all */

/* A value; where known has a 0, the bit may be anything. */
struct field
{
    size_t size;
    uint8_t octets[REGISTERS_SIZE];
    uint8_t known[REGISTERS_SIZE];
    bool is_not_lo; /* it is a device's name or number, of any but lo */
};

#define REGISTER_SIZE  4
#define REGISTER_COUNT (REGISTERS_SIZE / REGISTER_SIZE)

struct registers
{
    uint8_t octets[REGISTERS_SIZE];
    uint8_t known[REGISTERS_SIZE];
    bool is_not_lo[REGISTER_COUNT]; /* of what begins there */
};

void field_put(struct field *field, const void *octets, size_t size);
void field_put_number(struct field *field, const struct rule_number *number);
void field_forget(struct field *field, size_t size); /* nothing is known */

/* Registers are numbered as the kernel's netlink has them (NFT_REG_1,
 * NFT_REG32_00...).  A value that reaches beyond the last is cut. */
void registers_store(struct registers *registers, uint32_t number,
                     const struct field *field);
void registers_load(const struct registers *registers, uint32_t number,
                    size_t size, struct field *field);

enum tri field_is_equal(const struct field *field, const uint8_t *octets,
                        size_t size);

/* Is it before those octets (or is it they, with or_equal), in the order of
 * memcmp()? */
enum tri field_is_before(const struct field *field, const uint8_t *octets,
                         size_t size, bool or_equal);

/* (field & mask) ^ flip */
void field_mask(struct field *field, const uint8_t *mask, const uint8_t *flip);

/* Turns the octets of each of its numbers of that size about. */
void field_turn(struct field *field, size_t size);

bool field_is_known(const struct field *field);

#endif
