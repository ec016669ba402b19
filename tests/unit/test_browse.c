/* reports/browse: keys in, pictures out. Each documented key does what the help says of it. */
#include "base/mem.h"
#include "reports/browse/keys.h"
#include "reports/browse/view.h"
#include "tests/helpers/browse_lab.h"
#include "tests/helpers/shortage.h"
#include "tests/helpers/temp_dir.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* --- whole pictures ---------------------------------------------------------------------------------------------- */

static const char calls_80x24[] =
        "[1 Calls] 2 Find  3 Strm  4 Reg  5 Sum  6 Fig                         sample.db\n"
        "3 calls                                                                      1/3\n"
        "   call start^   caller   callee   outcome       status   talk s   MOS findings\n"
        ">     1 22:13:20 alice    bob      answered         200      7.0  3.20 A1 B1\n"
        "      2 22:13:21 alice    carol    busy             486        -     -\n"
        "      3 22:13:21 \\x1B[31~ \\x1B[31~ failed           503        -     -\n"
        "\n\n\n\n\n\n\n\n\n\n\n\n"
        "alice -> bob: answered 200 OK, 7.0 s of talk, ended by the caller  one@192.0.2.1\n"
        "error A1 bob sent no audio: alice hears nothing \\x1B[2J\n"
        "do: open the UDP range in the firewall\n"
        "and 1 more\n"
        "\n"
        "F1 Help Enter Flow F2 Save F3 Filter F9 All F6 Raw e Findings > Sort Esc Back\n";

static const char calls_40x10[] = "[1 Calls] 2 Find  3 Strm  4 Reg  5 Sum\n"
                                  "3 calls                              1/3\n"
                                  "   call caller    callee   outcome\n"
                                  ">     1 alice     bob      answered\n"
                                  "      2 alice     carol    busy\n"
                                  "      3 \\x1B[31m~ \\x1B[31~ failed\n"
                                  "\n\n"
                                  "error A1 bob sent no audio: alice hears~\n"
                                  "F1 Help Enter Flow F2 Save Esc Back\n";

static const char flow_80x24[] =
        "[1 Calls] 2 Find  3 Strm  4 Reg  5 Sum  6 Fig                         sample.db\n"
        "call 1: alice -> bob, answered 200                                          1/13\n"
        "                   192.0.2.1               192.0.2.2             198.51.100.9\n"
        ">    0.000000          |------- INVITE ------->|                       |\n"
        "                       | SDP offer PCMU PCMA 192.0.2.1:4000 sendrecv   |\n"
        "     0.050000          |--- INVITE (again) --->|                       |\n"
        "                       | SDP offer PCMU PCMA 192.0.2.1:4000 sendrecv   |\n"
        "     0.100000          |<---- 100 INVITE ------|                       |\n"
        "     2.000000          |<---- 200 INVITE ------|                       |\n"
        "                       | SDP offer PCMU PCMA 192.0.2.1:4000 sendrecv   |\n"
        "     2.010000          |--------- ACK -------->|                       |\n"
        "     2.020000          |===== RTP PCMU #1 ====>|                       |\n"
        "                       | 345 packets, 1.15 % lost, jitter 1.1 ms, MOS 4.02 nb\n"
        "     2.020000          |                       |===== RTP PCMU #2 ====>|\n"
        "                       |    345 packets, 0.00 % lost, jitter 1.1 ms, MOS 3.20 nb\n"
        "     4.000000          |------- DTMF 5 ------->|                       |\n"
        "--------------------------------------------------------------------------------\n"
        "2023-11-14 22:13:20.000000 UTC  +0.000000 s\n"
        "192.0.2.1:5060 -> 192.0.2.2:5060  UDP\n"
        "frame 1:1, 400 octets, leg 1\n"
        "INVITE sip:bob@192.0.2.2 SIP/2.0\n"
        "SDP offer PCMU PCMA 192.0.2.1:4000 sendrecv\n"
        "\n"
        "F1 Help Enter Message s Save / Search F6 Raw F2 SDP F3 Media F7 Colour Esc Back\n";

