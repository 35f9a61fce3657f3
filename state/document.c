/* Policy documents: a file or a mapping, to JSON, with variables put in, in canonical form. */
#include "state/config_priv.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a file; the largest policy of AWS has 40,000 characters. */
#define DOCUMENT_MAX (256u << 10)

/* The pseudo-type of the document that says who may assume a role. */
#define TRUST_POLICY "TRUST"

/* Above every quota; what is larger is not weighed for each of its users. */
#define CANONICAL_MAX 40000

/* Problems in the strings of one document that are reported. */
#define PROBLEMS_MAX 20

struct document {
	struct compiler *compiler;
	const struct declaration *declaration;
	const struct attr *attr;
	const char *what;        /* how messages name it */
	const struct node *tree; /* for places; NULL: not known */
	struct place where;      /* when there is nothing better */
	unsigned problems;
};

/* What was made of a file: remembered also when it was refused, so that it is said once. */
struct made {
	const struct text *canonical;
};

/* A step from the root of a document to a value in it. */
struct step {
	const struct step *up;
	const char *key; /* NULL: an element of a list */
	size_t index;
};

/* Places. */

static const struct node *step_node(const struct document *document, const struct step *step)
{
	const struct node *node;

	if (step == NULL)
		return document->tree;
	node = step_node(document, step->up);
	if (node == NULL)
		return NULL;
	if (step->key != NULL)
		return node_get(node, step->key);
	return node->type == NODE_LIST && step->index < node->n ? node->entry[step->index].value
								: NULL;
}

static struct place step_place(const struct document *document, const struct step *step)
{
	const struct node *node = step_node(document, step);

	return node == NULL ? document->where : node->where;
}

static const struct entry *entry_named(const struct node *map, const char *s, size_t len)
{
	for (uint32_t i = 0; map->type == NODE_MAP && i < map->n; i++) {
		if (map->entry[i].key->len == len && memcmp(map->entry[i].key->s, s, len) == 0)
			return &map->entry[i];
	}
	return NULL;
}

/* The messages of the canonical form lead to their place: "statement 2 (Sid): Condition: Bool:
 * ...". */
static struct place message_place(const struct document *document, const char *message)
{
	const struct node *node = document->tree;
	struct place where = document->where;
	char *end;

	if (node == NULL)
		return where;
	where = node->where;
	if (str_starts(message, "statement ")) {
		unsigned long n = strtoul(message + strlen("statement "), &end, 10);

		node = node_get(node, "Statement");
		if (node == NULL)
			return where;
		if (node->type == NODE_LIST && n >= 1 && n <= node->n)
			node = node->entry[n - 1].value;
		where = node->where;
		message = strstr(end, ": ");
		message = message == NULL ? "" : message + 2;
	}
	for (;;) {
		const char *colon = strstr(message, ": ");
		const struct entry *entry =
		    colon == NULL ? NULL : entry_named(node, message, (size_t)(colon - message));

		if (entry == NULL)
			return where;
		where = entry->where;
		node = entry->value;
		message = colon + 2;
	}
}

/* Strings. */

static bool text_is_clean(const char *s, size_t len)
{
	uint32_t code;
	int bytes;

	for (size_t i = 0; i < len; i += (size_t)bytes) {
		bytes = utf8_next(s + i, len - i, &code);
		if (bytes == 0 || code_is_forbidden(code))
			return false;
	}
	return true;
}

static void string_problem(struct document *document, const struct step *step, const char *problem)
{
	if (document->problems++ < PROBLEMS_MAX)
		diagnose(document->compiler->diagnostics, step_place(document, step), "`%s`: %s",
			 document->what, problem);
}

static void string_interpolate(struct document *document, json_t *value, const struct step *step)
{
	const char *s = json_string_value(value), *problem = NULL;
	size_t len = json_string_length(value);
	const struct text *text;

	if (!text_is_clean(s, len)) {
		string_problem(document, step,
			       "holds a control or bidirectional character as an escape");
		return;
	}
	if (memmem(s, len, "${", 2) == NULL)
		return;
	text = interpolate(document->compiler, document->declaration, s, len, &problem);
	if (text == NULL)
		string_problem(document, step, problem);
	else if (json_string_setn(value, text->s, text->len) != 0)
		die_out_of_memory();
}

