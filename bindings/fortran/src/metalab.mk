# The module for plain make: include this file, link with $(METALAB_FORTRAN), and have modules looked for in
# $(METALAB_FORTRAN_BUILD). It is compiled once, with $(FC) and $(FFLAGS). Its sources are listed in the order in
# which they compile.
METALAB_FORTRAN_DIR := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))/
METALAB_FORTRAN_SOURCES := $(patsubst %,$(METALAB_FORTRAN_DIR)metalab%.f90, \
  _constants _c _support _counted _memory _emitter _deferred _options _series _stream _capture _functions _f77 \
  _reader _loaded _store _values) $(METALAB_FORTRAN_DIR)metalab.f90
METALAB_FORTRAN_BUILD ?= metalab-fortran
METALAB_FORTRAN := $(METALAB_FORTRAN_BUILD)/libmetalab_fortran.a
METALAB_FORTRAN_GOAL := $(.DEFAULT_GOAL)
$(METALAB_FORTRAN): $(METALAB_FORTRAN_SOURCES)
	mkdir -p $(@D) && cd $(@D) && $(FC) $(FFLAGS) -c $^ && $(AR) rcs $(@F) *.o
# The first target is the including file's.
.DEFAULT_GOAL := $(METALAB_FORTRAN_GOAL)
