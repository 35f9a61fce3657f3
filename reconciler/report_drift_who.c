/* What is said of who made a difference. */
#include "reconciler/report_drift.h"

#include "base/env.h"

#include <string.h>

/* Source addresses and calls that are named; others are counted. */
#define ADDRESSES_MAX 3
#define CALLS_MAX     6
#define AGENT_MAX     60 /* bytes */
/* CloudTrail's names are shorter: bytes of a file that somebody wrote. */
#define NAME_MAX_BYTES 200

void drift_put_cut(struct buf *b, const char *s, size_t len, size_t most)
{
	size_t n = len < most ? len : most;

	while (n < len && n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++)
		buf_putc(b, s[i] == '\n' || s[i] == '\r' ? ' ' : s[i]);
	buf_puts(b, n < len ? "…" : "");
}

static void put_name(struct buf *b, const char *s)
{
	drift_put_cut(b, s, strlen(s), NAME_MAX_BYTES);
}

/* The n-th of what stands between colons, from 0; the last is the rest. */
static const char *arn_part(const char *arn, unsigned n, size_t *len)
{
	const char *s = arn;

	for (unsigned i = 0; i < n; i++) {
		s = strchr(s, ':');
		if (!s)
			return NULL;
		s++;
	}
	*len = n < 5 ? strcspn(s, ":") : strlen(s);
	return s;
}

static const char reserved[] = "AWSReservedSSO_";

/* "assumed-role/OpsAdmin/alice" -> "role OpsAdmin"; of Identity Center's roles the permission set,
 * without the digits that follow it. */
static void put_role(const char *rest, struct buf *b)
{
	const char *name = rest + strlen("assumed-role/");
	size_t len = strcspn(name, "/");

	if (!str_starts(name, reserved)) {
		buf_puts(b, "role ");
		drift_put_cut(b, name, len, NAME_MAX_BYTES);
		return;
	}
	name += strlen(reserved);
	len -= strlen(reserved);
	for (size_t i = len; i > 0; i--)
		if (name[i - 1] == '_') {
			len = i - 1;
			break;
		}
	buf_puts(b, "permission set ");
	drift_put_cut(b, name, len, NAME_MAX_BYTES);
}

static const struct {
	const char *prefix, *word;
} principals[] = {
    {"user/", "IAM user"}, {"root", "root user"}, {"federated-user/", "federated user"}};

static void put_what(const char *rest, struct buf *b)
{
	if (str_starts(rest, "assumed-role/")) {
		put_role(rest, b);
		return;
	}
	for (size_t i = 0; i < sizeof principals / sizeof *principals; i++)
		if (str_starts(rest, principals[i].prefix)) {
			buf_puts(b, principals[i].word);
			return;
		}
	put_name(b, rest);
}

void drift_put_who(const struct drift_cause *c, struct buf *b)
{
	const char *arn = c->principal ? c->principal : "";
	size_t len = 0, account_len = 0;
	const char *rest = str_starts(arn, "arn:") ? arn_part(arn, 5, &len) : NULL;
	const char *account = rest ? arn_part(arn, 4, &account_len) : NULL;
	const char *last = rest ? strrchr(rest, '/') : NULL;
	bool session = c->session && *c->session;

	if (session)
		put_name(b, c->session);
	else if (*arn)
		put_name(b, last ? last + 1 : rest ? rest : arn);
	else
		put_name(b, c->events && *c->event->invoked_by ? c->event->invoked_by
							       : "Somebody without a name");
	if (rest) {
		buf_puts(b, " as ");
		put_what(rest, b);
	} else if (session && *arn && strcmp(arn, c->session) != 0) {
		buf_puts(b, " as ");
		put_name(b, arn);
	}
	if (account_len) {
		buf_puts(b, " of account ");
		drift_put_cut(b, account, account_len, NAME_MAX_BYTES);
	}
}

