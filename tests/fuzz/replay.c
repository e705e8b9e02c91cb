/*
 * replay.c - give every file of the folders named to the fuzz target, without libFuzzer: so
 * each compiler and each test run tries what the fuzzer once found.
 */
#include <dirent.h>
#include <errno.h>

#include "fuzz.h"

#define INPUT_MAX 1048576

static size_t
replay_file(const char *path)
{
	static char buf[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	char *copy;
	size_t n;

	if (f == NULL) {
		fprintf(stderr, "replay: cannot open '%s': %s\n", path, strerror(errno));
		exit(1);
	}
	n = fread(buf, 1, sizeof(buf), f);
	fclose(f);
	/* The name of the input that fails is the last one printed. */
	printf("%s: %zu bytes\n", path, n);
	fflush(stdout);
	copy = fuzz_copy(buf, n);
	LLVMFuzzerTestOneInput((const uint8_t *)copy, n);
	/* Every beginning too, where that is cheap: an input may be cut anywhere. */
	for (size_t cut = 0; n <= 4096 && cut < n; cut += 1 + n / 64) {
		char *part = fuzz_copy(buf, cut);

		LLVMFuzzerTestOneInput((const uint8_t *)part, cut);
		free(part);
	}
	free(copy);
	return 1;
}

static size_t
replay_folder(const char *folder)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	char path[4096];
	size_t files = 0;

	if (d == NULL) {
		fprintf(stderr, "replay: cannot open '%s': %s\n", folder, strerror(errno));
		exit(1);
	}
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		files += replay_file(path);
	}
	closedir(d);
	return files;
}

int
main(int argc, char *argv[])
{
	if (argc < 2) {
		fprintf(stderr, "Usage: replay FOLDER...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		/* No input, no test: a corpus that was moved must not pass. */
		if (replay_folder(argv[i]) == 0) {
			fprintf(stderr, "replay: no inputs in '%s'\n", argv[i]);
			return 1;
		}
	}
	return 0;
}
