#include "tests/unit/twin_desk.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int twin_desk_open(void **state)
{
	struct desk *d = xcalloc(1, sizeof *d);
	struct twin_options options = {.clock = &d->clock.clock, .seed = 5};
	auto_error err = {0};

	twin_clock_init(&d->clock, START_US);
	if (twin_new(&d->twin, &options, &err) < 0)
		fail_msg("%s", err.message);
	*state = d;
	return 0;
}

int twin_desk_close(void **state)
{
	struct desk *d = *state;

	twin_free(d->twin);
	free(d);
	return 0;
}

static json_t *input_of(const char *fmt, va_list ap)
{
	auto_buf text = BUF_INIT(1u << 20);
	json_error_t e;
	json_t *input;

	buf_vprintf(&text, fmt, ap);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\'')
			text.data[i] = '"';
	}
	input = json_loads(buf_str(&text), 0, &e);
	if (input == NULL)
		fail_msg("%s: %s", e.text, buf_str(&text));
	return input;
}

static enum service_id service_find(const char *name)
{
	enum service_id s = SERVICE_ORGANIZATIONS;

	while (s < SERVICE_COUNT && strcmp(services[s].name, name) != 0)
		s++;
	return s;
}

/* The result, new, or NULL with the code. Takes the input. */
static json_t *perform(struct desk *d, const char *operation, json_t *input, char code[64])
{
	const char *account = d->account != NULL ? d->account : ACCOUNT;
	auto_free char *root = xasprintf("arn:aws:iam::%s:root", account);
	enum service_id service = service_find(d->service != NULL ? d->service : "iam");
	struct twin_call call = {.op = twin_op_find(service, operation),
				 .input = input,
				 .account = account,
				 .arn = d->caller != NULL ? d->caller : root,
				 .now_us = d->clock.us};
	json_t *result;

	if (call.op == NULL)
		fail_msg("there is no %s", operation);
	result = twin_perform(d->twin, &call);
	memcpy(code, call.code, sizeof call.code);
	twin_call_clear(&call);
	json_decref(input);
	return result;
}

static json_t *ask_input(struct desk *d, const char *operation, json_t *input)
{
	char code[64];
	json_t *result = perform(d, operation, input, code);

	if (result == NULL)
		fail_msg("%s: %s", operation, code);
	return result;
}

json_t *ask(struct desk *d, const char *operation, const char *fmt, ...)
{
	va_list ap;
	json_t *input;

	va_start(ap, fmt);
	input = input_of(fmt, ap);
	va_end(ap);
	return ask_input(d, operation, input);
}

void done(struct desk *d, const char *operation, const char *fmt, ...)
{
	va_list ap;
	json_t *input;

	va_start(ap, fmt);
	input = input_of(fmt, ap);
	va_end(ap);
	json_decref(ask_input(d, operation, input));
}

void refused(struct desk *d, const char *wanted, const char *operation, const char *fmt, ...)
{
	json_auto_t *result = NULL;
	json_t *input;
	char code[64];
	va_list ap;

	va_start(ap, fmt);
	input = input_of(fmt, ap);
	va_end(ap);
	result = perform(d, operation, input, code);
	if (result != NULL || strcmp(code, wanted) != 0)
		fail_msg("%s: %s, not %s", operation, result != NULL ? "done" : code, wanted);
}

/* The text of what a dotted path leads to, keys sorted, ' in place of "; the caller frees it. */
static char *shown(const json_t *reply, const char *path)
{
	char name[64], *text, *p;
	size_t len;

	for (; *path != '\0'; path += len + (path[len] == '.')) {
		len = strcspn(path, ".");
		memcpy(name, path, len);
		name[len] = '\0';
		reply = json_is_array(reply) ? json_array_get(reply, strtoul(name, NULL, 10))
					     : json_object_get(reply, name);
	}
	text = reply == NULL ? xstrdup("none")
			     : json_dumps(reply, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	for (p = text; *p != '\0'; p++) {
		if (*p == '"')
			*p = '\'';
	}
	return text;
}

void expect(const json_t *reply, const char *path, const char *wanted)
{
	auto_free char *text = shown(reply, path);

	assert_string_equal(text, wanted);
}

void expect_ask(struct desk *d, const char *operation, const char *input, const char *path,
		const char *wanted)
{
	json_auto_t *reply = ask(d, operation, "%s", input);

	expect(reply, path, wanted);
}
