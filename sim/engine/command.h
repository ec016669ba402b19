/* A shell command that nobody waits for (<exec command=>). */
#ifndef SIM_ENGINE_COMMAND_H
#define SIM_ENGINE_COMMAND_H

#include <stdbool.h>

/* False: no process could be made. */
bool command_run(const char *command);

#endif
