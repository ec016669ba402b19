/* The style and the script of HTML reports, as embedded when this was built (embed.sh). */
#ifndef REPORTS_HTML_ASSETS_H
#define REPORTS_HTML_ASSETS_H

#include "base/slice.h"

struct slice html_style(void);
struct slice html_script(void);
/* "sha256-...": of the style, as a Content-Security-Policy names what may stand in a page. */
const char *html_style_digest(void);

#endif
