# The module's sources in the order in which they compile, for plain make: include this file.
METALAB_FORTRAN_DIR := $(dir $(lastword $(MAKEFILE_LIST)))
METALAB_FORTRAN_SOURCES := $(patsubst %,$(METALAB_FORTRAN_DIR)metalab%.f90, \
  _constants _c _support _memory _emitter _options _series _stream _capture _functions _f77 \
  _reader _loaded _store) $(METALAB_FORTRAN_DIR)metalab.f90
