/* The doctor: checks of what a run stands on, each with what to mend. Private to cmd_doctor.c and
 * doctor_*.c. */
#ifndef CHARTER_RECONCILER_DOCTOR_H
#define CHARTER_RECONCILER_DOCTOR_H

#include "reconciler/ci.h"
#include "reconciler/run.h"

enum doctor_result { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_SKIP, DOCTOR_RESULTS };
extern const char *const doctor_words[DOCTOR_RESULTS]; /* "ok", "warn", "fail", "skip" */

struct doctor_check {
	const char *name; /* what it is about: "credentials" */
	enum doctor_result result;
	const char *text; /* what was found; may hold what AWS or a forge wrote */
	const char *mend; /* what to do, or NULL; may hold several lines */
};

/* What the run's role or user may write, of what this configuration can lead to. */
enum doctor_writes { WRITES_UNKNOWN, WRITES_NONE, WRITES_SOME, WRITES_ALL };

struct doctor {
	struct run *run;
	struct arena *arena;
	struct ci ci;
	bool has_head; /* the configuration was read and is valid */
	bool reads;    /* it is the right organization, and may be read */
	enum doctor_writes writes;
	VEC(struct doctor_check) checks;
};

/* Adds a check. `mend` is kept as it is: static, or in the arena; it may be NULL. */
void doctor_say(struct doctor *, enum doctor_result, const char *name, const char *mend,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The same of an error's message, whose later lines are what to mend. */
void doctor_say_error(struct doctor *, const char *name, const struct error *);
unsigned doctor_count(const struct doctor *, enum doctor_result);

/* Each adds its checks and goes on whatever it finds. In this order. */
void doctor_ci(struct doctor *);         /* doctor_setup.c */
void doctor_repository(struct doctor *); /* doctor_setup.c; reads the head */
void doctor_connect(struct doctor *);    /* doctor_aws.c: credentials, region, organization */
void doctor_read(struct doctor *);       /* doctor_aws.c: readings, record, guards */
void doctor_role(struct doctor *);       /* doctor_role.c: what it may do, whom it lets in */
void doctor_job(struct doctor *);        /* doctor_setup.c: what this job may have and do */

/* Whom a trust policy lets in by tokens of an identity provider. Pure. */
struct doctor_trust {
	const struct text *trust; /* canonical */
	const char *role;         /* its name */
	bool writes;              /* the role may change something */
	/* Of the repository that this job is of; NULL: not known. */
	const char *repository, *repository_id, *owner_id;
	const char *branch; /* the protected one */
};
void doctor_trust(struct doctor *, const struct doctor_trust *);

/* doctor_report.c. Pure. */
void doctor_write_text(const struct doctor *, const struct style *, struct buf *);
void doctor_write_markdown(const struct doctor *, struct buf *);
void doctor_write_json(const struct doctor *, struct buf *);

#endif
