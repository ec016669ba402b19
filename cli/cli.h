/* The subcommands: each takes its own argv (argv[0] is its name), prints results to stdout and one clear line per error to stderr, and
 * returns the exit code: 0, 2 (usage, files, database), 3 (memory). Only cli/ knows of getopt and exit codes. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

int cli_analyze(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_calls(int argc, char **argv);
int cli_show(int argc, char **argv);
int cli_export(int argc, char **argv);
int cli_audio(int argc, char **argv);
int cli_explain(int argc, char **argv);
int cli_score(int argc, char **argv);
int cli_rules(int argc, char **argv);
int cli_sim(int argc, char **argv);
int cli_lint(int argc, char **argv);
int cli_check(int argc,
              char **argv); /* 0: all holds, 1: something falls short, 2: it could not be judged */
int cli_compare(int argc, char **argv); /* the same */
int cli_suite(int argc, char **argv); /* the same */
int cli_browse(int argc, char **argv);
int cli_dump(int argc, char **argv);
int cli_sipp(int argc, char **argv); /* exits with SIPp's codes: sim/sipp/setup.h */

#endif
