# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# More of lib.sh and lib_lifecycle.sh (see there), for the files about faults.
#
#   fault NS DEV POINT [WORD VALUE]...   set a fault point
#   fault_clear NS DEV                   all of them off
#   fault_count NS DEV POINT seen|hits|missed
#   fault_above NS DEV POINT FIELD N     is it more than N?  for wait_for
#   counted SRC DST N [SIZE]             N numbered datagrams; sets GOT and AGAIN
#   now_ms                               milliseconds of some clock
#   still                                nothing moves by itself on either port

fault() {
	local ns=$1
	shift

	in_ns "$ns" ipsecsim fault set "$@" >"$tmp/fault"
}

fault_clear() {
	in_ns "$1" ipsecsim fault clear "$2" >"$tmp/fault"
}

fault_count() {
	in_ns "$1" ipsecsim -j fault show "$2" | jq --arg point "$3" \
		"([.faults[] | select(.point == \$point)] | first | .$4) // 0"
}

fault_above() {
	[ "$(fault_count "$1" "$2" "$3" "$4")" -gt "$5" ]
}

# GOT and AGAIN are used by our callers.
# shellcheck disable=SC2034
counted() {
	traffic count "$1" "$2" "$3" "${4:-100}"
	read -r _ GOT AGAIN <<<"$REPLY"
}

now_ms() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

# No multicast listener reports between the frames that are counted.
still() {
	na sh -c 'echo 1 >/proc/sys/net/ipv6/conf/isim0/disable_ipv6'
	nb sh -c 'echo 1 >/proc/sys/net/ipv6/conf/isim1/disable_ipv6'
}
