/* CODEOWNERS. The rules of GitHub are those of .gitignore, but for a `*` at the end, which names
 * the files of a directory and not what is below its directories:
 * https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 * GitLab's have sections, and a path without a slash before it is sought at every depth:
 * https://docs.gitlab.com/user/project/codeowners/reference/ */
#include "git/owners.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX     ((size_t)3 << 20) /* bytes: GitHub reads no longer one */
#define PARTS_MAX    64                /* of a pattern, of a path */
#define OWNERS_MAX   4096              /* bytes of an answer */
#define SECTIONS_MAX 1000

struct rule {
	char **part; /* between the slashes, escapes and all */
	unsigned parts;
	bool directory;     /* ends with a slash: what is in it, and nothing else */
	const char *owners; /* separated by blanks; "": those of the section */
	uint32_t section;
};

struct section {
	const char *name;   /* in lower case; "": before any */
	const char *owners; /* by default */
};

struct owners {
	struct rule *rule;
	size_t rules;
	struct section *section;
	size_t sections;
};

struct reader {
	struct arena *arena;
	VEC(struct rule) rule;
	VEC(struct section) section;
	uint32_t current; /* section */
	bool gitlab;
};

/* One part of a path: `*` is any run, `?` any character, a backslash takes the meaning from what
 * comes after it. */
static bool part_fits(const char *p, const char *s, size_t len)
{
	const char *star = NULL, *end = s + len, *from = s;

	for (;;) {
		if (*p == '*') {
			star = ++p;
			from = s;
			continue;
		}
		if (s == end && *p == '\0')
			return true;
		if (s < end && *p != '\0') {
			bool escaped = *p == '\\' && p[1] != '\0';
			uint32_t code;
			int n = utf8_next(s, (size_t)(end - s), &code);

			if (*p == '?') {
				p++;
				s += n > 0 ? n : 1;
				continue;
			}
			if (p[escaped] == *s) {
				p += 1 + escaped;
				s++;
				continue;
			}
		}
		if (star == NULL || from == end)
			return false;
		s = ++from;
		p = star;
	}
}

struct path {
	const char *part[PARTS_MAX];
	size_t len[PARTS_MAX];
	unsigned parts;
};

static bool path_split(struct path *path, const char *s)
{
	path->parts = 0;
	while (*s != '\0') {
		size_t len = strcspn(s, "/");

		if (path->parts == PARTS_MAX)
			return false;
		path->part[path->parts] = s;
		path->len[path->parts++] = len;
		s += len + (s[len] == '/');
	}
	return path->parts > 0;
}

static bool is_stars(const char *part)
{
	return strcmp(part, "**") == 0;
}

/* The first n parts of a path. `**` is any number of parts, at the end at least one. Only the last
 * `**` is tried again, as base/pattern.c says. */
static bool parts_fit(const struct rule *r, const struct path *path, unsigned n)
{
	unsigned p = 0, s = 0, from = 0, after = 0;
	bool stars = false;

	for (;;) {
		if (p < r->parts && is_stars(r->part[p])) {
			if (p + 1 == r->parts)
				return s < n;
			stars = true;
			after = ++p;
			from = s;
		} else if (p == r->parts && s == n) {
			return true;
		} else if (p < r->parts && s < n &&
			   part_fits(r->part[p], path->part[s], path->len[s])) {
			p++;
			s++;
		} else if (stars && from < n) {
			s = ++from;
			p = after;
		} else {
			return false;
		}
	}
}

/* A pattern names a file, or a directory with all that is below it. */
static bool rule_fits(const struct rule *r, const struct path *path)
{
	const char *last = r->part[r->parts - 1];
	bool below = strcmp(last, "*") != 0 && !is_stars(last);

	for (unsigned n = 1; n < path->parts && (below || r->directory); n++) {
		if (parts_fit(r, path, n))
			return true;
	}
	return !r->directory && parts_fit(r, path, path->parts);
}

