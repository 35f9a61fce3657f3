/* Base64 (RFC 4648, section 4). */
#ifndef CHARTER_BASE_BASE64_H
#define CHARTER_BASE_BASE64_H

#include "base/buf.h"

/* Appends what the text stands for; blanks and line breaks in it do not count. False: it is no
 * base64, or the buffer is full. */
bool base64_decode(struct buf *, const char *s, size_t len);
/* Appends the bytes as base64, padded, on one line. */
void base64_encode(struct buf *, const void *p, size_t len);

#endif
