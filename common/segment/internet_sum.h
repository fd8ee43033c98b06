/* The one's complement sum that IP, TCP, UDP and ICMP are checked by (RFC 1071).
 * Pure. */
#ifndef SEGMENT_INTERNET_SUM_H
#define SEGMENT_INTERNET_SUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds octets as 16-bit words in network order; behind an odd number of them a
 * zero is thought.  Of less than 128 KiB in all, which is more than a packet
 * has. */
static inline uint32_t internet_sum_add(uint32_t sum, const void *data,
                                        size_t size)
{
    const uint8_t *octets = data;

    for (size_t i = 0; i + 1 < size; i += 2)
        sum += (uint32_t)(octets[i] << 8 | octets[i + 1]);
    if (size % 2 != 0)
        sum += (uint32_t)octets[size - 1] << 8;
    return sum;
}

/* The sum in 16 bits: UINT16_MAX over what bears its right checksum; the
 * complement of what it is over the rest is the checksum. */
static inline uint16_t internet_sum_fold(uint32_t sum)
{
    while (sum > UINT16_MAX)
        sum = (sum & UINT16_MAX) + (sum >> 16);
    return (uint16_t)sum;
}

#endif
