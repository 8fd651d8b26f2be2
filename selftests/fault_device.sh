#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Faults inside of the adapter: the engine, every CryptoStatus, interrupts that get
# lost, and an adapter that hangs.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
[ -z "$SOFT" ] || { skip "faults of the adapter" "there is no module" && finish; }
require ip ethtool python3 jq ipsecsim

recovered() {
	fault_clear "$NSA" isim0
	fault_clear "$NSB" isim1
	counted "$A4" "$B4" 50
	expect_eq "after the fault" "$GOT $AGAIN" "50 0"
	counted "$B4" "$A4" 50
	expect_eq "after the fault, back" "$GOT $AGAIN" "50 0"
}

test_tx_crypto() {
	local before n

	before=$(count "$NSA" isim0 hw_tx_crypto_err)
	fault "$NSA" isim0 tx-crypto-error ppm 300000 seed 1 spi 0x1000
	counted "$A4" "$B4" 100
	n=$(fault_count "$NSA" isim0 tx-crypto-error hits)
	expect_ge "hits" "$n" 10
	expect_eq "arrived" "$GOT" $((100 - n))
	expect_eq "hw_tx_crypto_err" "$(count "$NSA" isim0 hw_tx_crypto_err)" \
		$((before + n))
	recovered
}

test_tx_icv() {
	local before n

	before=$(count "$NSB" isim1 hw_rx_esp_auth_err)
	fault "$NSA" isim0 tx-bad-icv ppm 300000 seed 1
	counted "$A4" "$B4" 100
	n=$(fault_count "$NSA" isim0 tx-bad-icv hits)
	expect_ge "hits" "$n" 10
	expect_eq "arrived" "$GOT" $((100 - n))
	expect_eq "hw_rx_esp_auth_err" \
		"$(count "$NSB" isim1 hw_rx_esp_auth_err)" $((before + n))
	recovered
}

# test_status STATUS COUNTER XFRM-COUNTER: the packets are reported with this status
# and refused; both counters move by their number, and no other of XFRM.
test_status() {
	local hw=b.$2 xfrm=B.$3

	fault "$NSB" isim1 rx-status status "$1" spi 0x1000
	counters_mark
	counted "$A4" "$B4" 20
	expect_eq "arrived" "$GOT" 0
	# The other direction knows nothing of it.
	counted "$B4" "$A4" 20
	expect_eq "back" "$GOT" 20
	counters
	counter_moved "$hw" 20
	expect_eq "$xfrm" "${COUNT[$xfrm]:-0}" $((${OLD[$xfrm]:-0} + 20))
	# shellcheck disable=SC2004 # an associative array
	OLD[$xfrm]=${COUNT[$xfrm]}
	no_xfrm_errors
	expect_eq "hits" "$(fault_count "$NSB" isim1 rx-status hits)" 20
}

# One interrupt of a queue pair: the watch finds what it would have told of.
test_irq() {
	local before

	before=$(count "$NSB" isim1 drv_irqs_lost)
	fault "$NSB" isim1 irq-lose nth 1
	traffic send "$A4" "$B4" 10
	wait_for fault_above "$NSB" isim1 irq-lose hits 0
	wait_for count_above "$NSB" isim1 drv_irqs_lost "$before"
	recovered
}

# Many of them, under TCP.
test_irqs() {
	local before

	before=$(count "$NSB" isim1 drv_irqs_lost)
	fault "$NSB" isim1 irq-lose ppm 100000 seed 2
	traffic tcp "$A4" "$B4" 100000
	expect_ge "hits" "$(fault_count "$NSB" isim1 irq-lose hits)" 1
	wait_for count_above "$NSB" isim1 drv_irqs_lost "$before"
	recovered
}

test_admin_irq() {
	local lost timeouts

	lost=$(count "$NSA" isim0 drv_irqs_lost)
	timeouts=$(count "$NSA" isim0 drv_admin_timeouts)
	fault "$NSA" isim0 admin-irq-lose nth 1
	# shellcheck disable=SC2046
	ipa xfrm state add src 203.0.113.1 dst 203.0.113.2 \
		$(sa_args 0x7001 128 128) mode transport offload dev isim0 dir out
	expect_eq "hits" "$(fault_count "$NSA" isim0 admin-irq-lose hits)" 1
	expect_eq "drv_irqs_lost" "$(count "$NSA" isim0 drv_irqs_lost)" \
		$((lost + 1))
	expect_eq "drv_admin_timeouts" \
		"$(count "$NSA" isim0 drv_admin_timeouts)" "$timeouts"
	ipa xfrm state delete src 203.0.113.1 dst 203.0.113.2 proto esp spi 0x7001
	recovered
}