/* Times are shorter, names nearer to each other, what does not fit is to the right. */
static const char flow_40x10[] = "[1 Calls] 2 Find  3 Strm  4 Reg  5 Sum\n"
                                 "call 1: alice -> bob, ans~          1/13\n"
                                 " 1 more -> 192.0.2.1           192.0.2.2\n"
                                 ">    0.000     |------ INVITE ----->|\n"
                                 "     0.050     |-- INVITE (again) ->|\n"
                                 "     0.100     |<--- 100 INVITE ----|\n"
                                 "     2.000     |<--- 200 INVITE ----|\n"
                                 "     2.010     |------- ACK ------->|\n"
                                 "     2.020     |=== RTP PCMU #1 ===>|\n"
                                 "what stands below the arrows: off\n";

static const struct {
	const char *keys;
	unsigned rows, columns;
	const char *expected;
} pictures[] = {
	{ "", 24, 80, calls_80x24 },
	{ "", 10, 40, calls_40x10 },
	{ "Enter", 24, 80, flow_80x24 },
	{ "Enter d", 10, 40, flow_40x10 },
	{ "", 9, 80, "80x9 is too small,\n40x10 is enough\n(q: back)\n\n\n\n\n\n\n" },
	{ "", 24, 3, NULL },
	{ "", 1, 1, "~\n" },
};

START_TEST(a_whole_picture)
{
	struct browse_lab lab;

	browse_lab_open(&lab, pictures[_i].rows, pictures[_i].columns, true);
	browse_lab_keys(&lab, pictures[_i].keys);
	if (pictures[_i].expected)
		ck_assert_str_eq(browse_lab_picture(&lab), pictures[_i].expected);
	browse_lab_close(&lab);
}
END_TEST

/* --- what keys do ------------------------------------------------------------------------------------------------ */

