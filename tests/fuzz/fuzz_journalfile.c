/* fuzz_journalfile.c - a journal file, of any bytes: a count, or doubt; see journalfile.h. */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "journalfile.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct mon_journal_count count, before;

	if (fd < 0)
		fd = memfd_create("journal", MFD_CLOEXEC);
	MUST(fd >= 0 && ftruncate(fd, 0) == 0);
	MUST(pwrite(fd, data, size, 0) == (ssize_t)size);
	memset(&before, 'x', sizeof(before));
	for (int priority = 0; priority < 8; priority++) {
		count = before;
		if (!mon_journalfile_count(fd, priority, &count)) {
			MUST(memcmp(&count, &before, sizeof(count)) == 0);
			continue;
		}
		MUST(size >= 208 && memcmp(data, "LPKSHHRH", 8) == 0);
		MUST(strspn(count.id, "0123456789abcdef") == MON_FILE_ID_LEN);
		MUST(count.id[MON_FILE_ID_LEN] == '\0');
	}
	return 0;
}
