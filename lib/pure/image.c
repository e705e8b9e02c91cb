/* image.c - read-only images among the disks; see image.h. */
#include "image.h"

bool
mon_image_is(struct mon_str fs, struct mon_str mount)
{
	static const char *const devices[] = { "/dev/loop", "/dev/sr" };
	static const char *const mounts[] = { "/usr/lib/modules", "/lib/modules", "/snap/",
		"/var/lib/snapd/snap/" };

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (mon_str_begins(fs, devices[i]))
			return true;
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++)
		if (mon_str_begins(mount, mounts[i]))
			return true;
	return false;
}
