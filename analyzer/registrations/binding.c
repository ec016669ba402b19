/* Accounts, and what an accepted REGISTER does to their bindings (RFC 3261 10.3). */
#include "analyzer/registrations/registration.h"
#include "base/mem.h"
#include "dissectors/sip_contacts.h"

#define MAX_LIFE_S     (366 * 86400)
#define DEFAULT_LIFE_S 3600 /* nobody said; RFC 3261 10.2 leaves it to the registrar */

static bool same_aor(const void *value, const void *wanted)
{
	const struct account *account = value;
	return slice_eq(slice_of(account->aor, account->aor_n), *(const struct slice *)wanted);
}

static struct account *account_new(struct registrations *rs, struct slice aor, uint64_t hash)
{
	struct account *account = mem_alloc(sizeof *account + aor.n);

	if (!account || !table_put(&rs->accounts, hash, account)) {
		mem_free(account);
		err_memory(rs->analysis->err, "registrations");
		return NULL;
	}
	*account = (struct account){ .hash = hash, .aor_n = aor.n };
	list_init(&account->bindings);
	if (aor.n)
		memcpy(account->aor, aor.p, aor.n);
	return account;
}

struct account *account_get(struct registrations *rs, struct slice aor, bool make)
{
	uint64_t hash = hash_slice(aor, 0);
	struct account *account = table_get(&rs->accounts, hash, same_aor, &aor);

	return account || !make ? account : account_new(rs, aor, hash);
}

void account_leave(struct registrations *rs, struct account *account)
{
	if (account->users)
		return;
	table_remove(&rs->accounts, account->hash, account);
	mem_free(account);
}

static struct registration *owner(struct list_node *node)
{
	return (struct registration *)(void *)((char *)node -
	                                       offsetof(struct registration, of_account));
}

int64_t registration_until_ns(const struct registration *r)
{
	int64_t life_s = r->has_expires ? r->expires_s : DEFAULT_LIFE_S;

	return r->final_ns + (life_s < MAX_LIFE_S ? life_s : MAX_LIFE_S) * NS_PER_S;
}

bool registration_ran_out(const struct registration *r, int64_t time_ns)
{
	return r->has_expires && time_ns > registration_until_ns(r);
}

/* What a REGISTER sent at `asked_ns` and accepted at `time_ns` does to this binding. */
static bool end_binding(struct registration *b, enum binding_end by, const struct registration *r)
{
	if (registration_ran_out(b, r->asked_ns))
		return registration_end(b, BINDING_EXPIRED, registration_until_ns(b));
	return registration_end(b, by, r->final_ns);
}

static bool is_removed(const struct registration_asked *asked, uint64_t key)
{
	for (unsigned i = 0; i < asked->remove_count; i++)
		if (asked->removes[i] == key)
			return true;
	return asked->all;
}

static bool end_removed(struct registration *r)
{
	struct list_node *head = &r->account->bindings, *next;

	for (struct list_node *node = head->next; node != head; node = next) {
		struct registration *b = owner(node);
		next = node->next;
		if (is_removed(&r->asked, b->asked.key) && !end_binding(b, BINDING_UNREGISTERED, r))
			return false;
	}
	return true;
}

static struct registration *same_binding(const struct registration *r)
{
	struct list_node *head = &r->account->bindings;

	for (struct list_node *node = head->next; node != head; node = node->next)
		if (owner(node)->asked.key == r->asked.key)
			return owner(node);
	return NULL;
}

/* The binding was there: this one goes on where it ends. With RFC 5626 it may go on at another address. */
static bool go_on(struct registration *r)
{
	struct registration *b = same_binding(r);

	r->outcome = REGISTRATION_REGISTERED;
	if (!b)
		return true;
	if (!slice_eq(b->contact, r->contact))
		return end_binding(b, BINDING_REPLACED, r);
	if (!registration_ran_out(b, r->asked_ns))
		r->outcome = REGISTRATION_REFRESHED;
	return end_binding(b, BINDING_REFRESHED, r);
}

/* A registrar answers with all bindings it has. Where it repeats Contacts as they were sent, those it leaves out are gone. */
static bool end_missing(struct registration *r, const struct sip_contacts *got)
{
	struct list_node *head = &r->account->bindings, *next;

	if (got->count > got->kept)
		return true;
	for (struct list_node *node = head->next; node != head; node = next) {
		struct registration *b = owner(node);
		next = node->next;
		if (ip_addr_eq(b->dst.addr, r->dst.addr) &&
		    !sip_contacts_find(got, b->asked.key, b->contact) &&
		    !end_binding(b, BINDING_REPLACED, r))
			return false;
	}
	return true;
}

static bool begin_binding(struct registration *r)
{
	struct account *account = r->account;

	while (account->binding_count >= ACCOUNT_MAX_BINDINGS)
		if (!registration_close(owner(account->bindings.next)))
			return false;
	return registration_enter(r, REGISTRATION_BOUND);
}

static void take_granted(struct registration *r, const struct sip_msg *msg,
                         const struct sip_contact *own)
{
	if (own && own->has_expires) {
		r->expires_s = own->expires_s;
		r->has_expires = true;
	} else if (msg && sip_seconds(sip_msg_value(msg, SIP_H_EXPIRES), &r->expires_s)) {
		r->has_expires = true;
	}
}

static const struct sip_contact *own_contact(const struct registration *r,
                                             const struct sip_contacts *got)
{
	const struct sip_contact *own = sip_contacts_find(got, r->asked.key, r->contact);

	/* A proxy between may have put itself there. */
	return own || got->kept != 1 ? own : &got->item[0];
}

/* Asked for, or decided by the registrar, who grants 0 seconds. */
static bool unregistered(struct registration *r)
{
	struct registration *b = r->asked.all ? NULL : same_binding(r);

	r->outcome = REGISTRATION_UNREGISTERED;
	r->expires_s = 0;
	r->has_expires = true;
	return !b || end_binding(b, BINDING_UNREGISTERED, r);
}

static bool accepted_contact(struct registration *r, const struct sip_msg *msg,
                             const struct sip_contacts *got)
{
	const struct sip_contact *own = own_contact(r, got);

	take_granted(r, msg, own);
	if (r->asked.all || r->asked.removal || (r->has_expires && r->expires_s == 0))
		return unregistered(r);
	if (!go_on(r))
		return false;
	if (own && own->key == r->asked.key && !end_missing(r, got))
		return false;
	return begin_binding(r);
}

bool registration_accepted(struct registration *r, const struct sip_msg *msg)
{
	struct sip_contacts got;

	got.count = got.kept = 0;
	if (msg) {
		sip_contacts(msg, &got);
		r->contacts = got.count;
		r->has_contacts = true;
	}
	if (!r->asked.has_contact && !r->asked.all) {
		r->outcome = REGISTRATION_QUERIED;
		return true;
	}
	return end_removed(r) && accepted_contact(r, msg, &got);
}
