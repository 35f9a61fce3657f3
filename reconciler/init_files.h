/* What `charter init` writes: text, and where. Private to cmd_init.c and init_*.c. */
#ifndef CHARTER_RECONCILER_INIT_FILES_H
#define CHARTER_RECONCILER_INIT_FILES_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* What takes the place of the example values. NULL: not known, the example stays. Each is checked:
 * nothing in it means anything to YAML or to a shell. */
struct init_facts {
	const char *account, *region, *branch, *path, *commit;
	/* Of the repository on its forge: GitHub's two, GitLab's path, the name in CodePipeline. */
	const char *owner, *name, *project;
	/* Of charter.yaml. */
	const char *organization, *management;
	bool no_organization; /* the account of the credentials is in none */
};

/* letters, digits and "._/-", not empty: what may stand in a file in place of an example. */
bool init_valid(const char *);
/* charter.yaml, with comments. Pure. */
void init_config(const struct init_facts *, struct buf *);
/* A file of examples/ci with the facts in place of the example values. Pure. */
void init_template(const struct init_facts *, const char *data, const char *end, struct buf *);

/* How writing a file below a directory ended. */
enum init_written {
	INIT_WROTE,
	INIT_SAME,  /* it is there already, byte for byte */
	INIT_OTHER, /* another one of its name is there, and stays */
	INIT_FAILED
};
/* Makes directories on the way; follows no symbolic link below `root`; never writes over a file. */
enum init_written init_write(int root, const char *path, const void *data, size_t len,
			     struct error *err);

#endif
