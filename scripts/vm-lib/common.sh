# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Names and small helpers shared by scripts/vm and scripts/debug-kernel.

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
tree=$(readlink -f "$here/../..")
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ipsecsim

# Our own trouble, as opposed to a failure of COMMAND.
E_VM=125

say() {
	echo "${0##*/}: $*" >&2
}

die() {
	say "$*"
	exit "$E_VM"
}
