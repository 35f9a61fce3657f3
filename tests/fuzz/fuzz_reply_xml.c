/* XML replies: any bytes as the answer of IAM and STS. */
#include "aws/codec.h"

#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_response r = {
	    .outcome = HTTP_REPLIED, .body = BUF_INIT(HTTP_MAX_BODY), .headers = BUF_INIT(1 << 10)};
	struct answer a;
	const json_t *list;
	int64_t us;

	buf_add(&r.body, data, size);
	for (r.status = 200; r.status <= 400; r.status += 200) {
		answer_read(&ops[OP_IAM_GetAccountAuthorizationDetails], "https://iam.example.com",
			    &r, &a);
		reply_list(a.body, "UserDetailList.0.Tags", &list);
		reply_time(a.body, "UserDetailList.0.CreateDate", &us);
		answer_free(&a);
		answer_read(&ops[OP_IAM_DeleteUser], "https://iam.example.com", &r, &a);
		answer_free(&a);
	}
	buf_free(&r.body);
	buf_free(&r.headers);
	return 0;
}
