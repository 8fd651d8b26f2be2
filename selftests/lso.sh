#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Large packets: the adapter cuts them, and every octet of every frame is right.
#
#	NSA                                  NSB
#	+----------------+                   +----------------------------+
#	| isim0          |------ frames ---->| isim1  --> tcpdump         |
#	| large packets  |                   | no SA, or software XFRM    |
#	+----------------+                   +----------------------------+
#
# Plain: a packet socket hands over packets of any shape; lso.py says what frames
# must come of them.  ESP: TCP, six modes, odd MSS; the judges are OpenSSL
# (wire_judge.py), and software XFRM as the peer.  See wire.sh for more of both, and
# for tshark.  UDP in ESP comes large only if it is forwarded: a socket whose
# route has a transformation refuses UDP_SEGMENT.  What nobody trusts comes from a
# packet socket and from a tun device.

# shellcheck disable=SC2119
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_capture.sh
. "$here/lib_capture.sh"

require tcpdump tshark jq ipsecsim
python3 -c 'import cryptography' 2>/dev/null || require python3-cryptography
isim_load
two_ports
traffic_start
nb ethtool -K isim1 gro off
ipb link set isim1 gso_max_segs 1

modes=(transport4 transport6 tunnel4in4 tunnel6in6 tunnel4in6 tunnel6in4)

lso_count() {
	hw "$NSA" isim0 drv_tx_lso
}

offered() {
	local f features

	features=$(na ethtool -k isim0)
	for f in tx-tcp-segmentation tx-tcp6-segmentation \
		tx-tcp-ecn-segmentation tx-udp-segmentation tx-esp-segmentation; do
		[[ $features = *"$f: on"* ]] || fail "$f is not on"
	done
}

# --- Plain -----------------------------------------------------------------

plain_send() {
	local cut

	cut=$(lso_count)
	snap=9216 capture_start "$NSB" isim1 "$tmp/plain.pcap"
	na python3 "$here/lso.py" send isim0 "$(mac_of "$NSB" isim1)" \
		>"$tmp/names"
	capture_stop "$tmp/plain.pcap"
	expect_ge "packets sent" "$(wc -l <"$tmp/names")" 18
	expect_eq "of which the adapter has cut" $(($(lso_count) - cut)) \
		"$(grep -c ' hw$' "$tmp/names")"
	expect_eq "refused by the adapter" "$(hw "$NSA" isim0 hw_tx_bad_desc)" 0
}

plain_judge() {
	python3 "$here/lso.py" judge "$tmp/plain.pcap" "$tmp/names"
}

plain_tshark() {
	tshark -r "$tmp/plain.pcap" -o ip.check_checksum:TRUE \
		-o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
		-Y 'eth.src == 02:00:5e:00:53:01' -T fields -e ip.checksum.status \
		-e tcp.checksum.status -e udp.checksum.status >"$tmp/tshark.out" \
		2>"$tmp/tshark.err" || cat "$tmp/tshark.err"
	expect_ge "frames" "$(wc -l <"$tmp/tshark.out")" 500
	# 1 is good, 0 bad, 2 not checked
	expect_eq "frames with a wrong checksum" \
		"$(grep -c 0 "$tmp/tshark.out" || true)" 0
	expect_eq "frames with an L4 checksum that was not checked" \
		"$(grep -vc '1$\|1	$' "$tmp/tshark.out" || true)" 0
}

# The adapter would have to find TCP behind the other header.
plain_extension() {
	local cut

	cut=$(lso_count)
	capture_start "$NSB" isim1 "$tmp/options.pcap"
	python3 "$here/lso.py" extension "$NSA" "$NSB" "$A6" "$B6" 100000
	capture_stop "$tmp/options.pcap"
	expect_eq "of which the adapter has cut" $(($(lso_count) - cut)) 0
	expect_ge "frames with destination options" \
		"$(captured "$tmp/options.pcap" 'ip6[6] = 60')" 70
}

# --- ESP -------------------------------------------------------------------

# What B asks of A; nothing: no more than fits.  The route to a whole IPv6 subnet
# has another metric.
mss() {
	ipb -batch - <<-END
		route replace ${A4%.*}.0/24 dev isim1 ${1:+advmss $1}
		route replace $AI4/32 dev isim1 ${1:+advmss $1}
		route replace ${A6%1}/64 dev isim1 metric 256 ${1:+advmss $1}
		route replace $AI6/128 dev isim1 ${1:+advmss $1}
	END
}