/* In a view, after keys that lead there, the key shows this. */
static const struct {
	unsigned view;
	const char *before, *key;
	const char *shows, *hides;
} effects[] = {
	{ VIEW_CALLS, "", "F1", "Keys in the calls", NULL },
	{ VIEW_CALLS, "", "Enter", "|------- INVITE ------->|", NULL },
	{ VIEW_CALLS, "Space Space", "Enter", "2 calls, call 1: alice -> bob", NULL },
	{ VIEW_CALLS, "", "F2", "Save to: call-1.pcap", NULL },
	{ VIEW_CALLS, "Space Space", "s", "Save to: 2-calls.pcap", NULL },
	{ VIEW_CALLS, "", "F3", "Filter:", NULL },
	{ VIEW_CALLS, "", "F7", "Filter:", NULL },
	{ VIEW_CALLS, "/ type:busy Enter", "F9", "3 of 3 calls", NULL },
	{ VIEW_CALLS, "", "F9", "there is no filter", NULL },
	{ VIEW_CALLS, "", "F4", "|------- INVITE ------->|", NULL },
	{ VIEW_CALLS, "", "F6", "OPTIONS sip:3 SIP/2.0", NULL },
	{ VIEW_CALLS, "", "e", "2 findings of call 1", NULL },
	{ VIEW_CALLS, "", "Space", "*     1", NULL },
	{ VIEW_CALLS, "Space Up", "Space", "3 calls  ", "marked" },
	{ VIEW_CALLS, "Space Space", "u", "3 calls  ", "marked" },
	{ VIEW_CALLS, "", "z", "sorted by start, largest first", NULL },
	{ VIEW_CALLS, "", ">", "sorted by caller, smallest first", NULL },
	{ VIEW_CALLS, "> >", "<", "sorted by caller, smallest first", NULL },
	{ VIEW_CALLS, "", "F10", "[x] findings", NULL },
	{ VIEW_CALLS, "", "Right", "   call caller", "start" },
	{ VIEW_CALLS, "Right", "Left", "   call start^", NULL },
	{ VIEW_CALLS, "", "Left", "this is the left end", NULL },
	{ VIEW_CALLS, "", "Down", ">     2", NULL },
	{ VIEW_CALLS, "Down", "Up", ">     1", NULL },
	{ VIEW_CALLS, "", "PgDn", ">     3", NULL },
	{ VIEW_CALLS, "End", "PgUp", ">     1", NULL },
	{ VIEW_CALLS, "", "Ctrl-D", ">     3", NULL },
	{ VIEW_CALLS, "End", "Ctrl-U", ">     1", NULL },
	{ VIEW_CALLS, "", "End", ">     3", NULL },
	{ VIEW_CALLS, "End", "Home", ">     1", NULL },
	{ VIEW_CALLS, "", "F5", "there is no file to read again", NULL },
	{ VIEW_CALLS, "", "F12", "F12 does nothing here; F1 or h shows what does", NULL },
	{ VIEW_CALLS, "2", "1", "3 calls", NULL },
	{ VIEW_CALLS, "", "2", "3 findings", NULL },
	{ VIEW_CALLS, "", "3", "3 streams", NULL },
	{ VIEW_CALLS, "", "4", "2 registrations", NULL },
	{ VIEW_CALLS, "", "5", "WARNING a.pcap: record length 4194304", NULL },
	{ VIEW_CALLS, "", "6", "ASR", NULL },
	{ VIEW_FLOW, "Enter", "Enter", "OPTIONS sip:1 SIP/2.0", NULL },
	{ VIEW_FLOW, "Enter Space Down Down Space", "Enter", "- X-Number: 1", NULL },
	{ VIEW_FLOW, "Enter Down Down Down Down Down", "Enter", "Stream 1 of call 1", NULL },
	{ VIEW_FLOW, "Enter Down Down Down Down Down Down Down", "Enter",
	  "all that is known of a digit", NULL },
	{ VIEW_FLOW, "Enter Space Down Down Down Down Down Space", "Enter", "only two SIP messages",
	  NULL },
	{ VIEW_FLOW, "Enter", "s", "Save to: call-1.pcap", NULL },
	{ VIEW_FLOW, "Enter", "/", "Search:", NULL },
	{ VIEW_FLOW, "Enter / type:BYE Enter", "n", ">    9.100000", NULL },
	{ VIEW_FLOW, "Enter / type:BYE Enter", "N", ">    9.100000", NULL },
	{ VIEW_FLOW, "Enter", "n", "/ looks for a text first", NULL },
	{ VIEW_FLOW, "Enter", "F4", "there is one leg only", NULL },
	{ VIEW_FLOW, "Space Space Enter", "F4", "leg 1 of 2 alone", NULL },
	{ VIEW_FLOW, "Enter", "F6", "OPTIONS sip:3 SIP/2.0", NULL },
	{ VIEW_FLOW, "Enter", "e", "2 findings of call 1", NULL },
	{ VIEW_FLOW, "Enter Space Down Down Down", "Space",
	  "2.000000 s between the two; Enter shows messages beside each other", NULL },
	{ VIEW_FLOW, "Enter Space", "u", ">    0.000000", NULL },
	{ VIEW_FLOW, "Enter", "F2", "what stands below the arrows: off", "345 packets" },
	{ VIEW_FLOW, "Enter", "d", "end of #1", "345 packets" },
	{ VIEW_FLOW, "Enter", "D", "SDP only", "BYE" },
	{ VIEW_FLOW, "Enter", "F3", "without media", "RTP" },
	{ VIEW_FLOW, "Enter", "F7", "colours by leg", NULL },
	{ VIEW_FLOW, "Enter", "w", "+0.050000", NULL },
	{ VIEW_FLOW, "Enter w", "w", "22:13:20.050", NULL },
	{ VIEW_FLOW, "Enter", "t", "4.500000", "2023-11-14" },
	{ VIEW_FLOW, "Enter", "9", "frame 1:1", NULL },
	{ VIEW_FLOW, "Enter 0 0 0 0", "0", "it cannot be narrower", NULL },
	{ VIEW_FLOW, "Enter", "3", "2 streams of call 1", NULL },
	{ VIEW_FLOW, "Enter", "Right", "<- 1 more", NULL },
	{ VIEW_FLOW, "Enter Right", "Left", "192.0.2.1 ", "more" },
	{ VIEW_FLOW, "Enter", "End", ">    9.100000", NULL },
	{ VIEW_FLOW, "Enter", "Esc", "3 calls", NULL },
	{ VIEW_CALLS, "", "3", "warning B1 1.15 % of the RTP did not come: 4 of 349", NULL },
	{ VIEW_STREAMS, "3", "Enter", "Stream 1 of call 1", NULL },
	{ VIEW_STREAMS, "3", "e", "call 1: alice -> bob", NULL },
	{ VIEW_STREAMS, "3 End", "e", "stream 3 belongs to no call", NULL },
	{ VIEW_STREAMS, "3", "/", "an SSRC as 0x1234abcd", NULL },
	{ VIEW_STREAMS, "3", ">", "sorted by from, smallest first", NULL },
	{ VIEW_FINDINGS, "2", "Enter", "1 of 3 calls: finding:2", NULL },
	{ VIEW_FINDINGS, "2 Down", "Enter", "it was found outside of calls", NULL },
	{ VIEW_FINDINGS, "2", "e", "Finding 2: A1 one-way-audio, error", NULL },
	{ VIEW_REGISTRATIONS, "4", "Enter", "Registration 1", NULL },
	{ VIEW_REGISTRATIONS, "4 / type:403 Enter", "z", "1 of 2 registrations", NULL },
	{ VIEW_PAGE, "5", "F2", "Save to: summary.txt", NULL },
	{ VIEW_PAGE, "5", "/", "Search:", NULL },
	{ VIEW_PAGE, "5 / type:calls Enter", "n", "Calls", NULL },
	{ VIEW_PAGE, "5", "N", "/ looks for a text first", NULL },
	{ VIEW_PAGE, "5 / type:xyzzy", "Enter", "'xyzzy' does not stand here", NULL },
	{ VIEW_PAGE, "6", "End", "100 %", NULL },
	{ VIEW_PAGE, "6 End", "Home", "0 %", NULL },
	{ VIEW_PAGE, "F1", "q", "3 calls", NULL },
	{ VIEW_COLUMNS, "F10 Down", "Space", "[x] date", NULL },
	{ VIEW_COLUMNS, "F10", "Space", "the first column always stays", NULL },
	{ VIEW_COLUMNS, "F10 Down Down", "-", "> [x] start\n  [ ] date", NULL },
	{ VIEW_COLUMNS, "F10 Down", "+", "  [x] start\n> [ ] date", NULL },
	{ VIEW_COLUMNS, "F10 Down Space", "Enter", "2023-11-14", NULL },
};

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

