#include "tests/unit/script.h"

#include "base/arena.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

char *script_run(const char *script)
{
	auto_buf text = BUF_INIT(1u << 20);
	char chunk[4096];
	size_t n;
	FILE *in = popen(script, "r");

	assert_non_null(in);
	while ((n = fread(chunk, 1, sizeof chunk, in)) > 0)
		buf_add(&text, chunk, n);
	if (pclose(in) != 0)
		fail_msg("script failed: %s", script);
	while (text.len && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	return text.data ? buf_take(&text) : xstrdup("");
}
