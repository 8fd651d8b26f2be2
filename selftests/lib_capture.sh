# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# What is on the wire, for the files that look at frames.  Several captures may
# run at a time, each with a FILE of its own (default $tmp/wire.pcap).
#
#   capture_start NS DEV [FILE [FILTER]]   frames that arrive at DEV; $way (in): or
#                            out, inout
#   capture_stop [FILE [NS DEV]]   end it, when all that the port at the far
#                            end of the wire (default isim0 in NSA) has sent
#                            until now is in FILE.  Fails if any was lost.
#   captured FILE FILTER     prints how many of its frames the filter matches
#   tshark_sa SPI            prints tshark's preference for an SA over IPv4, AES-GCM with
#                            a key of 128 bits (keymat) and an ICV of 16 octets

# Without GRO: it would hand ESP to software XFRM before the capture sees it.
# $snap (2048 octets), the snapshot length, is also what each packet takes of the
# ring, whatever its size.
capture_start() {
	local pcap=${3:-$tmp/wire.pcap} only=()

	[ -z "${4:-}" ] || only=("$4 or ether proto 0x88b5")
	ip netns exec "$1" ethtool -K "$2" gro off >/dev/null
	ip netns exec "$1" tcpdump -i "$2" -Q "${way:-in}" -U --immediate-mode -Z root \
		-s "${snap:-2048}" -B 16384 -w "$pcap" "${only[@]}" 2>"$pcap.log" &
	echo $! >"$pcap.pid"
	wait_for -t 30 grep -q 'listening on' "$pcap.log"
}

# What tcpdump has not read when it ends is lost: wait for a last frame.
capture_stop() {
	local pcap=${1:-$tmp/wire.pcap} ns=${2:-$NSA} dev=${3:-isim0}

	ip netns exec "$ns" python3 "$here/traffic.py" mark "$dev"
	wait_for -t 30 grep -q END-OF-CAPTURE "$pcap"
	kill "$(<"$pcap.pid")"
	wait_for -t 30 pid_gone "$(<"$pcap.pid")"
	rm -f "$pcap.pid"
	grep -q '^0 packets dropped by kernel' "$pcap.log" ||
		fail "the capture is not complete: $(<"$pcap.log")"
}

captured() {
	tcpdump -nr "$1" "$2" 2>/dev/null | wc -l
}

tshark_sa() {
	local esn=''

	# From 4.4 on an SA has two more columns.
	[ -z "$(tshark --version |
		awk 'NR == 1 && match($0, /[0-9]+[.][0-9]+/) {
			split(substr($0, RSTART, RLENGTH), v, ".")
			if (v[1] > 4 || v[1] == 4 && v[2] >= 4) print "yes" }')" ] ||
		esn=',"32-bit","0"'
	printf 'uat:esp_sa:"%s","*","*","%s","%s","%s","NULL",""%s' \
		IPv4 "$1" 'AES-GCM with 16 octet ICV [RFC4106]' \
		"$(keymat "$1" 128)" "$esn"
}
