-- report.sql - the figures of mon-report's text from the CSV files of a day, in sqlite: a peer in the benchmark.
-- Run in the folder of the day.  Traffic counts resets; the hottest five minutes are a window by time.
CREATE TABLE system(ts TEXT, vm TEXT, cpu_user REAL, cpu_system REAL, cpu_idle REAL, load1 REAL, load5 REAL, load15 REAL,
	mem_total_kb INT, mem_used_kb INT, mem_avail_kb INT, swap_total_kb INT, swap_used_kb INT, procs_running INT, procs_blocked INT);
CREATE TABLE network(ts TEXT, vm TEXT, "if" TEXT, rx_bytes INT, rx_errs INT, rx_drop INT, tx_bytes INT, tx_errs INT, tx_drop INT);
CREATE TABLE disk(ts TEXT, vm TEXT, fs TEXT, mount TEXT, size_kb INT, used_kb INT, avail_kb INT, pct_used TEXT);
CREATE TABLE alerts(ts TEXT, vm TEXT, msg TEXT);
CREATE TABLE scrape(ts TEXT, vm TEXT, result TEXT, ms INT, bytes INT, lines INT, rejected INT);
.mode csv
.import --skip 1 system.csv system
.import --skip 1 network.csv network
.import --skip 1 disk.csv disk
.import --skip 1 alerts.csv alerts
.import --skip 1 scrape.csv scrape
.mode list
SELECT vm, avg(100 - cpu_idle), min(mem_avail_kb) FROM system GROUP BY vm;
WITH s AS (SELECT vm, unixepoch(ts) t, 100 - cpu_idle c FROM system),
	w AS (SELECT vm, avg(c) OVER five mean, t - min(t) OVER five covered FROM s
		WINDOW five AS (PARTITION BY vm ORDER BY t RANGE BETWEEN 299 PRECEDING AND CURRENT ROW))
	SELECT vm, max(mean) FROM w WHERE covered >= 240 GROUP BY vm;
WITH d AS (SELECT vm, rx_bytes r, lag(rx_bytes) OVER w rl, tx_bytes t, lag(tx_bytes) OVER w tl FROM network
	WHERE "if" <> 'lo' WINDOW w AS (PARTITION BY vm, "if" ORDER BY ts))
	SELECT vm, sum(CASE WHEN r >= rl THEN r - rl ELSE r END + CASE WHEN t >= tl THEN t - tl ELSE t END) FROM d
	WHERE rl IS NOT NULL GROUP BY vm;
SELECT vm, mount, max(CAST(pct_used AS INT)) FROM disk GROUP BY vm, mount;
SELECT vm, count(*) FROM alerts GROUP BY vm;
SELECT vm, result, count(*) FROM scrape GROUP BY vm, result;
