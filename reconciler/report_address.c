#include "reconciler/report_address.h"

#include <string.h>

const char *address_account(struct arena *arena, const char *address)
{
	const char *start = strchr(address, '/');
	const char *end = start ? strchr(start + 1, '/') : NULL;

	return end ? arena_memdup0(arena, start + 1, (size_t)(end - start - 1)) : "";
}

const char *account_name(struct arena *arena, const char *written)
{
	auto_buf name = BUF_INIT(SIZE_MAX);

	unescape_percent(&name, written, strlen(written));
	return arena_strdup(arena, buf_str(&name));
}

const char *account_starred(struct arena *arena, const char *s, const char *account)
{
	const char *at = s ? strstr(s, "iam_") : NULL;
	const char *slash = at ? strchr(at, '/') : NULL;
	size_t len = strlen(account);

	if (!slash || strncmp(slash + 1, account, len) != 0 || slash[1 + len] != '/')
		return s;
	return arena_printf(arena, "%.*s/*%s", (int)(slash - s), s, slash + 1 + len);
}

bool edge_parts(struct arena *arena, const char *address, struct edge_parts *out)
{
	static const char kind[] = "assignment/";
	const char *set = address + strlen(kind), *account, *principal;

	if (!str_starts(address, kind) || !(account = strchr(set, '/')) ||
	    !(principal = strchr(account + 1, '/')))
		return false;
	*out = (struct edge_parts){
	    arena_memdup0(arena, set, (size_t)(account - set)),
	    arena_memdup0(arena, account + 1, (size_t)(principal - account - 1)), principal + 1};
	return true;
}
