/*
 * getline.c - the split as a plain C program would do it: getline(3), then fwrite(3).
 *
 *	getline FOLDER <LINES
 *
 * A peer of mon-split in the benchmark, and no model: it routes by the word before the colon,
 * makes "TS,VM,FIELDS" of a line, and checks nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *kind, *file;
} kinds[] = { { "cpu", "cpu.csv" }, { "io", "io.csv" }, { "pressure", "pressure.csv" },
	{ "sys", "system.csv" }, { "net", "network.csv" }, { "conn", "connections.csv" },
	{ "disk", "disk.csv" }, { "alert", "alerts.csv" }, { "scrape", "scrape.csv" } };

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

int
main(int argc, char *argv[])
{
	FILE *files[KINDS];
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (argc != 2)
		return 2;
	for (size_t i = 0; i < KINDS; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", argv[1], kinds[i].file);
		files[i] = fopen(path, "a");
		if (files[i] == NULL)
			return 1;
	}
	while ((n = getline(&line, &size, stdin)) > 0) {
		char *vm = strchr(line, ' ');
		char *kind = vm != NULL ? strchr(vm + 1, ' ') : NULL;
		char *fields = kind != NULL ? strchr(kind + 1, ':') : NULL;
		const size_t kindlen = fields != NULL ? (size_t)(fields - kind - 1) : 0;

		for (size_t i = 0; i < KINDS; i++) {
			if (kindlen != strlen(kinds[i].kind) ||
			    memcmp(kind + 1, kinds[i].kind, kindlen) != 0)
				continue;
			*vm = *kind = ',';
			fwrite(line, 1, (size_t)(kind + 1 - line), files[i]);
			fwrite(fields + 2, 1, (size_t)(line + n - fields - 2), files[i]);
			break;
		}
	}
	for (size_t i = 0; i < KINDS; i++)
		if (fclose(files[i]) != 0)
			return 1;
	free(line);
	return 0;
}
