#include "sim/transport/twin_peers.h"

#include "base/mem.h"
#include "sim/transport/resolve.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

static bool too_many(struct err *err)
{
	return err_set(err, ERR_FORMAT, "more than %d names", TWIN_PEERS_MAX);
}

static bool add_peer(struct twin_peers *p, struct slice name, struct slice address, struct err *err)
{
	char text[300];
	struct twin_peer *peer = &p->peers[p->count];

	if (!name.n || name.n >= TWIN_NAME_MAX || !address.n || address.n >= sizeof text)
		return err_set(err, ERR_FORMAT, "this is not name;address:port");
	if (twin_peers_find(p, name))
		return err_set(err, ERR_FORMAT, "'%.*s' is there twice", SLICE_ARG(name));
	if (p->count == TWIN_PEERS_MAX)
		return too_many(err);
	slice_cstr(name, peer->name, sizeof peer->name);
	if (!resolve_now(slice_cstr(address, text, sizeof text), 0, AF_UNSPEC, &peer->at, err))
		return false;
	if (!peer->at.port)
		return err_set(err, ERR_FORMAT, "'%s' has no port", text);
	p->count++;
	return true;
}

/* Empty lines and comments are skipped. */
static bool read_line(struct twin_peers *p, struct slice line, struct err *err)
{
	struct slice name = SLICE_NONE, address = SLICE_NONE;

	line = slice_trim(line);
	if (!line.n || line.p[0] == '#')
		return true;
	slice_split(&line, ';', &name);
	slice_split(&line, ';', &address);
	return add_peer(p, slice_trim(name), slice_trim(address), err);
}

static bool read_lines(struct twin_peers *p, FILE *f, const char *path, struct err *err)
{
	char line[512];
	unsigned number = 0;

	while (fgets(line, sizeof line, f)) {
		number++;
		if (!read_line(p, slice_str(line), err))
			return err_context(err, "%s: line %u", path, number);
	}
	return !ferror(f) || err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
}

bool twin_peers_read(struct twin_peers *p, const char *path, struct err *err)
{
	FILE *f = fopen(path, "re");

	*p = (struct twin_peers){ 0 };
	if (!f)
		return err_set(err, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
	p->peers = mem_alloc(TWIN_PEERS_MAX * sizeof *p->peers);
	bool ok = p->peers ? read_lines(p, f, path, err) : err_memory(err, "names of peers");
	fclose(f);
	if (!ok)
		twin_peers_release(p);
	return ok;
}

void twin_peers_release(struct twin_peers *p)
{
	mem_free(p->peers);
	*p = (struct twin_peers){ 0 };
}

const struct twin_peer *twin_peers_find(const struct twin_peers *p, struct slice name)
{
	for (size_t i = 0; i < p->count; i++)
		if (slice_eq_str(name, p->peers[i].name))
			return &p->peers[i];
	return NULL;
}
