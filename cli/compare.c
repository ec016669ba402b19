/* milliwatt compare */
#include "cli/cli.h"

int cli_compare(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 2;
}
