# grade.mk - the grader's programs, and the way of a submission from source to result.json.
#
# grader/grade puts the sources of a submission into $(W)/EXERCISE/source and
# asks for the results: make results W=build/grade/KEY GRADE="01-fork 02-pipe".
# Every step has a file at both ends; a step that fails leaves its word in a file
# and succeeds, so that each exercise ends in a result.json.

# ---- the compiler: everything is made anew when another one is asked for --------------------------------------------

$(B)/compiler: FORCE
	@mkdir -p $(B)
	@echo '$(CC) $(CFLAGS)' | cmp -s - $@ || { echo '$(CC) $(CFLAGS)' >$@.$$$$ && mv $@.$$$$ $@; }
.PHONY: FORCE

# Several gradings may run at once, and find the same tool out of date: so each file is made under a name of its own and
# then renamed. Whoever looks sees the old one or the new one, whole.
compile = $(CC) $(ALL_CFLAGS) -MT $@ -MF $@.$$$$.d $(1) -c $< -o $@.$$$$ && mv $@.$$$$.d $(@:.o=.d) && mv $@.$$$$ $@
archive = rm -f $@.$$$$ && ar rc $@.$$$$ $^ && mv $@.$$$$ $@
link = $(CC) $(CFLAGS) $^ $(1) -o $@.$$$$ && mv $@.$$$$ $@

# ---- the grader's programs -------------------------------------------------------------------------------------------

GRADER_PROGRAMS := collect report class_report supervise
GRADER_PARTS := $(filter-out $(GRADER_PROGRAMS:%=grader/%.c),$(wildcard grader/*.c))
GRADER_LIBRARY := $(B)/grader/libgrader.a
GRADER_LDLIBS := -ljansson -lexpat

$(B)/grader/%.o: grader/%.c $(B)/compiler
	@mkdir -p $(@D)
	$(call compile)

# The board is written by suites and read by the grader; the grader's programs are position-independent, suites are not.
GRADER_SHARED := $(B)/grader/board.o $(B)/grader/verdict.o

$(GRADER_SHARED): $(B)/grader/%.o: tests/support/%.c $(B)/compiler
	@mkdir -p $(@D)
	$(call compile)

$(GRADER_LIBRARY): $(GRADER_PARTS:%.c=$(B)/%.o) $(GRADER_SHARED)
	$(archive)

$(GRADER_PROGRAMS:%=$(B)/grader/%): $(B)/grader/%: $(B)/grader/%.o $(GRADER_LIBRARY)
	$(call link,$(GRADER_LDLIBS))

# ---- the support library and the suites --------------------------------------------------------------------------------

SUPPORT := $(B)/support/libsupport.a
SUPPORT_LDLIBS := $(shell pkg-config --libs check 2>/dev/null || echo -lcheck) $(EXTRA_LDLIBS)

$(B)/support/%.o: tests/support/%.c $(B)/compiler
	@mkdir -p $(@D)
	$(call compile,-fno-pie)

$(SUPPORT): $(patsubst tests/support/%.c,$(B)/support/%.o,$(wildcard tests/support/*.c))
	$(archive)

# What is diverted is read off the library: eagain_read there means that read is renamed.
$(B)/support/diverted: $(SUPPORT)
	@nm --format=posix $< | awk '$$2 == "T" && sub(/^eagain_/, "", $$1) { print $$1 }' | sort >$@.$$$$ && mv $@.$$$$ $@

$(B)/support/redefine: $(B)/support/diverted
	@awk '{ print $$1, "eagain_" $$1 }' $< >$@.$$$$ && mv $@.$$$$ $@

$(B)/suites/%.o: $$(wildcard tests/$$*/check_*.c) $(B)/compiler
	@mkdir -p $(@D)
	$(call compile,-fno-pie -Iexercises/$* -Itests/support)

$(B)/suites/%.exports: tests/%/manifest
	@mkdir -p $(@D)
	@awk '$$1 == "export" { print $$2 }' $< >$@.$$$$ && mv $@.$$$$ $@

-include $(wildcard $(B)/grader/*.d $(B)/support/*.d $(B)/suites/*.d $(B)/selftest/unit/*.d)

# ---- the way of a submission ---------------------------------------------------------------------------------------------

W ?= $(B)/grade/none
GRADE ?=
PLAIN ?=

.PHONY: results tools
tools: $(GRADER_PROGRAMS:%=$(B)/grader/%) $(SUPPORT) $(B)/support/redefine $(EXERCISES:%=$(B)/suites/%.o) \
	$(EXERCISES:%=$(B)/suites/%.exports)

results: $(GRADE:%=$(W)/%/result.json) $(B)/grader/report

# What reads or runs something of a submission's making does it in the sandbox (grader/sandbox): the compiler, the looks
# at the object, the linker, the suite. What follows reads files that they left.
$(W)/%/compile.log: $(W)/%/source.changed $(B)/compiler grader/compile grader/sandbox
	@grader/compile $(W)/$* tests/$*/manifest "$(CC)"

$(W)/%/inspect.log: $(W)/%/compile.log tests/%/manifest $(B)/support/diverted grader/inspect grader/common-calls \
		grader/refused-calls
	@grader/sandbox $(addprefix --read ,grader/inspect grader/facts grader/common-calls grader/refused-calls tests/$*/manifest \
		$(B)/support/diverted) --write $(W)/$* -- \
		env CC='$(CC)' grader/inspect $(W)/$* tests/$*/manifest $(B)/support/diverted

$(W)/%/suite: $(W)/%/inspect.log $(B)/suites/%.o $(B)/suites/%.exports $(B)/support/redefine $(SUPPORT) grader/link
	@grader/link $(W)/$* "$(CC)" $(B)/suites/$*.exports $(B)/support/redefine $(B)/suites/$*.o $(SUPPORT) $(SUPPORT_LDLIBS)

$(W)/%/evidence/done: $(W)/%/suite $(B)/grader/supervise grader/run
	@grader/run $(W)/$* $(B)/grader/supervise tests/$*/manifest $(if $(PLAIN),plain)

$(W)/%/result.json: $(W)/%/evidence/done tests/%/manifest $(B)/grader/collect
	@$(B)/grader/collect --manifest tests/$*/manifest --exercise $* --work $(W)/$* \
		--source "$$(cat $(W)/$*/shown)" --output $@ $(if $(PLAIN),--plain)

# Kept: a person may want to look at each.
.PRECIOUS: $(W)/%/compile.log $(W)/%/inspect.log $(W)/%/suite $(W)/%/evidence/done $(W)/%/result.json \
	$(B)/grader/%.o $(B)/support/%.o $(B)/suites/%.o $(B)/suites/%.exports
