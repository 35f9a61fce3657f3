/* JSON replies: headers up to the first NUL, then any bytes as the answer of Organizations. */
#include "aws/codec.h"

#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_response r = {
	    .outcome = HTTP_REPLIED, .body = BUF_INIT(HTTP_MAX_BODY), .headers = BUF_INIT(1 << 20)};
	const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
	size_t headers = nul != NULL ? (size_t)(nul - data) : 0;
	struct answer a;
	const json_t *list;
	int64_t us;

	buf_add(&r.headers, data, headers);
	if (nul != NULL)
		headers++;
	buf_add(&r.body, data + headers, size - headers);
	for (r.status = 200; r.status <= 400; r.status += 200) {
		answer_read(&ops[OP_ORGANIZATIONS_ListAccounts], "https://o.example.com", &r, &a);
		reply_list(a.body, "Accounts", &list);
		reply_time(a.body, "Accounts.0.JoinedTimestamp", &us);
		reply_bool(a.body, "NextToken");
		answer_free(&a);
		answer_read(&ops[OP_ORGANIZATIONS_MoveAccount], "https://o.example.com", &r, &a);
		answer_free(&a);
	}
	buf_free(&r.body);
	buf_free(&r.headers);
	return 0;
}