START_TEST(a_key_has_its_effect)
{
	struct browse_lab lab;
	const char *got;

	browse_lab_open(&lab, 24, 80, true);
	browse_lab_keys(&lab, effects[_i].before);
	browse_lab_keys(&lab, effects[_i].key);
	got = browse_lab_picture(&lab);
	ck_assert_msg(strstr(got, effects[_i].shows) != NULL, "'%s' then %s: no '%s' in\n%s",
	              effects[_i].before, effects[_i].key, effects[_i].shows, got);
	ck_assert_msg(!effects[_i].hides || !strstr(got, effects[_i].hides),
	              "'%s' then %s: '%s' in\n%s", effects[_i].before, effects[_i].key,
	              effects[_i].hides, got);
	browse_lab_close(&lab);
}
END_TEST

static bool has_key_named(const struct binding *b, const char *name)
{
	struct text names;
	bool found = false;

	text_init(&names);
	for (int i = 0; i < BINDING_KEYS && b->keys[i]; i++) {
		text_reset(&names);
		keys_name(b->keys[i], &names);
		found |= strcmp(text_cstr(&names), name) == 0;
	}
	text_release(&names);
	return found;
}

/* Redrawing shows nothing, leaving has a test of its own. */
START_TEST(every_binding_has_an_effect_tested)
{
	for (size_t i = 0; i < binding_count; i++) {
		const struct binding *b = &bindings[i];
		bool tested = b->action == ACTION_REDRAW || b->action == ACTION_QUIT;
		for (int k = 0; k < COUNT(effects) && !tested; k++)
			tested = (b->views & effects[k].view) && has_key_named(b, effects[k].key);
		ck_assert_msg(tested, "no test of '%s'", b->help);
	}
}
END_TEST

