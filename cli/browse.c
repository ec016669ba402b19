/* milliwatt browse */
#include "cli/cli.h"

int cli_browse(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 2;
}
