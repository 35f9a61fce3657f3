/* The calls of a plan, one a line, for people and for grep. */
#include "reconciler/plan_doc.h"

#include <string.h>

static void put_field(struct buf *b, const char *s)
{
	size_t len = strlen(s);

	for (size_t n; len; s += n, len -= n) {
		n = strcspn(s, "\n");
		escape_terminal(b, s, n);
		if (n < len) {
			buf_puts(b, "\\n");
			n++;
		}
	}
}

void doc_write_calls(const struct plan_doc *d, struct buf *b)
{
	for (size_t i = 0; i < d->calls; i++) {
		const struct doc_call *c = &d->call[i];

		buf_printf(b, "%u ", c->n);
		put_field(b, c->service);
		buf_putc(b, ' ');
		put_field(b, c->operation);
		buf_putc(b, ' ');
		put_field(b, c->account);
		buf_putc(b, ' ');
		put_field(b, c->input ? c->input : "{}");
		buf_puts(b, " needs ");
		if (!c->needs_n)
			buf_putc(b, '-');
		for (uint32_t k = 0; k < c->needs_n; k++)
			buf_printf(b, "%s%u", k ? "," : "", c->needs[k]);
		buf_putc(b, '\n');
	}
}
