/* report: what exists, seen from one side: ids, hygiene. */
#include "reconciler/command.h"
#include "reconciler/hygiene.h"
#include "reconciler/run_accounts.h"

#include "base/json_out.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPORT_MAX (512u << 20)

struct ids {
	const struct bound *bound;
	bool declared; /* only of what the head declares */
};

/* Addresses with AWS's ids, as lines or as JSON. */
static int ids_write(const struct run *run, const struct output *o, const void *ctx,
		     struct error *err)
{
	const struct ids *ids = ctx;
	const struct bound *bound = ids->bound;
	auto_buf out = BUF_INIT(REPORT_MAX);
	struct json_out *j = o->format == FORMAT_JSON ? json_out_new(&out, NULL) : NULL;

	if (j)
		out_lines(j);
	for (size_t i = 0; i < bound->rows; i++) {
		const struct row *row = &bound->row[i];
		const struct resource *r = row->live;

		/* Assignments and the like have no id in AWS; a snapshot shows them all the same.
		 */
		if (!r || !r->id || r->flags & RES_FOREIGN ||
		    (ids->declared && (!row->head || kinds[r->kind]->address == ADDRESS_EDGE)))
			continue;
		if (j) {
			out_object(j);
			out_key_text(j, "address", row->address);
			out_key_text(j, "id", r->id);
			out_object_end(j);
		} else {
			escape_terminal(&out, row->address->s, row->address->len);
			buf_printf(&out, " %s\n", r->id->s);
		}
	}
	if (j) {
		out_array_end(j);
		json_out_end(j);
	}
	return output_file(run->env, o->file, buf_str(&out), out.len, err);
}

int ids_output(struct run *run, const struct bound *bound, bool declared, struct error *err)
{
	const struct options *o = run->options;
	const struct ids ids = {bound, declared};

	for (size_t i = 0; i < o->outputs.n; i++)
		if (o->outputs.at[i].format != FORMAT_TEXT &&
		    o->outputs.at[i].format != FORMAT_JSON)
			return error_set(err, "addresses and ids are printed as text or json");
	return outputs_each(run, ids_write, &ids, err);
}

static int report_ids(struct run *run, struct error *err)
{
	if (run_all(run, true, NULL, err) != 0)
		return -1;
	if (run->progress)
		progress_clear(run->progress);
	return ids_output(run, run->bound, true, err) == 0 ? EXIT_DONE : -1;
}

/* A local directory without a configuration: the account of the credentials alone. */
static bool has_configuration(const struct run *run)
{
	const struct options *o = run->options;
	auto_free char *file = xasprintf("%s/%s/charter.yaml", o->repo, o->path);

	return o->ref || strstr(o->repo, "://") || access(file, F_OK) == 0;
}

static int hygiene_account_cmp(const void *a, const void *b)
{
	const struct hygiene_account *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* why: it is left out, or NULL. */
static void hygiene_account_add(struct hygiene *h, const char *name, const struct text *id,
				const char *why)
{
	h->accounts[h->accounts_n++] = (struct hygiene_account){.name = name,
								.id = id->s,
								.code = why ? "LeftOut" : NULL,
								.message = why,
								.left_out = why != NULL};
}

/* Accounts that this configuration names and AWS has. They are entered as it says. */
static void hygiene_accounts(struct run *run, struct hygiene *h)
{
	const struct side *declared = configuration_online(run, &run->head);
	const struct side *base = configuration_online(run, &run->base);
	struct compile_world world = configuration_world(run, run->live);
	const struct text **name;
	size_t n = config_iam_accounts(run->head.config, &world, &name);

	run_access(run, base ? base : declared);
	h->accounts = arena_array(run->arena, n + 1, sizeof *h->accounts);
	for (size_t i = 0; declared && i < n; i++) {
		const struct resource *account =
		    side_find(declared, address_make(run->arena, "account", name[i]->s, NULL));
		const struct resource *live =
		    account ? bind_live_account(run->live, account) : NULL;

		if (live && live->id)
			hygiene_account_add(h, name[i]->s, live->id,
					    run_leaves_out(run, live, name[i]->s));
		else
			run_note(run, "account %s is not there yet", name[i]->s);
	}
	if (!n)
		hygiene_account_add(h, run->world.caller_account->s, run->world.caller_account,
				    NULL);
	qsort(h->accounts, h->accounts_n, sizeof *h->accounts, hygiene_account_cmp);
}

static int hygiene_begin(struct run *run, struct hygiene *h, struct error *err)
{
	if (has_configuration(run)) {
		if (run_head(run, err) != 0 || run_connect(run, true, err) != 0 ||
		    run_read(run, err) != 0 || run_base(run, err) != 0)
			return -1;
		hygiene_accounts(run, h);
		return 0;
	}
	/* Whether it is in an organization does not matter then. */
	if (run_connect(run, true, err) != 0 && !run->world.caller_account)
		return -1;
	error_clear(err);
	h->accounts = arena_array(run->arena, 1, sizeof *h->accounts);
	hygiene_account_add(h, run->world.caller_account->s, run->world.caller_account, NULL);
	return 0;
}

static int hygiene_write(const struct run *run, const struct output *o, const void *ctx,
			 struct error *err)
{
	auto_buf out = BUF_INIT(REPORT_MAX);
	struct style style;

	if (o->format == FORMAT_JSON) {
		if (hygiene_write_json(ctx, &out) != 0)
			return error_set(err, "the report is larger than %u MiB", REPORT_MAX >> 20);
	} else if (o->format == FORMAT_MARKDOWN) {
		hygiene_write_markdown(ctx, &out);
	} else {
		style = output_style(run, o);
		hygiene_write_text(ctx, &style, &out);
	}
	return output_file(run->env, o->file, buf_str(&out), out.len, err);
}

static int hygiene_report(struct run *run, struct hygiene *h, struct error *err)
{
	hygiene_read(h, run->client, run->loop);
	if (run->interrupted)
		return error_set_code(err,
				      signal_pending() == 15 ? EXIT_TERMINATED : EXIT_INTERRUPTED,
				      "interrupted while reading; nothing was changed");
	hygiene_finish(h);
	if (outputs_each(run, hygiene_write, h, err) != 0)
		return -1;
	return h->unread ? EXIT_INCOMPLETE : EXIT_DONE;
}

static int report_hygiene(struct run *run, struct error *err)
{
	const struct options *o = run->options;
	struct hygiene h = {.arena = run->arena, .now_us = run->now_us};
	int code;

	if (o->date)
		time_parse(o->date, &h.now_us);
	if (o->live.n)
		return error_set(err, "report hygiene: a snapshot does not hold what it needs; "
				      "leave out --live");
	code = hygiene_begin(run, &h, err);
	if (code == 0)
		code = hygiene_report(run, &h, err);
	hygiene_free(&h);
	return code;
}

int command_report(struct run *run, struct error *err)
{
	static const struct {
		const char *name;
		command_fn *report;
	} reports[] = {{"hygiene", report_hygiene}, {"ids", report_ids}};
	const char *name = run->options->arguments.n ? run->options->arguments.at[0] : "";

	for (size_t i = 0; i < sizeof reports / sizeof *reports; i++)
		if (strcmp(name, reports[i].name) == 0)
			return reports[i].report(run, err);
	return error_set(err, "report %s: not supported yet; `charter report ids` is",
			 *name ? name : "(none named)");
}
