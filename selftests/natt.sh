#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# NAT traversal: ESP in UDP (RFC 3948), where the kernel lets a device have it.
#
#	NSA                                              NSB
#	+------------------+                             +------------------+
#	| isim0            |=== IPv4, UDP 4500, ESP ===> |      isim1       |
#	| hw or sw         | <===========================|  hw or sw        |
#	+------------------+                             +------------------+
#
# A kernel before 6.12 refuses such an SA before it asks the device: then this
# file tests the errno and the reason.  Elsewhere
#  - traffic gets through between device and software both ways, XFRM counts no
#    error, and the device did the work; but TCP's large packets are encrypted in
#    software, see isim_drv_xfrm_offload_ok();
#  - tshark likes what the device sends;
#  - frames made by OpenSSL (natt.py) come to the same end in software and in the
#    device: IKE, keepalives and what has a UDP checksum the device leaves alone;
#  - each receive status is counted as without UDP, and so are faults and delete
#    requests;
#  - over IPv6 it is refused.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
# shellcheck source=lib_replay.sh
. "$here/lib_replay.sh"
[ -z "$SOFT" ] || { skip "ESP in UDP" "no device" && finish; }

gcm='aead=rfc4106(gcm(aes)):160:128'
encap='encap espinudp 4500 4500 0.0.0.0'

sa_refused() {
	local reason=$1
	shift

	newsa_refused EINVAL "$reason" encap=2 "$gcm" "$@"
}

# expect_share a|b hw|sw: of ten packets or more each way, or of none
expect_share() {
	local way moved

	for way in tx rx; do
		moved=$((COUNT[$1.hw_${way}_esp] - OLD[$1.hw_${way}_esp]))
		if [ "$2" = hw ]; then
			expect_ge "$1, $way" "$moved" 10
		else
			expect_eq "$1, $way" "$moved" 0
		fi
	done
}

# What "ipsecsim sa" tells of it.
is_shown() {
	newsa add dev=isim0 encap=2 "$gcm" dport=5000
	expect_eq errno "$ERR" 0
	na ipsecsim -j sa isim0 >"$tmp/sa.json"
	jq -e 'map(.encap) == [{ type: "udp", sport: 4500, dport: 5000 }]' \
		"$tmp/sa.json" || fail "$(<"$tmp/sa.json")"
	na ipsecsim sa isim0 >"$tmp/out"
	grep -q '^    mode transport .*  encap udp sport 4500 dport 5000$' "$tmp/out" ||
		fail "$(<"$tmp/out")"
	newsa del
	newsa_holds 0
}

# Addresses of the traffic: sets src and dst.
traffic_ends() {
	src=$A4 dst=$B4
	[ "$1" = transport ] || src=$AI4 dst=$BI4
}

cell() {
	local mode=$1 a=$2 b=$3 esn=$4 src dst

	traffic_ends "$mode"
	sa_pair a="$a" b="$b" mode="$mode" esn="$esn" flush=1 spi=0x3000 \
		state="$encap"
	counters_mark
	traffic ping "$src" "$dst" 0,1,56,1300
	traffic udp "$src" "$dst" 0,1,2,3,100,1300
	traffic tcp "$src" "$dst" 30000
	counters
	no_xfrm_errors
	expect_share a "$a"
	expect_share b "$b"
	counter_moved a.hw_tx_stale_sa 0
	counter_moved b.hw_tx_stale_sa 0
}

# One capture holds both modes: each SA has its own key.
on_the_wire() {
	local mode spi=0x3000 src dst sa=() n=28

	capture_start "$NSB" isim1 "$tmp/natt.pcap" 'udp port 4500'
	counters_mark
	for mode in transport tunnel; do
		traffic_ends "$mode"
		sa_pair a=hw b=sw mode="$mode" flush=1 spi="$spi" state="$encap"
		traffic udp "$src" "$dst" 0,1,2,3,4,5,6,7,8,15,16,17,100,1300
		sa+=(-o "$(tshark_sa "$spi")")
		printf -v spi 0x%x $((spi + 0x100))
	done
	counters
	capture_stop "$tmp/natt.pcap"
	nb ethtool -K isim1 gro on
	counter_moved a.hw_tx_esp "$n"
	tshark -r "$tmp/natt.pcap" "${sa[@]}" \
		-o esp.enable_encryption_decode:TRUE \
		-o esp.enable_authentication_check:TRUE -Y 'udp.port == 4500' \
		-T fields -E occurrence=f -e udp.srcport -e udp.dstport -e udp.checksum \
		-e esp.icv_good >"$tmp/tshark.out" 2>"$tmp/tshark.err" ||
		fail "tshark: $(<"$tmp/tshark.err")"
	sort "$tmp/tshark.out" | uniq -c
	expect_eq "datagrams without checksum, their ICV good" \
		"$(grep -cE $'^4500\t4500\t0x0000\t(1|True)$' "$tmp/tshark.out")" "$n"
	expect_eq "all" "$(wc -l <"$tmp/tshark.out")" "$n"
}