/* Recursion is bounded: 2,048 levels by the JSON parser, 32 by the YAML reader. */
static void strings_interpolate(struct document *document, json_t *value, const struct step *up)
{
	struct step step = {.up = up};
	json_t *child;

	if (json_is_string(value)) {
		string_interpolate(document, value, up);
	} else if (json_is_array(value)) {
		for (; step.index < json_array_size(value); step.index++)
			strings_interpolate(document, json_array_get(value, step.index), &step);
	} else if (json_is_object(value)) {
		json_object_foreach(value, step.key, child)
		{
			if (!text_is_clean(step.key, strlen(step.key)))
				string_problem(document, up,
					       "a key holds a control or bidirectional character");
			strings_interpolate(document, child, &step);
		}
	}
}

/* YAML to JSON. */

static json_t *scalar_json(struct document *document, const struct node *node)
{
	enum node_number number = node_number(node);
	const char *digits = node->s->s + strspn(node->s->s, "+-");
	int flag = node_bool(node);
	json_t *json = NULL;

	if (node_is_null(node))
		return json_null();
	if (flag >= 0)
		return json_boolean(flag);
	if (number == NUMBER_NONE)
		return json_stringn(node->s->s, node->s->len);
	if (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') {
		diagnose(document->compiler->diagnostics, node->where,
			 "a number loses its zeros at the front: quote it, \"%s\"", node->s->s);
		return NULL;
	}
	errno = 0;
	if (number == NUMBER_INTEGER) {
		long long n = strtoll(node->s->s, NULL, 10);

		json = errno == 0 ? json_integer(n) : NULL;
	} else {
		double n = strtod(node->s->s, NULL);

		json = isfinite(n) ? json_real(n) : NULL;
	}
	if (json == NULL)
		diagnose(document->compiler->diagnostics, node->where, "the number is too large");
	return json;
}

/* A new reference, or NULL, diagnosed. Depth is bounded by the YAML reader. */
static json_t *node_json(struct document *document, const struct node *node)
{
	json_auto_t *json = NULL;

	if (node->type == NODE_SCALAR)
		return scalar_json(document, node);
	json = node->type == NODE_MAP ? json_object() : json_array();
	for (uint32_t i = 0; i < node->n; i++) {
		json_t *child = node_json(document, node->entry[i].value);
		int failed;

		if (child == NULL)
			return NULL;
		if (node->type == NODE_MAP)
			failed = json_object_set_new(json, node->entry[i].key->s, child);
		else
			failed = json_array_append_new(json, child);
		if (failed != 0)
			die_out_of_memory();
	}
	return json_incref(json);
}

/* Canonical form. */

static const char *policy_type_of(const struct document *document)
{
	const struct resource *resource =
	    declaration_resource(document->compiler, document->declaration);

	if (document->declaration->kind == KIND_IAM_ROLE && document->attr->type == ATTR_POLICY)
		return TRUST_POLICY;
	if (document->declaration->kind != KIND_POLICY)
		return "IAM";
	return resource->v[POLICY_TYPE].state == VALUE_TEXT ? resource->v[POLICY_TYPE].u.text->s
							    : "SERVICE_CONTROL_POLICY";
}

static enum policy_dialect dialect_of(const char *type_name)
{
	const struct policy_type *type = policy_type_find(type_name);

	return type == NULL || type->iam ? POLICY_IAM : POLICY_PLAIN;
}

