/* Runs one fuzz target over the files named on the command line: for compilers without libFuzzer,
 * and to try a corpus or a crash again. Each file is copied to a block of its exact size, so that
 * the address sanitizer sees a read past its end. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (16L << 20) /* bytes */

static long file_size(FILE *file)
{
	long size;

	if (fseek(file, 0, SEEK_END) != 0)
		return -1;
	size = ftell(file);
	rewind(file);
	return size;
}

static int file_run(const char *name)
{
	FILE *file = fopen(name, "rb");
	long size = file != NULL ? file_size(file) : -1;
	uint8_t *data = NULL;
	int result = -1;

	if (size >= 0 && size <= INPUT_MAX)
		data = malloc(size > 0 ? (size_t)size : 1);
	if (data != NULL && fread(data, 1, (size_t)size, file) == (size_t)size) {
		LLVMFuzzerTestOneInput(data, (size_t)size);
		result = 0;
	}
	if (result != 0)
		fprintf(stderr, "%s: cannot be read\n", name);
	free(data);
	if (file != NULL)
		fclose(file);
	return result;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		if (file_run(argv[i]) != 0)
			failed = 1;
	}
	printf("%d inputs\n", argc - 1);
	return failed;
}