static const struct {
	unsigned view;
	const char *keys;
	enum action here; /* the tab that is open already */
} ways[] = {
	{ VIEW_CALLS, "", ACTION_CALLS },        { VIEW_STREAMS, "3", ACTION_STREAMS },
	{ VIEW_FINDINGS, "2", ACTION_FINDINGS }, { VIEW_REGISTRATIONS, "4", ACTION_REGISTRATIONS },
	{ VIEW_FLOW, "Enter", ACTION_NONE },     { VIEW_PAGE, "6", ACTION_FIGURES },
	{ VIEW_COLUMNS, "F10", ACTION_NONE },
};

/* After the way and one key: the picture, and what is said. */
static char *picture_after(const char *way, int key)
{
	struct browse_lab lab;
	char *copy;

	browse_lab_open(&lab, 24, 80, true);
	browse_lab_keys(&lab, way);
	browse_lab_picture(&lab);
	if (key)
		browse_key(&lab.browse, key);
	copy = strdup(browse_lab_picture(&lab));
	if (lab.browse.done)
		copy[0] = '\0';
	browse_lab_close(&lab);
	return copy;
}

static bool is_move(enum action what)
{
	return what >= ACTION_UP && what <= ACTION_LAST;
}

/* Any other name of a key does the same; none does nothing without a word, but moves that are at an end. */
START_TEST(keys_are_alike_and_never_silent)
{
	char *before = picture_after(ways[_i].keys, 0);

	for (size_t i = 0; i < binding_count; i++) {
		const struct binding *b = &bindings[i];
		if (!(b->views & ways[_i].view) || keys_find(ways[_i].view, b->keys[0]) != b)
			continue;
		char *first = picture_after(ways[_i].keys, b->keys[0]);
		bool silent = strcmp(first, before) == 0;
		bool may_be = is_move(b->action) || b->action == ACTION_REDRAW ||
		              b->action == ACTION_UNMARK || b->action == ways[_i].here;
		for (int k = 1; k < BINDING_KEYS && b->keys[k]; k++) {
			char *other = picture_after(ways[_i].keys, b->keys[k]);
			ck_assert_msg(strcmp(first, other) == 0, "%s: not alike", b->help);
			free(other);
		}
		ck_assert_msg(!silent || may_be, "%s: silent in view %u", b->help, ways[_i].view);
		free(first);
	}
	free(before);
}
END_TEST

START_TEST(help_lists_every_key)
{
	struct text names;

	text_init(&names);
	for (size_t i = 0; i < binding_count; i++)
		if (bindings[i].views & ways[_i].view) {
			struct browse_lab lab;
			browse_lab_open(&lab, 200, 160, true);
			browse_lab_keys(&lab, ways[_i].keys);
			browse_lab_keys(&lab, "F1");
			text_reset(&names);
			keys_names(&bindings[i], &names);
			ck_assert_msg(strstr(browse_lab_picture(&lab), text_cstr(&names)) != NULL,
			              "%s", text_cstr(&names));
			ck_assert_ptr_nonnull(strstr(browse_lab_picture(&lab), bindings[i].help));
			browse_lab_close(&lab);
		}
	text_release(&names);
}
END_TEST

/* docs/browse.md: a row of a table for each binding, "| `F2` `s` | calls | what it does |". */
START_TEST(the_guide_lists_every_key)
{
	struct text guide, row;
	char buf[4096];
	FILE *f = fopen("docs/browse.md", "r");

	ck_assert_ptr_nonnull(f);
	text_init(&guide);
	text_init(&row);
	for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;)
		text_add(&guide, slice_of(buf, n));
	fclose(f);
	for (size_t i = 0; i < binding_count; i++) {
		const char *line;
		text_reset(&row);
		text_addf(&row, "\n|");
		for (int k = 0; k < BINDING_KEYS && bindings[i].keys[k]; k++) {
			text_addf(&row, " `");
			keys_name(bindings[i].keys[k], &row);
			text_addf(&row, "`");
		}
		text_addf(&row, " | ");
		bool found = false;
		for (line = strstr(text_cstr(&guide), text_cstr(&row)); line && !found;
		     line = strstr(line + 1, text_cstr(&row))) {
			const char *end = strchr(line + 1, '\n');
			const char *help = strstr(line, bindings[i].help);
			found = help && end && help < end;
		}
		ck_assert_msg(found, "docs/browse.md has no row%s ... %s", text_cstr(&row),
		              bindings[i].help);
	}
	text_release(&guide);
	text_release(&row);
}
END_TEST