/* Reading. */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Where the token at s ends: at a blank that no backslash stands before. */
static size_t token_len(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0' && !is_blank(s[n]))
		n += s[n] == '\\' && s[n + 1] != '\0' ? 2 : 1;
	return n;
}

/* "@somebody", "@group/team", or an address. */
static bool is_owner(const char *s, size_t len)
{
	const char *at = memchr(s, '@', len);

	return at != NULL && at + 1 < s + len &&
	       (at == s || memchr(at + 1, '.', (size_t)(s + len - at - 1)) != NULL);
}

/* The owners of a line, up to its comment. False: there is something, and none of it is an owner.
 */
static bool owners_list(struct arena *arena, const char *s, const char **owners)
{
	auto_buf out = BUF_INIT(OWNERS_MAX);
	bool other = false;

	for (;;) {
		size_t len;

		while (is_blank(*s))
			s++;
		if (*s == '\0' || *s == '#')
			break;
		len = token_len(s);
		if (is_owner(s, len))
			buf_printf(&out, "%s%.*s", out.len > 0 ? " " : "", (int)len, s);
		else
			other = true;
		s += len;
	}
	*owners = arena_strdup(arena, buf_str(&out));
	return out.len > 0 || !other;
}

static bool is_section(const char *line)
{
	const char *s = line + (*line == '^'), *end = strchr(s, ']');

	if (*s != '[' || end == NULL || end == s + 1)
		return false;
	end++;
	if (*end == '[') {
		end += 1 + strspn(end + 1, "0123456789");
		if (*end++ != ']')
			return false;
	}
	return *end == '\0' || is_blank(*end);
}

/* "[Name]", "^[Name]", "[Name][2]", with owners after it. Of one name there is one section. */
static void section_read(struct reader *r, const char *line)
{
	const char *begin = strchr(line, '[') + 1, *end = strchr(begin, ']');
	auto_free char *name = text_lowered(text_new(r->arena, begin, (size_t)(end - begin)));
	struct section new = {0};
	size_t i = 0;

	end += 1 + (end[1] == '[' ? strcspn(end + 1, "]") + 1 : 0);
	if (!owners_list(r->arena, end, &new.owners))
		new.owners = "";
	while (i < r->section.n && strcmp(r->section.at[i].name, name) != 0)
		i++;
	if (i == SECTIONS_MAX)
		return;
	if (i == r->section.n) {
		new.name = arena_strdup(r->arena, name);
		vec_push(&r->section, new);
	} else if (*new.owners != '\0') {
		r->section.at[i].owners = new.owners;
	}
	r->current = (uint32_t)i;
}

/* Whether it is sought at every depth: GitHub looks for a slash anywhere but at the end. */
static bool pattern_floats(const struct reader *r, const char *pattern)
{
	return r->gitlab ? *pattern != '/' : strchr(pattern, '/') == NULL;
}

static bool pattern_read(const struct reader *r, struct rule *rule, char *pattern)
{
	char *rest = NULL, *part[PARTS_MAX], every[] = "**";
	size_t len = strlen(pattern);

	rule->directory = len > 1 && pattern[len - 1] == '/';
	if (rule->directory)
		pattern[len - 1] = '\0';
	if (pattern_floats(r, pattern))
		part[rule->parts++] = arena_strdup(r->arena, every);
	for (char *p = strtok_r(pattern, "/", &rest); p != NULL; p = strtok_r(NULL, "/", &rest)) {
		if (rule->parts == PARTS_MAX)
			return false;
		if (rule->parts == 0 || !is_stars(p) || !is_stars(part[rule->parts - 1]))
			part[rule->parts++] = p;
	}
	rule->part = arena_array(r->arena, rule->parts + 1, sizeof *rule->part);
	memcpy(rule->part, part, rule->parts * sizeof *part);
	return rule->parts > 0;
}

static void line_read(struct reader *r, const char *line)
{
	struct rule rule = {.section = r->current};
	size_t len = token_len(line);

	if (*line == '\0' || *line == '#' || *line == '!')
		return;
	if (is_section(line))
		section_read(r, line);
	else if (owners_list(r->arena, line + len, &rule.owners) &&
		 pattern_read(r, &rule, arena_memdup0(r->arena, line, len)))
		vec_push(&r->rule, rule);
}