/* Why a statement has no Principal, or needs one; NULL: it is as it must be. */
static const char *principal_problem(const json_t *statement, const char *type)
{
	bool has = json_object_get(statement, "Principal") != NULL ||
		   json_object_get(statement, "NotPrincipal") != NULL;

	if (strcmp(type, TRUST_POLICY) == 0) {
		if (json_object_get(statement, "Resource") != NULL ||
		    json_object_get(statement, "NotResource") != NULL)
			return "a trust policy has no Resource: it is about its own role";
		return has ? NULL : "a trust policy needs a Principal";
	}
	if (strcmp(type, "RESOURCE_CONTROL_POLICY") == 0)
		return has ? NULL : "a resource control policy needs a Principal";
	return has ? "such a policy has no Principal: it holds for what it is attached to" : NULL;
}

/* Who a policy is for follows from where it is attached, but in a resource control policy, and in
 * one that says who may assume a role. */
static bool principal_check(struct document *document, json_t *json, const char *type)
{
	json_t *statements = json_object_get(json, "Statement");
	bool good = true;
	size_t n = json_is_array(statements) ? json_array_size(statements) : 1;

	if (n == 0)
		diagnose(document->compiler->diagnostics, message_place(document, "statement 0"),
			 "`%s` has no statement", document->what);
	for (size_t i = 0; i < n; i++) {
		json_t *statement =
		    json_is_array(statements) ? json_array_get(statements, i) : statements;
		const char *problem = principal_problem(statement, type);
		const char *place =
		    arena_printf(document->compiler->arena, "statement %zu: Principal: ", i + 1);

		if (problem == NULL)
			continue;
		diagnose(document->compiler->diagnostics, message_place(document, place),
			 "`%s`: statement %zu: %s", document->what, i + 1, problem);
		good = false;
	}
	return good;
}

/* What AWS would refuse in a document that is well formed. False: diagnosed, and it is of no use.
 */
static bool canonical_check(struct document *document, json_t *json, const struct text *canonical,
			    const char *type)
{
	if (document->compiler->lenient)
		return true;
	if (canonical->len - token_excess(canonical) > CANONICAL_MAX) {
		diagnose(document->compiler->diagnostics, document->where,
			 "`%s` is larger than any policy of AWS may be", document->what);
		return false;
	}
	return dialect_of(type) != POLICY_IAM || principal_check(document, json, type);
}

static const struct text *json_canon(struct document *document, json_t *json)
{
	struct compiler *compiler = document->compiler;
	const char *type = policy_type_of(document);
	auto_error err = {0};
	const struct text *canonical;

	strings_interpolate(document, json, NULL);
	if (document->problems > 0)
		return NULL;
	canonical =
	    canon_policy(compiler->arena, json, dialect_of(type), compiler->partition, &err);
	if (canonical == NULL)
		diagnose(compiler->diagnostics, message_place(document, err.message),
			 "`%s` is no policy document: %s", document->what, err.message);
	else if (canonical_check(document, json, canonical, type))
		return canonical;
	return NULL;
}

/* Files. */

static json_t *json_file_load(struct document *document, const struct config_file *file)
{
	struct diagnostics scratch = {.arena = document->compiler->arena};
	json_error_t error;
	json_t *json;

	if (!yaml_check(document->compiler->arena, file->path, file->data, file->len,
			document->compiler->diagnostics))
		return NULL;
	json = json_loadb(file->data, file->len, JSON_REJECT_DUPLICATES, &error);
	if (json == NULL) {
		struct place where = {file->path, (uint32_t)(error.line > 0 ? error.line : 1),
				      (uint32_t)(error.column > 0 ? error.column : 1)};

		diagnose(document->compiler->diagnostics, where, "`%s` is not valid JSON: %s",
			 document->what, error.text);
		return NULL;
	}
	/* JSON is YAML, nearly always: the tree serves for places only. */
	document->tree =
	    yaml_parse(document->compiler->arena, file->path, file->data, file->len, &scratch);
	diagnostics_free(&scratch);
	return json;
}

/* What the reader says of the file itself was said when all files were read. */
static json_t *yaml_file_load(struct document *document, const struct config_file *file)
{
	struct diagnostics scratch = {.arena = document->compiler->arena};

	document->tree =
	    yaml_parse(document->compiler->arena, file->path, file->data, file->len, &scratch);
	diagnostics_free(&scratch);
	return document->tree == NULL ? NULL : node_json(document, document->tree);
}

