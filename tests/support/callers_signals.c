/*
 * callers_signals.c - a caller that has made something of its signals, and whether its children see that.
 */
#define _GNU_SOURCE
#include <signal.h>

#include "suite.h"

static sigset_t mask_of_caller;
static struct sigaction actions_of_caller[SIGSYS + 1];

static void do_nothing(int signo)
{
    (void)signo;
}

void make_callers_signals(void)
{
    static const int ignored[] = {SIGUSR2, SIGINT, SIGTERM};
    static const int caught[] = {SIGHUP, SIGQUIT, SIGCHLD};

    (void)sigemptyset(&mask_of_caller);
    (void)sigaddset(&mask_of_caller, SIGUSR1);
    (void)sigaddset(&mask_of_caller, SIGWINCH);
    (void)sigprocmask(SIG_BLOCK, &mask_of_caller, NULL);
    for (size_t i = 0; i < 3; i++) {
        (void)signal(ignored[i], SIG_IGN);
        (void)signal(caught[i], do_nothing);
    }
    (void)sigprocmask(SIG_BLOCK, NULL, &mask_of_caller);
    for (int signo = 1; signo <= SIGSYS; signo++)
        (void)sigaction(signo, NULL, &actions_of_caller[signo]);
    ledger_accepts_signals();
}

static const char *disposition_of_caller(int signo)
{
    if (actions_of_caller[signo].sa_handler == SIG_IGN)
        return "ignored";
    return actions_of_caller[signo].sa_handler == SIG_DFL ? "as it is by default" : "caught";
}

void expect_callers_signals(const char *who)
{
    sigset_t mask;

    (void)sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int signo = 1; signo <= SIGSYS; signo++) {
        struct sigaction action;
        bool blocked = sigismember(&mask_of_caller, signo) == 1;

        expect((sigismember(&mask, signo) == 1) == blocked, "A child has the caller's signal mask.",
               "The caller had %s %s; in %s it was not so any more.", signal_name(signo),
               blocked ? "blocked" : "not blocked", who);
        if (sigaction(signo, NULL, &action) == 0)
            expect(action.sa_handler == actions_of_caller[signo].sa_handler,
                   "A child has the caller's signal dispositions.",
                   "The caller had %s %s; in %s it was not so any more.", signal_name(signo),
                   disposition_of_caller(signo), who);
    }
}
