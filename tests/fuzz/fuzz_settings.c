/* fuzz_settings.c - the settings file: what is taken is plain, and can be written again. */
#include "fuzz.h"
#include "settings.h"

static struct mon_settings settings, before;

static void
check_line(const char *line, size_t len, unsigned number)
{
	enum mon_settings_err err;
	struct mon_settings again = { 0 };

	before = settings;
	err = mon_settings_line(&settings, line, len, number);
	MUST(err >= 0 && err < MON_SETTINGS_ERRS && mon_settings_reason(err)[0] != '\0');
	if (err != MON_SETTINGS_OK) {
		MUST(memcmp(&before, &settings, sizeof(settings)) == 0);
		return;
	}
	for (size_t i = 0; i < MON_SETTINGS; i++) {
		char text[MON_SETTING_MAX + 64], calendar[MON_CALENDAR_MAX + 1];
		const char *value = settings.value[i];
		size_t n = strnlen(value, sizeof(settings.value[i]));

		if (settings.line[i] != number || before.line[i] == number)
			continue;
		MUST(n <= MON_SETTING_MAX);
		fuzz_harmless(value, n);
		MUST(strpbrk(value, "'\"\\$`") == NULL);
		/* In quotes it means the same. */
		n = (size_t)snprintf(
		    text, sizeof(text), "%s='%s'", mon_settings_keys[i].key, value);
		MUST(mon_settings_line(&again, text, n, 1) == MON_SETTINGS_OK);
		MUST(strcmp(again.value[i], value) == 0);
		if (mon_settings_path(value))
			MUST(value[0] == '/' && strstr(value, "/../") == NULL);
		if (mon_settings_time(value))
			MUST(strlen(value) == 5 && value[2] == ':');
		if (mon_settings_interval(atol(value), calendar))
			MUST(atol(value) >= 5 && strlen(calendar) <= MON_CALENDAR_MAX);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned number = 1;

	memset(&settings, 0, sizeof(settings));
	for (size_t at = 0; at <= size && number <= 64; number++) {
		const uint8_t *lf = at < size ? memchr(data + at, '\n', size - at) : NULL;
		size_t len = lf != NULL ? (size_t)(lf - data) - at : size - at;
		char *line = fuzz_copy(data + at, len);

		check_line(line, len, number);
		free(line);
		at += len + 1;
	}
	return 0;
}