# The socket of the far end has heard IKE, and what is too short for ESP.
left_alone() {
	same transport4 0 32 128 not_esp
	grep -qx 'Socket+0,7,200,4,8' "$tmp/hw" || fail "$(<"$tmp/hw")"
}

# strikes POINT COUNTER [WORD VALUE]...: each of 10 datagrams is struck, and counted
# there; without the fault they get through.
strikes() {
	local point=$1 counter=$2 ns=$NSA dev=isim0 spi
	shift 2

	[ "$point" != rx-status ] || ns=$NSB dev=isim1
	sa_pair mode=tunnel flush=1 spi=0x3000 window=64 state="$encap"
	for spi in 0x3001 0x3000; do
		fault "$ns" "$dev" "$point" spi "$spi" "$@"
		counters_mark
		counted "$AI4" "$BI4" 10
		counters
		fault_clear "$ns" "$dev"
		if [ "$spi" = 0x3001 ]; then
			expect_eq "arrived, other SPI" "$GOT" 10
			counter_moved "b.hw_$counter" 0
		else
			expect_eq "arrived" "$GOT" 0
			counter_moved "b.hw_$counter" 10
		fi
	done
}

# The next packet carries it, the SA goes on.
delete_request() {
	sa_pair flush=1 spi=0x3000 window=64 state="$encap"
	nb ipsecsim sa delete-req dev isim1 spi 0x3000 >"$tmp/out"
	counters_mark
	counted "$A4" "$B4" 10
	counters
	expect_eq "arrived" "$GOT" 10
	counter_moved b.hw_rx_sa_delete_req 1
	counter_moved b.hw_rx_esp 10
}

# A reset gives the adapter its SAs again, with the encapsulation.
restored() {
	sa_pair flush=1 spi=0x3000 state="$encap"
	nb ethtool --reset isim1 all >"$tmp/out"
	wait_for carrier "$NSA" isim0
	wait_for carrier "$NSB" isim1
	counters_mark
	traffic udp "$A4" "$B4" 0,100,1300
	counters
	counter_moved b.hw_tx_esp 3
	counter_moved b.hw_rx_esp 3
}

unreachables() {
	# shellcheck disable=SC2016
	nb awk '$1 == "Icmp:" && n { print $n }
		$1 == "Icmp:" { for (i = 2; i <= NF; i++)
			if ($i == "OutDestUnreachs") n = i }' /proc/net/snmp
}

# The device's datagrams need no socket. To UDP they would be plaintext for a closed
# port, and it would quote them in its answer.
no_socket() {
	local before

	player close
	# Each frame counts: nobody shall ask for the addresses any more, nor report
	# the groups of IPv6, as after a reset.
	ipa neigh flush dev isim0
	na sysctl -q net.ipv6.conf.isim0.disable_ipv6=1
	before=$(unreachables)
	status transport4 0 in_order rx_esp+40 '40 0 0' 0 ''
	status tunnel4in4 1 in_order rx_esp+40 '40 0 0' 0 ''
	expect_eq "ICMP errors in clear" "$(unreachables)" "$before"
}

udp_esp() {
	na ipsecsim caps set dev isim0 udp-esp "$1" >/dev/null
}

