#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2153,SC2154
#
# Receive spreading: which queue a frame comes by, and the hash that goes with it.
# Judges are the counters of the queues and the kernel's tracer, which sees each
# frame as the stack gets it: its hash, and the queue that is recorded in it.
#
#	NSA                                    NSB
#	+-------------------+                  +-------------------------+
#	| isim0  frames.py  |----------------->| isim1  4 queues, no SA  |
#	+-------------------+                  +-------------------------+

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
# shellcheck source=lib_trace.sh
. "$here/lib_trace.sh"
require ip ethtool python3

event=net/napi_gro_receive_entry

# sent N COMMAND...: N frames are sent, and have come; sets SPREAD, TOTAL and USED
sent() {
	local n=$1
	shift

	spread_start "$NSB" isim1 rx
	frames "$@"
	wait_for spread_is "$n"
	spread
	expect_eq "frames" "$TOTAL" "$n"
}

one_queue() {
	sent "$@"
	expect_eq "queues that $2 took" "$USED" 1
}

# Of N frames each of four queues gets N/4, and by chance alone never below N/12.
all_queues() {
	local i

	sent "$@"
	expect_eq "queues that $2 took" "$USED" 4
	for i in 0 1 2 3; do
		expect_ge "frames in queue $i" "${SPREAD[i]}" $(($1 / 12))
	done
}

one_spi() {
	local spi

	for spi in 0x100 0x1000 0xdeadbeef; do
		one_queue 64 "esp,$1,$spi,64"
	done
}

plain() {
	local proto

	for proto in tcp udp; do
		one_queue 32 "flow,$1,$proto,32"
		all_queues 240 "ports,$1,$proto,240"
	done
}

# Of all the fragments of a datagram only the first has ports.
fragmented() {
	one_queue 64 "fragments,$1,32"
	all_queues 240 "hosts,$1,240"
}

indirection() {
	nb ethtool -x isim1 | awk '/^ +[0-9]+:/ { for (i = 2; i <= NF; i++) print $i }'
}

# hashes FILE [FILTER]: of each frame of the trace, its hash, whether it is one of
# a flow with ports, and the queue that it came by
hashes() {
	traced | sed -n 's/.* queue_mapping=\([0-9]*\) .* hash=\(0x[0-9a-f]*\) l4_hash=\([01]\).*/\2 \3 \1/p' >"$1"
}

