# SPDX-License-Identifier: GPL-2.0
#
# The user's Makefile. kbuild never reads it: it enters by Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build
B ?= build/host
PREFIX ?= /usr/local
INSTALL_MOD_PATH ?= $(DESTDIR)
DEPMOD ?= depmod

export DESTDIR PREFIX INSTALL_MOD_PATH

out := $(abspath $(B))

all: modules tools

# Each kernel's objects have a folder of their own, beside a copy of the sources:
# kbuild puts an external module's objects next to its sources. A file is copied
# only when it differs, so that nothing is compiled twice; one that has gone from
# the tree goes from the copy too. What kbuild itself writes there is left alone.
sources = \( -name '*.[ch]' -o -name '*.sh' -o -name Kbuild \) \
	! -name '*.mod.c' ! -path kmod/compat/have.h

stage:
	@mkdir -p $(out)/kmod $(out)/uapi
	@find kmod uapi -type f $(sources) | while read -r f; do \
		cmp -s "$$f" "$(out)/$$f" && continue; \
		mkdir -p "$(out)/$${f%/*}" && cp "$$f" "$(out)/$$f" || exit; \
	done
	@cd $(out) && find kmod uapi -type f $(sources) | while read -r f; do \
		[ -e "$(CURDIR)/$$f" ] || rm "$$f" || exit; \
	done

kdir:
	@[ -e "$(KDIR)/Makefile" ] || { \
		echo "No kernel headers in $(KDIR). Install them (Debian:" >&2; \
		echo "apt-get install linux-headers-$$(uname -r)) or give KDIR=." >&2; \
		exit 1; }

modules: stage kdir
	$(MAKE) -C $(KDIR) M=$(out)/kmod modules

tools:
	@mkdir -p $(out)/tools
	$(MAKE) -C tools O=$(out)/tools

install: modules_install tools_install uapi_install

# The kernel's own rule leaves depmod out when there is no System.map beside the
# headers. In a package's empty DESTDIR there is nothing to index. Distribution
# headers ask for a signature but come without the key: sign only when told to.
modules_install: modules
	$(MAKE) -C $(KDIR) M=$(out)/kmod CONFIG_MODULE_SIG_ALL=$(SIGN) modules_install
	krel=$$($(MAKE) -s --no-print-directory -C $(KDIR) kernelrelease) && \
	if [ -e "$(INSTALL_MOD_PATH)/lib/modules/$$krel/modules.order" ]; then \
		$(DEPMOD) -b "$(INSTALL_MOD_PATH)/" "$$krel"; \
	fi

tools_install: tools
	$(MAKE) -C tools O=$(out)/tools install

uapi_install:
	install -D -m 644 uapi/ipsecsim.h $(DESTDIR)$(PREFIX)/include/linux/ipsecsim.h

# BOX=, T=, FULL= and QUICK= reach the script in its environment.
check demo lint bench:
	@scripts/$@

fuzz:
	@scripts/fuzz $(SECONDS)

clean:
	rm -rf build

help:
	@echo 'make             the module and the tools, for the running kernel'
	@echo 'make modules     only the module'
	@echo 'make tools       only the tools'
	@echo 'make install     install module, tools, manual page and uapi header'
	@echo 'make demo        see it work, in a virtual machine'
	@echo 'make check       run the selftests, in virtual machines'
	@echo 'make bench       measure it beside veth and software XFRM; QUICK=1: less'
	@echo 'make lint        static checks'
	@echo 'make fuzz        random input, for a long time: SECONDS=N for each of 4 (1800)'
	@echo 'make clean       remove everything built'
	@echo
	@echo 'KDIR=DIR         build for the kernel whose headers are in DIR'
	@echo 'B=DIR            build in DIR ($(B)); one for each kernel'
	@echo 'DESTDIR=DIR      install under DIR; PREFIX=DIR ($(PREFIX));'
	@echo '                 INSTALL_MOD_PATH=DIR for the module alone; SIGN=y signs it'
	@echo 'BOX=NAME T=NAME  check: only this box, only this test; FULL=1: all of both'

.PHONY: all stage kdir modules tools install modules_install tools_install \
	uapi_install check demo lint bench fuzz clean help
