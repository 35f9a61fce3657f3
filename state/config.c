/* The configuration: files to a tree each, and their top-level keys to settings and sections. */
#include "state/config_priv.h"

#include <stdlib.h>
#include <string.h>

#define MAIN_FILE "charter.yaml"

/* What a top-level key is, and where it may stand. */
enum key_place {
	KEY_ANYWHERE,
	KEY_MAIN,
	KEY_ORGANIZED /* anywhere, but not with `organization: none` */
};
struct top_key {
	const char *name;
	enum key_place place;
	void (*read)(struct reading *, const struct entry *); /* NULL: not supported yet */
};

static void units_read(struct reading *reading, const struct entry *entry)
{
	section_read(reading, entry, KIND_UNIT, "units", NULL, entry->where);
}

static void accounts_read(struct reading *reading, const struct entry *entry)
{
	section_read(reading, entry, KIND_ACCOUNT, "accounts", NULL, entry->where);
}

static void policies_read(struct reading *reading, const struct entry *entry)
{
	section_read(reading, entry, KIND_POLICY, "policies", NULL, entry->where);
}

static void ignore_read(struct reading *reading, const struct entry *entry)
{
	rules_read(reading, entry, false);
}

static void release_read(struct reading *reading, const struct entry *entry)
{
	rules_read(reading, entry, true);
}

static const struct top_key top_keys[] = {
    {"charter", KEY_MAIN, settings_read},
    {"scope", KEY_MAIN, settings_read},
    {"organization", KEY_MAIN, organization_read},
    {"record", KEY_MAIN, record_settings_read},
    {"access", KEY_MAIN, settings_read},
    {"unmanaged", KEY_MAIN, settings_read},
    {"ignore", KEY_MAIN, ignore_read},
    {"release", KEY_MAIN, release_read},
    {"lock", KEY_MAIN, NULL},
    {"guards", KEY_MAIN, guards_read},
    {"units", KEY_ORGANIZED, units_read},
    {"accounts", KEY_ANYWHERE, accounts_read},
    {"policies", KEY_ORGANIZED, policies_read},
    {"iam", KEY_ANYWHERE, iam_read},
    {"jump", KEY_ANYWHERE, jump_read},
    {"identity_center", KEY_ORGANIZED, identity_center_read},
    {"pools", KEY_ANYWHERE, pools_read},
    {"tasks", KEY_ANYWHERE, tasks_read},
    {"rosters", KEY_ANYWHERE, NULL},
    {"stack_sets", KEY_ANYWHERE, NULL},
    {"config_rules", KEY_ANYWHERE, NULL},
    {"conformance_packs", KEY_ANYWHERE, NULL},
    {"controls", KEY_ANYWHERE, NULL},
};

static const struct top_key *top_key_find(const struct text *name)
{
	for (size_t i = 0; i < COUNT(top_keys); i++) {
		if (text_is(name, top_keys[i].name))
			return &top_keys[i];
	}
	return NULL;
}

static void top_key_unknown(struct reading *reading, const struct entry *entry)
{
	const char *names[COUNT(top_keys) + 1] = {0};
	size_t n = 0;

	for (size_t i = 0; i < COUNT(top_keys); i++) {
		if (reading->main || top_keys[i].place != KEY_MAIN)
			names[n++] = top_keys[i].name;
	}
	key_unknown(reading, entry, names);
}

static void file_read(struct reading *reading, const struct node *root)
{
	if (root->type != NODE_MAP) {
		diagnose(reading->diagnostics, root->where,
			 "a file of the configuration is a map of sections such as `accounts:`");
		return;
	}
	for (uint32_t i = 0; i < root->n; i++) {
		const struct entry *entry = &root->entry[i];
		const struct top_key *key = top_key_find(entry->key);

		if (key == NULL)
			top_key_unknown(reading, entry);
		else if (key->place == KEY_MAIN && !reading->main)
			diagnose(reading->diagnostics, entry->where, "`%s` stands in %s only",
				 key->name, MAIN_FILE);
		else if (key->place == KEY_ORGANIZED && reading->independent && !reading->lenient)
			diagnose(reading->diagnostics, entry->where,
				 "`%s` needs an organization, and %s says `organization: none`",
				 key->name, MAIN_FILE);
		else if (key->read == NULL)
			key_unsupported(reading, entry);
		else
			key->read(reading, entry);
	}
}

/* Files. */

struct parsed {
	const struct config_file *file;
	struct node *root; /* NULL: refused */
	bool main;
	const struct node *document_of; /* the node that names this file as a document */
};

static bool path_is_left_out(const char *path)
{
	for (const char *part = path; part != NULL; part = strchr(part, '/')) {
		part += *part == '/';
		if (*part == '.' || *part == '_')
			return true;
	}
	return false;
}

static bool path_is_yaml(const char *path)
{
	return str_ends(path, ".yaml") || str_ends(path, ".yml");
}

static int parsed_cmp(const void *pa, const void *pb)
{
	const struct parsed *a = pa, *b = pb;

	if (a->main != b->main)
		return a->main ? -1 : 1;
	return strcmp(a->file->path, b->file->path);
}

static void document_mark(struct map *parsed, const struct node *node)
{
	struct parsed *named =
	    node->type == NODE_SCALAR && node->s->len > 0 ? map_get(parsed, node->s->s) : NULL;

	if (named != NULL && !named->main && named->document_of == NULL)
		named->document_of = node;
}

