#include "sim/auth/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <threads.h>

#define MAC_BLOCK 64 /* of SHA-256 */

/* OpenSSL 3 looks an algorithm up by its name each time one is not fetched before, which takes longer than the hash. */
struct kept {
	EVP_MD_CTX *context;
	EVP_MD *algorithm[HASH_ALGORITHMS];
	EVP_CIPHER_CTX *cipher_context;
	EVP_CIPHER *cipher;
};

static once_flag key_once = ONCE_FLAG_INIT;
static tss_t key;
static bool key_made;

static void give_back(void *p)
{
	struct kept *k = p;

	EVP_MD_CTX_free(k->context);
	for (int a = 0; a < HASH_ALGORITHMS; a++)
		EVP_MD_free(k->algorithm[a]);
	EVP_CIPHER_CTX_free(k->cipher_context);
	EVP_CIPHER_free(k->cipher);
	OPENSSL_free(k);
}

static void make_key(void)
{
	key_made = tss_create(&key, give_back) == thrd_success;
}

static struct kept *make_kept(void)
{
	static const char *const names[] = { "MD5", "SHA256", "SHA512-256" };
	struct kept *k = OPENSSL_zalloc(sizeof *k);

	if (!k)
		return NULL;
	k->context = EVP_MD_CTX_new();
	for (int a = 0; a < HASH_ALGORITHMS; a++)
		k->algorithm[a] = EVP_MD_fetch(NULL, names[a], NULL);
	k->cipher_context = EVP_CIPHER_CTX_new();
	k->cipher = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	if (!k->context || !k->cipher_context || tss_set(key, k) != thrd_success) {
		give_back(k);
		return NULL;
	}
	return k;
}

/* This thread's; NULL: out of memory. */
static struct kept *kept(void)
{
	call_once(&key_once, make_key);
	if (!key_made)
		return NULL;
	struct kept *k = tss_get(key);
	return k ? k : make_kept();
}

size_t hash_sum_octets(enum hash_algorithm a)
{
	return a == HASH_MD5 ? 16 : 32;
}

bool hash_sum(enum hash_algorithm a, const struct slice *parts, size_t count,
              uint8_t out[static HASH_MOST_OCTETS])
{
	struct kept *k = kept();
	unsigned n;

	if (!k || !k->algorithm[a] || !EVP_DigestInit_ex2(k->context, k->algorithm[a], NULL))
		return false;
	for (size_t i = 0; i < count; i++)
		if (parts[i].n && !EVP_DigestUpdate(k->context, parts[i].p, parts[i].n))
			return false;
	return EVP_DigestFinal_ex(k->context, out, &n) == 1 && n == hash_sum_octets(a);
}

bool hash_mac(const uint8_t mac_key[static HASH_MOST_OCTETS], struct slice message,
              uint8_t out[static HASH_MOST_OCTETS])
{
	uint8_t inner[MAC_BLOCK], outer[MAC_BLOCK];

	for (size_t i = 0; i < MAC_BLOCK; i++) {
		uint8_t octet = i < HASH_MOST_OCTETS ? mac_key[i] : 0;
		inner[i] = octet ^ 0x36;
		outer[i] = octet ^ 0x5c;
	}
	struct slice first[] = { slice_of(inner, sizeof inner), message };
	if (!hash_sum(HASH_SHA256, first, 2, out))
		return false;
	struct slice second[] = { slice_of(outer, sizeof outer), slice_of(out, HASH_MOST_OCTETS) };
	return hash_sum(HASH_SHA256, second, 2, out);
}

bool hash_aes128(const uint8_t aes_key[static AES_BLOCK], const uint8_t in[static AES_BLOCK],
                 uint8_t out[static AES_BLOCK])
{
	struct kept *k = kept();
	int n = 0;

	if (!k || !k->cipher ||
	    !EVP_EncryptInit_ex2(k->cipher_context, k->cipher, aes_key, NULL, NULL) ||
	    !EVP_CIPHER_CTX_set_padding(k->cipher_context, 0))
		return false;
	return EVP_EncryptUpdate(k->cipher_context, out, &n, in, AES_BLOCK) == 1 && n == AES_BLOCK;
}

bool hash_equal(struct slice a, struct slice b)
{
	return a.n == b.n && (!a.n || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void hash_hex(const uint8_t *octets, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++) {
		*out++ = "0123456789abcdef"[octets[i] >> 4];
		*out++ = "0123456789abcdef"[octets[i] & 15];
	}
}
