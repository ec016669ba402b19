#include "sim/sipp/log_file.h"

#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool begin(struct log_file *l, bool append)
{
	l->file = fopen(text_cstr(&l->path), append ? "ae" : "we");
	if (!l->file)
		return false;
	l->bytes = 0;
	l->begun_s = clock_wall_us() / 1000000;
	if (append && fseek(l->file, 0, SEEK_END) == 0)
		l->bytes = (uint64_t)ftell(l->file);
	if (l->setting.title && !l->bytes) {
		fputs(l->setting.title, l->file);
		l->bytes = strlen(l->setting.title);
	}
	return true;
}

bool log_file_open(struct log_file *l, const struct log_setting *setting, bool at_once,
                   struct err *err)
{
	memset(l, 0, sizeof *l);
	pthread_mutex_init(&l->lock, NULL);
	text_init(&l->path);
	l->setting = *setting;
	text_add(&l->path, slice_str(setting->path));
	if (l->path.failed)
		return err_memory(err, "a file name");
	l->setting.path = NULL;
	if (l->setting.ring_files > LOG_MOST_RING)
		l->setting.ring_files = LOG_MOST_RING;
	l->on = true;
	if (at_once && !begin(l, setting->append))
		return err_set(err, ERR_IO, "cannot write '%s': %s", text_cstr(&l->path),
		               strerror(errno));
	return true;
}

/* ---- rotation ---- */

static void forget_oldest(struct log_file *l)
{
	unlink(l->ring[0]);
	mem_free(l->ring[0]);
	memmove(l->ring, l->ring + 1, (l->ring_count - 1) * sizeof *l->ring);
	l->ring_count--;
}

/* "uac_4842_messages.log" as "uac_4842_messages_1795298791.log"; a second one of that second as "..._1795298791.1.log". */
static void add_ring_name(const struct log_file *l, struct text *out)
{
	const char *path = text_cstr(&l->path), *dot = strrchr(path, '.');
	size_t stem = dot && !strchr(dot, '/') ? (size_t)(dot - path) : l->path.n;

	text_addf(out, "%.*s_%" PRId64, (int)stem, path, l->begun_s);
	if (l->same_second)
		text_addf(out, ".%u", l->same_second);
	text_addf(out, "%s", path + stem);
}

static void keep_in_ring(struct log_file *l)
{
	unsigned most = l->setting.ring_files ? l->setting.ring_files : LOG_MOST_RING;
	struct text name;
	char *kept;

	text_init(&name);
	add_ring_name(l, &name);
	if (!name.failed && (kept = mem_alloc(name.n + 1))) {
		memcpy(kept, text_cstr(&name), name.n + 1);
		rename(text_cstr(&l->path), kept);
		if (l->ring_count == most)
			forget_oldest(l);
		l->ring[l->ring_count++] = kept;
	}
	text_release(&name);
}

static void rotate(struct log_file *l)
{
	int64_t begun = l->begun_s;

	fclose(l->file);
	l->file = NULL;
	if (!l->setting.named)
		keep_in_ring(l);
	if (!begin(l, false))
		l->failed = true;
	l->same_second = l->begun_s == begun ? l->same_second + 1 : 0;
}

/* ---- writing ---- */

static void write_locked(struct log_file *l, struct slice bytes)
{
	if (!l->on || l->over || l->failed)
		return;
	if (!l->file && !begin(l, l->setting.append)) {
		l->failed = true;
		return;
	}
	if (fwrite(bytes.p, 1, bytes.n, l->file) != bytes.n)
		l->failed = true;
	l->bytes += bytes.n;
	if (l->setting.max_bytes && l->bytes >= l->setting.max_bytes)
		l->over = true;
	else if (l->setting.ring_bytes && l->bytes >= l->setting.ring_bytes)
		rotate(l);
}

void log_file_write(struct log_file *l, struct slice bytes)
{
	pthread_mutex_lock(&l->lock);
	write_locked(l, bytes);
	pthread_mutex_unlock(&l->lock);
}

void log_file_flush(struct log_file *l)
{
	pthread_mutex_lock(&l->lock);
	if (l->file && fflush(l->file) != 0)
		l->failed = true;
	pthread_mutex_unlock(&l->lock);
}

bool log_file_close(struct log_file *l, struct err *err)
{
	bool ok = !l->failed;

	if (l->file && fclose(l->file) != 0)
		ok = false;
	if (!ok)
		err_set(err, ERR_IO, "not all of '%s' could be written", text_cstr(&l->path));
	for (unsigned i = 0; i < l->ring_count; i++)
		mem_free(l->ring[i]);
	text_release(&l->path);
	pthread_mutex_destroy(&l->lock);
	memset(l, 0, sizeof *l);
	return ok;
}
