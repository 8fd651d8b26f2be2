#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What leaves the port is ciphertext, and right to the last byte.
#
#	NSA                                  NSB
#	+----------------+                   +----------------------------+
#	| isim0          |------ ESP ------->| isim1  --> tcpdump         |
#	| SAs in device  |                   | no SA, no policy (UDP part)|
#	+----------------+                   | software XFRM (TCP part)   |
#	                                     +----------------------------+
#
# The judges: scapy, for every packet with a whole ICV, with ESN or without (it
# takes no shorter one with AES-GCM); tshark, for every packet but, before 4.4,
# those with ESN; and OpenSSL (esp.py, wire_judge.py) for every packet, which
# sees to order, IVs and padding too.  Each SA has its own key, so one capture
# holds all of them.  TCP needs a living far end; its packets are captured before
# software XFRM takes them, which is why GRO is off there.

# shellcheck disable=SC2119
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_capture.sh
. "$here/lib_capture.sh"

require tcpdump tshark
python3 -c 'import cryptography' 2>/dev/null || require python3-cryptography
python3 -c 'import scapy.layers.ipsec' 2>/dev/null || require python3-scapy
isim_load
two_ports
traffic_start
# See esn.sh about software, large segments and the wrap.
ipb link set isim1 gso_max_segs 1

# Every residue of the padding, no payload at all, and the largest that fit.
sizes=0,1,2,3,4,5,6,7,8,9,10,11,15,16,17,63,100,101,102,103,700,1300,1340
modes=(transport4 transport6 tunnel4in4 tunnel6in6 tunnel4in6 tunnel6in4)

# Each ESN SA starts with another high word: it is in no packet, so a wrong one
# shows in the ICV only.
cell() {
	local mode=$1 key=$2 icv=$3 esn=$4 spi=$5 what=$6 b=$7 high=-
	local src dst li ri out_state='' in_state=''

	addresses "$mode"
	if [ "$esn" = 1 ]; then
		high=$((spi & 0xff))
		out_state="replay-oseq 0xfffffff0 replay-oseq-hi $high"
		in_state="replay-seq 0xfffffff0 replay-seq-hi $high"
	fi
	sa_pair mode="${mode%%[46]*}" outer="${mode: -1}" inner="${mode//[!46]/}" \
		key="$key" icv="$icv" esn="$esn" spi="$spi" b="$b" \
		flush=1 out_state="$out_state" in_state="$in_state"
	echo "$spi $(keymat "$spi" "$key") $icv $high" \
		"$([ "$high" = - ] && echo 1 || echo 0xfffffff1)" \
		"$src $dst $li $ri $what" >>"$tmp/spec"
	[ "$li" != - ] || li=$src ri=$dst
	case $what in
	udp:*)
		ipb -batch - <<-END
			xfrm policy flush
			xfrm state flush
		END
		traffic send "$li" "$ri" "${what#*:}"
		;;
	tcp:*) traffic tcp "$li" "$ri" "${what#*:}" ;;
	esac
	echo "$spi $mode aes-gcm-$key icv $icv esn $esn ${what%%:*}" \
		>>"$tmp/names"
}

udp_cells() {
	local key icv esn mode spi=0x3000 n=0

	for key in 128 192 256; do
		for icv in 64 96 128; do
			for esn in 0 1; do
				mode=${modes[(n + n / 6) % 6]}
				printf -v spi 0x%x $((0x3000 + 2 * n))
				cell "$mode" "$key" "$icv" "$esn" "$spi" \
					"udp:$sizes" hw
				n=$((n + 1))
			done
		done
	done
}

tcp_cells() {
	local mode n=0

	for mode in "${modes[@]}"; do
		cell "$mode" 128 128 $((n % 2)) "$(printf 0x%x $((0x4000 + 2 * n)))" \
			tcp:150000 sw
		n=$((n + 1))
	done
}

# A judge that finds no plaintext must be able to find some.
clear_control() {
	capture_start "$NSB" isim1 "$tmp/clear.pcap"
	traffic send "$A4" "$B4" 100,200
	traffic tcp "$A4" "$B4" 100000
	capture_stop "$tmp/clear.pcap"
	: >"$tmp/empty"
	python3 "$here/wire_judge.py" "$tmp/clear.pcap" "$tmp/empty" >"$tmp/out"
	expect_ge "readable frames" "$(sed -n 's/^readable //p' "$tmp/out")" 4
}

judge() {
	python3 "$here/wire_judge.py" "$tmp/$1.pcap" "$tmp/spec" "${@:2}"
}

# What the device of the sender has encrypted since counters_mark, in all.
encrypted() {
	[ -z "$SOFT" ] || return 0
	counters
	counter_moved a.hw_tx_esp "$1"
}

# Prints how many packets there were in all, in what the judge said.
packets() {
	awk '$2 == "ok" { n += $3 } END { print n + 0 }' "$1"
}

# Nothing but ESP may arrive, so there is no filter.
make_udp() {
	local each

	: >"$tmp/spec"
	capture_start "$NSB" isim1 "$tmp/udp.pcap"
	counters_mark
	udp_cells
	each=$(tr , '\n' <<<"$sizes" | wc -l)
	encrypted $((18 * each))
	capture_stop "$tmp/udp.pcap"
	judge udp >"$tmp/udp"
	judge udp tamper >"$tmp/tampered"
	cp "$tmp/spec" "$tmp/spec.udp"
	expect_eq "packets judged" "$(packets "$tmp/udp")" $((18 * each))
	grep -qx "scapy $((6 * each))" "$tmp/udp" ||
		fail "scapy judged others: $(grep scapy "$tmp/udp")"
}

