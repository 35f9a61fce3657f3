/* Probes: what a call's input names, with what is known at this moment. */
#include "aws/probe.h"

#include <string.h>

void probe_begin(struct probe *probe, struct crawl *crawl, const struct call *call,
		 const struct probe_context *context, const struct text **scope)
{
	*probe = (struct probe){.crawl = crawl, .call = call, .context = context, .name = scope};
	crawl->side->world = *context->world;
	probe->input = json_loadb(call->input->s, call->input->len, 0, NULL);
	charter_assert(probe->input != NULL);
	*scope = NULL;
}

void probe_end(struct probe *probe)
{
	json_decref(probe->input);
}

const struct text *probe_id(struct probe *probe, const struct text *text)
{
	const struct probe_context *context = probe->context;

	if (text == NULL || !str_starts(text->s, "${"))
		return text;
	if (text_eq(text, call_token(probe->crawl->arena, text_str(probe->crawl->arena, "root"))))
		return context->world->root_id != NULL
			   ? context->world->root_id
			   : context->id(context->ctx, text_str(probe->crawl->arena, "root"));
	for (const struct text **use = probe->call->uses; *use != NULL; use++) {
		if (text_eq(text, call_token(probe->crawl->arena, *use)))
			return context->id(context->ctx, *use);
	}
	return NULL;
}

const struct text *probe_member(struct probe *probe, const char *member)
{
	const char *s = json_string_value(json_object_get(probe->input, member));

	return s == NULL ? NULL : probe_id(probe, text_str(probe->crawl->arena, s));
}

uint32_t probe_scope(struct probe *probe, const char *fmt, ...)
{
	va_list ap;
	char *name;

	va_start(ap, fmt);
	name = arena_vprintf(probe->crawl->arena, fmt, ap);
	va_end(ap);
	*probe->name = text_str(probe->crawl->arena, name);
	return scope_open(probe->crawl, 0, "%s", name);
}