# esp_cell MODE SPI ESN MSS BYTES [dstopts]: one TCP connection.  The ESN SAs wrap
# behind the fifteenth packet.
esp_cell() {
	local mode=$1 spi=$2 esn=$3 mss=$4 bytes=$5 what=${6:-tcp}
	local high=- key icv cut frames
	local src dst li ri out_state='' in_state=''

	addresses "$mode"
	key=$((128 + spi / 2 % 3 * 64)) icv=$((64 + spi / 2 % 3 * 32))
	if [ "$esn" = 1 ]; then
		high=$((spi & 0xff))
		out_state="replay-oseq 0xfffffff0 replay-oseq-hi $high"
		in_state="replay-seq 0xfffffff0 replay-seq-hi $high"
	fi
	sa_pair mode="${mode%%[46]*}" outer="${mode: -1}" inner="${mode//[!46]/}" \
		key="$key" icv="$icv" esn="$esn" spi="$spi" flush=1 b=sw \
		out_state="$out_state" in_state="$in_state"
	echo "$spi $(keymat "$spi" "$key") $icv $high" \
		"$([ "$high" = - ] && echo 1 || echo 0xfffffff1)" \
		"$src $dst $li $ri $what:$bytes" >>"$tmp/spec"
	echo "$spi $mode, esn $esn, MSS $mss${6:+, IPv6 $6 inside}" >>"$tmp/cells"
	[ "$li" != - ] || li=$src ri=$dst
	mss "$mss"
	cut=$(lso_count) frames=$(hw "$NSA" isim0 hw_tx_esp)
	if [ "$what" = tcp ]; then
		traffic bulk "$li" "$ri" "$bytes"
	else
		python3 "$here/lso.py" extension "$NSA" "$NSB" "$li" "$ri" "$bytes"
	fi
	# Later kernels have software cut, and encrypt, what has extension headers,
	# also inside.
	[ "$what" = tcp ] || ! kernel_since 7 0 || return 0
	expect_ge "large packets of $mode, MSS $mss" $(($(lso_count) - cut)) 2
	expect_ge "frames of $mode, MSS $mss" \
		$(($(hw "$NSA" isim0 hw_tx_esp) - frames)) $((bytes / mss))
}

# What goes across 2^32 is the kernel's to cut: see isim_drv_lso_seq_ok().
make_esp() {
	local mode n=0 args

	: >"$tmp/spec"
	: >"$tmp/cells"
	capture_start "$NSB" isim1 "$tmp/esp.pcap" 'ip proto 50 or ip6 proto 50'
	for mode in "${modes[@]}"; do
		for args in "0 $((n % 4 ? 537 : 1000)) 50000" '1 1219 70000'; do
			na sysctl -qw net.ipv4.tcp_timestamps=$((n / 2 % 2))
			# shellcheck disable=SC2086
			esp_cell "$mode" "$(printf 0x%x $((0x5000 + 2 * n)))" $args
			n=$((n + 1))
		done
	done
	esp_cell tunnel6in6 0x5100 0 1000 50000 dstopts
	esp_cell tunnel6in4 0x5102 1 701 50000 dstopts
	na sysctl -qw net.ipv4.tcp_timestamps=1
	mss ''
	capture_stop "$tmp/esp.pcap"
	sa_flush
	expect_eq "XFRM errors at A" "$(xfrm_errors "$NSA")" ""
	expect_eq "XFRM errors at B" "$(xfrm_errors "$NSB" |
		tr ' ' '\n' | grep -v XfrmInNoStates || true)" ""
}

judge_esp() {
	python3 "$here/wire_judge.py" "$tmp/esp.pcap" "$tmp/spec" openssl >"$tmp/esp"
	[ -s "$tmp/esp" ]
}

esp_verdict() {
	local line

	line=$(grep -h "^$1 " "$tmp/esp")
	[[ $line = "$1 ok "* ]] || fail "$line"
}

esp_nothing_else() {
	expect_eq "other frames" "$(sed -n 's/^other //p' "$tmp/esp")" 0
	expect_eq "readable frames" "$(sed -n 's/^readable //p' "$tmp/esp")" 0
}

# An SA without ESN in each mode; IPv4 next to TCP in three of them, as the header
# of a tunnel in two.
esp_ids() {
	python3 "$here/lso.py" ids "$tmp/esp.pcap" "$tmp/spec" >"$tmp/ids" ||
		fail "$(<"$tmp/ids")"
	expect_eq "kinds of IPv4 header" "$(tail -n 1 "$tmp/ids")" "5 headers"
}

# --- The rules for each frame ------------------------------------------------

