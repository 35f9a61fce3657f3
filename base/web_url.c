#include "base/web_url.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#define URL_MAX  2048
#define HOST_MAX 255

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

/* Numeric addresses are judged as numbers: "127.0.0.1.example.com" is none. */
static bool host_is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;
	char inner[HOST_MAX + 1];

	if (*host == '[') {
		memcpy(inner, host + 1, strlen(host));
		inner[strcspn(inner, "]")] = '\0';
		return inet_pton(AF_INET6, inner, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	}
	return strcasecmp(host, "localhost") == 0 ||
	       (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

/* HOST or [ADDRESS], and :PORT. */
static bool authority_split(const char *s, size_t len, char host[HOST_MAX + 1])
{
	size_t name = *s == '[' ? strcspn(s, "]") + 1 : strcspn(s, ":/?#");

	if (name > len || name == 0 || name > HOST_MAX)
		return false;
	memcpy(host, s, name);
	host[name] = '\0';
	if (strspn(host, *s == '[' ? "[]:." DIGITS "abcdefABCDEF" : LETTERS DIGITS "-._") != name)
		return false;
	if (name == len)
		return true;
	return s[name] == ':' && len - name > 1 && len - name <= 6 &&
	       strspn(s + name + 1, DIGITS) >= len - name - 1;
}

bool web_url_valid(const char *url)
{
	bool https = strncmp(url, "https://", 8) == 0;
	const char *authority = url + (https ? 8 : 7);
	char host[HOST_MAX + 1];

	if (strlen(url) > URL_MAX || (!https && strncmp(url, "http://", 7) != 0))
		return false;
	if (strspn(authority, LETTERS DIGITS "-._~%:/?#[]@!$&*+,;=") != strlen(authority))
		return false;
	return authority_split(authority, strcspn(authority, "/?#"), host) &&
	       (https || host_is_loopback(host));
}

bool web_url_is_base(const char *url)
{
	return web_url_valid(url) && !strpbrk(url, "?#");
}