/* --- saving ------------------------------------------------------------------------------------------------------ */

START_TEST(calls_are_saved)
{
	struct temp_dir dir;
	struct browse_lab lab;
	char keys[300];

	temp_dir_make(&dir);
	browse_lab_open(&lab, 24, 80, true);
	snprintf(keys, sizeof keys, "Down s Ctrl-U type:%s Enter", temp_dir_path(&dir, "two.pcap"));
	browse_lab_keys(&lab, keys);
	ck_assert_ptr_nonnull(strstr(lab.saved, "two.pcap: 2"));
	ck_assert_ptr_nonnull(strstr(browse_lab_picture(&lab), "42 packets of 1 call"));
	temp_dir_write(&dir, "two.pcap", SLICE_LIT("something precious"));
	lab.saved[0] = '\0';
	browse_lab_keys(&lab, "Home Space Down Space");
	browse_lab_keys(&lab, keys + 5);
	ck_assert_ptr_nonnull(
	        strstr(browse_lab_picture(&lab), "there is such a file: Enter replaces it"));
	browse_lab_keys(&lab, "Esc");
	ck_assert_str_eq(lab.saved, "");
	browse_lab_keys(&lab, keys + 5);
	browse_lab_keys(&lab, "Enter");
	ck_assert_ptr_nonnull(strstr(lab.saved, "two.pcap: 1 3"));
	lab.refusal = "no room left";
	browse_lab_keys(&lab, "s Enter");
	ck_assert_ptr_nonnull(strstr(browse_lab_picture(&lab), "no room left"));
	ck_assert(lab.browse.line_is_error);
	browse_lab_close(&lab);
	temp_dir_remove(&dir);
}
END_TEST

START_TEST(a_page_is_saved)
{
	struct browse_lab lab;

	browse_lab_open(&lab, 24, 80, true);
	browse_lab_keys(&lab, "5 s Ctrl-U type:/nonexistent/summary.txt Enter");
	ck_assert_str_eq(lab.saved, "/nonexistent/summary.txt: Captures\n  1 file, 800 packets, "
	                            "9.100 s from 2023-11-14 22:1");
	browse_lab_close(&lab);
}
END_TEST

/* --- the filter line --------------------------------------------------------------------------------------------- */

START_TEST(a_wrong_filter_can_be_put_right)
{
	struct browse_lab lab;

	browse_lab_open(&lab, 24, 80, true);
	browse_lab_keys(&lab, "/ type:mos<9 Enter");
	ck_assert_ptr_nonnull(
	        strstr(browse_lab_picture(&lab), "mos<9: a MOS is a number from 1 to 5"));
	ck_assert_ptr_nonnull(strstr(browse_lab_picture(&lab), "Filter: mos<9"));
	browse_lab_keys(&lab, "Backspace type:3.5 Enter");
	ck_assert_ptr_nonnull(strstr(browse_lab_picture(&lab), "1 of 3 calls"));
	browse_lab_keys(&lab, "/ Ctrl-U type:no-such-number Enter Down");
	ck_assert_ptr_nonnull(strstr(browse_lab_picture(&lab), "nothing passes the filter"));
	browse_lab_keys(&lab, "Enter");
	ck_assert_ptr_nonnull(
	        strstr(browse_lab_picture(&lab), "there is nothing in this list to open"));
	browse_lab_close(&lab);
}
END_TEST

/* --- all sizes, all texts ---------------------------------------------------------------------------------------- */

/* No control character and no half of a wide one reaches the terminal, at any size; call 3 and the texts of messages are hostile. */
static void check_cells(const struct cells *c, const char *where)
{
	for (unsigned i = 0; i < c->rows * c->columns; i++) {
		const struct cell *cell = &c->at[i];
		for (const char *p = cell->text; *p; p++)
			ck_assert_msg((unsigned char)*p >= 0x20 && *p != 0x7F, "%s", where);
		if (!cell->text[0])
			ck_assert_msg(i % c->columns && c->at[i - 1].text[0], "%s", where);
	}
}

