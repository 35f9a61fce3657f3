/* Where a service is: by the table, or by the environment variables that AWS's own tools follow. */
#include "aws/service.h"

#include "base/arena.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct url {
	bool https;
	const char *name; /* without brackets */
	size_t name_len;
	const char *port; /* "" or digits */
	size_t port_len;
	bool bracketed;
};

static bool is_all(const char *s, size_t len, const char *of)
{
	return strspn(s, of) >= len;
}

const char *partition_of_region(const char *region)
{
	static const char *const prefixes[] = {"us-", "eu-", "ap-", "sa-", "ca-",
					       "me-", "af-", "il-", "mx-"};
	size_t i;

	/* The region becomes part of a host name. */
	if (region == NULL || strlen(region) > 32 ||
	    !is_all(region, strlen(region), "abcdefghijklmnopqrstuvwxyz0123456789-"))
		return NULL;
	if (str_starts(region, "cn-"))
		return "aws-cn";
	if (str_starts(region, "us-gov-"))
		return "aws-us-gov";
	if (str_starts(region, "us-iso") || str_starts(region, "eu-iso"))
		return NULL;
	for (i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
		if (str_starts(region, prefixes[i]))
			return "aws";
	}
	return NULL;
}

static bool env_true(const char *(*getenv)(const char *), const char *name)
{
	const char *v = getenv(name);

	return v != NULL && (strcasecmp(v, "true") == 0 || strcmp(v, "1") == 0);
}

static const char *env_text(const char *(*getenv)(const char *), const char *name)
{
	const char *v = getenv(name);

	return v != NULL && *v != '\0' ? v : NULL;
}

/* Splits SCHEME://HOST[:PORT][/]; anything more (user, path, query) is refused. */
static bool url_split(const char *s, struct url *u)
{
	const char *end;
	size_t len;

	*u = (struct url){.https = strncasecmp(s, "https://", 8) == 0};
	if (!u->https && strncasecmp(s, "http://", 7) != 0)
		return false;
	s += u->https ? 8 : 7;
	len = strcspn(s, "/");
	if (strspn(s + len, "/") != strlen(s + len))
		return false;
	if (*s == '[') {
		end = memchr(s, ']', len);
		if (end == NULL)
			return false;
		u->bracketed = true;
		u->name = s + 1;
		u->name_len = (size_t)(end - u->name);
		end++;
	} else {
		u->name = s;
		u->name_len = strcspn(s, ":/");
		end = s + u->name_len;
	}
	u->port = end < s + len ? end + 1 : "";
	u->port_len = end < s + len ? (size_t)(s + len - u->port) : 0;
	if (end < s + len && (*end != ':' || u->port_len == 0 || u->port_len > 5))
		return false;
	return u->name_len > 0 && u->name_len < 256 && is_all(u->port, u->port_len, "0123456789") &&
	       is_all(u->name, u->name_len,
		      u->bracketed ? "0123456789abcdefABCDEF:."
				   : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789-._");
}

/* Numeric addresses are judged as numbers: "127.0.0.1.example.com" is none. */
static bool url_is_loopback(const struct url *u)
{
	char name[256];
	struct in_addr v4;
	struct in6_addr v6;

	memcpy(name, u->name, u->name_len);
	name[u->name_len] = '\0';
	if (u->bracketed)
		return inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	if (strcasecmp(name, "localhost") == 0)
		return true;
	return inet_pton(AF_INET, name, &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127;
}

static int endpoint_custom(const char *variable, const char *value, struct endpoint *e,
			   struct error *err)
{
	const char *open, *close;
	struct url u;
	bool shown;

	if (!url_split(value, &u))
		return error_set(err,
				 "%s: must be https://HOST or https://HOST:PORT, without a path, "
				 "query or user name",
				 variable);
	if (!u.https && !url_is_loopback(&u))
		return error_set(err, "%s: %s: plain http is accepted on the loopback address only",
				 variable, value);
	open = u.bracketed ? "[" : "";
	close = u.bracketed ? "]" : "";
	shown = u.port_len > 0 && (u.port_len != (u.https ? 3 : 2) ||
				   memcmp(u.port, u.https ? "443" : "80", u.port_len) != 0);
	e->host = shown ? xasprintf("%s%.*s%s:%.*s", open, (int)u.name_len, u.name, close,
				    (int)u.port_len, u.port)
			: xasprintf("%s%.*s%s", open, (int)u.name_len, u.name, close);
	e->url = xasprintf("%s://%s", u.https ? "https" : "http", e->host);
	return 0;
}

static char *host_in_region(const char *pattern, const char *region)
{
	const char *at = strstr(pattern, "{r}");

	if (at == NULL)
		return xstrdup(pattern);
	return xasprintf("%.*s%s%s", (int)(at - pattern), pattern, region, at + 3);
}

int endpoint_resolve(const struct service *service, const char *partition, const char *region,
		     const char *(*getenv)(const char *), struct endpoint *e, struct error *err)
{
	auto_free char *variable = xasprintf("AWS_ENDPOINT_URL_%s", service->endpoint_name);
	const char *own = env_text(getenv, variable), *all = env_text(getenv, "AWS_ENDPOINT_URL");
	const char *host;
	size_t i, n = sizeof service->at / sizeof service->at[0];

	*e = (struct endpoint){0};
	for (i = 0; i < n; i++) {
		if (service->at[i].partition != NULL &&
		    strcmp(service->at[i].partition, partition) == 0)
			break;
	}
	if (i == n)
		return error_set(err, "%s is not known in the partition %s", service->name,
				 partition);
	e->region = xstrdup(service->at[i].region != NULL ? service->at[i].region : region);
	if ((own != NULL || all != NULL) &&
	    !env_true(getenv, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")) {
		if (endpoint_custom(own != NULL ? variable : "AWS_ENDPOINT_URL",
				    own != NULL ? own : all, e, err) == 0)
			return 0;
		endpoint_free(e);
		return -1;
	}
	host = service->at[i].host;
	if (env_true(getenv, "AWS_USE_FIPS_ENDPOINT")) {
		host = service->at[i].fips;
		if (host == NULL) {
			endpoint_free(e);
			return error_set(err,
					 "AWS_USE_FIPS_ENDPOINT: %s has no FIPS endpoint in the "
					 "partition %s",
					 service->name, partition);
		}
	}
	e->host = host_in_region(host, region);
	e->url = xasprintf("https://%s", e->host);
	return 0;
}

void endpoint_free(struct endpoint *e)
{
	if (e == NULL)
		return;
	free(e->url);
	free(e->host);
	free(e->region);
	*e = (struct endpoint){0};
}
