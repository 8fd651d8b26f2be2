#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Faults of the admin queue: commands that fail, are late, are ignored or are never
# answered, and an SA table that says it is full. The host reports each, loses no
# request, and recovers.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=lib_lifecycle.sh
. "$here/lib_lifecycle.sh"
# shellcheck source=lib_fault.sh
. "$here/lib_fault.sh"
[ -z "$SOFT" ] || { skip "faults of the admin queue" "there is no module" && finish; }
require ip ethtool python3 jq ipsecsim

alg='aead=rfc4106(gcm(aes)):160:128'

hits() {
	fault_count "$NSA" isim0 "$1" hits
}

# extra add|del SPI: an SA that carries no traffic.
extra() {
	newsa "$1" dev=isim0 "spi=$2" "$alg" src=203.0.113.1 dst=203.0.113.2
	expect_eq "$1 of SA $2" "$ERR $TEXT" "0 "
}

# extra_refused SPI ERRNO TEXT: adding fails and leaves nothing.
extra_refused() {
	local before

	newsa sas dev=isim0
	before=$TEXT
	newsa add dev=isim0 "spi=$1" "$alg" src=203.0.113.1 dst=203.0.113.2
	expect_eq "errno" "$ERR" "$2"
	[ -n "$(extack_missing)" ] || expect_eq "extack" "$TEXT" "ipsecsim: $3"
	newsa sas dev=isim0
	expect_eq "SAs that XFRM has" "$TEXT" "$before"
}

recovered() {
	fault_clear "$NSA" isim0
	esp_flows
}

# It takes SAs again.
takes_one() {
	extra add 0x7fff
	newsa_holds 3
	extra del 0x7fff
	newsa_holds 2
}

test_nth() {
	local before

	before=$(count "$NSA" isim0 drv_sa_add_fail)
	fault "$NSA" isim0 admin-fail opcode sa-add nth 2 status bad-key
	extra add 0x7001
	extra_refused 0x7002 EINVAL 'The adapter refused the SA'
	extra add 0x7003
	expect_eq "hits" "$(hits admin-fail)" 1
	expect_eq "drv_sa_add_fail" "$(count "$NSA" isim0 drv_sa_add_fail)" \
		$((before + 1))
	newsa_holds 4
	extra del 0x7001
	extra del 0x7003
	newsa_holds 2
	recovered
}