# The carrier is lost while nobody is told; the watch sees the cause.  A port that
# goes down takes its SAs with it.
test_link_irq() {
	local lost

	lost=$(count "$NSA" isim0 drv_irqs_lost)
	fault "$NSA" isim0 admin-irq-lose nth 1
	ipb link set isim1 down
	wait_for no_carrier "$NSA" isim0
	expect_eq "hits" "$(fault_count "$NSA" isim0 admin-irq-lose hits)" 1
	expect_eq "drv_irqs_lost" "$(count "$NSA" isim0 drv_irqs_lost)" \
		$((lost + 1))
	port_up "$NSB" isim1 b "$(mac_of "$NSA" isim0)"
	wait_for carrier "$NSA" isim0
	sa_pair window=128 flush=1
	recovered
}

# The TX watchdog, or that of the admin queue, resets the adapter, and every SA
# comes back. The last check: it ends traffic.py, which those after it would miss.
test_hang() {
	local resets restored

	traffic_stop
	stream_start "$NSA" "$NSB" "$B4"
	resets=$(count "$NSA" isim0 drv_resets)
	restored=$(count "$NSA" isim0 drv_sa_restored)
	fault "$NSA" isim0 hang
	wait_for fault_above "$NSA" isim0 hang hits 0
	# Something that it must answer, or the driver would not notice
	# shellcheck disable=SC2046
	! ipa xfrm state add src 203.0.113.1 dst 203.0.113.2 \
		$(sa_args 0x7001 128 128) mode transport offload dev isim0 dir out \
		2>"$tmp/err" || fail "a hung adapter took an SA"
	wait_for -t 30 count_above "$NSA" isim0 drv_resets "$resets"
	wait_for -t 30 count_above "$NSA" isim0 drv_sa_restored $((restored + 1))
	wait_for carrier "$NSA" isim0
	holds 2
	expect_eq "hits" "$(fault_count "$NSA" isim0 hang hits)" 1
	esp_flows
	stream_stop
	traffic_start
	recovered
}

# Only frames to send: the TX watchdog has to see it.
test_hang_tx() {
	local resets sizes

	resets=$(count "$NSA" isim0 drv_resets)
	fault "$NSA" isim0 hang
	printf -v sizes '%*s' 60 ''
	sizes=${sizes// /,1000}
	# They fit into the socket's buffer, and wait for the reset.
	traffic send "$A4" "$B4" "${sizes#,}"
	wait_for -t 40 count_above "$NSA" isim0 drv_resets "$resets"
	wait_for carrier "$NSA" isim0
	holds 2
	wait_for reaches
	recovered
}

reaches() {
	traffic reach "$A4" "$B4"
	[[ $REPLY = "ok 1"* ]]
}

isim_load adapters=2 queues=1
two_ports
traffic_start
sa_pair window=128
check "the engine fails" test_tx_crypto
check "packets with a bad ICV are sent" test_tx_icv
check "status generic-error" test_status generic-error \
	hw_rx_esp_generic_err XfrmInBufferError
check "status transport-ah-auth-failed" test_status transport-ah-auth-failed \
	hw_rx_esp_generic_err XfrmInStateProtoError
check "status transport-esp-auth-failed" test_status transport-esp-auth-failed \
	hw_rx_esp_auth_err XfrmInStateProtoError
check "status tunnel-ah-auth-failed" test_status tunnel-ah-auth-failed \
	hw_rx_esp_generic_err XfrmInStateProtoError
check "status tunnel-esp-auth-failed" test_status tunnel-esp-auth-failed \
	hw_rx_esp_auth_err XfrmInStateProtoError
check "status invalid-packet-syntax" test_status invalid-packet-syntax \
	hw_rx_esp_syntax_err XfrmInBufferError
check "status invalid-protocol" test_status invalid-protocol \
	hw_rx_esp_proto_err XfrmInStateProtoError
check "no status any more" recovered
check "an interrupt is lost" test_irq
check "interrupts are lost under TCP" test_irqs
check "an interrupt of the admin queue is lost" test_admin_irq
check "the interrupt of a link change is lost" test_link_irq
# The TX watchdog is what the check waits for.
splat_re=${splat_re/|NETDEV WATCHDOG/}
if kernel_since 6 8; then
	check "the adapter hangs with frames to send" test_hang_tx
else
	skip "the adapter hangs with frames to send" "this kernel's TX watchdog dumps the stack"
fi
check "the adapter hangs" test_hang
finish
