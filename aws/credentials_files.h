/* The shared configuration and credentials files of AWS's tools, and the profiles in them. Private
 * to the credentials. */
#ifndef CHARTER_AWS_CREDENTIALS_FILES_H
#define CHARTER_AWS_CREDENTIALS_FILES_H

#include "aws/ini.h"
#include "base/buf.h"

typedef const char *getenv_fn(const char *);

struct shared_file {
	char *path;      /* NULL: no HOME */
	struct ini *ini; /* NULL: there is none */
	bool config;     /* where a profile's section is "profile NAME" */
};

struct shared_files {
	getenv_fn *getenv;
	const char *profile; /* of the run: AWS_PROFILE, or "default" */
	bool named;          /* by AWS_PROFILE */
	struct shared_file credentials, config;
};

/* Reads both. A file that is not there is no error; one that cannot be read is. */
int files_read(struct shared_files *, getenv_fn *, struct error *err);
void files_free(struct shared_files *);
bool files_has(const struct shared_files *, const char *profile);
/* A setting of a profile, from this file; and from the credentials file, else the configuration.
 * NULL: absent or empty. */
const char *file_get(const struct shared_file *, const char *profile, const char *key);
const char *files_get(const struct shared_files *, const char *profile, const char *key);
/* The path of the file where the profile has this setting. */
const char *files_where(const struct shared_files *, const char *profile, const char *key);
/* A setting of a section of the configuration file: "sso-session main". */
const char *files_get_section(const struct shared_files *, const char *section, const char *key);
/* AWS_REGION, AWS_DEFAULT_REGION, or that of the run's profile; a copy, or NULL. */
char *files_region(const struct shared_files *);

/* A variable that is set and not empty, or NULL. */
const char *env_get(getenv_fn *, const char *name);
/* Reads a file whole into the buffer, which says how long it may be: 0, or errno. */
int file_load(const char *path, struct buf *out);

#endif
