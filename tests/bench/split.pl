# split.pl - the split as one would write it in perl: no checks.  FOLDER as argument, stamped lines on stdin.
use strict;
use warnings;

my %name = (
	'sys:' => 'system', 'net:' => 'network', 'conn:' => 'connections',
	'disk:' => 'disk', 'alert:' => 'alerts', 'scrape:' => 'scrape',
	'cpu:' => 'cpu', 'io:' => 'io', 'pressure:' => 'pressure',
);
my %file;
for my $kind (keys %name) {
	open($file{$kind}, '>>', "$ARGV[0]/$name{$kind}.csv") or die "$name{$kind}: $!";
}
while (<STDIN>) {
	my ($ts, $vm, $kind, $fields) = split / /, $_, 4;
	my $out = $file{$kind} or next;
	print $out $ts, ',', $vm, ',', $fields;
}
for my $out (values %file) {
	close($out) or die $!;
}
