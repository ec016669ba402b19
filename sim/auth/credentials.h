/* Passwords from where no process list shows them: a file, or the environment.
 *
 *     # one line each; where no realm stands (or an empty one) it is for every realm
 *     alice:example.com:open sesame
 *     bob secret
 *     carol:secret
 *
 * Behind the last of two colons, or the only one, all is the password, blanks too; in the other form what stands between blanks. A file of one word alone is a password
 * for whoever asks. */
#ifndef SIM_AUTH_CREDENTIALS_H
#define SIM_AUTH_CREDENTIALS_H

#include "base/err.h"
#include "base/slice.h"
#include "sim/config.h"

#define CREDENTIALS_ENVIRONMENT "MILLIWATT_PASSWORD"

struct credential {
	const char *username, *realm, *password; /* realm "": any; username "": any */
};

struct credential_list;
/* Keeps what it read, and wipes it at the end. NULL: err, with the line that is wrong. */
struct credential_list *credential_list_read(const char *path, struct err *err);
void credential_list_free(struct credential_list *l); /* NULL allowed */

size_t credential_list_count(const struct credential_list *l);
/* Of this realm, else of every realm, else of whoever asks. NULL: none. Of two alike the first. */
const struct credential *credential_list_find(const struct credential_list *l,
                                              struct slice username, struct slice realm);
/* "": fine; else a sentence for people: everyone can read the file. */
const char *credential_list_warning(const struct credential_list *l);

/* --password-file, --password-env, and else MILLIWATT_PASSWORD. */
struct credential_sources {
	const char *file, *environment; /* NULL: not said */
};
/* Fills in what out->username and out->password leave open: a password for the username, or, without one, the first line's both. What it says
 * lives as long as *list (NULL where no file is read) and the environment. False: err, as for a variable that is asked for and not set. */
bool credentials_fill(const struct credential_sources *from, struct credentials *out,
                      struct credential_list **list, struct err *err);

#endif
