# eagain: learn, grade and test. "make" alone says what can be done.
#
# All that is made goes under build/. The way of a submission is in
# grader/grade.mk, the tests of this repository in tests/test.mk.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.SECONDEXPANSION:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

B := build
ifeq ($(origin CC),default)
CC := cc
endif

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
CFLAGS ?= -O1 -g
ALL_CFLAGS = -std=gnu11 $(CFLAGS) $(WARNINGS) -pthread -MMD -MP

# Exercises are found, not listed: a folder with a manifest is one.
EXERCISES := $(sort $(patsubst tests/%/manifest,%,$(wildcard tests/*/manifest)))

# E=04-select, E=04 or E=select: grade or test only these.
E ?=

.PHONY: help grade clean format check-format

help:
	@echo "make grade          grade your exercises/ (E=01-fork for one)"
	@echo "make demo E=01     run the tutorial's program on your functions"
	@echo "make test           test everything that this repository promises (E=01-fork for one exercise)"
	@echo "make clean          remove build/"
	@echo "Begin with exercises/01-fork/README.md. The grader's own options: grader/grade --help"

# A score is no build error: status 1 says that points are missing, 2 that the grader could not grade.
grade:
	@grader/grade $(foreach e,$(E),--exercise '$(e)') || test $$? -eq 1

# The tutorial's program of an exercise, on the functions in exercises/: make demo E=01-fork
.PHONY: demo
demo:
	@test -n '$(DEMO)' || { echo 'Say which one: make demo E=01' >&2; exit 2; }
	@mkdir -p $(B)/demo
	@for e in $(DEMO); do \
		$(CC) -std=gnu11 -g -Wall -pthread exercises/$$e/*.c -o $(B)/demo/$$e && $(B)/demo/$$e || exit 1; \
	done

DEMO = $(if $(E),$(foreach x,$(EXERCISES),$(if $(findstring $(E),$(x)),$(x))))

clean:
	rm -rf $(B)

# The submissions in right/ and wrong/ are to be as students write.
SOURCES := $(wildcard grader/*.[ch] tests/*/*.[ch] exercises/*/*.[ch] solutions/*/*.c)

format:
	clang-format -i $(SOURCES)

check-format:
	clang-format --dry-run --Werror $(SOURCES)

# What the grader says of a few mistakes, as a page for readers.
.PHONY: examples
examples:
	@docs/make-examples

include grader/grade.mk
include tests/test.mk
