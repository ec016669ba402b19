/* milliwatt suite */
#include "cli/cli.h"

int cli_suite(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 2;
}
