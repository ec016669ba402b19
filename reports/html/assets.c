#include "reports/html/assets.h"

#include "build/html_assets.h"

struct slice html_style(void)
{
	return slice_of(html_assets_style, sizeof html_assets_style - 1);
}

struct slice html_script(void)
{
	return slice_of(html_assets_script, sizeof html_assets_script - 1);
}

const char *html_style_digest(void)
{
	return html_assets_style_digest;
}