# An outbound SA with 63 numbers left, and a connection that wants more.  XFRM
# refuses a large packet for which there are not enough, but with ESN it then gives
# numbers out once more.  The judges: the alarm of the sender's device, and the
# replay window of the receiver.
numbers_end() {
	local esn=$1 spi=$2 hi=''

	[ "$esn" = 0 ] || hi=0xffffffff
	sa_pair spi="$spi" esn="$esn" window=64 flush=1 \
		out_state="replay-oseq 0xffffffc0 ${hi:+replay-oseq-hi $hi}" \
		in_state="replay-seq 0xffffffc0 ${hi:+replay-seq-hi $hi}"
	mss 537
	counters_mark
	traffic exhaust "$A4" "$B4" 200000 3
	counters
	mss ''
	sa_flush
	expect_ge "large packets" \
		$((${COUNT[a.drv_tx_lso]} - ${OLD[a.drv_tx_lso]})) 2
	expect_ge "numbers used" \
		$((${COUNT[a.hw_tx_esp]} - ${OLD[a.hw_tx_esp]})) 30
	expect_ge "numbers there were" 63 \
		$((${COUNT[a.hw_tx_esp]} - ${OLD[a.hw_tx_esp]}))
	counter_moved a.hw_tx_seq_reuse 0
	counter_moved a.hw_tx_seq_old 0
	expect_eq "replayed" "${COUNT[B.XfrmInStateSeqError]:-0}" \
		"${OLD[B.XfrmInStateSeqError]:-0}"
}

# Prints how many events a point of the sender has seen, and struck.
point() {
	na ipsecsim -j fault show isim0 | jq -r --arg point "$1" \
		'.faults[] | select(.point == $point) | "\(.seen) \(.hits)"'
}

# A fault point of the engine sees each frame, and a limit counts each.
frames_count() {
	local sent

	sa_pair spi=0x6300 flush=1
	nb ipsecsim sa limits dev isim1 spi 0x6300 packets 90
	na ipsecsim fault set isim0 tx-crypto-error nth 12
	na ipsecsim fault set isim0 tx-bad-icv nth 17
	na ipsecsim fault set isim0 drop nth 23
	mss 537
	counters_mark
	traffic bulk "$A4" "$B4" 60000
	counters
	mss ''
	sent=$((${COUNT[a.hw_tx_frames]} - ${OLD[a.hw_tx_frames]}))
	expect_ge "frames" "$sent" 112
	expect_ge "large packets" \
		$((${COUNT[a.drv_tx_lso]} - ${OLD[a.drv_tx_lso]})) 5
	expect_eq "seen by tx-crypto-error" "$(point tx-crypto-error)" \
		"$((sent + 1)) 1"
	expect_eq "seen by tx-bad-icv" "$(point tx-bad-icv)" "$sent 1"
	expect_eq "seen by drop" "$(point drop)" "$sent 1"
	counter_moved a.hw_tx_crypto_err 1
	counter_moved a.hw_wire_drop 1
	counter_moved b.hw_rx_esp_auth_err 1
	counter_moved b.hw_rx_esp $((sent - 2))
	counter_moved b.hw_rx_sa_delete_req 1
	na ipsecsim fault clear isim0
	sa_flush
}

# --- Forwarded -------------------------------------------------------------

# SAs that packets from 203.0.113.1 to 203.0.113.2 take, too.
routed_sas() {
	local ends="src 203.0.113.1 dst 203.0.113.2"
	local tmpl="tmpl src $A4 dst $B4 proto esp reqid 1 mode tunnel"

	sa_pair mode=tunnel spi="$1" flush=1
	na sysctl -qw net.ipv4.ip_forward=1
	ipa -batch - <<-END
		xfrm policy add dir out $ends $tmpl
		route replace 203.0.113.2 dev isim0
	END
	ipb -batch - <<-END
		xfrm policy add dir in $ends $tmpl
		addr replace 203.0.113.2/32 dev isim1
	END
	counters_mark
}

esp_arrived() {
	[ $(($(hw "$NSB" isim1 hw_rx_esp) - ${OLD[b.hw_rx_esp]})) -ge "$1" ]
}

# Four packets of 34 datagrams each.
udp_forwarded() {
	routed_sas 0x6400
	ns_new NSC
	ipa link add c1 type veth peer name c0 netns "$NSC"
	ipa link set c1 up
	ip -n "$NSC" -batch - <<-END
		link set c0 up
		addr add 203.0.113.1/32 dev c0
		route add default dev c0
		neigh add 203.0.113.2 lladdr $(mac_of "$NSA" c1) nud permanent dev c0
	END
	python3 "$here/lso.py" forwarded "$NSC" "$NSB"
	counters
	ns_del "$NSC"
	device_did a hw 136 0
	device_did b hw 0 136
	no_xfrm_errors
	expect_ge "large packets" \
		$((${COUNT[a.drv_tx_lso]} - ${OLD[a.drv_tx_lso]})) 3
}