/* The keys whose values are documents; depth is bounded by the YAML reader. */
static void documents_mark(struct map *parsed, const struct node *node)
{
	static const char *const keys[] = {"document", "trust", "inline_policy", NULL};

	for (uint32_t i = 0; i < node->n; i++) {
		const struct entry *entry = &node->entry[i];

		if (node->type == NODE_MAP && name_among(entry->key->s, keys))
			document_mark(parsed, entry->value);
		if (node->type == NODE_MAP && text_is(entry->key, "inline_policies")) {
			for (uint32_t k = 0; k < entry->value->n; k++)
				document_mark(parsed, entry->value->entry[k].value);
		}
		documents_mark(parsed, entry->value);
	}
}

/* A section hidden by a reference would look like one that was removed. */
static void document_check(struct reading *reading, const struct parsed *parsed)
{
	const struct node *root = parsed->root;

	for (uint32_t i = 0; root->type == NODE_MAP && i < root->n; i++) {
		const struct node *at = parsed->document_of;
		const struct top_key *key = top_key_find(root->entry[i].key);

		if (key != NULL)
			diagnose(reading->diagnostics, root->entry[i].where,
				 "section `%s` in a file that is used as a document at %s:%u",
				 key->name, at->where.file, at->where.line);
	}
}

static size_t files_parse(struct reading *reading, struct parsed *parsed)
{
	const struct config *config = reading->config;
	size_t n = 0;

	for (size_t i = 0; i < config->files_n; i++) {
		const struct config_file *file = &config->files[i];

		if (path_is_left_out(file->path))
			continue;
		map_put(config->by_path, file->path, (void *)file);
		if (path_is_yaml(file->path))
			parsed[n++] = (struct parsed){.file = file,
						      .main = strcmp(file->path, MAIN_FILE) == 0};
	}
	if (n > 0)
		qsort(parsed, n, sizeof(*parsed), parsed_cmp);
	for (size_t i = 0; i < n; i++)
		parsed[i].root =
		    yaml_parse(reading->arena, parsed[i].file->path, parsed[i].file->data,
			       parsed[i].file->len, reading->diagnostics);
	return n;
}

static bool root_is_independent(const struct node *root)
{
	const struct node *node = root == NULL ? NULL : node_get(root, "organization");

	return node != NULL && node->type == NODE_SCALAR && text_is(node->s, "none");
}

static void files_read(struct reading *reading, struct parsed *parsed, size_t n)
{
	auto_map *by_path = map_new();

	for (size_t i = 0; i < n; i++)
		map_put(by_path, parsed[i].file->path, &parsed[i]);
	for (size_t i = 0; i < n; i++) {
		if (parsed[i].root != NULL)
			documents_mark(by_path, parsed[i].root);
	}
	for (size_t i = 0; i < n; i++) {
		if (parsed[i].root == NULL)
			continue;
		reading->main = parsed[i].main;
		if (parsed[i].document_of != NULL)
			document_check(reading, &parsed[i]);
		else
			file_read(reading, parsed[i].root);
		if (parsed[i].main)
			settings_finish(reading, parsed[i].root);
	}
}

/* Reads all files. NULL only when there is no charter.yaml, or it is no YAML; otherwise the caller
 * frees what is returned with config_free(), and looks at the diagnostics. */
struct config *config_read(struct arena *arena, const struct config_file *files, size_t n,
			   bool lenient, struct diagnostics *diagnostics)
{
	struct config *config = arena_alloc(arena, sizeof(*config));
	struct reading reading = {
	    .config = config, .arena = arena, .diagnostics = diagnostics, .lenient = lenient};
	auto_free struct parsed *parsed = xcalloc(n + 1, sizeof(*parsed));
	size_t found;

	config->arena = arena;
	config->files = files;
	config->files_n = n;
	config->lenient = lenient;
	config->by_name = map_new();
	config->by_path = map_new();
	found = files_parse(&reading, parsed);
	if (found == 0 || !parsed[0].main) {
		diagnose(diagnostics, (struct place){MAIN_FILE, 1, 1},
			 "no %s in the configuration directory", MAIN_FILE);
		config_free(config);
		return NULL;
	}
	reading.independent = root_is_independent(parsed[0].root);
	files_read(&reading, parsed, found);
	identity_center_finish(&reading);
	if (parsed[0].root == NULL) {
		config_free(config);
		return NULL;
	}
	return config;
}

/* Frees vectors and maps; the rest lives in the arena. NULL is accepted. */
void config_free(struct config *config)
{
	if (config == NULL)
		return;
	free(config->settings.ignore.at);
	free(config->settings.release.at);
	free(config->settings.guards.removals.at);
	free(config->settings.guards.allow.at);
	free(config->settings.guards.protect.at);
	free(config->settings.guards.break_glass.at);
	free(config->settings.guards.administrator.at);
	free(config->settings.access.at);
	free(config->declarations.at);
	free(config->sections.at);
	free(config->iam_accounts.at);
	free(config->baselines.at);
	free(config->pools.at);
	free(config->tasks.at);
	free(config->jumps.at);
	free(config->assignments.at);
	map_free(config->by_name);
	map_free(config->by_path);
	memset(config, 0, sizeof(*config));
}

/* The text of a line without its end, for diagnostics_print(); ctx is a struct config_lines. */
const char *config_line(void *ctx, const char *file, uint32_t line, size_t *len)
{
	const struct config_lines *lines = ctx;

	for (size_t i = 0; i < lines->n; i++) {
		const char *s = lines->files[i].data, *end = s + lines->files[i].len, *stop;

		if (strcmp(lines->files[i].path, file) != 0)
			continue;
		for (; line > 1 && s != NULL && s < end; line--) {
			s = memchr(s, '\n', (size_t)(end - s));
			s = s == NULL ? NULL : s + 1;
		}
		if (s == NULL || (s >= end && line > 1))
			return NULL;
		stop = memchr(s, '\n', (size_t)(end - s));
		stop = stop == NULL ? end : stop;
		*len = (size_t)(stop - s);
		return s;
	}
	return NULL;
}
