# test.mk - the tests of this repository: make test, or make test E=02-pipe for one exercise's submissions.
#
# Each item leaves a file named verdict with lines "pass ..." or "fail ...";
# tests/summary counts them. Items run on all cores.

TESTED := $(if $(E),$(sort $(foreach e,$(E),$(foreach x,$(EXERCISES),$(if $(findstring $(e),$(x)),$(x))))),$(EXERCISES))

# What is graded: TARGET names are EXERCISE/KIND/NAME, and the file follows from them. The folders right/more/ and
# wrong/more/ hold what is right, or breaks the same tests, once more in another way: make test-all grades them, too.
MORE ?=
SUBMISSIONS := $(foreach x,$(TESTED),$(x)/reference/reference $(x)/stub/stub $(patsubst tests/$(x)/%.c,$(x)/%,$(wildcard \
	tests/$(x)/right/*.c tests/$(x)/wrong/*.c $(if $(MORE),tests/$(x)/right/more/*.c tests/$(x)/wrong/more/*.c))))

UNIT_TESTS := $(if $(E),,$(patsubst tests/grader/%.c,%,$(wildcard tests/grader/check_*.c)))
SCRIPT_TESTS := $(if $(E),,$(patsubst tests/grader/%.sh,%,$(wildcard tests/grader/*.sh)))
TEST_ITEMS := $(UNIT_TESTS:%=unit-test/%) $(SCRIPT_TESTS:%=script-test/%) $(SUBMISSIONS:%=submission-test/%)

# One more than there are cores: a grading also waits, for processes to end and for the kernel to unmake sandboxes.
JOBS := $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))

.PHONY: test test-all test-valgrind locked-test run-tests $(TEST_ITEMS)

# Every wrong submission that there is; and all of them under Valgrind, too: the same verdicts, and most of an hour.
test-all test-valgrind: export MORE := yes
test-valgrind: export VALGRIND_ALL := yes
test-all test-valgrind: test

# One at a time in a build folder: a second make test waits for the first.
test:
	@mkdir -p $(B)/selftest
	@flock $(B)/selftest.lock $(MAKE) -s locked-test

# The tools first, alone: the items find all of them made, and do not make the same thing twice at a time.
locked-test:
	@$(MAKE) -s -j$(JOBS) tools $(B)/selftest/verify $(B)/selftest/verify_class $(UNIT_TESTS:%=$(B)/selftest/unit/%) \
		$(if $(E),,fuzz-replays)
	@find $(B)/selftest -name verdict -exec rm -f {} +
	@echo $(words $(TEST_ITEMS)) >$(B)/selftest/total
	@rm -f $(B)/selftest/finished
	@SANDBOX=$${SANDBOX:-$$(grader/sandbox --try >/dev/null && echo on || echo off)} $(MAKE) -s -k -j$(JOBS) run-tests || true
	@tests/summary $(B)

run-tests: $(TEST_ITEMS)

$(B)/selftest/verify $(B)/selftest/verify_class: $(B)/selftest/%: tests/grader/%.c $(B)/compiler
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $< -ljansson -o $@

$(B)/selftest/unit/%: tests/grader/%.c $(GRADER_LIBRARY) $(B)/compiler
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Igrader -Itests/support $< $(GRADER_LIBRARY) $(SUPPORT_LDLIBS) $(GRADER_LDLIBS) -o $@

$(UNIT_TESTS:%=unit-test/%): unit-test/%: $(B)/selftest/unit/%
	@tests/unit $(B) $<

$(SCRIPT_TESTS:%=script-test/%): script-test/%: tests/grader/%.sh
	@tests/script $(B) $<

kind_of = $(word 2,$(subst /, ,$(1)))
exercise_of = $(word 1,$(subst /, ,$(1)))

$(SUBMISSIONS:%=submission-test/%): submission-test/%:
	@tests/selftest $(B) $(call exercise_of,$*) $(call kind_of,$*) \
		$(if $(filter reference,$(call kind_of,$*)),$(wildcard solutions/$(call exercise_of,$*)/*.c),$(if \
		$(filter stub,$(call kind_of,$*)),tests/$(call exercise_of,$*)/stub.c,tests/$*.c))

# ---- longer campaigns ---------------------------------------------------------------------------------------------------

.PHONY: soak measure
soak: # (E and WRONG of the command line are in the environment.)
	@tests/soak $(or $(RUNS),100)

measure:
	@tests/measure

# Classes of which it is known what everybody must get. (Variables of the command line are in the environment.)
.PHONY: synthetic-class class-trial slurm-trial
synthetic-class:
	@tests/synthetic-class "$$OUT"

class-trial: $(B)/selftest/verify $(B)/selftest/verify_class
	@tests/class-trial

slurm-trial: $(B)/selftest/verify_class
	@tests/slurm-trial

# ---- a new exercise: make new-exercise NAME=16-topic --------------------------------------------------------------------

.PHONY: new-exercise
new-exercise:
	@tests/new-exercise '$(NAME)' '$(FILE)'

# ---- fuzzing: make fuzz, or make fuzz T=manifest FUZZ_SECONDS=60 for one target --------------------------------------

# A target is a file tests/fuzz/fuzz_NAME.c; its samples lie in tests/fuzz/corpus/NAME. archive_names is a program of
# its own.
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 600
FUZZ_CC ?= clang
FUZZ_PARTS := $(filter-out stall procfs output,$(GRADER_PARTS:grader/%.c=%)) board verdict fuzz
ARCHIVE_PARTS := archive_names archive fuzz
SANITIZE := -g -pthread -fsanitize=address,undefined -fno-sanitize-recover=undefined
fuzz_compile = @mkdir -p $(@D) && $(1) -std=gnu11 $(WARNINGS) -Igrader -Itests/support -MMD -MP -c $< -o $@
fuzz_link = @mkdir -p $(@D) && $(1) $^ $(GRADER_LDLIBS) -o $@

.PHONY: fuzz
fuzz:
	@tests/fuzz/run check "$(FUZZ_CC)"
	@$(MAKE) -s -j$(JOBS) $(FUZZ_TARGETS:%=$(B)/fuzz/bin/%) $(B)/fuzz/bin/archive_names
	@tests/fuzz/run $(B) $(FUZZ_SECONDS) $(or $(T),$(FUZZ_TARGETS) archive_names)

instrumented = $(FUZZ_CC) -O1 $(SANITIZE) -fsanitize=fuzzer-no-link
$(B)/fuzz/objects/%.o: grader/%.c
	$(call fuzz_compile,$(instrumented))
$(B)/fuzz/objects/%.o: tests/support/%.c
	$(call fuzz_compile,$(instrumented))
$(B)/fuzz/objects/%.o: tests/fuzz/%.c
	$(call fuzz_compile,$(instrumented))

$(FUZZ_TARGETS:%=$(B)/fuzz/bin/%): $(B)/fuzz/bin/%: $(B)/fuzz/objects/fuzz_%.o $(FUZZ_PARTS:%=$(B)/fuzz/objects/%.o)
	$(call fuzz_link,$(FUZZ_CC) $(SANITIZE) -fsanitize=fuzzer)
$(B)/fuzz/bin/archive_names: $(ARCHIVE_PARTS:%=$(B)/fuzz/objects/%.o)
	$(call fuzz_link,$(FUZZ_CC) $(SANITIZE))

# The same without libFuzzer, by any compiler, with its sanitizers if it has them: make test gives them the samples
# (tests/grader/fuzz.sh).
.PHONY: fuzz-replays
fuzz-replays: $(FUZZ_TARGETS:%=$(B)/selftest/fuzz/%) $(B)/selftest/fuzz/archive_names

replayed = $(CC) $$(cat $(B)/selftest/fuzz/flags)
$(B)/selftest/fuzz/flags: $(B)/compiler
	@mkdir -p $(@D)
	@echo 'int main(void) { return 0; }' | $(CC) $(SANITIZE) -x c - -o $@.program 2>/dev/null && $@.program && \
		echo '$(SANITIZE)' >$@ || echo '-g -pthread' >$@

$(B)/selftest/fuzz/objects/%.o: grader/%.c $(B)/selftest/fuzz/flags
	$(call fuzz_compile,$(replayed))
$(B)/selftest/fuzz/objects/%.o: tests/support/%.c $(B)/selftest/fuzz/flags
	$(call fuzz_compile,$(replayed))
$(B)/selftest/fuzz/objects/%.o: tests/fuzz/%.c $(B)/selftest/fuzz/flags
	$(call fuzz_compile,$(replayed))

$(FUZZ_TARGETS:%=$(B)/selftest/fuzz/%): $(B)/selftest/fuzz/%: $(B)/selftest/fuzz/objects/fuzz_%.o \
		$(B)/selftest/fuzz/objects/replay.o $(FUZZ_PARTS:%=$(B)/selftest/fuzz/objects/%.o)
	$(call fuzz_link,$(replayed))
$(B)/selftest/fuzz/archive_names: $(ARCHIVE_PARTS:%=$(B)/selftest/fuzz/objects/%.o)
	$(call fuzz_link,$(replayed))

-include $(wildcard $(B)/fuzz/objects/*.d $(B)/selftest/fuzz/objects/*.d)
