/* A recipe is a short text that says which packets a capture holds, so that the right answer is known before any program looks.
 * The language is told in fixtures/README.md. The same recipe and the same seed give the same octets on every machine. */
#ifndef TESTS_HELPERS_RECIPE_H
#define TESTS_HELPERS_RECIPE_H

#include "base/err.h"
#include "base/slice.h"

/* 2026-01-01 00:00:00 UTC: what a recipe calls second 0. */
#define RECIPE_EPOCH_S 1767225600

struct recipe_result {
	unsigned files; /* out_path, then out-2.pcap, out-3.pcap ... */
	uint64_t packets, bytes; /* in all of them */
};

/* `name` is for messages: false and err says "NAME:LINE: what is wrong". Nothing is written unless the whole recipe is right. */
bool recipe_run(const char *name, struct slice text, const char *out_path,
                struct recipe_result *result, struct err *err);

#endif
