/* fuzz_settings.c - the settings file: what is taken is plain, and can be written again. */
#include "fuzz.h"
#include "settings.h"

static struct mon_settings settings, wanted, again;
static struct fuzz_room room;

static void
check_value(enum mon_setting key, const char *value, size_t n)
{
	char text[MON_SETTING_MAX + 64], calendar[MON_CALENDAR_MAX + 1];

	MUST(n <= MON_SETTING_MAX);
	fuzz_harmless(value, n);
	MUST(strpbrk(value, "'\"\\$`") == NULL);
	/* In quotes it means the same. */
	n = (size_t)snprintf(text, sizeof(text), "%s='%s'", mon_settings_keys[key].key, value);
	again.line[key] = 0;
	MUST(mon_settings_line(&again, text, n, 1) == MON_SETTINGS_OK);
	MUST(strcmp(again.value[key], value) == 0);
	if (mon_settings_path(value))
		MUST(value[0] == '/' && strstr(value, "/../") == NULL);
	if (mon_settings_time(value))
		MUST(strlen(value) == 5 && value[2] == ':');
	if (mon_settings_interval(atol(value), calendar))
		MUST(atol(value) >= 5 && strlen(calendar) <= MON_CALENDAR_MAX);
}

static void
check_line(const char *line, size_t len, unsigned number)
{
	enum mon_settings_err err = mon_settings_line(&settings, line, len, number);
	size_t changed = 0;

	MUST(err >= 0 && err < MON_SETTINGS_ERRS && mon_settings_reason(err)[0] != '\0');
	for (size_t i = 0; i < MON_SETTINGS; i++) {
		size_t n;

		if (settings.line[i] == wanted.line[i])
			continue;
		MUST(err == MON_SETTINGS_OK && wanted.line[i] == 0 && settings.line[i] == number);
		n = strnlen(settings.value[i], sizeof(settings.value[i]));
		check_value((enum mon_setting)i, settings.value[i], n);
		wanted.line[i] = number;
		memcpy(wanted.value[i], settings.value[i], n + 1);
		changed++;
	}
	MUST(changed <= 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned number = 1;

	memset(&settings, 0, sizeof(settings));
	memset(&wanted, 0, sizeof(wanted));
	for (size_t at = 0; at <= size && number <= 64; number++) {
		const uint8_t *lf = at < size ? memchr(data + at, '\n', size - at) : NULL;
		size_t len = lf != NULL ? (size_t)(lf - data) - at : size - at;

		check_line(fuzz_place(&room, data + at, len), len, number);
		at += len + 1;
	}
	/* A line that was not taken left no trace, and one that was only its value. */
	MUST(memcmp(&settings, &wanted, sizeof(settings)) == 0);
	return 0;
}
