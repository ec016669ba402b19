/* What the SIP messages of a database said: its captures are read once more, and the messages of calls put into a temporary file without a
 * name, from which pages take them (reports/message_texts.h). */
#ifndef CLI_MESSAGE_TEXTS_H
#define CLI_MESSAGE_TEXTS_H

#include "reports/message_texts.h"
#include "reports/records/query.h"

struct message_file;

/* `directory`: the captures lie there now, under their old names; NULL: where they lay. A capture that is gone or has changed is no error:
 * texts->absent says so, or, where others can be read, its messages have no text. Keys and credentials are crossed out, and digits where the
 * records do not name them. NULL: err. */
struct message_file *message_file_new(struct records *r, const char *directory, bool progress,
                                      struct err *err);
const struct message_texts *message_file_texts(const struct message_file *f);
void message_file_free(struct message_file *f);

#endif
