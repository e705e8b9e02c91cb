# split.awk - the split as one would write it in awk: no checks.  -v folder=DIR, stamped lines on stdin.
BEGIN {
	file["sys:"] = "system.csv"; file["net:"] = "network.csv"; file["conn:"] = "connections.csv"
	file["disk:"] = "disk.csv"; file["alert:"] = "alerts.csv"; file["scrape:"] = "scrape.csv"
}
$3 in file {
	print $1 "," $2 "," substr($0, length($1) + length($2) + length($3) + 4) >> (folder "/" file[$3])
}
