/* gnuplot's SVG made ours. It writes a group per pen, most of them empty, and black on nothing; line by line: empty groups go, a title and a
 * description come, and a style that has an answer to a dark ground. */
#include "reports/plot_internal.h"

/* Where gnuplot's own head ends. */
#define CANVAS "<g id=\"gnuplot_canvas\">"

static void add_head(struct text *out, struct slice title, struct slice description, bool points)
{
	text_addf(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	               "<svg xmlns=\"http://www.w3.org/2000/svg\" "
	               "xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"560\" height=\"300\" "
	               "viewBox=\"0 0 560 300\" role=\"img\" aria-labelledby=\"title desc\">\n"
	               "<title id=\"title\">");
	text_add_html(out, title);
	text_addf(out, "</title>\n<desc id=\"desc\">");
	text_add_html(out, slice_trim(description));
	text_addf(out, "</desc>\n<style>\n"
	               "text { fill: #333; font-family: system-ui, sans-serif }\n"
	               "path[stroke='black'] { stroke: #767676 }\n"
	               "path.gridline { stroke: #bbb }\n"
	               "@media (prefers-color-scheme: dark) { text { fill: #ddd } "
	               "path[stroke='black'] { stroke: #8c8c8c } path.gridline { stroke: #555 } }\n"
	               "</style>\n");
	if (points)
		text_addf(out, "<defs><circle id=\"gpPt5\" r=\"1\" stroke-width=\"0.222\" "
		               "stroke=\"currentColor\"/><use xlink:href=\"#gpPt5\" id=\"gpPt6\" "
		               "fill=\"currentColor\" stroke=\"none\"/></defs>\n");
	text_addf(out, CANVAS "\n");
}

static bool is_pen(struct slice line)
{
	return slice_starts(line, "<g fill=\"none\" color=");
}

/* Only of the plot's own part: `body` begins behind the canvas' tag. */
static void add_body(struct text *out, struct slice body)
{
	struct slice line, pen = SLICE_NONE;
	bool defs = false;

	while (slice_line(&body, &line)) {
		struct slice bare = slice_trim(line);
		if (slice_starts(bare, "<defs>") || defs) {
			defs = !slice_starts(bare, "</defs>");
			continue;
		}
		if (pen.p && slice_eq_str(bare, "</g>")) {
			pen = SLICE_NONE;
			continue;
		}
		if (!bare.n || (slice_starts(bare, "<rect") &&
		                slice_find_str(bare, "fill=\"none\"/>") != SLICE_NPOS))
			continue;
		if (pen.p) {
			text_add(out, pen);
			text_addf(out, "\n");
		}
		pen = is_pen(bare) ? bare : SLICE_NONE;
		if (pen.p)
			continue;
		text_add(out, bare);
		text_addf(out, "\n");
	}
}

bool plot_svg_finish(struct slice drawn, struct slice title, struct slice description,
                     struct text *out)
{
	size_t canvas = slice_find_str(drawn, CANVAS);
	size_t end = slice_find_str(drawn, "</svg>");

	if (canvas == SLICE_NPOS || end == SLICE_NPOS || end < canvas)
		return false;
	struct slice body =
	        slice_sub(drawn, canvas + strlen(CANVAS), end - canvas - strlen(CANVAS));
	size_t defs = slice_find_str(body, "</defs>");
	struct slice shown = defs == SLICE_NPOS ? body : slice_from(body, defs);
	add_head(out, title, description, slice_find_str(shown, "#gpPt") != SLICE_NPOS);
	add_body(out, body);
	text_addf(out, "</svg>\n");
	return true;
}