/* Calls fn for each line, without blanks at its ends. */
static void lines_each(struct reader *r, const char *data, size_t len,
		       void (*fn)(struct reader *, const char *line))
{
	const char *end = data + len;

	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		const char *stop = newline != NULL ? newline : end;
		size_t n = (size_t)(stop - data);
		auto_free char *line = NULL;

		while (n > 0 && is_blank(*data))
			data++, n--;
		while (n > 0 && data[n - 1] == '\r')
			n--;
		line = xmalloc(n + 1);
		memcpy(line, data, n);
		line[n] = '\0';
		fn(r, line);
		data = stop + 1;
	}
}

static void line_dialect(struct reader *r, const char *line)
{
	r->gitlab = r->gitlab || is_section(line);
}

static void *kept(struct arena *arena, void *at, size_t n, size_t size)
{
	void *out = arena_array(arena, n + 1, size);

	if (n > 0)
		memcpy(out, at, n * size);
	free(at);
	return out;
}

struct owners *owners_read(struct arena *arena, const char *data, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct owners *o = arena_alloc(arena, sizeof *o);
	struct reader r = {.arena = arena};

	if (len >= 3 && memcmp(data, mark, 3) == 0) {
		data += 3;
		len -= 3;
	}
	vec_push(&r.section, ((struct section){"", ""}));
	lines_each(&r, data, len, line_dialect);
	lines_each(&r, data, len, line_read);
	*o = (struct owners){.rules = r.rule.n, .sections = r.section.n};
	o->rule = kept(arena, r.rule.at, r.rule.n, sizeof *o->rule);
	o->section = kept(arena, r.section.at, r.section.n, sizeof *o->section);
	return o;
}

/* Asking. */

static bool list_has(const char *list, const char *s, size_t len)
{
	while (*list != '\0') {
		size_t n = strcspn(list, " ");

		if (n == len && memcmp(list, s, n) == 0)
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

/* Each owner once. */
static void list_join(struct buf *out, const char *list)
{
	while (*list != '\0') {
		size_t n = strcspn(list, " ");

		if (!list_has(buf_str(out), list, n))
			buf_printf(out, "%s%.*s", out->len > 0 ? " " : "", (int)n, list);
		list += n + (list[n] == ' ');
	}
}

const char *owners_of(const struct owners *o, struct arena *arena, const char *file)
{
	auto_free const struct rule **last = xcalloc(o->sections, sizeof *last);
	auto_buf out = BUF_INIT(OWNERS_MAX);
	struct path path;

	if (!path_split(&path, file))
		return NULL;
	for (size_t i = o->rules; i-- > 0;) {
		const struct rule *r = &o->rule[i];

		if (last[r->section] == NULL && rule_fits(r, &path))
			last[r->section] = r;
	}
	for (size_t i = 0; i < o->sections; i++) {
		if (last[i] != NULL)
			list_join(&out, *last[i]->owners != '\0' ? last[i]->owners
								 : o->section[i].owners);
	}
	return out.len > 0 ? arena_strdup(arena, buf_str(&out)) : NULL;
}

int owners_find(struct source *source, const char *commit, struct arena *arena,
		struct owners **found, struct error *err)
{
	static const char *const paths[] = {".github/CODEOWNERS", ".gitlab/CODEOWNERS",
					    ".gitea/CODEOWNERS",  ".forgejo/CODEOWNERS",
					    "CODEOWNERS",         "docs/CODEOWNERS"};

	*found = NULL;
	if (!source_has_git(source))
		return 0;
	for (size_t i = 0; *found == NULL && i < sizeof paths / sizeof *paths; i++) {
		const char *data;
		size_t len;
		int read =
		    source_read_file(source, commit, paths[i], FILE_MAX, arena, &data, &len, err);

		if (read < 0)
			return -1;
		if (read > 0)
			*found = owners_read(arena, data, strnlen(data, len));
	}
	return 0;
}