static const struct text *file_canon(struct document *document, const struct config_file *file)
{
	json_auto_t *json = NULL;

	document->where = (struct place){file->path, 1, 1};
	if (file->len > DOCUMENT_MAX) {
		diagnose(document->compiler->diagnostics, document->where,
			 "the document is larger than %u KiB", DOCUMENT_MAX >> 10);
		return NULL;
	}
	json = str_ends(file->path, ".json") ? json_file_load(document, file)
					     : yaml_file_load(document, file);
	return json == NULL ? NULL : json_canon(document, json);
}

static const char *document_path_problem(const char *path)
{
	const char *problem = file_path_problem(path);

	if (problem == NULL && !str_ends(path, ".json") && !str_ends(path, ".yaml") &&
	    !str_ends(path, ".yml"))
		return "must be the path of a .json, .yaml or .yml file";
	return problem;
}

/* Where a document comes from: a file, or the mapping itself. */
struct origin {
	const struct config_file *file; /* NULL: tree */
	const struct node *tree;
};

static bool tree_has_variables(const struct node *node)
{
	if (node->type == NODE_SCALAR)
		return memmem(node->s->s, node->s->len, "${", 2) != NULL;
	for (uint32_t i = 0; i < node->n; i++) {
		if (tree_has_variables(node->entry[i].value))
			return true;
	}
	return false;
}

static const char *origin_name(struct compiler *compiler, const struct origin *origin)
{
	if (origin->file != NULL)
		return origin->file->path;
	return arena_printf(compiler->arena, "\n%p", (const void *)origin->tree);
}

/* Looked for once in each document, however many users it has. */
static bool origin_has_variables(struct compiler *compiler, const struct origin *origin,
				 const char *name)
{
	const char *key = arena_printf(compiler->arena, "variables %s", name);
	const bool *known = map_get(compiler->documents, key);
	bool *found;

	if (known != NULL)
		return *known;
	found = arena_alloc(compiler->arena, sizeof(*found));
	*found = origin->file != NULL
		     ? memmem(origin->file->data, origin->file->len, "${", 2) != NULL
		     : tree_has_variables(origin->tree);
	map_put(compiler->documents, key, found);
	return *found;
}

/* A document without variables is the same for every user of its policy type. */
static const char *made_key(const struct document *document, const struct origin *origin)
{
	struct compiler *compiler = document->compiler;
	const struct declaration *declaration = document->declaration;
	const char *name = origin_name(compiler, origin);
	bool variables = origin_has_variables(compiler, origin, name);

	return arena_printf(compiler->arena, "%s\n%s\n%s", name, policy_type_of(document),
			    variables && declaration->account != NULL ? declaration->account->s
								      : "");
}

static const struct text *tree_canon(struct document *document, const struct node *tree)
{
	json_auto_t *json = node_json(document, tree);

	return json == NULL ? NULL : json_canon(document, json);
}

/* The canonical text of a document, shared by its users. NULL: diagnosed. */
const struct text *document_compile(struct compiler *compiler,
				    const struct declaration *declaration, const struct attr *attr,
				    const struct node *node, const char *what)
{
	struct document document = {.compiler = compiler,
				    .declaration = declaration,
				    .attr = attr,
				    .what = what,
				    .where = node->where};
	struct origin origin = {.tree = node};
	const char *key;
	struct made *made;

	if (node->type != NODE_MAP) {
		origin.file =
		    file_resolve(compiler, node, "document", document_path_problem(node->s->s));
		if (origin.file == NULL)
			return NULL;
	}
	key = made_key(&document, &origin);
	made = map_get(compiler->documents, key);
	if (made == NULL) {
		made = arena_alloc(compiler->arena, sizeof(*made));
		map_put(compiler->documents, key, made);
		document.tree = origin.file == NULL ? node : NULL;
		made->canonical = origin.file == NULL ? tree_canon(&document, node)
						      : file_canon(&document, origin.file);
	}
	return made->canonical;
}
