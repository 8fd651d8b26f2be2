#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The small runner: run_tests.sh [FILE]... runs these (or all) test files of
# this folder one by one, with or without ".sh", and reports as kselftest does.
# Honours "timeout" in ./settings and kselftest_override_timeout.  Exit status
# 0; 1 if a file failed; 4 if every file was skipped.
set -u
cd "$(dirname "$0")" || exit 1

limit=45
while IFS='=' read -r key value; do
	[ "$key" != timeout ] || limit=$value
done <settings
limit=${kselftest_override_timeout:-$limit}

files=()
for f in "${@:-all}"; do
	case $f in
	all)
		for g in *.sh; do
			case $g in lib*.sh | run_*.sh) continue ;; esac
			files+=("$g")
		done
		;;
	*) files+=("${f%.sh}.sh") ;;
	esac
done

child=''
stop() {
	[ -z "$child" ] || kill "$child" 2>/dev/null
	exit 130
}
trap stop INT TERM HUP

# A file that says nothing of its end has not passed.
run_one() {
	local line totals='' rc

	if [ ! -x "$1" ]; then
		echo "# $1 is missing or not executable"
		return 1
	fi
	# Not a coproc: bash forgets one that has ended, and its number with it.
	exec {from}< <(exec timeout -k 60 "$limit" "./$1" 2>&1 </dev/null)
	child=$!
	while IFS= read -r line <&"$from"; do
		echo "# $line"
		case $line in '# Totals:'*) totals=$line ;; esac
	done
	exec {from}<&-
	wait "$child"
	rc=$?
	child=''
	[ "$rc" -ne 0 ] || [ -n "$totals" ] || rc=1
	return "$rc"
}

pass=0 fail=0 skip=0 n=0
echo "TAP version 13"
echo "1..${#files[@]}"
for f in "${files[@]}"; do
	n=$((n + 1)) name="selftests: drivers/net/ipsecsim: $f"
	echo "# $name"
	SECONDS=0
	run_one "$f"
	rc=$?
	echo "# $f took $SECONDS s"
	case $rc in
	0) echo "ok $n $name" && pass=$((pass + 1)) ;;
	4) echo "ok $n $name # SKIP" && skip=$((skip + 1)) ;;
	124) echo "not ok $n $name # TIMEOUT $limit seconds" && fail=$((fail + 1)) ;;
	*) echo "not ok $n $name # exit=$rc" && fail=$((fail + 1)) ;;
	esac
done
echo "# Totals: pass:$pass fail:$fail xfail:0 xpass:0 skip:$skip error:0"
[ "$fail" -eq 0 ] || exit 1
[ "$pass" -gt 0 ] || exit 4
