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
# DWARF 4: what Valgrind can read of every compiler (version 3.19 gives up on DWARF 5 by clang).
CFLAGS ?= -O1 -gdwarf-4
ALL_CFLAGS = -std=gnu11 $(CFLAGS) $(WARNINGS) -pthread -MMD -MP

# Exercises are found, not listed: a folder with a manifest is one.
EXERCISES := $(sort $(patsubst tests/%/manifest,%,$(wildcard tests/*/manifest)))

# E=04-select, E=04 or E=select: grade or test only these.
E ?=

.PHONY: help grade clean format check-format

help:
	@grader/student status
	@echo
	@echo "make grade          grade exercises/"
	@echo "make grade E=02     ... one of them (V=1: all tests, and all of them in full)"
	@echo "make next           ... up to the first that is not done"
	@echo "make watch          ... what you save, each time"
	@echo "make list           all exercises, a line each"
	@echo "make hint E=02      one hint more"
	@echo "make demo E=02      the lesson's program on your functions"
	@echo "make debug E=02     the first test that fails under gdb (T=a_test WITH=strace)"
	@echo "make reset E=02     the stub again; your work is kept"
	@echo "make coverage S=exercises E=02    lines of yours that no test reaches"
	@echo "For instructors:    make class, handout, coverage"
	@echo "For contributors:   make test, test-all, fuzz, soak, measure, format"

# make grade 01 would grade everything first, and then look for a target 01.
ASKED := $(filter $(EXERCISES) $(subst -, ,$(EXERCISES)),$(MAKECMDGOALS))
ifneq ($(ASKED),)
ASKED_OF := $(firstword $(filter-out $(ASKED),$(MAKECMDGOALS)) grade)
$(error An exercise is named by E=: make $(ASKED_OF) E=$(firstword $(ASKED)))
endif

# A score is no build error: status 1 says that points are missing, 2 that the grader could not grade.
grade:
	@grader/grade $(if $(V),--verbose) $(foreach e,$(E),--exercise '$(e)') || test $$? -eq 1

# What a student asks for besides a grade: make hint E=02, make debug E=02 T=a_test WITH=strace
.PHONY: list next hint reset watch debug demo
list next hint reset watch debug demo:
	@WITH='$(WITH)' CC='$(CC)' grader/student $@ '$(E)' '$(T)'

# What a wake-up costs with select, poll and epoll on this machine (exercises/06-epoll/WHICH-ONE.md).
.PHONY: which-one
which-one:
	@mkdir -p $(B)/demo
	@$(CC) -std=gnu11 -O1 -g -Wall exercises/06-epoll/which-one/which_one.c -o $(B)/demo/which-one && $(B)/demo/which-one

# Which lines the suites reach: of the reference solutions, or of the submission in the folder S; of the grader itself.
.PHONY: coverage coverage-grader
coverage:
	@$(MAKE) -s tools
	@rm -rf $(B)/coverage/out
	@CC='$(if $(findstring clang,$(CC)),gcc,$(CC))' grader/coverage $(B) $(B)/coverage/out '$(or $(S),solutions)' $(CHOSEN)
	@grader/coverage-report $(B)/coverage/out $(CHOSEN:%=$(B)/coverage/out/%.info)

coverage-grader:
	@tests/coverage

# For instructors (docs/instructors.md). Variables of the command line are in the environment, whatever is in them.
.PHONY: class handout
class:
	@EAGAIN_BUILD='$(B)' CC='$(CC)' grader/class "$$SUBMISSIONS" "$$OUT" || test $$? -eq 1

handout:
	@grader/handout "$$OUT"

# The exercises that E names; all without it.
CHOSEN = $(if $(E),$(foreach x,$(EXERCISES),$(if $(findstring $(E),$(x)),$(x))),$(EXERCISES))

clean:
	rm -rf $(B)

# The submissions in right/ and wrong/ are to be as students write.
SOURCES := $(wildcard grader/*.[ch] tests/*/*.[ch] tests/support/coverage/*.c exercises/*/*.[ch] exercises/*/*/*.c solutions/*/*.c)

format:
	clang-format -i $(SOURCES)

check-format:
	clang-format --dry-run --Werror $(SOURCES)

# For editors: how each file is compiled. clangd finds it below build/.
.PHONY: compile_commands.json
compile_commands.json:
	@mkdir -p $(B)
	@grader/compile-commands $(B)/compile_commands.json $(CC) $(filter-out -MMD -MP,$(ALL_CFLAGS))

# What the grader says of a few mistakes, as a page for readers.
.PHONY: examples
examples:
	@docs/make-examples

# Each promise of each exercise, where it is written, and what tests its test.
.PHONY: conformance
conformance:
	@docs/make-conformance

include grader/grade.mk
include tests/test.mk
