/* The list of what is odd about a scenario (struct scenario_notes of sipp_xml.h). */
#ifndef SIM_SCENARIO_NOTES_H
#define SIM_SCENARIO_NOTES_H

#include "sim/scenario/sipp_xml.h"

/* More are not kept. */
#define SCENARIO_MAX_NOTES 1000

enum note_weight { NOTE_QUIET, NOTE_LOUD };

/* `code` is kept as it is: a literal. `notes` may be NULL. False: no memory. */
bool notes_add(struct scenario_notes *notes, unsigned line, enum note_weight weight,
               const char *code, const char *format, ...) __attribute__((format(printf, 5, 6)));
void notes_sort(struct scenario_notes *notes); /* by line, code, text */
void notes_release(struct scenario_notes *notes);

#endif
