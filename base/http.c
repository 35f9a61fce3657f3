#include "base/http.h"

#include <string.h>

const char *http_header(const struct http_response *r, const char *name, char *value, size_t size)
{
	const char *line = buf_str(&r->headers), *end;
	size_t name_len = strlen(name), len;

	for (; *line != '\0'; line = end + 1) {
		end = strchrnul(line, '\n');
		if (strncmp(line, name, name_len) == 0 && line[name_len] == ':') {
			line += name_len + 2;
			len = (size_t)(end - line);
			if (len >= size)
				return NULL;
			memcpy(value, line, len);
			value[len] = '\0';
			return value;
		}
		if (*end == '\0')
			break;
	}
	return NULL;
}

size_t http_origin(const char *url)
{
	const char *rest = strstr(url, "://");
	size_t len = rest == NULL ? strlen(url) : (size_t)(rest - url) + 3;

	return len + strcspn(url + len, "/?#");
}
