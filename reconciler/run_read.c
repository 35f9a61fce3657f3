/* The reading of a run: a crawl, or snapshots. */
#include "base/env.h"
#include "reconciler/command.h"
#include "reconciler/guard.h"
#include "reconciler/run_accounts.h"
#include "state/snapshot.h"

#include <stdlib.h>

/* What the crawl reads beside the usual: policy types that are declared, FullAWSAccess for allow
 * lists. */
static void crawl_hints(struct run *run, struct crawl *crawl)
{
	const struct side *side = configuration_offline(run, &run->head);
	VEC(struct item) items = {0}, delegations = {0};

	for (size_t i = 0; side && i < side->all.n; i++) {
		const struct resource *r = side->all.at[i];
		const struct set *types =
		    r->kind == KIND_ORGANIZATION && r->v[ORG_POLICY_TYPES].state == VALUE_SET
			? r->v[ORG_POLICY_TYPES].u.set
			: NULL;

		if (r->kind == KIND_DELEGATED_ADMINISTRATOR)
			vec_push(&delegations,
				 ((struct item){r->v[DELEGATED_SERVICE].u.text, NULL}));
		crawl->allow_list |= (r->flags & RES_ALLOW_LIST) != 0;
		if (r->kind == KIND_POLICY && r->v[POLICY_TYPE].state == VALUE_TEXT)
			vec_push(&items, ((struct item){r->v[POLICY_TYPE].u.text, NULL}));
		for (uint32_t k = 0; types && k < types->n; k++)
			vec_push(&items, types->item[k]);
	}
	crawl->policy_types = set_make(run->arena, items.at, items.n, NULL);
	crawl->services = set_make(run->arena, delegations.at, delegations.n, NULL);
	free(items.at);
	free(delegations.at);
}

int run_read_ended(struct run *run, struct error *err)
{
	const struct text *clash = NULL;

	side_finish(run->live, &clash);
	if (clash)
		scope_fail(run->live, 0, "BadReply",
			   arena_printf(run->arena, "%s was read twice and differed", clash->s));
	if (run->interrupted)
		return error_set_code(err,
				      signal_pending() == 15 ? EXIT_TERMINATED : EXIT_INTERRUPTED,
				      "interrupted while reading; nothing was changed");
	return 0;
}

/* The account of the role that holds the record, which stands before any base is known: it is
 * entered as head says. */
static void read_record(struct run *run, struct crawl *crawl)
{
	const struct text *id = run->record_account;

	if (!id)
		return;
	run_access(run, configuration_offline(run, run_trusted(run)));
	if (!text_eq(id, run->world.caller_account))
		iam_read_account(crawl, id);
}

static int read_crawl(struct run *run, struct error *err)
{
	struct crawl *crawl;
	int r;

	run->live->world = run->world;
	run->live->world.read_us = run->now_us;
	run->read_us = run->env->clock->mono_us(run->env->clock);
	crawl = crawl_new(run->client, run->live);
	if (run->head.config)
		crawl_hints(run, crawl);
	if (run->world.no_organization && run->head.config)
		run_found_accounts(run);
	wires_read(crawl);
	read_record(run, crawl);
	r = run_identity(run, crawl, err);
	crawl_run(crawl, run->loop);
	crawl_free(crawl);
	return r != 0 ? r : run_read_ended(run, err);
}

static int read_snapshots(struct run *run, struct error *err)
{
	const struct text *clash = NULL;

	for (size_t i = 0; i < run->options->live.n; i++) {
		auto_buf data = BUF_INIT(1u << 30);
		const char *file = run->options->live.at[i];

		if (file_read(file, &data, err) != 0 ||
		    snapshot_read(run->live, buf_str(&data), data.len, file, err) != 0)
			return -1;
	}
	side_finish(run->live, &clash);
	if (clash)
		return error_set(err, "%s stands in two snapshots and differs", clash->s);
	if (!run->head.config)
		return 0;
	return guard_organization(&run->head.config->settings, NULL, &run->live->world, err);
}

int run_read(struct run *run, struct error *err)
{
	run->live = side_new(run->arena);
	if (run->options->live.n)
		return read_snapshots(run, err);
	return read_crawl(run, err);
}
