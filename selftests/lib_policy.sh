# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# More of lib.sh, lib_lifecycle.sh and lib_trace.sh (see there), for the files about
# policies of the adapter.
#
#   at out|in           policies are, from here on, of isim0 and of what leaves, or
#                       of isim1 and of what arrives; sets NS, DEV, DIR and END
#   policy WORD...      add one there; sets ID
#   flush               all policies of both ends
#   did ID PASSED STOPPED        what it has done since it was added
#   listed              all there as JSON, but for their counters
#   wire COMMAND ARRIVED CLEARTEXT [DISCARDED]   frames from A (see frames.py): this
#                       many are handed to the host B, and so many are counted as
#                       stopped at the end with the policies
#   judge NAME COMMAND...        check, and no policy is left afterwards

net4=192.0.2.0/24 net6=2001:db8::/64

at() {
	DIR=$1
	if [ "$DIR" = out ]; then
		NS=$NSA DEV=isim0 END=a.hw_tx
	else
		NS=$NSB DEV=isim1 END=b.hw_rx
	fi
}

policy() {
	ID=$(in_ns "$NS" ipsecsim -j policy add dev "$DEV" dir "$DIR" "$@" |
		jq '.[0].id')
	[[ $ID =~ ^[0-9]+$ ]] || fail "policy $*: no id"
}

flush() {
	na ipsecsim policy flush dev isim0
	nb ipsecsim policy flush dev isim1
}

did() {
	expect_eq "policy $1 passed, stopped" \
		"$(in_ns "$NS" ipsecsim -j policy "$DEV" |
			jq -r ".[] | select(.id == $1) | \"\\(.passed) \\(.stopped)\"")" \
		"$2 $3"
}

wire() {
	counters_mark
	frames "$1"
	counters
	counter_moved b.hw_rx_frames "$2"
	counter_moved "${END}_cleartext" "$3"
	counter_moved "${END}_discard" "${4:-0}"
	# What is stopped in front of the wire has not been sent.
	[ "$DIR" = in ] || counter_moved a.hw_tx_frames "$2"
	[ "$DIR" = out ] || counter_moved a.hw_tx_frames \
		$(($2 + $3 + ${4:-0}))
}

listed() {
	in_ns "$NS" ipsecsim -j policy "$DEV" | jq -c 'map(del(.passed, .stopped))'
}

judge() {
	check "$@"
	flush
}
