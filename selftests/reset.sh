#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317,SC2046
#
# Resets of the adapter with SAs and traffic on it: everything is put back.
#
# RESETS   how often in a row (default 10); 40 times as many SAs come and
#           go; below 10 there is no check of ESN
resets=${RESETS:-10}

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
require ip ethtool python3

reset() {
	na ethtool --reset isim0 all >/dev/null
}

test_reset() {
	local before restored

	esp_flows
	before=$(count "$NSA" isim0 drv_resets)
	restored=$(count "$NSA" isim0 drv_sa_restored)
	reset
	expect_eq drv_resets "$(count "$NSA" isim0 drv_resets)" $((before + 1))
	expect_eq drv_sa_restored "$(count "$NSA" isim0 drv_sa_restored)" \
		$((restored + 2))
	holds 2
	wait_for carrier "$NSA" isim0
	esp_flows
}

# esn_at LOW: both directions at 5:LOW, and a reset when some more packets have
# gone. The window reaches back to LOW then, and none may fail behind the reset.
esn_at() {
	local failed name

	sa_flush
	sa_pair spi=0x1100 esn=1 window=2048 \
		out_state="replay-oseq-hi 5 replay-oseq $1" \
		in_state="replay-seq-hi 5 replay-seq $1"
	esp_flows
	failed=$(esn_failures)
	reset
	esp_flows
	holds 2
	expect_eq "failures behind the reset" "$(esn_failures)" "$failed"
	expect_eq "SAs in that epoch" \
		"$(ipa -s xfrm state list | grep -c "seq-hi $2, ")" "$3"
}

esn_failures() {
	echo "$(count "$NSA" isim0 hw_rx_esp_auth_err)" \
		"$(count "$NSB" isim1 hw_rx_esp_auth_err)" \
		"$(xfrm_stat "$NSA" XfrmInStateProtoError)" \
		"$(xfrm_stat "$NSB" XfrmInStateProtoError)"
}

# Just above the half of the low words, and with the window on both sides of a
# wrap.
test_esn() {
	esn_at 0x80000010 0x5 2
	esn_at 0xfffffff8 0x6 2
}

test_counters() {
	local before

	before=$(count "$NSA" isim0 hw_tx_frames)
	reset
	expect_ge hw_tx_frames "$(count "$NSA" isim0 hw_tx_frames)" "$before"
}

test_many() {
	local i before

	before=$(count "$NSA" isim0 drv_resets)
	for ((i = 0; i < resets; i++)); do reset; done
	expect_eq drv_resets "$(count "$NSA" isim0 drv_resets)" \
		$((before + resets))
	holds 2
	esp_flows
}

test_both() {
	local i

	for ((i = 0; i < 5 && i < resets; i++)); do
		reset &
		nb ethtool --reset isim1 all >/dev/null
		wait $!
		stream_alive
	done
	holds 2
	esp_flows
}

# While $tmp/churn is there, but not for ever should nobody take it away.
reset_often() {
	local i

	for ((i = 0; i < 200; i++)); do
		[ -e "$tmp/churn" ] || return 0
		reset
	done
}

# An SA that comes while the adapter is reset is refused or restored, and
# one that goes is not restored.
test_churn() {
	local i added=0 resets_before

	resets_before=$(count "$NSA" isim0 drv_resets)
	: >"$tmp/churn"
	reset_often &
	for ((i = 0; i < 40 * resets; i++)); do
		newsa add dev=isim0 dir=out "aead=rfc4106(gcm(aes)):160:128" \
			src=203.0.113.1 dst=203.0.113.2 spi=$((0x9000 + i))
		case $ERR in
		0) added=$((added + 1)) ;;
		EBUSY) expect_eq "extack" "$TEXT" "$being_reset" ;;
		*) fail "adding an SA gives $ERR ($TEXT)" ;;
		esac
		[ "$i" -lt 20 ] ||
			newsa del dst=203.0.113.2 spi=$((0x9000 + i - 20))
	done
	rm "$tmp/churn"
	wait $!
	echo "$added of $i SAs added"
	expect_ge "SAs added" "$added" $((5 * resets))
	expect_ge "resets meanwhile" \
		$(($(count "$NSA" isim0 drv_resets) - resets_before)) 3
	ipa xfrm state deleteall src 203.0.113.1 dst 203.0.113.2
	newsa_holds 2
	esp_flows
}

test_down() {
	ipa link set isim0 down
	holds 0
	reset
	sa_flush
	sa_pair spi=0x1200
	reset
	holds 2
	port_up "$NSA" isim0 a "$(mac_of "$NSB" isim1)"
	wait_for carrier "$NSA" isim0
	esp_flows
}

test_empty() {
	stream_stop
	sa_flush
	holds 0
	reset
	holds 0
	traffic_start
	traffic ping "$A4" "$B4" 100
	traffic_stop
}

isim_load adapters=2
being_reset='ipsecsim: The adapter is being reset, try again'
[ -z "$(extack_missing)" ] || being_reset='Device failed to offload this state'
two_ports
newsa_start "$NSA"
sa_pair spi=0x1000
stream_start "$NSA" "$NSB" "$B4"
check "a reset puts the SAs back" test_reset
check "counters live on" test_counters
check "resets in a row under traffic" test_many
check "both ports are reset at once" test_both
check "resets while SAs come and go" test_churn
if [ "$resets" -lt 10 ]; then
	diag "fewer than 10 resets: none with extended sequence numbers"
else
	check "SAs with extended sequence numbers" test_esn
fi
check "a reset of a port that is down" test_down
check "a reset without SAs" test_empty
newsa_stop
finish
