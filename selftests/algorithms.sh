#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317
#
# Every algorithm that the device has, against software XFRM both ways.
#
#	NSA                                          NSB
#	+-----------------------+                    +-----------------------+
#	| isim0                 |=== ESP ==========> |      isim1            |
#	| all SAs in the device | <========== ESP ===|  all SAs in software  |
#	+-----------------------+                    +-----------------------+
#
# The cases are those of algorithms.py.  All their SAs are installed at once; each
# has ports of its own.  In each:
#   - UDP of sizes around the blocks of ciphers and hashes, and TCP, get through
#     both ways, byte by byte, and XFRM counts no error at either end;
#   - the IVs are unique, those of CBC no counter;
#   - the device says that it has the SAs, with the right algorithms, and that it
#     did that work.
# The same again after a reset, when the driver has restored every SA.
#
# ISIM_MATRIX=full (default) | pairs: not every pair with and without ESN

# shellcheck disable=SC2119
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

matrix=${ISIM_MATRIX:-full}
[ -n "$SOFT" ] || require ipsecsim
isim_load
two_ports
nb ethtool -K isim1 gro off

cases() {
	python3 "$here/algorithms.py" "$matrix" "$@"
}

install_end() {
	cases batch "$2" "$(sa_dir out 32)" "$(sa_dir in 32)" "${@:3}" \
		>"$tmp/batch"
	ip -n "$1" -batch "$tmp/batch"
}

install() {
	install_end "$NSA" A "$(offload isim0 out)" "$(offload isim0 in)"
	install_end "$NSB" B '' ''
}

# verdicts FILE WHAT: a test for each line
verdicts() {
	local name verdict

	while IFS=$'\t' read -r name verdict; do
		[ "$verdict" = ok ] || diag "$verdict"
		result "$([ "$verdict" = ok ] && echo ok || echo 'not ok')" \
			"$name$2"
	done <"$1"
}

# Not even a test of its own for each case, but the same traffic.
restored() {
	na ethtool --reset isim0 all >/dev/null
	wait_for carrier "$NSA" isim0
	expect_eq drv_sa_restore_fail "$(hw "$NSA" isim0 drv_sa_restore_fail)" 0
	cases run "$NSA" "$NSB" isim1 >"$tmp/again"
	! grep -v $'\tok$' "$tmp/again" || fail "after the reset"
	na ipsecsim -j sa isim0 >"$tmp/sas"
	cases judge "$tmp/sas" >"$tmp/judged"
	! grep -v $'\tok$' "$tmp/judged" || fail "not in the device"
}

check "the SAs can be installed" install
cases run "$NSA" "$NSB" isim1 >"$tmp/run" || result 'not ok' "traffic of all algorithms"
verdicts "$tmp/run" ''
if [ -z "$SOFT" ]; then
	na ipsecsim -j sa isim0 >"$tmp/sas"
	cases judge "$tmp/sas" >"$tmp/judged"
	verdicts "$tmp/judged" ', by the device'
	check "all of them again after a reset" restored
fi
finish
