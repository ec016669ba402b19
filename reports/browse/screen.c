#define NCURSES_WIDECHAR 1

#include "reports/browse/screen.h"

#include "base/mem.h"
#include "reports/browse/keys.h"

#include <curses.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

#undef columns /* term.h: a capability of that name */

/* So long an Esc may be the beginning of another key, in ms: sequences come in one piece. */
#define ESCAPE_DELAY 50

/* Keys that never come although the terminal says there is one: it is gone. */
#define MOST_EMPTY 5

struct screen {
	SCREEN *terminal;
	bool colour;
	sigset_t before; /* signals that were blocked */
	unsigned empty;
};

/* --- taking and giving back -------------------------------------------------------------------------------------- */

static bool refuse(const char *term, struct err *err)
{
	return err_set(err, ERR_USAGE,
	               "the terminal '%.60s' cannot be drawn on (TERM); 'milliwatt calls' and "
	               "'milliwatt show' print the same as text",
	               term ? term : "");
}

static bool can_place_cursor(const char *term)
{
	const char *place;
	int found;

	if (!term || !*term || setupterm(term, STDOUT_FILENO, &found) != OK)
		return false;
	place = tigetstr("cup");
	bool can = place && place != (char *)-1;
	del_curterm(cur_term);
	return can;
}

/* initscr() ends the program where TERM is unknown; newterm() does not, but takes terminals that cannot place a cursor. */
static bool open_terminal(struct screen *s, struct err *err)
{
	const char *term = getenv("TERM");

	if (!can_place_cursor(term))
		return refuse(term, err);
	s->terminal = newterm(NULL, stdout, stdin);
	return s->terminal || refuse(term, err);
}

static void use_colours(struct screen *s)
{
	static const short colours[] = { COLOR_RED,  COLOR_YELLOW, COLOR_GREEN,
		                         COLOR_CYAN, COLOR_BLUE,   COLOR_MAGENTA };

	s->colour = s->colour && has_colors() && start_color() == OK && use_default_colors() == OK;
	for (short i = 0; s->colour && i < 6; i++)
		init_pair((short)(i + 1), colours[i], -1);
}

/* What ends the program is let in only while it waits for a key, so that none is missed in between, and none cuts a picture in two. */
static void block_signals(struct screen *s)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, &s->before);
}

struct screen *screen_open(bool colour, struct err *err)
{
	struct screen *s = mem_zalloc(sizeof *s);

	if (!s) {
		err_memory(err, "the screen");
		return NULL;
	}
	s->colour = colour;
	if (!open_terminal(s, err)) {
		mem_free(s);
		return NULL;
	}
	block_signals(s);
	set_escdelay(ESCAPE_DELAY);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	use_colours(s);
	return s;
}

void screen_close(struct screen *s)
{
	if (!s)
		return;
	endwin();
	delscreen(s->terminal);
	sigprocmask(SIG_SETMASK, &s->before, NULL);
	mem_free(s);
}

/* --- showing ----------------------------------------------------------------------------------------------------- */

void screen_size(const struct screen *s, unsigned *rows, unsigned *columns)
{
	int y, x;

	(void)s;
	getmaxyx(stdscr, y, x);
	*rows = y > 0 ? (unsigned)y : 1;
	*columns = x > 0 ? (unsigned)x : 1;
}

static attr_t attributes(const struct screen *s, unsigned style)
{
	attr_t a = A_NORMAL;

	if (style & STYLE_BOLD)
		a |= A_BOLD;
	if (style & STYLE_DIM)
		a |= A_DIM;
	if (style & STYLE_REVERSE)
		a |= A_REVERSE;
	if (style & STYLE_UNDERLINE)
		a |= A_UNDERLINE;
	(void)s;
	return a;
}

/* The cells were escaped: their octets are valid UTF-8. */
static size_t to_wide(const char *text, wchar_t *out, size_t most)
{
	mbstate_t state = { 0 };
	size_t n = mbsrtowcs(out, &text, most, &state);

	return n == (size_t)-1 ? 0 : n;
}

static void show_cell(const struct screen *s, const struct cell *cell, int y, int x)
{
	wchar_t wide[8] = { 0 };
	cchar_t out;
	short pair = s->colour ? (short)((cell->style & STYLE_COLOURS) / STYLE_RED) : 0;

	if (!cell->text[0])
		return; /* the right half of a wide one */
	if (!to_wide(cell->text, wide, 7))
		wide[0] = L'?';
	if (setcchar(&out, wide, attributes(s, cell->style), pair, NULL) == OK)
		mvadd_wch(y, x, &out);
}

void screen_show(struct screen *s, const struct cells *c, bool all)
{
	if (all)
		clearok(stdscr, TRUE);
	erase();
	for (unsigned row = 0; row < c->rows; row++)
		for (unsigned x = 0; x < c->columns; x++)
			show_cell(s, &c->at[(size_t)row * c->columns + x], (int)row, (int)x);
	refresh();
}

/* --- keys -------------------------------------------------------------------------------------------------------- */

static const struct {
	int theirs, ours;
} special[] = {
	{ KEY_UP, KEYS_UP },         { KEY_DOWN, KEYS_DOWN },
	{ KEY_LEFT, KEYS_LEFT },     { KEY_RIGHT, KEYS_RIGHT },
	{ KEY_PPAGE, KEYS_PAGE_UP }, { KEY_NPAGE, KEYS_PAGE_DOWN },
	{ KEY_HOME, KEYS_HOME },     { KEY_END, KEYS_END },
	{ KEY_DC, KEYS_DELETE },     { KEY_BACKSPACE, KEYS_BACKSPACE },
	{ KEY_ENTER, KEYS_ENTER },   { KEY_RESIZE, KEYS_RESIZE },
};

static int key_of(int theirs)
{
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (special[i].theirs == theirs)
			return special[i].ours;
	if (theirs > KEY_F0 && theirs <= KEY_F0 + 12)
		return KEYS_F(theirs - KEY_F0);
	return KEYS_LAST; /* some other one: nothing */
}

/* What ncurses has read already, or the terminal holds. */
static bool key_at_hand(int *key)
{
	wint_t got;

	switch (get_wch(&got)) {
	case OK: *key = (int)got == 13 ? KEYS_ENTER : (int)got; return true;
	case KEY_CODE_YES: *key = key_of((int)got); return true;
	default: *key = KEYS_NONE; return false;
	}
}

bool screen_key(struct screen *s, int *key)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	if (key_at_hand(key)) {
		s->empty = 0;
		return true;
	}
	if (ppoll(&input, 1, NULL, &s->before) < 0)
		return key_at_hand(key) || errno == EINTR; /* a new size is a key, too */
	if (key_at_hand(key)) {
		s->empty = 0;
		return true;
	}
	return (input.revents & POLLIN) && ++s->empty < MOST_EMPTY;
}
