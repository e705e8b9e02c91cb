/*
 * columns.h - where the columns that a report looks at stand, behind ts and vm.  A test holds them
 * to the schema.
 */
#ifndef MON_COLUMNS_H
#define MON_COLUMNS_H

enum { MON_SYS_IDLE = 2, MON_SYS_TOTAL = 6, MON_SYS_AVAIL = 8 };
enum { MON_NET_IF = 0, MON_NET_RX = 1, MON_NET_TX = 4 };
enum { MON_DISK_FS = 0, MON_DISK_MOUNT = 1, MON_DISK_PCT = 5 };
enum { MON_CPU_BUSY = 1 };
enum { MON_XEN_MS = 0, MON_XEN_MEMORY = 1 };

#endif /* !MON_COLUMNS_H */
