/* Addresses that come from outside and are asked, or shown as links. */
#ifndef CHARTER_BASE_WEB_URL_H
#define CHARTER_BASE_WEB_URL_H

#include <stdbool.h>

/* https, or http on a loopback address; no user name; nothing but characters that need no escape in
 * Markdown, HTML or a shell's quotes; at most 2048 bytes. */
bool web_url_valid(const char *url);
/* The same without a query and a fragment: what paths are put behind. */
bool web_url_is_base(const char *url);

#endif
