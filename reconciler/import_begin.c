/* A first configuration, in memory: where there is none the organization says what there is. */
#include "reconciler/import_begin.h"

#include "base/env.h"
#include "reconciler/run_accounts.h"
#include "state/edit.h"

#include <stdlib.h>
#include <string.h>

#define BEGINNING_MOST 4096

/* Whether the pattern can match an address that begins with these parts ("iam_user/identity"). */
static bool may_match(const char *pattern, const char *parts)
{
	for (;;) {
		size_t n = strcspn(pattern, "/"), k = strcspn(parts, "/");
		auto_free char *of = xasprintf("%.*s", (int)n, pattern);
		auto_free char *part = xasprintf("%.*s", (int)k, parts);

		if (strstr(of, "**") != NULL)
			return true;
		if (!pattern_match(of, part))
			return false;
		if (pattern[n] == '\0' || parts[k] == '\0')
			return true;
		pattern += n + 1;
		parts += k + 1;
	}
}

/* Whether anything of these kinds may be selected; `account`: its name, or NULL. */
static bool kinds_wanted(const char *only, enum kind_id first, enum kind_id last,
			 const char *account)
{
	for (int kind = first; kind <= (int)last; kind++) {
		auto_free char *parts =
		    xasprintf("%s%s%s", kinds[kind]->name, account != NULL ? "/" : "",
			      account != NULL ? account : "");

		if (only == NULL || may_match(only, parts))
			return true;
	}
	return false;
}

static void object_put(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		die_out_of_memory();
}

/* The run's, where it asks nobody. */
static const char *region_offline(const struct run *run)
{
	const char *region = run->env->getenv("AWS_REGION");

	if (region == NULL || *region == '\0')
		region = run->env->getenv("AWS_DEFAULT_REGION");
	return region == NULL || *region == '\0' ? NULL : region;
}

static bool center_is_wanted(const struct run *run)
{
	return kinds_wanted(run->options->only, KIND_IDENTITY_USER, KIND_ASSIGNMENT, NULL);
}

/* Identity Center is in one region, and AWS has no way to ask which: the run's is tried. NULL: none
 * is seen there. */
static const char *center_region(struct run *run)
{
	json_auto_t *body = NULL;
	const json_t *list;
	auto_error ignored = {0};

	if (!center_is_wanted(run))
		return NULL;
	if (run->client == NULL)
		return run->live->world.instance_arn != NULL ? region_offline(run) : NULL;
	if (client_call(run->client, OP_SSO_ADMIN_ListInstances, NULL, &body, NULL, &ignored) != 0)
		return NULL;
	list = json_object_get(body, "Instances");
	return json_array_size(list) == 0 ? NULL
					  : client_service_region(run->client, SERVICE_SSO_ADMIN);
}

static void center_begin(struct run *run, json_t *root)
{
	const char *region = center_region(run);
	json_t *center;

	if (region == NULL) {
		if (run->client != NULL && center_is_wanted(run))
			run_note(run,
				 "no IAM Identity Center is seen in %s: if it is in another "
				 "region, write `identity_center: {region: ...}` into charter.yaml "
				 "and import again",
				 client_service_region(run->client, SERVICE_SSO_ADMIN));
		return;
	}
	center = json_object();
	object_put(center, "region", json_string(region));
	object_put(root, "identity_center", center);
}

static json_t *beginning(struct run *run)
{
	const struct world *world = &run->live->world;
	json_t *root = json_object(), *organization = json_object();

	object_put(root, "charter", json_integer(1));
	object_put(organization, "id", json_string(world->organization_id->s));
	if (world->management_account != NULL)
		object_put(organization, "management_account",
			   json_string(world->management_account->s));
	object_put(root, "organization", organization);
	center_begin(run, root);
	return root;
}

static int file_cmp(const void *a, const void *b)
{
	return strcmp(((const struct source_file *)a)->path, ((const struct source_file *)b)->path);
}

int import_begin(struct run *run, struct tree *tree, struct error *err)
{
	auto_buf text = BUF_INIT(BEGINNING_MOST);
	json_auto_t *root = NULL;
	struct source_file *file;

	if (run->live->world.organization_id == NULL) {
		tree_free(tree);
		return error_set(err,
				 "there is no charter.yaml, and the account is in no "
				 "organization: `charter init` writes a first one, then import");
	}
	if (run->client == NULL && run->live->world.instance_arn != NULL && center_is_wanted(run) &&
	    region_offline(run) == NULL) {
		tree_free(tree);
		return error_set(err, "the snapshot has IAM Identity Center and does not say in "
				      "which region: say it by AWS_REGION");
	}
	root = beginning(run);
	edit_write_yaml(root, 0, &text);
	file = arena_array(tree->arena, tree->files + 1, sizeof(*file));
	if (tree->files > 0)
		memcpy(file, tree->file, tree->files * sizeof(*file));
	file[tree->files++] = (struct source_file){
	    "charter.yaml", arena_strdup(tree->arena, buf_str(&text)), text.len};
	qsort(file, tree->files, sizeof(*file), file_cmp);
	tree->file = file;
	tree->dirty = true;
	return run_head_of(run, tree, err);
}

/* The IAM of every account that runs would enter. */
static void accounts_queue(struct run *run, struct crawl *crawl)
{
	size_t n = run->live->all.n;

	for (size_t i = 0; i < n; i++) {
		const struct resource *r = run->live->all.at[i];
		const char *name;

		if (r->kind != KIND_ACCOUNT || r->id == NULL ||
		    text_eq(r->id, run->world.caller_account))
			continue;
		name = r->v[ACCOUNT_NAME].state == VALUE_TEXT ? r->v[ACCOUNT_NAME].u.text->s : "";
		if (run_leaves_out(run, r, name) == NULL &&
		    kinds_wanted(run->options->only, KIND_IAM_POLICY, KIND_IAM_ACCOUNT,
				 address_make(run->arena, "account", name, NULL)->s +
				     strlen("account/")))
			iam_read_account(crawl, r->id);
	}
}

int import_read_accounts(struct run *run, struct error *err)
{
	struct crawl *crawl;

	if (run->client == NULL)
		return 0;
	run_access(run, configuration_online(run, &run->head));
	crawl = crawl_new(run->client, run->live);
	accounts_queue(run, crawl);
	crawl_run(crawl, run->loop);
	crawl_free(crawl);
	return run_read_ended(run, err);
}
