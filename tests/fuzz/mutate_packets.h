/* Mutation of capture files packet by packet: octets changed at random break the file's format long before they reach a call. What
 * comes out is a nanosecond pcap in little-endian order. Nothing is checked for sense: packets of any age, order and length. */
#ifndef TESTS_FUZZ_MUTATE_PACKETS_H
#define TESTS_FUZZ_MUTATE_PACKETS_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own mutation of octets in place. */
typedef size_t mutate_octets(uint8_t *data, size_t size, size_t max_size);

/* A few changes to the capture in data[0..size), in place; gives the new size, 0 where it is no capture that can be rewritten. */
size_t mutate_packets(uint8_t *data, size_t size, size_t max_size, unsigned seed,
                      mutate_octets *octets);

/* The packets of two captures in one, in time order or the second behind the first; 0 where that cannot be. */
size_t mutate_packets_join(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                           uint8_t *out, size_t max_size, unsigned seed);

#endif
