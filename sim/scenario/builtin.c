#include "build/builtin.h"

#include "sim/scenario/sipp_xml.h"

static const struct {
	const char *name, *summary;
} summaries[] = {
	{ "uac", "calls, waits (-d), hangs up" },
	{ "uas", "answers calls, and their BYE" },
	{ "regexp", "a caller that reads values out of the answer and sends them back" },
	{ "branchc", "registers, calls, and goes different ways by what comes back" },
	{ "branchs", "the registrar and callee for branchc" },
	{ "uac_pcap", "a caller that speaks and presses a digit" },
	{ "3pcc-C-A", "third party call control: the controller's leg to A" },
	{ "3pcc-C-B", "third party call control: the controller's leg to B" },
	{ "3pcc-A", "third party call control: A, which makes the offer" },
	{ "3pcc-B", "third party call control: B, which answers it" },
	{ "ooc_default", "what is out of any call gets 200" },
	{ "ooc_dummy", "what is out of any call is left alone" },
};

const char *builtin_scenario(const char *name)
{
	for (size_t i = 0; builtin_texts[i].name; i++)
		if (strcmp(builtin_texts[i].name, name) == 0)
			return builtin_texts[i].text;
	return NULL;
}

const char *builtin_scenario_name(size_t n, const char **summary)
{
	if (n >= sizeof summaries / sizeof summaries[0])
		return NULL;
	if (summary)
		*summary = summaries[n].summary;
	return summaries[n].name;
}
