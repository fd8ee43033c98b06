#include "agent/observe/ruleset/registers.h"

#include <string.h>

#include <linux/netfilter/nf_tables.h>

#define LO_INDEX 1 /* the kernel has it so, in every namespace */

void field_put(struct field *field, const void *octets, size_t size)
{
    field->size = size;
    memcpy(field->octets, octets, size);
    memset(field->known, 0xff, size);
    field->is_not_lo = false;
}

void field_put_number(struct field *field, const struct rule_number *number)
{
    field_put(field, &number->value, sizeof(number->value));
    if (!number->is_known)
        field_forget(field, sizeof(number->value));
}

void field_forget(struct field *field, size_t size)
{
    memset(field, 0, sizeof(*field));
    field->size = size < REGISTERS_SIZE ? size : REGISTERS_SIZE;
}

/* Four of 16 octets each, or sixteen of four; room is what is left from there.
 * False when there is no such register. */
static bool find(uint32_t number, size_t *offset, size_t *room)
{
    if (number >= NFT_REG32_00)
        *offset = (size_t)(number - NFT_REG32_00) * REGISTER_SIZE;
    else if (number >= NFT_REG_1)
        *offset = (size_t)(number - NFT_REG_1) * 4 * REGISTER_SIZE;
    else
        return false;
    if (*offset >= REGISTERS_SIZE)
        return false;
    *room = REGISTERS_SIZE - *offset;
    return true;
}

/* A value fills whole words, with zeros. */
void registers_store(struct registers *registers, uint32_t number,
                     const struct field *field)
{
    size_t whole =
        (field->size + REGISTER_SIZE - 1) / REGISTER_SIZE * REGISTER_SIZE;
    size_t offset;
    size_t room;

    if (!find(number, &offset, &room))
        return;
    memset(registers->is_not_lo + offset / REGISTER_SIZE, 0,
           (whole < room ? whole : room) / REGISTER_SIZE);
    registers->is_not_lo[offset / REGISTER_SIZE] = field->is_not_lo;
    memset(registers->octets + offset, 0, whole < room ? whole : room);
    memset(registers->known + offset, 0xff, whole < room ? whole : room);
    memcpy(registers->octets + offset, field->octets,
           field->size < room ? field->size : room);
    memcpy(registers->known + offset, field->known,
           field->size < room ? field->size : room);
}

void registers_load(const struct registers *registers, uint32_t number,
                    size_t size, struct field *field)
{
    size_t offset;
    size_t room;

    field_forget(field, size);
    if (!find(number, &offset, &room))
        return;
    if (field->size > room)
        field->size = room;
    memcpy(field->octets, registers->octets + offset, field->size);
    memcpy(field->known, registers->known + offset, field->size);
    field->is_not_lo = registers->is_not_lo[offset / REGISTER_SIZE];
}

/* The name to its end, or the number. */
static bool is_lo(const uint8_t *octets, size_t size)
{
    const uint32_t index = LO_INDEX;

    return size == sizeof(index) ? memcmp(octets, &index, size) == 0
                                 : size > 2 && memcmp(octets, "lo", 3) == 0;
}

enum tri field_is_equal(const struct field *field, const uint8_t *octets,
                        size_t size)
{
    enum tri answer = TRI_YES;

    if (size > field->size)
        return TRI_MAYBE;
    if (field->is_not_lo && is_lo(octets, size))
        return TRI_NO;
    for (size_t i = 0; i < size; i++) {
        if (((field->octets[i] ^ octets[i]) & field->known[i]) != 0)
            return TRI_NO;
        if (field->known[i] != 0xff)
            answer = TRI_MAYBE;
    }
    return answer;
}

enum tri field_is_before(const struct field *field, const uint8_t *octets,
                         size_t size, bool or_equal)
{
    if (size > field->size)
        return TRI_MAYBE;
    for (size_t i = 0; i < size; i++) {
        if (field->known[i] != 0xff)
            return TRI_MAYBE;
        if (field->octets[i] != octets[i])
            return tri_of(field->octets[i] < octets[i]);
    }
    return tri_of(or_equal);
}

void field_mask(struct field *field, const uint8_t *mask, const uint8_t *flip)
{
    field->is_not_lo = false;
    for (size_t i = 0; i < field->size; i++) {
        field->octets[i] =
            (uint8_t)((field->octets[i] & field->known[i] & mask[i]) ^ flip[i]);
        field->known[i] |= (uint8_t)~mask[i];
    }
}

static void turn(uint8_t *octets, size_t size)
{
    for (size_t i = 0; i < size / 2; i++) {
        uint8_t kept = octets[i];

        octets[i] = octets[size - 1 - i];
        octets[size - 1 - i] = kept;
    }
}

void field_turn(struct field *field, size_t size)
{
    if (size == 0 || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        return;
    for (size_t at = 0; at + size <= field->size; at += size) {
        turn(field->octets + at, size);
        turn(field->known + at, size);
    }
}

bool field_is_known(const struct field *field)
{
    for (size_t i = 0; i < field->size; i++)
        if (field->known[i] != 0xff)
            return false;
    return true;
}