# What software XFRM has decrypted comes by the port a second time, hence the
# filter.  Had something left in clear, XFRM would have refused it and counted
# that; and the sending device counts little else than ESP (IPv6 multicast).
make_tcp() {
	local total

	: >"$tmp/spec"
	capture_start "$NSB" isim1 "$tmp/tcp.pcap" 'ip proto 50 or ip6 proto 50'
	counters_mark
	tcp_cells
	capture_stop "$tmp/tcp.pcap"
	counters
	judge tcp >"$tmp/tcp"
	cat "$tmp/spec.udp" >>"$tmp/spec"
	total=$(packets "$tmp/tcp")
	expect_ge "packets judged" "$total" $((6 * 150000 / 1500))
	encrypted "$total"
	grep -qx "scapy $total" "$tmp/tcp" ||
		fail "scapy judged others: $(grep scapy "$tmp/tcp")"
	expect_eq "XFRM errors at A" "$(xfrm_errors "$NSA")" ""
	expect_eq "XFRM errors at B" "$(xfrm_errors "$NSB" |
		tr ' ' '\n' | grep -v XfrmInNoStates || true)" ""
	[ -n "$SOFT" ] || expect_ge "frames that are ESP" "$total" \
		$((${COUNT[a.hw_tx_frames]} - ${OLD[a.hw_tx_frames]} - 6))
}

verdict() {
	local line

	line=$(grep -h "^$1 " "$tmp/udp" "$tmp/tcp")
	[[ $line = "$1 ok "* ]] || fail "$line"
}

nothing_else() {
	local name

	for name in other readable; do
		expect_eq "$name frames" "$(sed -n "s/^$name //p" "$tmp/udp")" 0
	done
}

tamper_control() {
	cat "$tmp/tampered"
	expect_eq "SAs that saw nothing but bad ICVs" \
		"$(grep -c ' ok [1-9]' "$tmp/tampered")" 18
}

# One "-o uat:esp_sa:..." for each SA in the spec, if this tshark knows it.
tshark_sas() {
	local spi keymat icv high rest esn=()

	while read -r spi keymat icv high rest; do
		[ "$high" = - ] || [ -n "$tshark_esn" ] || continue
		[ -z "$tshark_esn" ] || esn=(',"32-bit","0"')
		# tshark reads the high word as hexadecimal.
		[ "$high" = - ] ||
			esn=("$(printf ',"64-bit","%x"' "$high")")
		# shellcheck disable=SC2086
		set -- $rest
		tshark_esp_sa "$([[ $2 = *:* ]] && echo IPv6 || echo IPv4)" "$spi" \
			$((icv / 8)) "$keymat" "${esn[*]}"
		echo
	done <"$tmp/spec"
}

# It counts one high word for a whole SA, so ESN packets before the wrap only: of
# each SA it must like as many as our judge saw.
tshark_agrees() {
	local sa args=()

	tshark_esn=$(! tshark_has_esn || echo yes)
	tshark_sas >"$tmp/uat"
	while IFS= read -r sa; do args+=(-o "$sa"); done <"$tmp/uat"
	mergecap -a -F pcap -w "$tmp/all.pcap" "$tmp/udp.pcap" "$tmp/tcp.pcap"
	tshark -r "$tmp/all.pcap" "${args[@]}" \
		-o esp.enable_encryption_decode:TRUE \
		-o esp.enable_authentication_check:TRUE \
		-Y esp -T fields -e esp.spi -e esp.sequence -e esp.icv_good \
		>"$tmp/tshark.out" 2>"$tmp/tshark.err" ||
		fail "tshark: $(<"$tmp/tshark.err")"
	head -n 3 "$tmp/tshark.out" && wc -l "$tmp/tshark.out"
	cat "$tmp/udp" "$tmp/tcp" >"$tmp/judged"
	python3 - "$tmp/spec" "$tmp/judged" "$tmp/tshark.out" "$tshark_esn" <<-'END'
		import collections
		import sys
		spec, judged, tshark = (list(map(str.split, open(path)))
		                        for path in sys.argv[1:4])
		seen = {int(w[0], 16): int(w[2]) for w in judged if w[1] == "ok"}
		want, good, esn = {}, collections.Counter(), set()
		for word in spec:
		    spi = int(word[0], 16)
		    if word[3] == "-":
		        want[spi] = seen[spi]
		    elif sys.argv[4]:
		        esn.add(spi)
		        want[spi] = min(seen[spi], (1 << 32) - int(word[4], 0))
		for word in tshark:
		    spi, seq = int(word[0], 0), int(word[1], 0)
		    if spi not in want or spi in esn and seq < 0xfffffff0:
		        continue
		    if len(word) < 3 or word[2] not in ("1", "True"):
		        sys.exit(f"tshark does not like SPI {spi:#x} seq {seq}")
		    good[spi] += 1
		print("good", dict(good), "of", want)
		sys.exit(dict(good) != want or len(want) < 12)
	END
}

check "plaintext is found where there is some" clear_control
check "datagrams were sent and captured" make_udp
check "TCP was sent and captured" make_tcp
while read -r spi name; do
	check "$name" verdict "$spi"
done <"$tmp/names"
check "nothing but ESP, and no plaintext in it" nothing_else
check "the judge rejects tampered packets" tamper_control
check "tshark agrees" tshark_agrees
finish