/* "2026-11-21 22:10", of the second time what is new. */
static void put_times(int64_t from, int64_t to, struct buf *b)
{
	char a[TIME_RFC3339], z[TIME_RFC3339];

	time_rfc3339(from, a);
	time_rfc3339(to, z);
	buf_printf(b, "%.10s %.5s", a, a + 11);
	if (memcmp(a, z, 10) != 0)
		buf_printf(b, " to %.10s %.5s", z, z + 11);
	else if (memcmp(a, z, 16) != 0)
		buf_printf(b, " to %.5s", z + 11);
	buf_puts(b, " UTC");
}

static const char *cause_surface(const struct drift_cause *c)
{
	bool console = false, api = false;

	for (uint32_t i = 0; i < c->events; i++) {
		console |= c->event[i].console;
		api |= !c->event[i].console;
	}
	return !console ? "API" : api ? "console and API" : "console";
}

/* Different addresses in the order of their first calls. */
static void put_addresses(const struct drift_cause *c, struct buf *b)
{
	const char *shown[ADDRESSES_MAX];
	auto_map *seen = map_new();
	size_t n = 0;

	for (uint32_t i = 0; i < c->events; i++) {
		const char *address = c->event[i].address;

		if (!*address || map_get(seen, address))
			continue;
		map_put_lasting(seen, address, seen);
		if (n < ADDRESSES_MAX)
			shown[n] = address;
		n++;
	}
	for (size_t i = 0; i < n && i < ADDRESSES_MAX; i++) {
		buf_puts(b, i ? ", " : ", from ");
		put_name(b, shown[i]);
	}
	if (n > ADDRESSES_MAX)
		buf_printf(b, " and %zu more", n - ADDRESSES_MAX);
}

void drift_put_when(const struct drift_cause *c, struct buf *b)
{
	if (!c->events)
		return;
	buf_printf(b, "%s, ", cause_surface(c));
	put_times(c->first_us, c->last_us, b);
	put_addresses(c, b);
}

/* A browser's says nothing, a tool's first word is its name and version. */
static void put_agent(const char *agent, struct buf *b)
{
	size_t len;

	agent += strspn(agent, "[ ");
	len = strcspn(agent, " ]");
	if (!len)
		return;
	if (str_starts(agent, "Mozilla/")) {
		buf_puts(b, "; a browser");
		return;
	}
	buf_puts(b, "; agent ");
	drift_put_cut(b, agent, len, AGENT_MAX);
}

static void put_call(struct buf *b, const char *service, const char *call)
{
	put_name(b, service);
	buf_putc(b, ':');
	put_name(b, call);
}

struct call_count {
	const char *service, *call;
	size_t n;
};

static size_t calls_count(const struct drift_cause *c, struct call_count *count)
{
	auto_map *seen = map_new();
	size_t n = 0;

	for (uint32_t i = 0; i < c->events; i++) {
		const struct drift_event *e = &c->event[i];
		auto_free char *key = xasprintf("%s:%s", e->service, e->call);
		struct call_count *known = map_get(seen, key);

		if (!known) {
			known = &count[n++];
			*known = (struct call_count){e->service, e->call, 0};
			map_put(seen, key, known);
		}
		known->n++;
	}
	return n;
}

void drift_put_calls(const struct drift_cause *c, struct buf *b)
{
	auto_free struct call_count *count = xcalloc((size_t)c->events + 1, sizeof *count);
	size_t n = calls_count(c, count);

	if (!n)
		return;
	for (size_t i = 0; i < n && i < CALLS_MAX; i++) {
		buf_puts(b, i ? ", " : "");
		put_call(b, count[i].service, count[i].call);
		if (count[i].n > 1)
			buf_printf(b, " ×%zu", count[i].n);
	}
	if (n > CALLS_MAX)
		buf_printf(b, " and %zu more", n - CALLS_MAX);
	put_agent(c->event[0].agent, b);
	if (*c->event[0].key) {
		buf_puts(b, "; access key ");
		put_name(b, c->event[0].key);
	}
	if (*c->event[0].invoked_by) {
		buf_puts(b, "; through ");
		put_name(b, c->event[0].invoked_by);
	}
}

void drift_put_event(const struct drift_event *e, struct buf *b)
{
	char time[TIME_RFC3339];

	time_rfc3339(e->time_us, time);
	buf_printf(b, "%.5s ", time + 11);
	put_call(b, e->service, e->call);
}