# The capability off: software, both ways, of an SA that was there before, too.
switched_off() {
	sa_pair b=sw flush=1 spi=0x3000 state="$encap"
	udp_esp off
	wait_for try sa_refused \
		'ipsecsim: UDP encapsulation is switched off in the adapter'
	counters_mark
	traffic udp "$A4" "$B4" 0,100,1300
	counters
	no_xfrm_errors
	counter_moved a.hw_tx_esp 0
	counter_moved a.hw_rx_esp 0
	counter_moved a.hw_rx_esp_caps_off 3
	udp_esp on
	wait_for sends_in_udp
	traffic udp "$A4" "$B4" 100
	counters
	counter_moved a.hw_rx_esp_caps_off 3
	no_xfrm_errors
}

sends_in_udp() {
	local before=${COUNT[a.hw_tx_esp]}

	traffic udp "$A4" "$B4" 100
	counters
	[ "${COUNT[a.hw_tx_esp]}" -gt "$before" ]
}

require ip ethtool python3 tcpdump tshark jq ipsecsim
# shellcheck disable=SC2119
isim_load
two_ports
newsa_start "$NSA"
newsa add dev=isim0 encap=2 "$gcm"
if [ "$ERR" != 0 ]; then
	reason="Encapsulation and TFC padding can't be offloaded"
	mute=''
	check "this kernel's XFRM refuses it" sa_refused "$reason"
	check "inbound, too" sa_refused "$reason" dir=in
	newsa_stop
	skip "ESP in UDP by the device" "XFRM of this kernel refuses it"
	finish
fi
newsa del
check "over IPv6" sa_refused \
	'ipsecsim: UDP encapsulation cannot be offloaded over IPv6, only over IPv4' \
	src=2001:db8::1 dst=2001:db8::2
check "to port 0" sa_refused \
	'ipsecsim: UDP encapsulation cannot be offloaded to destination port 0, only to 1 to 65535' \
	dport=0
# Types 1 and 7, ESP with a non-IKE marker and in TCP: most kernels know neither.
for type in 1 7; do
	check "encapsulation type $type" sa_refused \
		'@(Unsupported encapsulation type for ESP|ipsecsim: Encapsulation cannot be offloaded, only ESP in UDP)' \
		encap=$type
done
check "the tool shows its ports" is_shown

player_start natt.py
player open
traffic_start
esn=0
for mode in transport tunnel; do
	for who in 'hw sw' 'sw hw' 'hw hw'; do
		# shellcheck disable=SC2086
		check "$mode, ${who/ /-}$([ "$esn" = 0 ] || echo ', esn')" \
			cell "$mode" $who "$esn"
		esn=$((1 - esn))
	done
done
check "tshark agrees" on_the_wire
check "IKE, keepalives and other ports are left alone" left_alone
for scenario in with_checksum other_source_port wrong_length extra_headers \
	fragmented; do
	check "transport $scenario" same transport4 0 32 128 "$scenario"
done
for scenario in replayed extra_headers bad_inner_checksum; do
	check "tunnel esn $scenario" same tunnel4in4 1 64 128 "$scenario"
done
check "transport truncated: invalid syntax" status transport4 0 truncated \
	'rx_esp+2 rx_esp_syntax_err+25' '2 0 25' 0 XfrmInBufferError+25
check "transport authentication failed" status transport4 1 tampered \
	'rx_esp+4 rx_esp_auth_err+10' '4 10 0' 10 XfrmInStateProtoError+10
check "tunnel authentication failed" status tunnel4in4 0 tampered \
	'rx_esp+4 rx_esp_auth_err+10 rx_esp_tunnel_auth_err+10' '4 10 0' 10 \
	XfrmInStateProtoError+10
check "tunnel bad padding: invalid syntax" status tunnel4in4 0 bad_pad_length \
	'rx_esp+2 rx_esp_syntax_err+3' '2 0 3' 0 XfrmInBufferError+3
check "tunnel invalid protocol" status tunnel4in4 0 bad_next_header \
	'rx_esp+2 rx_esp_proto_err+9' '2 0 9' 0 XfrmInStateProtoError+9
check "fault: corrupt" strikes corrupt rx_esp_auth_err seed 1
check "fault: tx-bad-icv" strikes tx-bad-icv rx_esp_auth_err
check "fault: rx-status" strikes rx-status rx_esp_generic_err \
	status generic-error
check "delete request" delete_request
check "reset" restored
check "switched off" switched_off
check "no socket" no_socket
player_stop
newsa_stop
finish