# The number of frames that a guest claims is not to be trusted, but XFRM counts
# sequence numbers by it.  So software has to cut, and to encrypt.
guest() {
	routed_sas 0x6402
	na python3 "$here/lso.py" guest
	wait_for esp_arrived 10
	counters
	device_did a hw 0 0
	device_did b hw 0 10
	no_xfrm_errors
}

# What the adapter would refuse the driver does not hand it, so hw_tx_bad_desc
# need not move.
damaged() {
	local sent lso

	sa_flush
	counters_mark
	sent=$(na python3 "$here/lso.py" damaged isim0 \
		"$(mac_of "$NSB" isim1)" 2000)
	expect_ge "packets that the kernel took" "$sent" 500
	counters
	lso=$((${COUNT[a.drv_tx_lso]} - ${OLD[a.drv_tx_lso]}))
	echo "$sent sent, $lso cut by the adapter, refused by it:" \
		"$((${COUNT[a.hw_tx_bad_desc]} - ${OLD[a.hw_tx_bad_desc]}))" \
		>"$tmp/damaged"
	expect_ge "cut by the adapter" "$lso" 200
	expect_ge "frames on the wire" \
		$((${COUNT[a.hw_tx_frames]} - ${OLD[a.hw_tx_frames]})) 500
	traffic tcp "$A4" "$B4" 200000
}

# --- TCP -------------------------------------------------------------------

# tcp_small MODE MSS BYTES hw|sw SPI: many frames of a packet, to that end
tcp_small() {
	local mode=$1 src dst li ri cut

	addresses "$mode"
	[ "$li" != - ] || li=$src ri=$dst
	sa_pair mode="${mode%%[46]*}" outer="${mode: -1}" inner="${mode//[!46]/}" \
		b="$4" spi="$5" flush=1
	mss "$2"
	cut=$(lso_count)
	traffic bulk "$li" "$ri" "$3"
	mss ''
	sa_flush
	expect_ge "large packets" $(($(lso_count) - cut)) 2
}

vlan() {
	local cut

	ipa link add link isim0 name v0 type vlan id 7
	ipb link add link isim1 name v1 type vlan id 7
	ipa link set v0 up
	ipb link set v1 up
	ipa addr add 192.0.3.1/24 dev v0
	ipb addr add 192.0.3.2/24 dev v1
	cut=$(lso_count)
	traffic tcp 192.0.3.1 192.0.3.2 1000000
	expect_ge "large packets" $(($(lso_count) - cut)) 10
	ipa link del v0
	ipb link del v1
}

# A feature that is off: the kernel cuts, and the data are the same.
off() {
	local cut

	na ethtool -K isim0 "$1" off
	sa_pair spi=0x6100 flush=1
	cut=$(lso_count)
	traffic tcp "$A4" "$B4" 200000
	expect_eq "large packets" $(($(lso_count) - cut)) 0
	na ethtool -K isim0 "$1" on
	traffic tcp "$A4" "$B4" 200000
	expect_ge "large packets" $(($(lso_count) - cut)) 2
	sa_flush
}

frames_are_packets() {
	local sent wire

	sent=$(na cat /sys/class/net/isim0/statistics/tx_packets)
	wire=$(hw "$NSA" isim0 hw_tx_frames)
	expect_eq "tx_packets" "$sent" "$wire"
}

check "segmentation is offered" offered
check "large packets were sent and captured" plain_send
check "every frame is as it must be" plain_judge
check "tshark agrees" plain_tshark
check "software cuts what has IPv6 extension headers" plain_extension
check "large ESP packets were sent and captured" make_esp
check "OpenSSL reads them" judge_esp
if [ -s "$tmp/cells" ]; then
	while read -r spi name; do
		check "$name" esp_verdict "$spi"
	done <"$tmp/cells"
fi
check "nothing but ESP, and no plaintext in it" esp_nothing_else
check "IPv4 identifications count on" esp_ids
for end in sw hw; do
	check "MSS of 88, to $end" tcp_small tunnel4in4 88 40000 "$end" 0x6000
	check "MSS of 537, to $end" tcp_small tunnel6in4 537 400000 "$end" 0x6002
done
check "large UDP packets are forwarded" udp_forwarded
if have_tun; then
	check "software cuts what a guest wants encrypted" guest
else
	skip "software cuts what a guest wants encrypted" "no tun device"
fi
check "damaged packets do no harm" damaged
[ ! -s "$tmp/damaged" ] || diag "$(<"$tmp/damaged")"
check "TCP over a VLAN" vlan
check "without tx-esp-segmentation" off tx-esp-segmentation
check "without tx-esp" off esp-hw-offload
check "a large packet where the numbers end" numbers_end 0 0x6600
check "a large packet where those of 64 bits end" numbers_end 1 0x6602
check "frames on the wire are packets in the statistics" frames_are_packets
check "faults and limits see every frame" frames_count
finish
