#include "aws/ini.h"

#include "base/arena.h"
#include "base/digest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct ini_line {
	const char *section, *key, *value; /* key NULL: the section's heading */
};

struct ini {
	char *data; /* cut into strings in place */
	size_t len;
	VEC(struct ini_line) lines;
};

void ini_free(struct ini *ini)
{
	if (ini == NULL)
		return;
	wipe(ini->data, ini->len + 1);
	free(ini->data);
	free(ini->lines.at);
	free(ini);
}

static char *trim(char *s)
{
	char *end;

	s += strspn(s, " \t\r");
	end = s + strlen(s);
	while (end > s && strchr(" \t\r", end[-1]) != NULL)
		end--;
	*end = '\0';
	return s;
}

/* A comment may follow a value after a blank. */
static void cut_comment(char *s)
{
	char *p;

	for (p = s; *p != '\0'; p++) {
		if ((*p == '#' || *p == ';') && p > s && (p[-1] == ' ' || p[-1] == '\t')) {
			*p = '\0';
			return;
		}
	}
}

/* "profile   main" and "profile 'main'" are "profile main". */
static void section_normalize(char *s)
{
	char *to = s;
	bool blank = false;

	for (; *s != '\0'; s++) {
		if (*s == ' ' || *s == '\t') {
			blank = true;
			continue;
		}
		if (*s == '\'' || *s == '"')
			continue;
		if (blank)
			*to++ = ' ';
		blank = false;
		*to++ = *s;
	}
	*to = '\0';
}

static bool ini_heading(struct ini *ini, char *line, const char **section)
{
	char *end = strchr(line, ']');

	if (end == NULL)
		return false;
	*end = '\0';
	*section = trim(line + 1);
	section_normalize((char *)*section);
	vec_push(&ini->lines, ((struct ini_line){.section = *section}));
	return **section != '\0';
}

static bool ini_pair(struct ini *ini, char *line, const char *section)
{
	char *equals = strchr(line, '='), *c;
	struct ini_line l = {.section = section};

	if (equals == NULL || section == NULL)
		return false;
	*equals = '\0';
	cut_comment(equals + 1);
	l.key = trim(line);
	l.value = trim(equals + 1);
	for (c = (char *)l.key; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	vec_push(&ini->lines, l);
	return *l.key != '\0';
}

/* Takes one line, in place. Indented lines belong to nested settings (s3, services), which we do
 * not use. */
static bool ini_line(struct ini *ini, char *line, const char **section)
{
	bool indented = *line == ' ' || *line == '\t';

	line = trim(line);
	if (*line == '\0' || *line == '#' || *line == ';')
		return true;
	if (indented)
		return *section != NULL;
	return *line == '[' ? ini_heading(ini, line, section) : ini_pair(ini, line, *section);
}

struct ini *ini_parse(const char *data, size_t len, const char *name, struct error *err)
{
	struct ini *ini = xcalloc(1, sizeof *ini);
	const char *section = NULL;
	char *line, *end;
	size_t n;

	ini->len = len;
	ini->data = xmalloc(len + 1);
	memcpy(ini->data, data, len);
	ini->data[len] = '\0';
	if (len > INI_MAX_BYTES || strlen(ini->data) != len) {
		ini_free(ini);
		error_set(err, "%s: is not a text file of at most 1 MiB", name);
		return NULL;
	}
	line = ini->data;
	if (strncmp(line, "\xef\xbb\xbf", 3) == 0)
		line += 3;
	for (n = 1; *line != '\0'; n++, line = end) {
		end = line + strcspn(line, "\n");
		if (*end == '\n')
			*end++ = '\0';
		if (!ini_line(ini, line, &section)) {
			ini_free(ini);
			error_set(err, "%s:%zu: is neither [section] nor key = value", name, n);
			return NULL;
		}
	}
	return ini;
}

bool ini_has(const struct ini *ini, const char *section)
{
	size_t i;

	for (i = 0; ini != NULL && i < ini->lines.n; i++) {
		if (strcmp(ini->lines.at[i].section, section) == 0)
			return true;
	}
	return false;
}

const char *ini_get(const struct ini *ini, const char *section, const char *key)
{
	const struct ini_line *l;
	size_t i;

	for (i = ini != NULL ? ini->lines.n : 0; i > 0; i--) {
		l = &ini->lines.at[i - 1];
		if (l->key != NULL && strcmp(l->key, key) == 0 && strcmp(l->section, section) == 0)
			return l->value;
	}
	return NULL;
}
