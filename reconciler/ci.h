/* The CI system that this run is a job of, as its environment says: where the pull request is,
 * which commit it is about, and where a job's summary, annotations and outputs go. */
#ifndef CHARTER_RECONCILER_CI_H
#define CHARTER_RECONCILER_CI_H

#include "base/arena.h"
#include "base/env.h"
#include "base/error.h"
#include "git/forge.h"

/* Gitea's and Forgejo's runners speak as GitHub's do. */
enum ci_kind { CI_NONE, CI_GITHUB, CI_GITLAB, CI_CODEBUILD };

struct ci {
	enum ci_kind kind;
	bool has_forge; /* the next five say where; any string may be NULL */
	enum forge_kind forge;
	const char *api;        /* as of struct forge_settings */
	const char *web;        /* the repository's page, no final slash */
	const char *repository; /* as of struct forge_settings */
	const char *token;      /* GITHUB_TOKEN, GITLAB_TOKEN, GITEA_TOKEN, FORGEJO_TOKEN */
	const char *pull;       /* number of the pull request; NULL: this run is of none */
	const char *commit;     /* tip of the pull request's branch (not GitHub's merge of it), or
				   what was pushed */
	const char *branch;     /* the branch that this run is of; NULL: of a pull request */
	const char *run_url;    /* this run's page */
	bool fork;              /* the pull request comes from another repository, or that can't be
				   told; CodeBuild never says so: its forge is asked */
	const char *summary_file, *output_file; /* GITHUB_STEP_SUMMARY, GITHUB_OUTPUT */
};

/* Never fails for want of a variable: what is not there is NULL. An event file that is named and
 * cannot be read is an error. */
int ci_read(const struct env *, struct arena *, struct ci *, struct error *err);
/* What comes before the path of a configuration file in a link to it at this commit, the
 * configuration directory included; NULL where it is not known. "#L12" follows the path on every
 * forge (CodeCommit has no such link: NULL). */
const char *ci_blob_url(const struct ci *, struct arena *, const char *commit, const char *path);

/* The CA file for forges and git servers, which inside a company may have a certificate that only
 * its own CA vouches for: CI_SERVER_TLS_CA_FILE, SSL_CERT_FILE, AWS_CA_BUNDLE; NULL: the system's.
 */
const char *ci_ca_file(const struct env *);

#endif