static const char *const tours[] = {
	"",
	"End",
	"End Enter",
	"End Enter Enter",
	"Enter Down Down Enter",
	"3 Enter",
	"2 End e",
	"4 End Enter",
	"F10 End",
	"/ type:abc",
	"F1 End",
	"Enter r End",
	"2 Enter Enter 3 Enter",
	"Space Space Space Enter",
};

START_TEST(every_size)
{
	static const unsigned columns[] = { 1, 2, 39, 40, 41, 59, 60, 79, 80, 109, 110, 132, 300 };
	struct browse_lab lab;

	browse_lab_open(&lab, 24, 80, false);
	browse_lab_keys(&lab, tours[_i]);
	for (unsigned rows = 1; rows <= 40; rows += rows < 14 ? 1 : 9)
		for (int i = 0; i < COUNT(columns); i++) {
			lab.rows = rows;
			lab.columns = columns[i];
			browse_lab_picture(&lab);
			check_cells(&lab.browse.cells, tours[_i]);
		}
	browse_lab_close(&lab);
}
END_TEST

/* --- the file ---------------------------------------------------------------------------------------------------- */

START_TEST(the_database_changes)
{
	struct temp_dir dir;
	struct browse_lab lab;
	char path[200], other[200];

	temp_dir_make(&dir);
	snprintf(path, sizeof path, "%s", temp_dir_path(&dir, "x.db"));
	snprintf(other, sizeof other, "%s", temp_dir_path(&dir, "y.db"));
	browse_lab_write(path);
	browse_lab_open_file(&lab, path);
	browse_lab_keys(&lab, "Down");
	ck_assert_ptr_null(strstr(browse_lab_picture(&lab), "database"));
	browse_lab_write(other);
	ck_assert_int_eq(rename(other, path), 0);
	browse_lab_keys(&lab, "Up");
	ck_assert_ptr_nonnull(strstr(browse_lab_picture(&lab), "written anew; F5 reads it again"));
	browse_lab_keys(&lab, "Enter F5");
	ck_assert_ptr_nonnull(strstr(browse_lab_picture(&lab), "the database was read again"));
	ck_assert_ptr_nonnull(strstr(browse_lab_picture(&lab), "3 calls"));
	ck_assert_int_eq(unlink(path), 0);
	browse_lab_keys(&lab, "Down");
	ck_assert_ptr_nonnull(
	        strstr(browse_lab_picture(&lab), "is gone; what you see is what it held"));
	browse_lab_keys(&lab, "Enter"); /* and goes on */
	ck_assert_ptr_nonnull(strstr(browse_lab_picture(&lab), "call 2: alice -> carol"));
	browse_lab_keys(&lab, "F5");
	ck_assert_ptr_nonnull(strstr(browse_lab_picture(&lab), "no such file"));
	browse_lab_keys(&lab, "s");
	ck_assert_ptr_nonnull(strstr(browse_lab_picture(&lab), "captures cannot be written here"));
	browse_lab_close(&lab);
	temp_dir_remove(&dir);
}
END_TEST

/* Written over in place, as by cp: SQLite says what it thinks of it, and that stands in the bottom line. */
START_TEST(the_database_is_spoilt)
{
	struct temp_dir dir;
	struct browse_lab lab;
	char path[200];

	temp_dir_make(&dir);
	snprintf(path, sizeof path, "%s", temp_dir_path(&dir, "x.db"));
	browse_lab_write(path);
	browse_lab_open_file(&lab, path);
	ck_assert_int_eq(truncate(path, 512), 0);
	browse_lab_keys(&lab, "Enter");
	ck_assert_msg(lab.browse.line_is_error && strstr(browse_lab_picture(&lab), "cannot read '"),
	              "%s", browse_lab_picture(&lab));
	browse_lab_close(&lab);
	temp_dir_remove(&dir);
}
END_TEST

/* --- leaving, memory --------------------------------------------------------------------------------------------- */

static const struct {
	const char *keys;
	bool done;
} ends[] = {
	{ "q", true },
	{ "Esc", true },
	{ "Enter q", false },
	{ "Enter q q", true },
	{ "Enter Enter Q", true },
	{ "/ Esc", false },
	{ "/ Esc Esc", true },
	{ "1 1 q", true },
	{ "2 Enter Enter Enter q q q q", false },
	{ "2 Enter Enter Enter q q q q q", true },
};

