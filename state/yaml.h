/* YAML as plain data: events of libyaml to a tree of placed nodes. Refused, each with its place:
 * anchors, aliases, tags, duplicate keys, more than one document, control and bidirectional
 * characters (raw and by escape), depth above 32, bad UTF-8, files above 1 MiB. Pure. */
#ifndef CHARTER_STATE_YAML_H
#define CHARTER_STATE_YAML_H

#include "state/diagnostic.h"

#define YAML_MAX_DEPTH 32
#define YAML_MAX_BYTES (1u << 20)
#define YAML_MAX_KEY   1024 /* bytes; no name of AWS comes near, and messages quote keys */

enum node_type { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
	enum node_type type;
	struct place where;
	bool plain;           /* a scalar without quotes: may be a number, a boolean, null */
	const struct text *s; /* NODE_SCALAR: its text */
	uint32_t n;           /* NODE_LIST, NODE_MAP */
	struct entry *entry;  /* NODE_LIST: value only */
};
struct entry {
	const struct text *key; /* NODE_MAP */
	struct place where;     /* of the key */
	struct node *value;
};

/* NULL when there were errors (they are in diagnostics). An empty document gives an empty map.
 * `first_line` of the document is 1. */
struct node *yaml_parse(struct arena *, const char *file, const char *data, size_t len,
			struct diagnostics *);
/* The checks on size, UTF-8 and characters alone, for files that are not read as YAML: policy
 * documents in JSON. */
bool yaml_check(struct arena *, const char *file, const char *data, size_t len,
		struct diagnostics *);
struct node *node_get(const struct node *map, const char *key); /* NULL when absent or not a map */
bool node_is_null(const struct node *);                         /* plain null, ~, or nothing */
/* true, false as plain scalars of YAML 1.2; -1 when neither */
int node_bool(const struct node *);
/* A plain scalar that YAML 1.2 calls a number (decimal only). */
enum node_number { NUMBER_NONE, NUMBER_INTEGER, NUMBER_REAL };
enum node_number node_number(const struct node *);

#endif
