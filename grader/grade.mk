# grade.mk - the grader's programs, and the way of a submission from source to result.json.
#
# grader/grade puts the sources of a submission into $(W)/EXERCISE/source and
# asks for the results: make results W=build/grade/KEY GRADE="01-fork 02-pipe".
# Every step has a file at both ends; a step that fails leaves its word in a file
# and succeeds, so that each exercise ends in a result.json.

# ---- the compiler: everything is made anew when another one is asked for --------------------------------------------

$(B)/compiler: FORCE
	@mkdir -p $(B)
	@echo '$(CC) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CFLAGS)' >$@
.PHONY: FORCE

# ---- the grader's programs -------------------------------------------------------------------------------------------

GRADER_PROGRAMS := collect report supervise
GRADER_PARTS := $(filter-out $(GRADER_PROGRAMS:%=grader/%.c),$(wildcard grader/*.c))
GRADER_LIBRARY := $(B)/grader/libgrader.a
GRADER_LDLIBS := -ljansson -lexpat

$(B)/grader/%.o: grader/%.c $(B)/compiler
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c $< -o $@

# The board is written by suites and read by the grader; the grader's programs are position-independent, suites are not.
GRADER_SHARED := $(B)/grader/board.o $(B)/grader/verdict.o

$(GRADER_SHARED): $(B)/grader/%.o: tests/support/%.c $(B)/compiler
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c $< -o $@

$(GRADER_LIBRARY): $(GRADER_PARTS:%.c=$(B)/%.o) $(GRADER_SHARED)
	@rm -f $@
	ar rc $@ $^

$(GRADER_PROGRAMS:%=$(B)/grader/%): $(B)/grader/%: $(B)/grader/%.o $(GRADER_LIBRARY)
	$(CC) $(CFLAGS) $^ $(GRADER_LDLIBS) -o $@

# ---- the support library and the suites --------------------------------------------------------------------------------

SUPPORT := $(B)/support/libsupport.a
SUPPORT_LDLIBS := $(shell pkg-config --libs check 2>/dev/null || echo -lcheck)

$(B)/support/%.o: tests/support/%.c $(B)/compiler
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fno-pie -c $< -o $@

$(SUPPORT): $(patsubst tests/support/%.c,$(B)/support/%.o,$(wildcard tests/support/*.c))
	@rm -f $@
	ar rc $@ $^

# What is diverted is read off the library: eagain_read there means that read is renamed.
$(B)/support/diverted: $(SUPPORT)
	@nm --format=posix $< | awk '$$2 == "T" && sub(/^eagain_/, "", $$1) { print $$1 }' | sort >$@

$(B)/support/redefine: $(B)/support/diverted
	@awk '{ print $$1, "eagain_" $$1 }' $< >$@

$(B)/suites/%.o: $$(wildcard tests/$$*/check_*.c) $(B)/compiler
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fno-pie -Iexercises/$* -Itests/support -c $< -o $@

$(B)/suites/%.exports: tests/%/manifest
	@mkdir -p $(@D)
	@awk '$$1 == "export" { print $$2 }' $< >$@

-include $(wildcard $(B)/grader/*.d $(B)/support/*.d $(B)/suites/*.d $(B)/selftest/unit/*.d)

# ---- the way of a submission ---------------------------------------------------------------------------------------------

W ?= $(B)/grade/none
GRADE ?=
PLAIN ?=

.PHONY: results tools
tools: $(GRADER_PROGRAMS:%=$(B)/grader/%) $(SUPPORT) $(B)/support/redefine $(EXERCISES:%=$(B)/suites/%.o) \
	$(EXERCISES:%=$(B)/suites/%.exports)

results: $(GRADE:%=$(W)/%/result.json) $(B)/grader/report

fact = $$(awk '$$1 == "$(1)" { print $$2 }' tests/$*/manifest)

$(W)/%/compile.log: $(W)/%/source.changed $(B)/compiler grader/compile
	@grader/compile $(W)/$* "$(call fact,source)" "$(CC)"

$(W)/%/inspect.log: $(W)/%/compile.log tests/%/manifest $(B)/support/diverted grader/inspect grader/common-calls \
		grader/refused-calls
	@CC='$(CC)' grader/inspect $(W)/$* tests/$*/manifest $(B)/support/diverted

$(W)/%/suite: $(W)/%/inspect.log $(B)/suites/%.o $(B)/suites/%.exports $(B)/support/redefine $(SUPPORT) grader/link
	@grader/link $(W)/$* "$(CC)" $(B)/suites/$*.exports $(B)/support/redefine $(B)/suites/$*.o $(SUPPORT) $(SUPPORT_LDLIBS)

$(W)/%/evidence/done: $(W)/%/suite $(B)/grader/supervise grader/run
	@grader/run $(W)/$* $(B)/grader/supervise "$(if $(PLAIN),plain,$(call fact,tool))" "$(call fact,descriptors)" "$(call fact,threads)"

$(W)/%/result.json: $(W)/%/evidence/done tests/%/manifest $(B)/grader/collect
	@$(B)/grader/collect --manifest tests/$*/manifest --exercise $* --work $(W)/$* \
		--source "$$(cat $(W)/$*/shown)" --output $@ $(if $(PLAIN),--plain)

# Kept: a person may want to look at each.
.PRECIOUS: $(W)/%/compile.log $(W)/%/inspect.log $(W)/%/suite $(W)/%/evidence/done $(W)/%/result.json \
	$(B)/grader/%.o $(B)/support/%.o $(B)/suites/%.o $(B)/suites/%.exports