test_rate() {
	local i added=() refused=0

	fault "$NSA" isim0 admin-fail opcode sa-add ppm 500000 seed 5 status busy
	for i in {0..19}; do
		newsa add dev=isim0 "spi=$((0x7100 + i))" "$alg" \
			src=203.0.113.1 dst=203.0.113.2
		if [ "$ERR" = 0 ]; then
			added+=($((0x7100 + i)))
		else
			refused=$((refused + 1))
		fi
	done
	expect_eq "hits" "$(hits admin-fail)" "$refused"
	expect_ge "added" "${#added[@]}" 2
	expect_ge "refused" "$refused" 2
	newsa_holds $((2 + ${#added[@]}))
	for i in "${added[@]}"; do extra del "$i"; done
	newsa_holds 2
	recovered
}

test_full() {
	fault "$NSA" isim0 sa-full
	extra_refused 0x7001 ENOSPC "The adapter's SA table is full"
	expect_eq "hits" "$(hits sa-full)" 1
	recovered
	takes_one
}

# The adapter denies that it has the SA.  That is not asked twice; a reset cleans up.
test_delete_denied() {
	local before resets

	before=$(count "$NSA" isim0 drv_sa_delete_fail)
	resets=$(count "$NSA" isim0 drv_resets)
	extra add 0x7001
	fault "$NSA" isim0 admin-fail opcode sa-delete status bad-handle
	extra del 0x7001
	newsa_holds 2
	expect_eq "drv_sa_delete_fail" \
		"$(count "$NSA" isim0 drv_sa_delete_fail)" $((before + 1))
	expect_eq "SAs in the adapter" \
		"$(na ipsecsim -j sa isim0 | jq length)" 3
	expect_eq "drv_resets" "$(count "$NSA" isim0 drv_resets)" "$resets"
	fault_clear "$NSA" isim0
	na ethtool --reset isim0 all >/dev/null
	expect_eq "SAs in the adapter" \
		"$(na ipsecsim -j sa isim0 | jq length)" 2
	recovered
}

# The add waits for the answer; a delete does not.
test_late() {
	local start ms=8000

	fault "$NSA" isim0 admin-late ms 1500 opcode sa-add
	start=$(now_ms)
	extra add 0x7001
	expect_ge "milliseconds of the add" $(($(now_ms) - start)) 1400
	expect_eq "hits" "$(hits admin-late)" 1
	newsa_holds 3

	fault "$NSA" isim0 admin-late ms "$ms" opcode sa-delete
	start=$(now_ms)
	extra del 0x7001
	# XFRM does not wait for it.
	expect_eq "SAs of the adapter" "$(count "$NSA" isim0 drv_sa_count)" 3
	newsa_holds 2
	expect_ge "milliseconds until it was done" $(($(now_ms) - start)) \
		$((ms - 100))
	expect_eq "hits" "$(hits admin-late)" 1
	recovered
}

# A reset does not wait for what is late.
test_late_reset() {
	local start

	extra add 0x7001
	fault "$NSA" isim0 admin-late ms 60000 opcode sa-delete
	extra del 0x7001
	start=$(now_ms)
	na ethtool --reset isim0 all >/dev/null
	[ $(($(now_ms) - start)) -lt 30000 ] || fail "the reset waited"
	newsa_holds 2
	recovered
}

test_lost() {
	local timeouts resets restored

	timeouts=$(count "$NSA" isim0 drv_admin_timeouts)
	resets=$(count "$NSA" isim0 drv_resets)
	restored=$(count "$NSA" isim0 drv_sa_restored)
	fault "$NSA" isim0 admin-lose opcode sa-add nth 1
	extra_refused 0x7001 EBUSY 'The adapter is being reset, try again'
	expect_eq "hits" "$(hits admin-lose)" 1
	expect_eq "drv_admin_timeouts" \
		"$(count "$NSA" isim0 drv_admin_timeouts)" $((timeouts + 1))
	wait_for -t 20 count_is "$NSA" isim0 drv_resets $((resets + 1))
	wait_for -t 20 count_is "$NSA" isim0 drv_sa_restored $((restored + 2))
	recovered
	takes_one
}

# A port that comes up, and one that changes its rings: both can be asked for again.
test_lost_queue() {
	local busy='resource busy'

	stream_stop
	ipa link set isim0 down
	fault "$NSA" isim0 admin-lose opcode rxq-create nth 1
	refused 2 "$busy" ipa link set isim0 up
	fault_clear "$NSA" isim0
	wait_for comes_up
	fault "$NSA" isim0 admin-lose opcode txq-create nth 1
	! na ethtool -G isim0 tx 128 2>"$tmp/err" || fail "the rings were changed"
	grep -q "$busy" "$tmp/err" || fail "$(<"$tmp/err")"
	fault_clear "$NSA" isim0
	ipa link set isim0 down
	wait_for comes_up
	port_up "$NSA" isim0 a "$(mac_of "$NSB" isim1)"
	wait_for carrier "$NSA" isim0
	sa_flush
	sa_pair spi=0x1600
	counted "$A4" "$B4" 50
	expect_eq "arrived" "$GOT" 50
}

# Refused while the reset that follows a lost command lasts.
comes_up() {
	ipa link set isim0 up 2>/dev/null
}

# esn_to_wrap SPI: have B's receive window past the middle of an epoch, of which B's
# adapter does not hear (the caller's fault point), then the sender near its end: the
# same SA, put up again.
esn_to_wrap() {
	local out in=''

	sa_args "$1" 128 128 out
	counted "$A4" "$B4" 400
	expect_eq "past the middle of an epoch" "$GOT" 400
	# shellcheck disable=SC2046,SC2086
	ipa -batch - <<-END
		xfrm state delete src $A4 dst $B4 proto esp spi $1
		xfrm state add src $A4 dst $B4 $out mode transport reqid 1 $(sa_dir out 64) flag esn replay-oseq-hi 1 replay-oseq 0xfffffff0
	END
}

esn_before_middle() {
	stream_stop
	sa_flush
	sa_pair "spi=$1" esn=1 window=64 a=sw \
		out_state='replay-oseq-hi 1 replay-oseq 0x7fffff00' \
		in_state='replay-seq-hi 1 replay-seq 0x7fffff00'
}

# Its adapter takes what comes behind the wrap for old.
stops_at_wrap() {
	local before

	before=$(count "$NSB" isim1 hw_rx_esp_auth_err)
	counted "$A4" "$B4" 100
	expect_eq "up to the wrap" "$GOT" 15
	expect_eq "hw_rx_esp_auth_err" \
		"$(count "$NSB" isim1 hw_rx_esp_auth_err)" $((before + 85))
}

# At B: SA_UPDATE is answered, and not done.  The adapter then holds on to its
# first epoch.
test_update_ignored() {
	esn_before_middle 0x1200
	fault "$NSB" isim1 admin-ignore opcode sa-update
	esn_to_wrap 0x1200
	wait_for fault_above "$NSB" isim1 admin-ignore hits 0
	stops_at_wrap
	# A reset tells the adapter what it should know.
	fault_clear "$NSB" isim1
	nb ethtool --reset isim1 all >/dev/null
	wait_for carrier "$NSA" isim0
	counted "$A4" "$B4" 50
	expect_eq "after the reset" "$GOT" 50
}

reaches_b() {
	traffic reach "$A4" "$B4"
	[ "$REPLY" = "ok 1" ]
}

# At B: SA_UPDATE fails.  Packets have it repeated, but not each of them.
test_update_fails() {
	local start fails updates resets

	esn_before_middle 0x1300
	fails=$(count "$NSB" isim1 drv_sa_update_fail)
	updates=$(count "$NSB" isim1 drv_sa_update)
	resets=$(count "$NSB" isim1 drv_resets)
	start=$(now_ms)
	fault "$NSB" isim1 admin-fail opcode sa-update status busy
	esn_to_wrap 0x1300
	stops_at_wrap
	fails=$(($(count "$NSB" isim1 drv_sa_update_fail) - fails))
	echo "$fails failures in $(($(now_ms) - start)) ms"
	expect_eq "drv_sa_update_fail" "$fails" \
		"$(fault_count "$NSB" isim1 admin-fail hits)"
	expect_ge "failures" "$fails" 2
	expect_ge "tenths of a second" $((($(now_ms) - start) / 100 + 1)) "$fails"
	expect_eq "drv_sa_update" "$(count "$NSB" isim1 drv_sa_update)" "$updates"
	fault_clear "$NSB" isim1
	wait_for reaches_b
	counted "$A4" "$B4" 50
	expect_eq "after the fault" "$GOT" 50
	expect_ge "drv_sa_update" "$(count "$NSB" isim1 drv_sa_update)" \
		$((updates + 1))
	expect_eq "drv_resets" "$(count "$NSB" isim1 drv_resets)" "$resets"
}

# delete_at_b SPI: B's inbound SA goes, and comes again in software.
delete_at_b() {
	local in

	sa_args "$1" 128 128 in
	ipb -batch - <<-END
		xfrm state delete src $A4 dst $B4 proto esp spi $1
		xfrm state add src $A4 dst $B4 $in mode transport reqid 1 $(sa_dir in 32)
	END
}

adapter_b_has() {
	[ "$(nb ipsecsim -j sa isim1 | jq length)" = "$1" ]
}

# What A sends over that SPI B decrypts in software; back, both devices work.
software_in_b() {
	counters_mark
	counted "$A4" "$B4" 50
	expect_eq "A to B" "$GOT" 50
	counted "$B4" "$A4" 50
	expect_eq "B to A" "$GOT" 50
	counters
	device_did a hw 50 50
	device_did b hw 50 0
}

# delete_fails SPI FAILURES RESETS [WORD VALUE]...: at B, with that fault.
delete_fails() {
	local spi=$1 want=$2 resets=$3 fails
	shift 3

	stream_stop
	sa_flush
	sa_pair "spi=$spi"
	counted "$A4" "$B4" 50
	expect_eq "before" "$GOT" 50
	wait_for adapter_b_has 2
	fails=$(count "$NSB" isim1 drv_sa_delete_fail)
	resets=$((resets + $(count "$NSB" isim1 drv_resets)))
	fault "$NSB" isim1 admin-fail opcode sa-delete "$@"
	delete_at_b "$spi"
	wait_for adapter_b_has 1
	wait_for count_is "$NSB" isim1 drv_resets "$resets"
	wait_for count_is "$NSB" isim1 drv_sa_count 1
	wait_for carrier "$NSB" isim1
	wait_for carrier "$NSA" isim0
	expect_eq "drv_sa_delete_fail" \
		"$(count "$NSB" isim1 drv_sa_delete_fail)" $((fails + want))
	software_in_b
	expect_eq "drv_resets" "$(count "$NSB" isim1 drv_resets)" "$resets"
	fault_clear "$NSB" isim1
}

isim_load adapters=2
two_ports
sa_pair spi=0x1000
stream_start "$NSA" "$NSB" "$B4"
newsa_start "$NSA"
check "the Nth command fails" test_nth
check "some commands fail" test_rate
check "the SA table is full" test_full
check "the adapter denies having an SA to delete" test_delete_denied
check "commands are late" test_late
check "a reset while a command is late" test_late_reset
check "a command is never answered" test_lost
newsa_stop
stream_stop
traffic_start
check "an update is ignored" test_update_ignored
check "updates fail, and one is repeated" test_update_fails
check "a command of the queues is never answered" test_lost_queue
check "a delete fails, and is repeated" delete_fails 0x1400 1 0 nth 1
check "every delete fails, and a reset follows" delete_fails 0x1500 3 1
finish
