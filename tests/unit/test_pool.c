/* Pieces from a pool: apart from each other, aligned, used again. */
#include "base/mem.h"
#include "base/pool.h"

#include <check.h>
#include <stdint.h>
#include <string.h>

Suite *suite_pool(void);

#define PIECES 2000

static uint8_t *piece_new(struct pool *p, size_t octets, unsigned i)
{
	uint8_t *piece = pool_alloc(p, octets);

	ck_assert_ptr_nonnull(piece);
	ck_assert_uint_eq((uintptr_t)piece % 16, 0);
	memset(piece, (int)(i & 0xff), octets);
	return piece;
}

static void piece_end(struct pool *p, uint8_t *piece, size_t octets, unsigned i)
{
	size_t same = 0;

	while (same < octets && piece[same] == (i & 0xff))
		same++;
	ck_assert_uint_eq(same, octets);
	pool_free(p, piece, octets);
}

static size_t octets_of(unsigned i)
{
	return i % 7 == 0 ? 500 : 1 + i % 200; /* some are larger than the pool's */
}

START_TEST(pieces_are_apart)
{
	static uint8_t *pieces[PIECES];
	struct pool p;

	pool_init(&p, 200);
	p.alone = _i;
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < PIECES; i++)
			if (!pieces[i])
				pieces[i] = piece_new(&p, octets_of(i), i);
		for (unsigned i = round % 3; i < PIECES; i += 1 + round) {
			if (pieces[i])
				piece_end(&p, pieces[i], octets_of(i), i);
			pieces[i] = NULL;
		}
	}
	for (unsigned i = 0; i < PIECES; i++) {
		if (pieces[i])
			piece_end(&p, pieces[i], octets_of(i), i);
		pieces[i] = NULL;
	}
	pool_free(&p, NULL, 1);
	pool_release(&p);
}
END_TEST

START_TEST(pieces_are_used_again)
{
	struct pool p;
	uint64_t before;

	pool_init(&p, 64);
	p.alone = false;
	pool_free(&p, pool_alloc(&p, 64), 64);
	before = mem_count();
	for (int i = 0; i < 100000; i++)
		pool_free(&p, pool_alloc(&p, 64), 64);
	ck_assert_uint_eq(mem_count(), before);
	pool_release(&p);
}
END_TEST

START_TEST(out_of_memory)
{
	struct pool p;

	pool_init(&p, 64);
	p.alone = false;
	mem_fail_after(0);
	ck_assert_ptr_null(pool_alloc(&p, 64));
	mem_fail_after(0);
	ck_assert_ptr_null(pool_alloc(&p, 65));
	mem_fail_after(UINT64_MAX);
	ck_assert_ptr_nonnull(pool_alloc(&p, 64));
	pool_release(&p);
}
END_TEST

Suite *suite_pool(void)
{
	Suite *s = suite_create("pool");
	TCase *t = tcase_create("pool");

	tcase_add_loop_test(t, pieces_are_apart, 0, 2);
	tcase_add_test(t, pieces_are_used_again);
	tcase_add_test(t, out_of_memory);
	suite_add_tcase(s, t);
	return s;
}
