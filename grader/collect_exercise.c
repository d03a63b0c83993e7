/* collect_exercise.c - what all parts of the collector do with an exercise: give up on it, and name its files. */
#include "collect.h"

#include <stdarg.h>
#include <stdio.h>

bool grader_error(struct exercise *exercise, const char *format, ...)
{
    char line[2000];
    va_list arguments;

    if (exercise->status == STATUS_GRADER_ERROR)
        return false;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    exercise->status = STATUS_GRADER_ERROR;
    CLEAN_COPY(exercise->reason, line);
    return false;
}

bool work_path(struct exercise *exercise, char path[MAX_PATH], const char *format, ...)
{
    va_list arguments;
    int start = snprintf(path, MAX_PATH, "%s/", exercise->work);
    int length = 0;

    if (start > 0 && start < MAX_PATH) {
        va_start(arguments, format);
        length = vsnprintf(path + start, (size_t)(MAX_PATH - start), format, arguments);
        va_end(arguments);
    }
    if (start <= 0 || length < 0 || start + length >= MAX_PATH)
        return grader_error(exercise,
                            "A path below %.100s... is too long. Put the course into a folder with a shorter name.",
                            exercise->work);
    return true;
}
