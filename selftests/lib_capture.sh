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
#   tshark_has_esn           have its SAs (from 4.4 on) two more columns, for ESN?
#   tshark_esp_sa IPv4|IPv6 SPI ICV KEY [ESN]   prints its preference for an SA of
#                            AES-GCM: octets of the ICV; ",COLUMN,COLUMN"
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

tshark_has_esn() {
	[ -n "$(tshark --version |
		awk 'NR == 1 && match($0, /[0-9]+[.][0-9]+/) {
			split(substr($0, RSTART, RLENGTH), v, ".")
			if (v[1] > 4 || v[1] == 4 && v[2] >= 4) print "yes" }')" ]
}

tshark_esp_sa() {
	printf 'uat:esp_sa:"%s","*","*","%s","%s","%s","NULL",""%s' "$1" "$2" \
		"AES-GCM with $3 octet ICV [RFC4106]" "$4" "${5:-}"
}

tshark_sa() {
	local esn=''

	! tshark_has_esn || esn=',"32-bit","0"'
	tshark_esp_sa IPv4 "$1" 16 "$(keymat "$1" 128)" "$esn"
}
