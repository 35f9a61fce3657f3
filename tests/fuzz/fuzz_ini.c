/* AWS's shared files: any bytes. */
#include "aws/ini.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_error err = {0};
	struct ini *ini = ini_parse((const char *)data, size, "config", &err);

	ini_has(ini, "default");
	ini_get(ini, "default", "aws_access_key_id");
	ini_free(ini);
	return 0;
}
