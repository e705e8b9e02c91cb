/* fuzz_settings.c - the settings file: what counts is plain, and can be written again. */
#include "fuzz.h"
#include "settings.h"

static struct mon_settings_line line, again;
static struct fuzz_room room;

/* A line that counts: in quotes it means the same, and its value is right. */
static void
check_good(void)
{
	char text[MON_SETTING_MAX + 64];
	struct mon_settings_file file = { .text = text };
	const size_t n = strnlen(line.value, sizeof(line.value));
	uint64_t meaning = 0;

	MUST(n <= MON_SETTING_MAX && line.key < MON_SETTINGS);
	fuzz_harmless(line.value, n);
	MUST(strpbrk(line.value, "'\"\\$`") == NULL);
	if (n > 0)
		MUST(mon_settings_check(line.key, line.value, &meaning) && meaning == line.meaning);
	file.len = (size_t)snprintf(
	    text, sizeof(text), "%s='%s'", mon_settings_keys[line.key].key, line.value);
	MUST(mon_settings_next(&file, &again) && again.fault == MON_SETTINGS_GOOD);
	MUST(again.key == line.key && strcmp(again.value, line.value) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mon_settings_file file = { .text = fuzz_place(&room, data, size), .len = size };
	char why[MON_SETTINGS_EXPLAIN_MAX];
	bool good[MON_SETTINGS] = { false };
	unsigned number = 0;

	while (mon_settings_next(&file, &line)) {
		MUST(line.number > number && line.len > 0);
		MUST(line.text[0] != '#' || memchr(line.text, '\r', line.len) != NULL);
		MUST(line.about != 0);
		MUST(line.text >= file.text && line.text + line.len <= file.text + size);
		MUST(memchr(line.text, '\n', line.len) == NULL);
		MUST(strnlen(line.value, sizeof(line.value)) < sizeof(line.value));
		MUST(mon_settings_explain(&line, why)[0] != '\0');
		MUST(strnlen(why, sizeof(why)) < sizeof(why));
		number = line.number;
		if (line.fault != MON_SETTINGS_GOOD)
			continue;
		MUST(!good[line.key]); /* the second of a key never counts */
		good[line.key] = true;
		check_good();
	}
	return 0;
}
