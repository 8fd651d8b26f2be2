#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046,SC2119
#
# The receive status (IPsecOV2's CryptoStatus): what the device says of a frame,
# each value reached, and who counts it.
#
#	NSA                                          NSB
#	+-----------------------+                    +-----------------------+
#	| isim0                 |                    |      isim1            |
#	| raw frames, made by   |===== frames =====> | inbound SA in device  |
#	| OpenSSL (replay.py)   |                    |                       |
#	+-----------------------+                    +-----------------------+
#
# Every frame that was sent is in the counters exactly once at each level: the
# port (ethtool), the SA (ipsecsim), and XFRM or the socket.  The status itself
# shows in the port's counter and in what the core counts for it:
#
#	status                            port                    XFRM
#	SUCCESS                           rx_esp                  -
#	TRANSPORT_ESP_AUTH_FAILED         rx_esp_auth_err         StateProtoError, failed
#	TUNNEL_ESP_AUTH_FAILED            ... _tunnel_auth_err    StateProtoError, failed
#	INVALID_PACKET_SYNTAX             rx_esp_syntax_err       BufferError
#	INVALID_PROTOCOL                  rx_esp_proto_err        StateProtoError
#	GENERIC_ERROR                     rx_esp_generic_err      BufferError

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_replay.sh
. "$here/lib_replay.sh"
[ -z "$SOFT" ] || { skip "receive status" "no device" && finish; }
require ip ethtool jq python3 ipsecsim

# Of lengths that are not whole cipher blocks none can be decrypted.  One length in
# 16 is right, and then the ICV is wrong.
bad_block_length() {
	local src dst li ri sent counted n

	addresses transport4
	sa_flush
	ipb xfrm state add src "$src" dst "$dst" proto esp spi 0x5000 \
		enc 'cbc(aes)' 0x00112233445566778899aabbccddeeff \
		auth-trunc 'hmac(sha256)' 0x$(printf 'a5%.0s' {1..32}) 128 \
		mode transport reqid 1 $(sa_dir in 64) $(offload isim1 in)
	player sa 0x5000 "$(keymat 0x5000 128)" 128 0 0 "$src" "$dst" - -
	port_read "$tmp/before"
	player play any_length
	read -r _ sent _ _ _ _ counted <<<"$REPLY"
	n=$((sent / 16))
	expect_eq "counters of the port" "$(port_grown)" \
		"rx_esp_auth_err+$n rx_esp_syntax_err+$((sent - n)) rx_frames+$sent"
	expect_eq "counters of the SA" "$(sa_counts)" "0 $n $((sent - n))"
	expect_eq "integrity failures" "$(sa_failed)" "$n"
	expect_eq "counters of XFRM" "$counted" \
		"XfrmInBufferError+$((sent - n)) XfrmInStateProtoError+$n"
}

# Frames that no SA is applied to go up as they came.
no_sa() {
	status transport4 0 other_spi 'rx_esp+2 rx_esp_no_sa+4' '2 0 0' 0 \
		XfrmInNoStates+4
}

isim_load
two_ports
player_start
for mode in transport4 transport6 tunnel4in4 tunnel6in4; do
	check "$mode success" status $mode 0 in_order \
		rx_esp+40 '40 0 0' 0 ''
	check "$mode truncated: invalid syntax" status $mode 0 truncated \
		'rx_esp+2 rx_esp_syntax_err+26 rx_unparsed+8' '2 0 26' 0 \
		'XfrmInBufferError+26 XfrmInHdrError+8'
	check "$mode bad length: invalid syntax" status $mode 0 bad_ip_length \
		'rx_esp+2 rx_esp_syntax_err+26' '2 0 26' 0 XfrmInBufferError+26
	check "$mode bad padding: invalid syntax" status $mode 1 bad_pad_length \
		'rx_esp+2 rx_esp_syntax_err+3' '2 0 3' 0 XfrmInBufferError+3
done
for mode in transport4 transport6; do
	check "$mode authentication failed" status $mode 0 tampered \
		'rx_esp+4 rx_esp_auth_err+10' '4 10 0' 10 XfrmInStateProtoError+10
done
for mode in tunnel4in4 tunnel6in6 tunnel4in6 tunnel6in4; do
	check "$mode authentication failed" status $mode 1 tampered \
		'rx_esp+4 rx_esp_auth_err+10 rx_esp_tunnel_auth_err+10' \
		'4 10 0' 10 XfrmInStateProtoError+10
	check "$mode invalid protocol" status $mode 0 bad_next_header \
		'rx_esp+2 rx_esp_proto_err+9' '2 0 9' 0 XfrmInStateProtoError+9
done
check "no whole cipher blocks: invalid syntax" bad_block_length
check "no SA" no_sa
player_stop
finish
