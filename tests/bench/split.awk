# split.awk - the split as one would write it in awk: no checks.  -v folder=DIR, stamped lines on stdin.
BEGIN {
	OFS = ","
	path["sys:"] = folder "/system.csv"
	path["net:"] = folder "/network.csv"
	path["conn:"] = folder "/connections.csv"
	path["disk:"] = folder "/disk.csv"
	path["alert:"] = folder "/alerts.csv"
	path["scrape:"] = folder "/scrape.csv"
	path["cpu:"] = folder "/cpu.csv"
	path["io:"] = folder "/io.csv"
	path["pressure:"] = folder "/pressure.csv"
}
!($3 in path) { next }
NF == 4 { print $1, $2, $4 >> path[$3]; next }
{ print $1, $2, substr($0, length($1) + length($2) + length($3) + 4) >> path[$3] }
