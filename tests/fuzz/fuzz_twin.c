/* Requests to the twin, whatever bytes they are made of: each gets an answer, and one that can be
 * read. The form: a line "METHOD TARGET", header lines, an empty line, the body; a line of "----"
 * begins the next request to the same twin. */
#include "aws/codec.h"
#include "aws/twin/twin.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#define HEADERS  16
#define REQUESTS 8
#define NOW_US   1795305600000000LL /* 2026-11-22 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t clock_us(struct clock *clock)
{
	(void)clock;
	return NOW_US;
}

/* Cuts the line at *s; the rest follows. */
static char *line_take(char **s)
{
	char *line = strsep(s, "\n");

	return line != NULL ? line : "";
}

static void reply_check(const struct twin_reply *reply)
{
	const char *body = buf_str(&reply->body);
	json_t *value;

	charter_assert(reply->end == TWIN_REPLIES);
	charter_assert(reply->status >= 200 && reply->status < 600);
	charter_assert(reply->status != 500);
	if (reply->body.len == 0)
		return;
	value = *body == '<' ? codec_xml_parse(body, reply->body.len)
			     : json_loadb(body, reply->body.len, 0, NULL);
	charter_assert(value != NULL);
	json_decref(value);
}

static void request_serve(struct twin *twin, char *text)
{
	struct http_header headers[HEADERS];
	struct twin_request r = {.headers = headers};
	struct twin_reply reply;
	char *line = line_take(&text), *value;

	r.method = strsep(&line, " ");
	r.target = line != NULL ? line : "/";
	while (*(line = line_take(&text)) != '\0' && r.headers_n < HEADERS) {
		value = strstr(line, ": ");
		if (value == NULL)
			continue;
		*value = '\0';
		headers[r.headers_n++] = (struct http_header){line, value + 2};
	}
	r.body = text != NULL ? text : "";
	r.body_len = strlen(r.body);
	twin_serve(twin, &r, &reply);
	reply_check(&reply);
	twin_reply_free(&reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "\n----\n";
	struct clock clock = {clock_us, clock_us};
	struct twin_options options = {.clock = &clock, .seed = 1};
	auto_free char *text = xmalloc(size + 1);
	auto_error err = {0};
	struct twin *twin;
	char *next = text, *end;
	unsigned n;

	memcpy(text, data, size);
	text[size] = '\0';
	charter_assert(twin_new(&twin, &options, &err) == 0);
	for (n = 0; next != NULL && n < REQUESTS; n++) {
		char *request = next;

		end = strstr(next, mark);
		next = end != NULL ? end + strlen(mark) : NULL;
		if (end != NULL)
			*end = '\0';
		request_serve(twin, request);
	}
	twin_free(twin);
	return 0;
}
