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
	@echo "make test           test everything that this repository promises (E=01-fork for one exercise)"
	@echo "make clean          remove build/"
	@echo "Begin with exercises/01-fork/README.md. The grader's own options: grader/grade --help"

# A score is no build error: status 1 says that points are missing, 2 that the grader could not grade.
grade:
	@grader/grade $(foreach e,$(E),--exercise '$(e)') || test $$? -eq 1

clean:
	rm -rf $(B)

SOURCES := $(wildcard grader/*.[ch] tests/*/*.[ch] exercises/*/*.[ch] solutions/*/*.c tests/*/right/*.c tests/*/wrong/*.c)

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