# by_the_table L4 COMMAND...: each sends 20 frames. The queue is that which the table
# has for the hash that the stack is told. No hash of ours without ports or SPI is
# one of a flow for it.
by_the_table() {
	local l4=$1 table hash is queue n
	shift

	mapfile -t table < <(indirection)
	expect_eq "entries" "${#table[@]}" 128
	trace_start "$event" 'name == "isim1"'
	sent $((20 * $#)) "$@"
	trace_stop
	hashes "$tmp/hashes"
	expect_eq "frames traced" "$(wc -l <"$tmp/hashes")" $((20 * $#))
	while read -r hash is queue; do
		expect_eq "queue of hash $hash" $((queue - 1)) "${table[hash % 128]}"
		expect_eq "l4_hash" "$is" "$l4"
	done <"$tmp/hashes"
	n=$(sort -u "$tmp/hashes" | wc -l)
	expect_ge "different hashes" "$n" $((20 * $# - 2))
}

hash_and_queue() {
	by_the_table 1 spis,4,0x3000,20 spis,6,0x3000,20 ports,4,tcp,20 ports,6,udp,20
	by_the_table 0 hosts,4,20 hosts,6,20
}

queues_used() {
	indirection | sort -nu | tr '\n' ' '
}

# table_is QUEUE...: it is shown, and frames go by it.
table_is() {
	expect_eq "queues in the table" "$(queues_used)" "$* "
	sent 240 spis,4,0x4000,240
	expect_eq "queues that were used" "$(for i in 0 1 2 3; do
		[ "${SPREAD[i]}" -eq 0 ] || printf '%s ' "$i"; done)" "$* "
}

set_table() {
	nb ethtool -X isim1 equal 1
	table_is 0
	nb ethtool -X isim1 weight 0 1
	table_is 1
	nb ethtool -X isim1 weight 0 1 0 3
	table_is 1 3
	expect_eq "entries of queue 3" "$(indirection | grep -cx 3)" 96
	nb ethtool -X isim1 start 2 equal 2
	table_is 2 3
}

table_survives() {
	nb ethtool -X isim1 weight 0 1 0 1
	indirection >"$tmp/table"
	ipb link set isim1 down
	ipb link set isim1 up
	ports_up
	indirection | diff "$tmp/table" -
	table_is 1 3
	nb ethtool --reset isim1 all >/dev/null
	ports_up
	indirection | diff "$tmp/table" -
	table_is 1 3
	nb ethtool -G isim1 rx 256
	ports_up
	table_is 1 3
}

# The core refuses fewer queues than a table of the administrator's names.
channels_configured() {
	nb ethtool -X isim1 weight 0 0 1 0
	! nb ethtool -L isim1 combined 2 >"$tmp/out" 2>&1 ||
		fail "fewer queues than the table names"
	[[ $(<"$tmp/out") = *'too low for existing indirection table'*'Invalid argument'* ]] ||
		fail "$(<"$tmp/out")"
	table_is 2
	nb ethtool -L isim1 combined 3
	ports_up
	table_is 2
	nb ethtool -L isim1 combined 4
	ports_up
	table_is 2
}

channels_default() {
	nb ethtool -X isim1 default
	table_is 0 1 2 3
	nb ethtool -L isim1 combined 2
	ports_up
	table_is 0 1
	nb ethtool -L isim1 combined 4
	ports_up
	table_is 0 1 2 3
}

# hashes_are N FILE: so many have been traced; FILE gets them. Queues are polled in any
# order, and GRO sees a frame of ESP once more when it is in clear.
hashes_are() {
	hashes "$tmp/all"
	cut -d' ' -f1,2 "$tmp/all" | sort -u >"$2"
	[ "$(wc -l <"$2")" -ge "$1" ]
}

# flows NAME: hashes of 16 flows as the stack of NSB gets them, in the order of their
# ports, and the queues that they came by. Longer than what moves by itself.
flows() {
	trace_start "$event" 'name == "isim1" && len > 200'
	na python3 - "$src" "$dst" <<-'END'
		import socket, sys
		family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
		for port in range(30000, 30016):
		    with socket.socket(family, socket.SOCK_DGRAM) as sock:
		        sock.bind((sys.argv[1], port))
		        sock.sendto(bytes(300), (sys.argv[2], 9))
	END
	wait_for hashes_are 16 "$tmp/$1"
	trace_stop
	expect_eq "different hashes of $1" "$(wc -l <"$tmp/$1")" 16
}

# inner MODE SPI: the flows in an SA come by one queue, with the hashes that they
# have in clear.
inner() {
	local src dst li ri

	addresses "$1"
	[ "$li" = - ] || src=$li dst=$ri
	sa_flush
	flows clear
	expect_eq "hashes of addresses and ports" "$(grep -c " 1$" "$tmp/clear")" 16
	sa_pair mode="${1%%[46]*}" outer="${1: -1}" spi="$2" flush=1 \
		"inner=$([[ $src = *:* ]] && echo 6 || echo 4)"
	flows esp
	expect_eq "queues that the SA took" "$(cut -d' ' -f3 "$tmp/all" | sort -u | wc -l)" 1
	diff "$tmp/clear" "$tmp/esp" || fail "hashes in clear, and in ESP"
	sa_flush
}

[ -z "$SOFT" ] || { skip "receive spreading" "there is no module" && finish; }
isim_load adapters=2 queues=4
two_ports
nb ethtool -L isim1 combined 4
ports_up
n=0
for mode in transport4 transport6 tunnel4in4 tunnel6in6 tunnel4in6 tunnel6in4; do
	check "the hash is that of the flow inside, $mode" inner "$mode" $((0x7000 + 2 * n))
	n=$((n + 1))
done
still
frames_start isim0
check "ESP of one SPI comes by one queue, IPv4" one_spi 4
check "ESP of one SPI comes by one queue, IPv6" one_spi 6
check "SPIs spread over all queues, IPv4" all_queues 240 spis,4,0x2000,240
check "SPIs spread over all queues, IPv6" all_queues 240 spis,6,0x2000,240
check "flows spread by their ports, IPv4" plain 4
check "flows spread by their ports, IPv6" plain 6
check "fragments spread by their addresses, IPv4" fragmented 4
check "fragments spread by their addresses, IPv6" fragmented 6
check "the table decides by the hash that the stack is told" hash_and_queue
check "ethtool -X" set_table
check "the table outlasts down and up, reset and new rings" table_survives
check "a table of one's own and the number of queues" channels_configured
check "the default table and the number of queues" channels_default
finish
