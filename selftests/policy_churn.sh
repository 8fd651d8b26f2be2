#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2153,SC2154
#
# Policies come and go at both ends while one processor sends without a pause and
# another, if there is one, has a TCP connection that must live. That no frame is shown
# a policy that is gone: the debug kernel tells, for which name box and file.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
# shellcheck source=lib_policy.sh
. "$here/lib_policy.sh"
# shellcheck source=lib_request.sh
. "$here/lib_request.sh"
[ -z "$SOFT" ] || { skip "policies of the adapter" "there is no module" && finish; }
require ip python3 taskset jq ipsecsim

# flood_start: datagrams without a pause from one processor, until flood_stop
flood_start() {
	: >"$tmp/flood"
	na taskset -c 0 python3 - "$B4" "$tmp/flood" <<-'END' >"$tmp/flooding" 2>&1 &
		import os, socket, sys
		sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		while os.path.exists(sys.argv[2]):
		    for _ in range(64):
		        sock.sendto(bytes(64), (sys.argv[1], 9))
	END
}

flood_stop() {
	rm "$tmp/flood"
}

floods() {
	[ "$(in_ns "$NS" ipsecsim -j policy "$DEV" |
		jq ".[] | select(.id == $ID) | .passed")" -ge "$1" ]
}

# From beside the processor whose packets they are shown; these must not suffer.
test_churn() {
	local n m i dir dir_number requests

	at out
	stream_start "$NSA" "$NSB" "$B4"
	flood_start
	for n in 1 2; do
		for dir in out in; do
			at "$dir"
			[ "$dir" = out ] && dir_number=2 || dir_number=1
			policy proto udp action bypass
			wait_for floods 1
			i=$(in_ns "$NS" cat "/sys/class/net/$DEV/ifindex")
			requests=()
			for m in {0..19}; do
				requests+=("18 do 1=$i 3=$dir_number 4=2 10=6"
					"18 do 1=$i 3=$dir_number 4=3 10=50"
					"19 do 1=$i 2=$((ID + 2 * m + 1))"
					"20 do 1=$i")
			done
			REQUEST_NS=$NS request "${requests[@]}" >"$tmp/changes"
			expect_eq "changes" "$(grep -c '^OK -$' "$tmp/changes")" 80
			stream_moves
		done
	done
	flood_stop
	stream_stop
}

isim_load adapters=2 queues=2
two_ports
still
traffic_start
judge "policies come and go under load" test_churn
finish
