#include "git/source_priv.h"

#include "base/digest.h"

#include <stdlib.h>
#include <string.h>

#define PROBLEMS_SHOWN 100

char *name_shown(const char *name, size_t len)
{
	auto_buf out = BUF_INIT(1u << 16);
	uint32_t code = 0;

	for (size_t i = 0; i < len;) {
		int n = utf8_next(name + i, len - i, &code);
		if (n == 0) {
			buf_printf(&out, "\\x%02x", (unsigned char)name[i]);
			i++;
			continue;
		}
		if (code < 0x20 || code_is_forbidden(code))
			buf_printf(&out, "\\u{%04X}", (unsigned)code);
		else
			buf_add(&out, name + i, (size_t)n);
		i += (size_t)n;
	}
	return xstrdup(buf_str(&out));
}

void listing_init(struct listing *l)
{
	*l = (struct listing){.arena = arena_new()};
}

void listing_free(struct listing *l)
{
	arena_free(l->arena);
	free(l->file.at);
	free(l->problem.at);
	*l = (struct listing){0};
}

void listing_problem(struct listing *l, const char *path, const char *fmt, ...)
{
	auto_free char *shown = name_shown(path, strlen(path));
	struct problem p;
	va_list ap;

	va_start(ap, fmt);
	p.what = arena_vprintf(l->arena, fmt, ap);
	va_end(ap);
	p.path = arena_strdup(l->arena, shown);
	vec_push(&l->problem, p);
}

/* What is wrong with the name of a file, or NULL. */
static const char *name_fault(const char *name)
{
	size_t len = strlen(name);
	uint32_t code = 0;

	if (len > SOURCE_MAX_NAME)
		return "has a name of more than 255 bytes";
	if (len == 0 || strchr(name, '/'))
		return "has a name that no file can have";
	for (size_t i = 0; i < len;) {
		int n = utf8_next(name + i, len - i, &code);
		if (n == 0)
			return "has a name that is not valid UTF-8";
		if (code < 0x20 || code_is_forbidden(code))
			return "has a control or bidirectional character in its name";
		i += (size_t)n;
	}
	return NULL;
}

const char *listing_entry(struct listing *l, const char *dir, const char *name)
{
	const char *path, *fault;

	if (l->stop)
		return NULL;
	if (++l->entries > SOURCE_MAX_ENTRIES) {
		listing_problem(l, dir, "more than %d entries in the configuration directory",
				SOURCE_MAX_ENTRIES);
		l->stop = true;
		return NULL;
	}
	if (name[0] == '.' || name[0] == '_')
		return NULL;
	path = arena_printf(l->arena, "%s%s%.*s", dir, *dir ? "/" : "", SOURCE_MAX_NAME + 1, name);
	fault = name_fault(name);
	if (fault)
		listing_problem(l, path, "%s", fault);
	return fault ? NULL : path;
}

struct listed *listing_file(struct listing *l, const char *path, uint64_t size)
{
	struct listed f = {.path = path};

	if (size > SOURCE_MAX_FILE_BYTES) {
		listing_problem(l, path,
				"is larger than %u bytes (what is no configuration belongs "
				"elsewhere, or under a name that starts with '_')",
				SOURCE_MAX_FILE_BYTES);
		return NULL;
	}
	if (l->file.n == SOURCE_MAX_FILES || l->bytes + size > SOURCE_MAX_BYTES) {
		listing_problem(l, path, "is one too many: at most %d files and %u bytes are read",
				SOURCE_MAX_FILES, SOURCE_MAX_BYTES);
		l->stop = true;
		return NULL;
	}
	l->bytes += size;
	vec_push(&l->file, f);
	return &l->file.at[l->file.n - 1];
}

static int listed_cmp(const void *a, const void *b)
{
	return strcmp(((const struct listed *)a)->path, ((const struct listed *)b)->path);
}

static int problem_cmp(const void *va, const void *vb)
{
	const struct problem *a = va, *b = vb;
	int c = strcmp(a->path, b->path);

	return c ? c : strcmp(a->what, b->what);
}

/* A tree object made by hand can name a file twice; which one counts would be chance. */
static void listing_twice(struct listing *l)
{
	for (size_t i = 1; i < l->file.n; i++) {
		const char *path = l->file.at[i].path, *before = l->file.at[i - 1].path;
		if (strcmp(path, before) == 0)
			listing_problem(l, path, "is there twice");
	}
}

int listing_end(struct listing *l, struct error *err)
{
	auto_buf text = BUF_INIT(1u << 20);

	if (l->file.n)
		qsort(l->file.at, l->file.n, sizeof *l->file.at, listed_cmp);
	listing_twice(l);
	if (!l->problem.n)
		return 0;
	qsort(l->problem.at, l->problem.n, sizeof *l->problem.at, problem_cmp);
	for (size_t i = 0; i < l->problem.n && i < PROBLEMS_SHOWN; i++)
		buf_printf(&text, "%s%s: %s", i ? "\n" : "", l->problem.at[i].path,
			   l->problem.at[i].what);
	if (l->problem.n > PROBLEMS_SHOWN)
		buf_printf(&text, "\nand %zu more", l->problem.n - PROBLEMS_SHOWN);
	return error_set(err, "%s", buf_str(&text));
}

static void config_hash(const struct listing *l, char out[SHA256_HEX])
{
	struct digest *d = digest_new();

	for (size_t i = 0; i < l->file.n; i++) {
		const struct listed *f = &l->file.at[i];
		auto_free char *len = xasprintf("%zu", f->len);
		digest_add(d, f->path, strlen(f->path) + 1);
		digest_add(d, len, strlen(len) + 1);
		digest_add(d, f->data, f->len);
	}
	digest_hex(d, out);
}

struct tree *listing_tree(struct listing *l, const char *label)
{
	struct tree *t = arena_alloc(l->arena, sizeof *t);

	t->arena = l->arena;
	t->label = arena_strdup(l->arena, label);
	t->files = l->file.n;
	t->file = arena_array(l->arena, l->file.n ? l->file.n : 1, sizeof *t->file);
	for (size_t i = 0; i < l->file.n; i++)
		t->file[i] = (struct source_file){.path = l->file.at[i].path,
						  .data = l->file.at[i].data,
						  .len = l->file.at[i].len};
	config_hash(l, t->config);
	l->arena = NULL;
	listing_free(l);
	return t;
}

void tree_free(struct tree *t)
{
	if (t)
		arena_free(t->arena);
}

const struct source_file *tree_file(const struct tree *t, const char *path)
{
	size_t low = 0, high = t->files;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(t->file[mid].path, path);
		if (c == 0)
			return &t->file[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}
