/* Accessors of replies: what the protocols write differently is read the same. */
#include "aws/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The value at a dotted path; numbers index arrays. */
static const json_t *reply_at(const json_t *value, const char *path)
{
	char part[128], *end;
	size_t len;

	for (; value != NULL && path != NULL && *path != '\0'; path += len + (path[len] == '.')) {
		len = strcspn(path, ".");
		if (len == 0 || len >= sizeof part)
			return NULL;
		memcpy(part, path, len);
		part[len] = '\0';
		if (json_is_array(value)) {
			unsigned long index = strtoul(part, &end, 10);

			if (*end != '\0' || part[0] < '0' || part[0] > '9')
				return NULL;
			value = json_array_get(value, index);
		} else {
			value = json_object_get(value, part);
		}
	}
	return value;
}

static bool is_empty_text(const json_t *value)
{
	const char *s = json_string_value(value);

	return s != NULL && s[strspn(s, " \t\r\n")] == '\0';
}

const char *reply_str(const json_t *body, const char *path)
{
	return json_string_value(reply_at(body, path));
}

const json_t *reply_obj(const json_t *body, const char *path)
{
	const json_t *value = reply_at(body, path);

	return json_is_object(value) ? value : NULL;
}

size_t reply_list(const json_t *body, const char *path, const json_t **list)
{
	const json_t *value = reply_at(body, path);

	*list = json_is_array(value) ? value : NULL;
	return *list != NULL ? json_array_size(*list) : 0;
}

bool reply_has_list(const json_t *body, const char *path)
{
	const json_t *value = reply_at(body, path);

	return json_is_array(value) || is_empty_text(value);
}

bool reply_bool(const json_t *body, const char *path)
{
	const json_t *value = reply_at(body, path);
	const char *s = json_string_value(value);

	if (s != NULL)
		return strcasecmp(s, "true") == 0;
	return json_is_true(value) || (json_is_integer(value) && json_integer_value(value) != 0);
}

int64_t reply_int(const json_t *body, const char *path)
{
	const json_t *value = reply_at(body, path);
	const char *s = json_string_value(value);
	long long n;
	char *end;

	if (json_is_integer(value))
		return json_integer_value(value);
	if (s == NULL || *s < '0' || *s > '9')
		return -1;
	errno = 0;
	n = strtoll(s, &end, 10);
	return errno == 0 && *end == '\0' ? n : -1;
}

int reply_time(const json_t *body, const char *path, int64_t *us)
{
	const json_t *value = reply_at(body, path);
	double seconds;

	if (json_is_string(value))
		return time_parse(json_string_value(value), us);
	if (!json_is_number(value))
		return -1;
	/* Within the years that a date can show, so that the product fits. */
	seconds = json_number_value(value);
	if (!(seconds > -6.2e10 && seconds < 2.5e11))
		return -1;
	*us =
	    json_is_integer(value) ? json_integer_value(value) * 1000000 : (int64_t)(seconds * 1e6);
	return 0;
}