START_TEST(it_is_left)
{
	struct browse_lab lab;

	browse_lab_open(&lab, 24, 80, true);
	for (const char *p = ends[_i].keys; *p;) { /* no view is left to draw behind the last key */
		char key[16] = { 0 };
		size_t n = strcspn(p, " ");
		memcpy(key, p, n);
		browse_lab_keys(&lab, key);
		p += n + (p[n] == ' ');
	}
	ck_assert_int_eq(lab.browse.done, ends[_i].done);
	browse_lab_close(&lab);
}
END_TEST

static bool tour(struct browse_lab *lab, struct err *err)
{
	static const int keys[] = {
		KEYS_DOWN, KEYS_UP,    ' ', KEYS_ENTER, KEYS_ENTER, 'q',        'r',        '/',
		'T',       KEYS_ENTER, 'q', '3',        KEYS_ENTER, '2',        KEYS_ENTER, 'e',
		'2',       'e',        '4', KEYS_ENTER, '5',        '6',        KEYS_F(1),  '1',
		'/',       'b',        'u', 's',        'y',        KEYS_ENTER, 'l',        '>',
		'z',       KEYS_F(10), 'q', 's',        KEYS_ENTER
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		browse_key(&lab->browse, keys[i]);
		if (!browse_draw(&lab->browse, 24, i % 2 ? 80 : 120, err))
			return false;
	}
	return true;
}

/* An allocation that fails is a red line, or ends it with an error; never more than that. */
START_TEST(allocation_n_fails)
{
	struct shortage s = { 0 };
	struct browse_lab lab;
	struct err err = ERR_INIT;

	browse_lab_open(&lab, 24, 80, true);
	shortage_watch(&s);
	ck_assert(tour(&lab, &err));
	shortage_plan(&s);
	browse_lab_close(&lab);
	while (true) {
		browse_lab_open(&lab, 24, 80, true);
		if (!shortage_next(&s))
			break;
		err = (struct err)ERR_INIT;
		bool ok = tour(&lab, &err);
		shortage_over();
		ck_assert_msg(ok || err.code == ERR_MEMORY, "allocation %lu: %s", shortage_at(&s),
		              err.text);
		browse_lab_close(&lab);
	}
	browse_lab_close(&lab);
	shortage_release(&s);
}
END_TEST

START_TEST(opening_without_memory)
{
	struct browse_lab lab;

	browse_lab_open(&lab, 24, 80, true);
	for (uint64_t n = 0; n < 400; n++) {
		struct err err = ERR_INIT;
		struct browse b;
		mem_fail_after(n);
		bool ok = browse_open(&b, lab.records, "x", "", &lab.doors, true, &err);
		mem_fail_after(UINT64_MAX);
		browse_release(&b);
		ck_assert(ok || err.code == ERR_MEMORY);
		if (ok)
			break;
	}
	browse_lab_close(&lab);
}
END_TEST

Suite *suite_browse(void);
Suite *suite_browse(void)
{
	Suite *suite = suite_create("browse");
	TCase *tcase = tcase_create("browse");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, a_whole_picture, 0, COUNT(pictures));
	tcase_add_loop_test(tcase, a_key_has_its_effect, 0, COUNT(effects));
	tcase_add_test(tcase, every_binding_has_an_effect_tested);
	tcase_add_loop_test(tcase, keys_are_alike_and_never_silent, 0, COUNT(ways));
	tcase_add_loop_test(tcase, help_lists_every_key, 0, COUNT(ways));
	tcase_add_test(tcase, the_guide_lists_every_key);
	tcase_add_test(tcase, calls_are_saved);
	tcase_add_test(tcase, a_page_is_saved);
	tcase_add_test(tcase, a_wrong_filter_can_be_put_right);
	tcase_add_loop_test(tcase, every_size, 0, COUNT(tours));
	tcase_add_test(tcase, the_database_changes);
	tcase_add_test(tcase, the_database_is_spoilt);
	tcase_add_loop_test(tcase, it_is_left, 0, COUNT(ends));
	tcase_add_test(tcase, allocation_n_fails);
	tcase_add_test(tcase, opening_without_memory);
	suite_add_tcase(suite, tcase);
	return suite;
}
