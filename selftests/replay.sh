#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Replayed, tampered and malformed ESP: delivered and counted as software does.
#
#	NSA                                          NSB
#	+-----------------------+                    +-----------------------+
#	| isim0                 |                    |      isim1            |
#	| raw frames, made by   |===== frames =====> | inbound SA: software, |
#	| OpenSSL (replay.py)   |                    | then in the device    |
#	+-----------------------+                    +-----------------------+
#
# Each scenario of replay.py is played twice, against the same SA in software
# XFRM and in the device.  These must come out the same, and as the scenario
# says: the datagrams delivered and their order, the counters of xfrm_stat and
# of UDP, and the SA's statistics, replay window and bitmap.  ("replay-window"
# in the statistics counts packets left of the window.)  And the device has done
# it: as many packets as the scenario has for it were decrypted or failed there.
#
# Then TCP while the wire turns bits over in one frame of a hundred.
# ISIM_TAMPER_SECONDS (default 5): for how long.

# shellcheck disable=SC2119
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

isim_load
two_ports
# shellcheck source=lib_replay.sh
. "$here/lib_replay.sh"
player_start

# With a packet that is both, the core itself counts differently: software looks
# at the sequence number first (XfrmInStateSeqError); with CRYPTO_DONE,
# xfrm_input looks at the status first (XfrmInStateProtoError).  Refused once
# each in both.
both_at_once() {
	local mode=transport4 esn=0 window=32 icv=128 first=0 src dst li ri how
	local expected decrypted failed delivered want=XfrmInStateSeqError+8 saw

	addresses "$mode"
	saw=$(device_saw)
	for how in sw hw; do
		play replayed_and_tampered "$how"
		expect_eq "delivered" "$(head -n 1 "$tmp/$how")" \
			"delivered 0,1,2,3,4,5,6,7"
		[ "$how" = sw ] || [ -n "$SOFT" ] ||
			want=XfrmInStateProtoError+8
		expect_eq "errors" "$(grep '^Xfrm' "$tmp/$how")" "$want"
	done
	# shellcheck disable=SC2086
	device_saw_more "$decrypted" "$failed" $saw
}

scenarios='in_order reordered replayed outside_window tampered tampered_seq
	other_spi seq_zero truncated cut_tail bad_pad_length long_padding
	no_next_header wrong_family bad_inner_checksum trailing_bytes
	extra_headers fragmented'

for scenario in $scenarios; do
	check "transport4 $scenario" same transport4 0 32 128 "$scenario"
done
for scenario in $scenarios; do
	check "tunnel6in6 esn $scenario" same tunnel6in6 1 64 96 "$scenario"
done
for scenario in replayed tampered bad_inner_checksum extra_headers \
	wrong_family; do
	check "transport6 esn $scenario" same transport6 1 128 64 "$scenario"
	check "tunnel4in4 $scenario" same tunnel4in4 0 32 64 "$scenario"
	check "tunnel4in6 $scenario" same tunnel4in6 0 32 128 "$scenario"
	check "tunnel6in4 esn $scenario" same tunnel6in4 1 64 128 "$scenario"
done
for scenario in esn_wrap esn_reordered esn_wrong_epoch; do
	check "transport4 $scenario" same transport4 1 32 128 "$scenario"
	check "tunnel6in6 $scenario" same tunnel6in6 1 64 64 "$scenario"
done
check "transport4 without a window" \
	same transport4 0 0 128 in_order
check "replayed and tampered at once" both_at_once

# --- A wire that turns bits over ---------------------------------------------

player_stop
traffic_start

# Counter $3 of the port in $1, or of xfrm_stat there; OLD holds what it was.
declare -A OLD
grown() {
	local now

	case $3 in
	Xfrm*) now=$(xfrm_stat "$1" "$3") ;;
	*) now=$(hw "$1" "$2" "$3") ;;
	esac
	echo $((now - ${OLD[$1.$3]:-0}))
}

remember() {
	local name

	for name in hw_wire_corrupt hw_wire_drop hw_rx_esp hw_rx_esp_auth_err \
		hw_rx_no_buf hw_rx_esp_no_sa hw_tx_esp XfrmInStateProtoError \
		XfrmInNoStates XfrmInStateSeqError; do
		OLD[$1.$name]=$(grown "$1" "$2" "$name")
	done
}

# All that one device corrupted failed in the other, and was counted once by
# everybody; all the rest was decrypted.
adds_up() {
	local from=$1 from_dev=$2 to=$3 to_dev=$4 spi=$5 bad

	bad=$(grown "$from" "$from_dev" hw_wire_corrupt)
	echo "$from_dev: $bad of $(grown "$from" "$from_dev" hw_tx_esp) corrupted"
	expect_ge "corrupted" "$bad" 5
	expect_eq "lost for want of buffers" \
		"$(grown "$to" "$to_dev" hw_rx_no_buf)" 0
	expect_eq "auth errors of $to_dev" \
		"$(grown "$to" "$to_dev" hw_rx_esp_auth_err)" "$bad"
	expect_eq "decrypted by $to_dev" \
		"$(grown "$to" "$to_dev" hw_rx_esp)" \
		$(($(grown "$from" "$from_dev" hw_tx_esp) - bad))
	expect_eq "XfrmInStateProtoError behind $to_dev" \
		"$(grown "$to" "$to_dev" XfrmInStateProtoError)" "$bad"
	expect_eq "failed of the SA" "$(sa_state "$to" "$spi" |
		sed -n 's/.*failed \([0-9]*\).*/\1/p')" "$bad"
	for name in XfrmInNoStates XfrmInStateSeqError; do
		expect_eq "$name behind $to_dev" "$(grown "$to" "$to_dev" "$name")" 0
	done
}

noisy_wire() {
	local mode=$1 esn=$2 src=$A4 dst=$B4 n=0

	[ "$mode" = transport ] || src=$AI4 dst=$BI4
	sa_pair mode="$mode" esn="$esn" window=64 flush=1
	remember "$NSA" isim0
	remember "$NSB" isim1
	na ipsecsim fault set isim0 corrupt ppm 10000 seed 7 >"$tmp/fault"
	nb ipsecsim fault set isim1 corrupt ppm 10000 seed 8 >"$tmp/fault"
	traffic stream "$src" "$dst" "${ISIM_TAMPER_SECONDS:-5}"
	until [ "$(grown "$NSA" isim0 hw_wire_corrupt)" -ge 5 ] &&
		[ "$(grown "$NSB" isim1 hw_wire_corrupt)" -ge 5 ]; do
		[ $((++n)) -le 20 ] || fail "nothing is corrupted"
		traffic stream "$src" "$dst" 5
	done
	na ipsecsim fault clear isim0 >"$tmp/fault"
	nb ipsecsim fault clear isim1 >"$tmp/fault"
	echo "bytes A to B, B to A, at last: ${REPLY#ok }"
	adds_up "$NSA" isim0 "$NSB" isim1 0x1000
	adds_up "$NSB" isim1 "$NSA" isim0 0x1001
}

if [ -z "$SOFT" ]; then
	require ipsecsim
	check "TCP over a wire that corrupts 1 %" noisy_wire transport 0
	check "TCP in an ESN tunnel over such a wire" noisy_wire tunnel 1
fi
finish
