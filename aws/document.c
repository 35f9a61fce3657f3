/* Policy documents as replies hold them. */
#include "aws/crawl.h"

#include "state/canon.h"

#include <string.h>

/* The largest is far below. */
#define DOCUMENT_MAX (1u << 20)
/* Bytes of different documents that are remembered as they came. */
#define DOCUMENTS_KEPT (8u << 20)

static const struct text *document_canon(struct crawl *crawl, const char *sent, bool encoded)
{
	const struct text *partition = crawl->side->world.partition, *text;
	auto_buf decoded = BUF_INIT(DOCUMENT_MAX);
	auto_error err = {0};
	int line, column;

	if (encoded && !unescape_percent(&decoded, sent, strlen(sent)))
		return text_str(crawl->arena, sent);
	if (!encoded)
		buf_puts(&decoded, sent);
	text = canon_policy_text(crawl->arena, buf_str(&decoded), decoded.len, POLICY_IAM,
				 partition == NULL ? "aws" : partition->s, &line, &column, &err);
	return text != NULL ? text : text_new(crawl->arena, buf_str(&decoded), decoded.len);
}

const struct text *crawl_document(struct crawl *crawl, const char *sent, bool encoded)
{
	const struct text *text;

	if (crawl->documents == NULL)
		crawl->documents = map_new();
	text = map_get(crawl->documents, sent);
	if (text != NULL)
		return text;
	text = document_canon(crawl, sent, encoded);
	crawl->documents_bytes += strlen(sent);
	if (crawl->documents_bytes <= DOCUMENTS_KEPT)
		map_put(crawl->documents, sent, (void *)text);
	return text;
}
